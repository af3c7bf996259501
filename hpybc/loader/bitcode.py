"""Bitcode files: LLVM's bitcode wrapper around a manifest and bitcode.

The wrapper is LLVM's own (llvm/docs/BitCodeFormat, "Bitcode Wrapper Format"), five little-endian
32-bit words: magic, version, offset and size of the bitcode, CPU type. The manifest, JSON, lies
between the words and the bitcode, where no LLVM tool looks.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct

from hpybc.errors import (
    AbiVersionError,
    ChecksumError,
    EmptyFileError,
    FileIsDirectoryError,
    FileMissingError,
    FileUnreadableError,
    ManifestError,
    NotBitcodeError,
    TruncatedFileError,
)

#: The version of HPy's universal ABI that the headers and the contexts implement.
HPY_ABI = "0.0"

#: Changes when a manifest can no longer be read by older loaders.
FORMAT = 1

_WRAPPER = struct.Struct("<5I")
_MAGIC = 0x0B17C0DE
_RAW_MAGIC = b"BC\xc0\xde"
_CPU_TYPES = {"x86_64": 0x01000007, "aarch64": 0x0100000C}


class Bitcode:
    """The content of a bitcode file.

    Attributes:
        payload: the bitcode itself.
        manifest: what the wrapper says of it; None for a file without one, such as any other
            clang writes. Its keys: format, hpybc, hpy_abi, module (the name to import it by),
            entry (its PyInit function), python (the interpreter whose Python.h it includes, or
            None), triple, llvm, producer, optimization, sha256.
        digest: SHA-256 of the payload.
        path: where it was read from.
    """

    __slots__ = ("digest", "manifest", "path", "payload")

    def __init__(
        self, payload: bytes, manifest: dict[str, object] | None, digest: bytes, path: str
    ) -> None:
        self.payload = payload
        self.manifest = manifest
        self.digest = digest
        self.path = path

    @property
    def module_name(self) -> str:
        """The module's own name; that of the file if there is no manifest to say."""
        if self.manifest is not None:
            return str(self.manifest["module"])
        return os.path.basename(self.path).partition(".")[0]


def wrap(payload: bytes, manifest: dict[str, object], architecture: str) -> bytes:
    """The file for ``payload``; ``format`` and ``sha256`` are added to ``manifest``."""
    digest = hashlib.sha256(payload).hexdigest()
    text = json.dumps({"format": FORMAT, **manifest, "sha256": digest}, indent=1).encode()
    # The bitcode starts on a 16 byte boundary, for readers that map the file.
    text += b"\n" * (-(_WRAPPER.size + len(text)) % 16)
    words = _WRAPPER.pack(
        _MAGIC, 0, _WRAPPER.size + len(text), len(payload), _CPU_TYPES.get(architecture, 0)
    )
    return words + text + payload


def read(path: str | os.PathLike[str]) -> Bitcode:
    """Reads and verifies the bitcode file ``path``.

    Raises:
        FileMissingError, FileIsDirectoryError, FileUnreadableError, EmptyFileError,
        NotBitcodeError, TruncatedFileError, ManifestError, ChecksumError, AbiVersionError
    """
    name = os.fspath(path)
    data = _read_file(name)
    if data.startswith(_RAW_MAGIC):
        return Bitcode(data, None, hashlib.sha256(data).digest(), name)
    if not data:
        raise EmptyFileError(
            "the file is empty",
            path=name,
            found="0 bytes",
            needed="a bitcode file",
            remedy="compile it again",
        )
    if len(data) < _WRAPPER.size or data[:4] != struct.pack("<I", _MAGIC):
        raise NotBitcodeError(
            "not a bitcode file",
            path=name,
            found=f"it begins {data[:4]!r}",
            needed=f"LLVM's wrapper {struct.pack('<I', _MAGIC)!r} or bitcode {_RAW_MAGIC!r}",
            remedy="compile the source with: hpybc compile",
        )
    _, _, offset, size, _ = _WRAPPER.unpack_from(data)
    if offset < _WRAPPER.size or offset + size > len(data):
        raise TruncatedFileError(
            "the file is shorter than its header says",
            path=name,
            found=f"{len(data)} bytes",
            needed=f"{offset + size} bytes",
            remedy="copy or compile it again",
        )
    payload = data[offset : offset + size]
    digest = hashlib.sha256(payload)
    manifest = _manifest(data[_WRAPPER.size : offset], name)
    if manifest is not None:
        _check(manifest, digest.hexdigest(), name)
    return Bitcode(payload, manifest, digest.digest(), name)


def digest(path: str) -> bytes:
    """The digest that ``read(path)`` would have, as the manifest states it and unverified.

    For files of the installation itself, whose content a warm load does not read.
    """
    try:
        with open(path, "rb") as file:
            _, _, offset, _, _ = _WRAPPER.unpack(file.read(_WRAPPER.size))
            return bytes.fromhex(json.loads(file.read(offset - _WRAPPER.size))["sha256"])
    except (OSError, struct.error, ValueError, KeyError, TypeError):
        return read(path).digest  # says what is wrong with it


def _read_file(name: str) -> bytes:
    try:
        with open(name, "rb") as file:
            return file.read()
    except FileNotFoundError:
        raise FileMissingError(
            "no such file",
            path=name,
            needed="a bitcode file",
            remedy="check the path, or make it with: hpybc compile",
        ) from None
    except IsADirectoryError:
        raise FileIsDirectoryError(
            "a directory", path=name, needed="a bitcode file", remedy="name a file in it"
        ) from None
    except (OSError, ValueError) as error:
        raise FileUnreadableError(
            "the file cannot be read",
            path=name,
            found=str(error),
            needed="a readable file",
            remedy="check its permissions",
        ) from None


def _manifest(text: bytes, name: str) -> dict[str, object] | None:
    if not text.strip():  # a wrapper without a manifest, as Apple's tools write
        return None
    try:
        manifest = json.loads(text)
        if manifest["format"] != FORMAT:
            raise ManifestError(
                "the manifest has another format",
                path=name,
                found=f"format {manifest['format']}",
                needed=f"format {FORMAT}",
                remedy="upgrade hpybc, or compile the source with this one",
            )
        if not _sensible(manifest):
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ManifestError(
            "the manifest cannot be read",
            path=name,
            found=repr(text[:60]),
            needed="the JSON that hpybc compile writes",
            remedy="copy or compile it again",
        ) from None
    return dict(manifest)


def _sensible(manifest: dict[str, str]) -> bool:
    """Whether the values a load relies on are what they should be: texts, a name, a version."""
    keys = ("module", "entry", "hpy_abi", "llvm", "sha256")
    if not all(isinstance(manifest[key], str) for key in keys):
        return False
    names = manifest["module"].split(".")
    major = manifest["llvm"].partition(".")[0]
    return all(n and n.isprintable() for n in names) and major.isascii() and major.isdecimal()


def _check(manifest: dict[str, object], digest: str, name: str) -> None:
    if manifest["sha256"] != digest:
        raise ChecksumError(
            "the bitcode was changed after it was made",
            path=name,
            found=f"sha256 {digest}",
            needed=f"sha256 {manifest['sha256']}",
            remedy="copy or compile it again",
        )
    if str(manifest["hpy_abi"]).partition(".")[0] != HPY_ABI.partition(".")[0]:
        raise AbiVersionError(
            "the extension was compiled for another HPy ABI",
            path=name,
            found=f"HPy ABI {manifest['hpy_abi']}",
            needed=f"HPy ABI {HPY_ABI}",
            remedy="compile the source with this version of hpybc",
        )
