"""Manifests: what a bitcode file says of itself, and whether that is true.

The wrapper around bitcode is LLVM's own, five little-endian 32-bit words: magic, version, offset
and size of the bitcode, CPU type. The manifest, JSON, lies between the words and the bitcode, where
no LLVM tool looks.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, TypedDict, cast

from hpybc.errors import (
    AbiVersionError,
    ChecksumError,
    EmptyFileError,
    ManifestError,
    NotBitcodeError,
    TruncatedFileError,
)
from hpybc.loader.extension import MAGIC, WORD, WORDS, word

#: The version of HPy's universal ABI that the headers and the contexts implement.
HPY_ABI = "0.0"

#: Changes when a manifest can no longer be read by older loaders.
FORMAT = 2

#: How ``python`` says that an extension keeps to the limited API; PY_VERSION_HEX follows.
LIMITED = "abi3-"

#: What ``python`` may be, if anything.
_PYTHON = rf"(?:{LIMITED}0x[0-9A-F]{{8}}|(?!{LIMITED}).*)"

_RAW_MAGIC = b"BC\xc0\xde"
_CPU_TYPES = {"x86_64": 0x01000007, "aarch64": 0x0100000C}


class _Always(TypedDict):
    """What every manifest says."""

    format: int
    hpybc: str
    hpy_abi: str
    module: str
    entry: str
    triple: str
    llvm: str
    producer: str
    optimization: str
    sha256: str


class Manifest(_Always, total=False):
    """What a file says of itself, the JSON in its wrapper.

    Attributes:
        format: see ``FORMAT``.
        hpybc: the version that wrote the file.
        hpy_abi: the version of HPy's ABI that it was compiled for.
        module: the name to import it by.
        entry: its PyInit function.
        triple, llvm, producer, optimization: what it was compiled for, with, by and how far.
        sha256: of the file, less these digits.
        python: the interpreter whose Python.h it includes, such as 3.11, or abi3-0x030A0000 for
            those that have the limited API of 3.10, or None.
        libraries: shared libraries that it names.
        runpath: where they are looked for first.
        defines: what a context defines for others.
        edits: the version of the edits that were made, see ``jit.edits``.
        assembly: the names in its assembly, if these were made.
        ahead: whether it was optimised as a whole, see ``toolchain.ahead``.
        build_sha256: of what else decides over an image, in a stack of contexts: the contexts that
            are linked like static libraries, and the code of ``hpybc.jit`` and ``hpybc.loader``.
    """

    python: str | None
    libraries: list[str]
    runpath: list[str]
    defines: list[str]
    edits: int
    assembly: list[str]
    ahead: bool
    build_sha256: str


def wrap(payload: bytes, manifest: Mapping[str, object], architecture: str) -> bytes:
    """The file for ``payload``; ``format`` and ``sha256`` are added to ``manifest``."""
    text = json.dumps({"format": FORMAT, **manifest, "sha256": "0" * 64}, indent=1)
    before, digits, after = text.rpartition("0" * 64)
    # The bitcode starts on a 16 byte boundary, for readers that map the file.
    after += "\n" * (-(WORDS * WORD + len(text)) % 16)
    offset = WORDS * WORD + len(before + digits + after)
    words = (0, offset, len(payload), _CPU_TYPES.get(architecture, 0))
    head = MAGIC + b"".join(number.to_bytes(WORD, "little") for number in words) + before.encode()
    tail = after.encode() + payload
    return head + hashlib.sha256(head + tail).hexdigest().encode() + tail


def _kind(data: bytes, path: str) -> str:
    """What a file is that is no bitcode, as far as one can tell."""
    begins = f"it begins {data[:4]!r}"
    if data.startswith(b"\x7fELF"):
        return f"machine code (ELF), which import loads: {begins}"
    if path.endswith((".c", ".cc", ".cpp", ".cxx", ".h", ".hpp")):
        return f"a source, by its name: {begins}"
    return begins


def parsed(data: bytes, path: str) -> tuple[slice, Manifest | None]:
    """Where the bitcode is in a file that is ``data``, and the manifest, both verified.

    Raises:
        EmptyFileError, NotBitcodeError, TruncatedFileError, ManifestError, ChecksumError,
        AbiVersionError
    """
    if data.startswith(_RAW_MAGIC):
        return slice(0, len(data)), None
    if not data:
        raise EmptyFileError(
            "the file is empty",
            path=path,
            found="0 bytes",
            needed="a bitcode file",
            remedy="compile it again",
        )
    if len(data) < WORDS * WORD or not data.startswith(MAGIC):
        raise NotBitcodeError(
            "not a bitcode file",
            path=path,
            found=_kind(data, path),
            needed=f"LLVM's wrapper {MAGIC!r} or bitcode {_RAW_MAGIC!r}",
            remedy="compile the source with: hpybc compile ext.c -o ext.bc",
        )
    offset, size = word(data, 2), word(data, 3)
    if offset < WORDS * WORD or offset + size > len(data):
        raise TruncatedFileError(
            "the file is shorter than its header says",
            path=path,
            found=f"{len(data)} bytes",
            needed=f"{offset + size} bytes",
            remedy="copy or compile it again",
        )
    manifest = _manifest(data[WORDS * WORD : offset], path)
    if manifest is not None:
        _check(manifest, data, path)
    return slice(offset, offset + size), manifest


def _manifest(text: bytes, path: str) -> Manifest | None:
    if not text.strip():  # a wrapper without a manifest, as Apple's tools write
        return None
    try:
        manifest = json.loads(text)
        if manifest["format"] != FORMAT:
            raise ManifestError(
                "the manifest has another format",
                path=path,
                found=f"format {manifest['format']}",
                needed=f"format {FORMAT}",
                remedy="upgrade hpybc, or compile the source with this one",
            )
        if not _is_sensible(manifest):
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ManifestError(
            "the manifest cannot be read",
            path=path,
            found=repr(text[:60]),
            needed="the JSON that hpybc compile writes",
            remedy="copy or compile it again",
        ) from None
    return cast(Manifest, manifest)


def _is_sensible(manifest: dict[str, Any]) -> bool:
    """Whether the values a load relies on are what they should be: names, versions, a digest."""
    keys = ("module", "entry", "hpy_abi", "llvm", "sha256")
    if not all(isinstance(manifest[key], str) for key in keys):
        return False
    digits = manifest["sha256"]
    if len(digits) != 64 or not digits.isascii():
        return False
    for key in ("libraries", "runpath", "assembly"):
        listed = manifest.get(key, [])
        if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
            return False
    names = manifest["module"].split(".")
    major = manifest["llvm"].partition(".")[0]
    python = manifest.get("python")
    return (
        all(n and n.isprintable() for n in names)
        and major.isascii()
        and major.isdecimal()
        and (python is None or re.fullmatch(_PYTHON, python) is not None)
    )


def _check(manifest: Manifest, data: bytes, path: str) -> None:
    stated = manifest["sha256"]
    before, _, after = data.partition(stated.encode())
    digest = hashlib.sha256(before + after).hexdigest()
    if stated != digest:
        raise ChecksumError(
            "the file was changed after it was made",
            path=path,
            found=f"sha256 {digest}",
            needed=f"sha256 {stated}",
            remedy="copy or compile it again",
        )
    if manifest["hpy_abi"].partition(".")[0] != HPY_ABI.partition(".")[0]:
        raise AbiVersionError(
            "the extension was compiled for another HPy ABI",
            path=path,
            found=f"HPy ABI {manifest['hpy_abi']}",
            needed=f"HPy ABI {HPY_ABI}",
            remedy="compile the source with this version of hpybc",
        )
