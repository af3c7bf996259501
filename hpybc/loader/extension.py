"""Extensions: what is in a bitcode file, and what the file says of itself.

A warm load reads a file's bytes and its module's name. Only a build needs the rest, and only its
first use of that verifies the file and imports what this takes (``manifest``).
"""

from __future__ import annotations

import os

from hpybc.errors import FileIsDirectoryError, FileMissingError, FileUnreadableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hpybc.loader.manifest import Manifest

#: Of LLVM's wrapper (llvm/docs/BitCodeFormat, "Bitcode Wrapper Format"): it begins with these
#: bytes, and has this many words of so many bytes before the manifest.
MAGIC = b"\xde\xc0\x17\x0b"
WORDS = 5
WORD = 4

#: Bytes to ask for at once where nobody knows how many there are.
_SOME = 1 << 16

#: How the JSON that ``manifest.wrap`` writes has a module's name.
_NAME = b'\n "module": "'


class Extension:
    """A bitcode file. What is not in ``data`` as it stands is verified when it is first asked for.

    Attributes:
        data: all that is in the file.
        path: where it was read from.
    """

    __slots__ = ("_verified", "data", "path")

    def __init__(self, data: bytes, path: str) -> None:
        self.data = data
        self.path = path
        self._verified: tuple[slice, Manifest | None] | None = None

    def verified(self) -> Extension:
        """Itself, once nothing is wrong with the file.

        Raises:
            EmptyFileError, NotBitcodeError, TruncatedFileError, ManifestError, ChecksumError,
            AbiVersionError
        """
        self._parts()
        return self

    def _parts(self) -> tuple[slice, Manifest | None]:
        if self._verified is None:
            from hpybc.loader import manifest

            self._verified = manifest.parsed(self.data, self.path)
        return self._verified

    @property
    def payload(self) -> bytes:
        """The bitcode itself."""
        return self.data[self._parts()[0]]

    @property
    def manifest(self) -> Manifest | None:
        """What the wrapper says; None for a file without one, such as any other clang writes."""
        return self._parts()[1]

    @property
    def stamped(self) -> bool:
        """Whether there is a manifest, and with it a checksum that vouches for the file."""
        return self.manifest is not None

    @property
    def name(self) -> str:
        """The module's own name; that of the file if there is no manifest to say.

        Of a file that nobody has verified yet it is the name that the file would have if nothing
        were wrong with it. The JSON parser's import would take longer than the rest of a warm load.
        """
        if self._verified is None:
            head = head_of(self.data)
            start = head.find(_NAME) + len(_NAME)
            name = head[start : head.find(b'"', start)]
            if start >= len(_NAME) and b"\\" not in name and name.isascii():
                return name.decode("ascii")
        manifest = self.manifest
        return name_of(self.path) if manifest is None else manifest["module"]

    @property
    def python(self) -> str | None:
        """The interpreter whose Python.h it includes, see ``Manifest``; None if it says of none."""
        manifest = self.manifest
        return None if manifest is None else manifest.get("python")

    @property
    def legacy(self) -> bool:
        """Whether it may count references by itself, with Python.h: without a manifest it may."""
        return not self.stamped or self.python is not None

    @property
    def libraries(self) -> tuple[str, ...]:
        """The shared libraries that it names."""
        manifest = self.manifest
        return () if manifest is None else tuple(manifest.get("libraries", ()))

    @property
    def runpath(self) -> tuple[str, ...]:
        """The folders in which these are looked for first."""
        manifest = self.manifest
        return () if manifest is None else tuple(manifest.get("runpath", ()))


def read(path: str | os.PathLike[str]) -> Extension:
    """The extension in the file ``path``, verified.

    Raises:
        FileMissingError, FileIsDirectoryError, FileUnreadableError: there is nothing to read.
        LoadError: as ``Extension.verified``.
    """
    name = os.fspath(path)
    return Extension(contents(name), name).verified()


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


def name_of(path: str) -> str:
    """The name by which the file ``path`` is imported: its own, or a package's folder's."""
    name = os.path.basename(path).partition(".")[0]
    if name != "__init__":
        return name
    return os.path.basename(os.path.dirname(os.path.abspath(path))).partition(".")[0]


def entry_point(name: str) -> str:
    """The function that CPython's import calls in an extension module ``name`` (PEP 489)."""
    last = name.rpartition(".")[2]
    if last.isascii():
        return "PyInit_" + last
    return "PyInitU_" + last.encode("punycode").decode("ascii").replace("-", "_")


def head(path: str) -> bytes:
    """``head_of`` the file ``path``: with the checksum in it, it stands for the whole file.

    For files of the installation itself, whose content a warm load does not read.

    Raises:
        OSError: the file cannot be read.
    """
    with open(path, "rb", buffering=0) as file:
        data = file.read(WORDS * WORD)
        return data + file.read(max(word(data, 2) - len(data), 0))


def head_of(data: bytes) -> bytes:
    """What comes before the bitcode in the first bytes of a file."""
    return data[: word(data, 2)] if data.startswith(MAGIC) else b""


def word(data: bytes, number: int) -> int:
    """One of the wrapper's words: magic, version, offset and size of the bitcode, CPU type."""
    return int.from_bytes(data[number * WORD : (number + 1) * WORD], "little")
