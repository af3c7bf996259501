"""Symbols: what a module or an object file leaves to others, and whether anybody has it.

An object file is the last word. In it are the calls that LLVM makes of instructions which a
processor lacks, what assembly defines and uses, and which symbols may be missing.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from hpybc.errors import undefined_symbols
from hpybc.jit import aliases, optimize, runtime, target
from hpybc.jit.module import Module

if TYPE_CHECKING:
    import ctypes

#: What every linker defines in what it links.
_LINKERS = {"_GLOBAL_OFFSET_TABLE_", "_DYNAMIC", "__dso_handle", "__ehdr_start", "__bss_start"}
_LINKERS |= {"_etext", "etext", "_edata", "edata", "_end", "end"}

#: A line of assembly at file scope, in LLVM IR.
_ASSEMBLY = re.compile(r"^module asm .*\n", re.M)

#: The section of a variable or function.
_SECTIONS = re.compile(r' section "([A-Za-z_]\w*)"')

#: Assembly at file scope or in a function, and what may be a name in it.
_INSTRUCTIONS = re.compile(r'\basm (?:\w+ )*"([^"]*)"')
_UNQUOTED = re.compile(r'["\\]')
_ESCAPED, _WORD = re.compile(r"\\[0-9A-F]{2}"), re.compile(r"[A-Za-z_.$][\w.$]*")

# Of the ELF specification: a file's head from its table of sections on, a section, a symbol.
_HEAD, _SECTION, _SYMBOL = struct.Struct("<Q10x3H"), struct.Struct("<IIQQQQIIQQ"), "<IBBHQQ"
_SYMBOLS, _RELOCATIONS, _WEAK, _UNIQUE, _UNDEFINED, _ABSOLUTE = 2, 4, 2, 10, 0, 0xFFF1

#: References by a distance, as calls have them: PC32 and PLT32 of x86-64, JUMP26 and CALL26 of
#: AArch64.
_CALLS = (2, 4, 282, 283)


class Symbol(NamedTuple):
    """A symbol of an object file.

    Attributes:
        name: its name, with ``@`` and a version if the file asks for one.
        defined: whether the file defines it.
        weak: whether it may be missing, and is null then.
        unique: whether the process has it once, however many images define it.
        offset: where the file says which of its sections defines it, in two bytes.
    """

    name: str
    defined: bool
    weak: bool
    unique: bool
    offset: int


def symbols(code: bytes) -> Iterator[Symbol]:
    """The symbols of an object file, 64-bit ELF."""
    sections, names = _sections(code)
    for _, kind, _, _, start, size, linked, *_ in sections:
        if kind != _SYMBOLS:
            continue
        entries = struct.iter_unpack(_SYMBOL, code[start : start + size])
        for number, (name, info, _, section, _, _) in enumerate(entries):
            text = names(sections[linked], name)
            # Six bytes come before the section.
            offset = start + number * struct.calcsize(_SYMBOL) + 6
            binding = info >> 4
            yield Symbol(text, section != _UNDEFINED, binding == _WEAK, binding == _UNIQUE, offset)


_Section = tuple[int, ...]


def _sections(code: bytes) -> tuple[list[_Section], Callable[[_Section, int], str]]:
    """The sections of an object file, and what looks up a name in one of its tables of names."""
    if not code.startswith(b"\x7fELF\2\1"):
        return [], lambda table, offset: ""
    start, size, count, _ = _HEAD.unpack_from(code, 40)
    sections = [_SECTION.unpack_from(code, start + size * number) for number in range(count)]

    def text(table: _Section, offset: int) -> str:
        begin = table[4] + offset
        return code[begin : code.index(b"\0", begin)].decode("utf-8", "replace")

    return sections, text


def undefined(module: Module) -> list[str]:
    """What the linker must find for ``module``, sorted: heeds assembly, leaves out what is weak."""
    text, names = str(module), module.undefined
    lines = _ASSEMBLY.findall(text)
    if lines:
        # Alone in a module that refers to them, for LLVM to say what it makes of the names.
        quoted = [f'@"{_UNQUOTED.sub(_escape, name)}"' for name in names]
        lines += [f"{name} = external global i8\n" for name in quoted]
        lines.append(f"@0 = global [{len(names)} x ptr] [{', '.join(f'ptr {n}' for n in quoted)}]")
        alone = module.assemble("".join(lines))
        host = target.host()
        alone.triple = host.triple
        code = optimize.object_code(alone, host)
        own = module.defined(local=True) | aliases.names(text)
        names = sorted(set(needed(code)) - own)
    ends = {end + name for name in _SECTIONS.findall(text) for end in ("__start_", "__stop_")}
    return [name for name in names if name not in ends and name not in _LINKERS]


def _escape(character: re.Match[str]) -> str:
    return f"\\{ord(character[0]):02X}"


def in_assembly(text: str) -> frozenset[str]:
    """All that may be names of symbols in the assembly in LLVM IR."""
    words: set[str] = set()
    if "asm " not in text:  # which takes no time to find out
        return frozenset()
    for instructions in _INSTRUCTIONS.findall(text):
        words.update(_WORD.findall(_ESCAPED.sub(" ", instructions)))
    return frozenset(words)


def missing(names: Iterable[str], libraries: Iterable[ctypes.CDLL] = ()) -> list[str]:
    """Those of ``names`` that no library in this process defines, nor libgcc, in their order.

    A name may have a version: ``memcpy@GLIBC_2.2.5``. ``libraries`` are some that not all code in
    this process sees.
    """
    lacking = [name for name in names if _address(name) is None]
    for library in libraries:
        lacking = [name for name in lacking if not hasattr(library, name.partition("@")[0])]
    return lacking


def _address(name: str) -> int | None:
    """Where what is called ``name`` lies in this process; None if nowhere."""
    import ctypes  # not everywhere possible; that is for target.llvm() to say

    runtime.library()
    process = ctypes.CDLL(None)
    plain, _, version = name.partition("@")
    lookup = process.dlvsym if version else process.dlsym
    lookup.restype = ctypes.c_void_p
    arguments = filter(None, (plain.encode(), version.strip("@").encode()))
    found: int | None = lookup(None, *arguments)
    return found


def check(code: bytes, libraries: Iterable[ctypes.CDLL] = ()) -> None:
    """Raises UndefinedSymbolError unless this process defines all that an object file needs.

    Or one of ``libraries``, see ``missing``.

    The dynamic linker would name the first one only, and LLVM's linker none.
    """
    lacking = missing(needed(code), libraries)
    if lacking:
        raise undefined_symbols(lacking)


def needed(code: bytes) -> list[str]:
    """The symbols that an object file leaves to libraries, sorted."""
    wanted = {s.name for s in symbols(code) if s.name and not s.defined and not s.weak}
    return sorted(wanted - _LINKERS - _bounds(code).keys())


def _bounds(code: bytes) -> dict[str, tuple[int, int]]:
    """The symbols that a linker defines for each section of an object file, and where they lie.

    As the section's number, and the place in it: its begin or its end.
    """
    sections, text = _sections(code)
    bounds = {}
    for number, section in enumerate(sections):
        name = text(sections[_HEAD.unpack_from(code, 40)[-1]], section[0])
        bounds["__start_" + name] = number, 0
        bounds["__stop_" + name] = number, section[5]
    return bounds


def unversioned(code: bytes) -> bytes:
    """An object file that asks for no versions of symbols.

    They can only be asked for where the library is at hand. Without, a symbol's oldest is meant.
    """
    changed = bytearray(code)
    for _, kind, _, _, _, _, linked, *_ in _sections(code)[0]:
        if kind == _SYMBOLS:
            start, size = _sections(code)[0][linked][4:6]
            names = code[start : start + size]
            for name in {s.name.encode() for s in symbols(code) if "@" in s.name}:
                names = names.replace(name + b"\0", name.replace(b"@", b"\0") + b"\0")
            changed[start : start + size] = names
    return bytes(changed)


def settled(code: bytes, unique: Mapping[str, int]) -> tuple[bytes, dict[str, int]]:
    """An object file for LLVM's linker, and addresses that it would not find by itself.

    LLVM takes every symbol for one that must be there. So a weak symbol that this process lacks
    becomes a constant, null, and direct calls of it, which are never executed, stay unresolved:
    null is too far away for them. Where sections begin and end is entered as well. The addresses
    are of symbols with versions, and of those in ``unique``, which another image has defined.
    """
    changed, addresses, absent, bounds = bytearray(code), {}, set(), _bounds(code)
    for number, symbol in enumerate(symbols(code)):
        if symbol.unique and symbol.name in unique:
            struct.pack_into("<H", changed, symbol.offset, _UNDEFINED)
            addresses[symbol.name] = unique[symbol.name]
            continue
        if symbol.defined or not symbol.name:
            continue
        if symbol.name in bounds:
            section, place = bounds[symbol.name]
            struct.pack_into("<HQ", changed, symbol.offset, section, place)
            continue
        address = _address(symbol.name) if symbol.weak or "@" in symbol.name else 0
        if address is None and symbol.weak:
            struct.pack_into("<H", changed, symbol.offset, _ABSOLUTE)
            absent.add(number)
        elif address:
            addresses[symbol.name] = address
    for _, kind, _, _, start, size, *_ in _sections(code)[0] if absent else ():
        for offset in range(start, start + size, 24) if kind == _RELOCATIONS else ():
            reference, number = struct.unpack_from("<II", code, offset + 8)
            if number in absent and reference in _CALLS:
                struct.pack_into("<I", changed, offset + 8, 0)
    return bytes(changed), addresses
