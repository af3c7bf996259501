"""Bitcode files: LLVM's bitcode wrapper around a manifest and bitcode.

The wrapper is LLVM's own (llvm/docs/BitCodeFormat, "Bitcode Wrapper Format"), five little-endian
32-bit words: magic, version, offset and size of the bitcode, CPU type. The manifest, JSON, lies
between the words and the bitcode, where no LLVM tool looks.

A warm load reads a file's bytes and its module's name; only who is to build from it verifies the
rest, and imports what that takes.
"""

from __future__ import annotations

import os

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
FORMAT = 2

#: Bytes to ask for at once where nobody knows how many there are.
_SOME = 1 << 16

_WORD = 4
_WORDS = 5
_MAGIC = b"\xde\xc0\x17\x0b"
_RAW_MAGIC = b"BC\xc0\xde"
_CPU_TYPES = {"x86_64": 0x01000007, "aarch64": 0x0100000C}

#: How the JSON that ``wrap`` writes has a module's name.
_NAME = b'\n "module": "'


class Bitcode:
    """The content of a bitcode file.

    Attributes:
        payload: the bitcode itself.
        manifest: what the wrapper says of it; None for a file without one, such as any other
            clang writes. Its keys: format, hpybc, hpy_abi, module (the name to import it by),
            entry (its PyInit function), python (the interpreter whose Python.h it includes, such
            as 3.11, or abi3-0x030A0000 for those that have the limited API of 3.10, or None),
            libraries (shared ones that it names, if any) and runpath (where they are looked for
            first, if anywhere), edits (the version of those that were made) and assembly (names in
            it), see ``jit.edits``, triple, llvm, producer, optimization, sha256 (of the file, less
            these digits).
        path: where it was read from.
    """

    __slots__ = ("manifest", "path", "payload")

    def __init__(self, payload: bytes, manifest: dict[str, object] | None, path: str) -> None:
        self.payload = payload
        self.manifest = manifest
        self.path = path

    @property
    def module_name(self) -> str:
        """The module's own name; that of the file if there is no manifest to say."""
        return name_of(self.path) if self.manifest is None else str(self.manifest["module"])


def wrap(payload: bytes, manifest: dict[str, object], architecture: str) -> bytes:
    """The file for ``payload``; ``format`` and ``sha256`` are added to ``manifest``."""
    import hashlib
    import json

    text = json.dumps({"format": FORMAT, **manifest, "sha256": "0" * 64}, indent=1)
    before, digits, after = text.rpartition("0" * 64)
    # The bitcode starts on a 16 byte boundary, for readers that map the file.
    after += "\n" * (-(_WORDS * _WORD + len(text)) % 16)
    offset = _WORDS * _WORD + len(before + digits + after)
    words = (0, offset, len(payload), _CPU_TYPES.get(architecture, 0))
    head = _MAGIC + b"".join(word.to_bytes(_WORD, "little") for word in words) + before.encode()
    tail = after.encode() + payload
    return head + hashlib.sha256(head + tail).hexdigest().encode() + tail


def contents(path: str) -> bytes:
    """What is in the file ``path``.

    Raises:
        FileMissingError, FileIsDirectoryError, FileUnreadableError
    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            data = os.read(file, os.fstat(file).st_size or _SOME)
            while part := os.read(file, _SOME):  # there is more if it is no ordinary file
                data += part
            return data
        finally:
            os.close(file)
    except FileNotFoundError:
        raise FileMissingError(
            "no such file",
            path=path,
            needed="a bitcode file",
            remedy="check the path, or make it with: hpybc compile",
        ) from None
    except IsADirectoryError:
        raise FileIsDirectoryError(
            "a directory", path=path, needed="a bitcode file", remedy="name a file in it"
        ) from None
    except (OSError, ValueError) as error:
        raise FileUnreadableError(
            "the file cannot be read",
            path=path,
            found=str(error),
            needed="a readable file",
            remedy="check its permissions",
        ) from None


def module_name(data: bytes, path: str) -> str:
    """The ``module_name`` that ``parse(data, path)`` would have, if that succeeds.

    Without the JSON parser, whose import takes longer than all the rest of a warm load.
    """
    head = head_of(data)
    start = head.find(_NAME) + len(_NAME)
    name = head[start : head.find(b'"', start)]
    if start < len(_NAME) or b"\\" in name or not name.isascii():
        return parse(data, path).module_name
    return name.decode("ascii")


def entry_point(name: str) -> str:
    """The function that CPython's import calls in an extension module ``name`` (PEP 489)."""
    last = name.rpartition(".")[2]
    if last.isascii():
        return "PyInit_" + last
    return "PyInitU_" + last.encode("punycode").decode("ascii").replace("-", "_")


def head_of(data: bytes) -> bytes:
    """What comes before the bitcode in the first bytes of a file."""
    return data[: _word(data, 2)] if data.startswith(_MAGIC) else b""


def head(path: str) -> bytes:
    """``head_of`` the file ``path``: with the checksum in it, it stands for the whole file.

    For files of the installation itself, whose content a warm load does not read.

    Raises:
        OSError: the file cannot be read.
    """
    with open(path, "rb", buffering=0) as file:
        data = file.read(_WORDS * _WORD)
        return data + file.read(max(_word(data, 2) - len(data), 0))


def read(path: str | os.PathLike[str]) -> Bitcode:
    """Reads and verifies the bitcode file ``path``.

    Raises:
        FileMissingError, FileIsDirectoryError, FileUnreadableError: there is nothing to read.
        LoadError: as ``parse``.
    """
    name = os.fspath(path)
    return parse(contents(name), name)


def parse(data: bytes, path: str) -> Bitcode:
    """The content of a file that is ``data``, verified.

    Raises:
        EmptyFileError, NotBitcodeError, TruncatedFileError, ManifestError, ChecksumError,
        AbiVersionError
    """
    if data.startswith(_RAW_MAGIC):
        return Bitcode(data, None, path)
    if not data:
        raise EmptyFileError(
            "the file is empty",
            path=path,
            found="0 bytes",
            needed="a bitcode file",
            remedy="compile it again",
        )
    if len(data) < _WORDS * _WORD or not data.startswith(_MAGIC):
        raise NotBitcodeError(
            "not a bitcode file",
            path=path,
            found=f"it begins {data[:4]!r}",
            needed=f"LLVM's wrapper {_MAGIC!r} or bitcode {_RAW_MAGIC!r}",
            remedy="compile the source with: hpybc compile",
        )
    offset, size = _word(data, 2), _word(data, 3)
    if offset < _WORDS * _WORD or offset + size > len(data):
        raise TruncatedFileError(
            "the file is shorter than its header says",
            path=path,
            found=f"{len(data)} bytes",
            needed=f"{offset + size} bytes",
            remedy="copy or compile it again",
        )
    manifest = _manifest(data[_WORDS * _WORD : offset], path)
    if manifest is not None:
        _check(manifest, data, path)
    return Bitcode(data[offset : offset + size], manifest, path)


def _word(data: bytes, number: int) -> int:
    return int.from_bytes(data[number * _WORD : (number + 1) * _WORD], "little")


def name_of(path: str) -> str:
    """The name by which the file ``path`` is imported: its own, or a package's folder's."""
    name = os.path.basename(path).partition(".")[0]
    if name != "__init__":
        return name
    return os.path.basename(os.path.dirname(os.path.abspath(path))).partition(".")[0]


def _manifest(text: bytes, name: str) -> dict[str, object] | None:
    import json

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
    """Whether the values a load relies on are what they should be: a name, a version, a digest."""
    keys = ("module", "entry", "hpy_abi", "llvm", "sha256")
    if not all(isinstance(manifest[key], str) for key in keys):
        return False
    digits = manifest["sha256"]
    if len(digits) != 64 or not digits.isascii():
        return False
    names = manifest["module"].split(".")
    major = manifest["llvm"].partition(".")[0]
    return all(n and n.isprintable() for n in names) and major.isascii() and major.isdecimal()


def _check(manifest: dict[str, object], data: bytes, name: str) -> None:
    import hashlib

    stated = str(manifest["sha256"])
    before, _, after = data.partition(stated.encode())
    digest = hashlib.sha256(before + after).hexdigest()
    if stated != digest:
        raise ChecksumError(
            "the file was changed after it was made",
            path=name,
            found=f"sha256 {digest}",
            needed=f"sha256 {stated}",
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
