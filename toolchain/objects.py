"""What a linker takes: objects of bitcode, and archives of them, which are static libraries."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from hpybc.errors import CompileError, FileMissingError
from hpybc.jit.module import Module, assembled, parsed
from hpybc.loader.extension import Extension
from hpybc.loader.extension import read as bitcode_in
from hpybc.toolchain.arguments import Input

#: How the names of sources end.
SOURCES = (".c", ".cc", ".cpp", ".cxx", ".c++", ".C", ".cp", ".CPP", ".i", ".ii")
_ASSEMBLY = (".s", ".S", ".sx", ".asm")

Key = TypeVar("Key", int, str)

_ELF = b"\x7fELF"
_ARCHIVE = b"!<arch>\n"
_THIN = b"!<thin>\n"

#: Of an archive's member: the length of its header, and where its name and its size are in it.
_HEADER, _NAME, _SIZE = 60, slice(0, 16), slice(48, 58)


def is_source(file: Input) -> bool:
    """Whether clang is to compile ``file``.

    Raises:
        CompileError: it is in assembly.
    """
    if file.language.startswith("assembler") or (
        not file.language and file.path.endswith(_ASSEMBLY)
    ):
        raise CompileError(
            "assembly cannot become bitcode",
            path=file.path,
            found="a source in the assembly of one processor",
            needed="C or C++, which the loader compiles for the processor it finds",
            remedy="leave the file out and have the source use its version in C: mostly there is a "
            "macro for it; a short piece can be asm() in a C function",
        )
    return bool(file.language) or file.path.endswith(SOURCES)


def check_exists(path: str) -> None:
    """Raises FileMissingError unless there is a file ``path``."""
    if not os.path.exists(path) or os.path.isdir(path):
        raise FileMissingError(
            "no such file",
            path=path,
            needed="a C or C++ source, or an object of bitcode",
            remedy="check the path",
        )


def kind(path: str) -> str:
    """What is in the file ``path``: ``bitcode``, ``text``, ``archive``, ``library`` or ``script``.

    Raises:
        FileMissingError: there is none.
        CompileError: it is machine code, or nothing that can be linked.
    """
    check_exists(path)
    with open(path, "rb") as file:
        head = file.read(20)
    if path.endswith(".ll"):
        return "text"
    if _is_bitcode(head):
        return "bitcode"
    if head.startswith((_ARCHIVE, _THIN)):
        return "archive"
    if head.startswith(_ELF) and head[16:18] == b"\3\0":
        return "library"
    if path.endswith(".so") and head.isascii():
        return "script"
    raise _refused(path, head)


def _is_bitcode(data: bytes) -> bool:
    return data.startswith((b"BC\xc0\xde", b"\xde\xc0\x17\x0b"))


def _refused(path: str, data: bytes, member: str = "") -> CompileError:
    machine = data.startswith(_ELF)
    what = "machine code cannot become bitcode" if machine else "not a file that can be linked"
    found = "an object file for one processor" if machine else f"it begins {data[:8]!r}"
    return CompileError(
        what,
        path=path,
        found=f"{member}: {found}" if member else found,
        needed="bitcode, as hpybc cc -c writes it",
        remedy="compile its source with hpybc, or link the shared library that it is in with -l",
    )


def read(path: str) -> bytes:
    """The bitcode in an object file, or that of LLVM IR as text.

    Raises:
        InvalidBitcodeError, NewerLLVMError: LLVM cannot read it.
        LoadError: it is a damaged bitcode file; see ``Extension.verified``.
    """
    if kind(path) == "text":
        with open(path, encoding="utf-8") as text, assembled(text.read()) as module:
            return module.bitcode
    return bitcode_in(path).payload


def members(path: str) -> Iterator[bytes]:
    """The bitcode in each member of an archive, thin ones included.

    Raises:
        CompileError: a member is not bitcode.
    """
    for name, data in _entries(path):
        if not _is_bitcode(data):
            raise _refused(path, data, name)
        yield Extension(data, path).payload


def _entries(path: str) -> Iterator[tuple[str, bytes]]:
    """Name and content of each member (System V and GNU ``ar``, and the names of BSD's)."""
    with open(path, "rb") as file:
        data = file.read()
    thin = data.startswith(_THIN)
    names = b""
    at = len(_ARCHIVE)
    while at + _HEADER <= len(data):
        header = data[at : at + _HEADER]
        at += _HEADER
        try:
            size = int(header[_SIZE])
        except ValueError:
            raise _refused(path, header, "a damaged archive") from None
        name = header[_NAME].rstrip()
        if name in (b"/", b"/SYM64/", b"//"):  # tables: of symbols, and of long names
            names = data[at : at + size] if name == b"//" else names
            at += size + size % 2
            continue
        start = at
        if name.startswith(b"#1/"):
            start += int(name[3:])
            name = data[at:start].rstrip(b"\0")
        elif name.startswith(b"/"):
            name = names[int(name[1:]) :].partition(b"/\n")[0]
        text = os.fsdecode(name.rstrip(b"/"))
        if thin:
            with open(os.path.join(os.path.dirname(path), text), "rb") as file:
                yield text, file.read()
            continue
        if not text.startswith("__.SYMDEF"):
            yield text, data[start : at + size]
        at += size + size % 2


def link_wanted(module: Module, archives: Sequence[str]) -> None:
    """Links the members of ``archives`` that define what ``module`` uses, as a linker does."""
    parts = [part for path in archives for part in members(path)]
    index: dict[str, int] = {}
    for number, part in enumerate(parts):
        with parsed(part) as member:
            for symbol in member.defined():
                index.setdefault(symbol, number)
    resolve(module, index, parts.__getitem__)


def resolve(module: Module, index: Mapping[str, Key], content: Callable[[Key], bytes]) -> None:
    """Links what defines a symbol that ``module`` uses, and what that uses, until nothing is new.

    Args:
        module: what is linked to.
        index: the member that defines each symbol.
        content: the bitcode of a member.
    """
    linked: set[Key] = set()
    while wanted := {index[n] for n in module.undefined if n in index} - linked:
        module.link_all(map(content, sorted(wanted)))
        linked |= wanted
