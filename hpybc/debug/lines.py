"""From addresses in images to lines of C and C++, by what a compiler writes with ``-g`` (DWARF).

pyelftools reads it, which is imported where it is used: ``pip install 'hpybc[debug]'``.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from itertools import groupby
from types import CodeType
from typing import TYPE_CHECKING, Any, NamedTuple

from hpybc.debug import _module
from hpybc.loader import loading

if TYPE_CHECKING:
    from elftools.dwarf.compileunit import CompileUnit
    from elftools.dwarf.die import DIE


class Line(NamedTuple):
    """A line of C or C++, and the function that it is in."""

    file: str
    number: int
    function: str

    @property
    def place(self) -> str:
        return f"{_short(self.file)}:{self.number}"

    def __str__(self) -> str:
        return f"{self.place} in {self.function}"


class Site(NamedTuple):
    """Where something was opened, closed or used, as debug mode remembers it.

    Attributes:
        api: the API function that was called; None where the extension's is called or returns.
        frames: return addresses, innermost first.
        code, offset: the Python code that called, and the offset in it; None if that is unknown.
    """

    api: str | None
    frames: list[int]
    code: CodeType | None
    offset: int

    @classmethod
    def of(cls, given: tuple[Any, ...] | None) -> Site | None:
        """A site as the state of debug mode gives it."""
        return None if given is None else cls(*given)

    def caller(self) -> str:
        """The line of Python that called, ``test.py:3 in test``; empty if it is unknown."""
        if self.code is None:
            return ""
        for start, end, line in self.code.co_lines():
            if start <= self.offset < end and line is not None:
                return f"{_short(self.code.co_filename)}:{line} in {self.code.co_name}"
        return f"{_short(self.code.co_filename)} in {self.code.co_name}"

    def lines(self) -> list[Line]:
        """The lines of the extension, innermost first; none if they are unknown."""
        found = (_image_at(address) for address in self.frames)
        lines = [line for each in found if each is not None for line in _lines(*each)]
        # A constructor in C++ is two functions of the same name, of which one calls the other.
        return [next(same) for _, same in groupby(lines, lambda line: (line.file, line.function))]

    def lacking(self) -> str:
        """What it takes to know lines of the extension; empty if that cannot be said."""
        images = [found[0] for found in map(_image_at, self.frames) if found is not None]
        has_lines = all(b".debug_line" in _content(image) for image in images)
        wanted = [] if has_lines else ["compile it with -g"]
        # Where an image in memory lies, pyelftools finds out: so there may be none yet.
        if self.frames and not _can_read():
            wanted.append("pip install 'hpybc[debug]'")
        return ", and ".join(wanted)


def _short(path: str) -> str:
    """A path as one would type it here."""
    folder = os.path.join(os.getcwd(), "")
    return path[len(folder) :] if path.startswith(folder) else path


def _can_read() -> bool:
    try:
        import elftools.elf.elffile  # noqa: F401
    except ImportError:
        return False
    return True


def _image_at(address: int) -> tuple[loading.Image, int] | None:
    """The image that has the code before a return address, and where in the image that is."""
    loaded = _module._image(address)
    for image in reversed(loading.debugged):
        if loaded is not None and image.place == loaded[0]:
            return image, address - loaded[1] - 1
        if loaded is None and isinstance(image.place, int):
            entry, size = _in_memory(image)
            begin = image.place - entry
            if begin <= address - 1 < begin + size:
                return image, address - begin - 1
    return None


@cache
def _content(image: loading.Image) -> bytes:
    try:
        return image.read()
    except Exception:  # it was in a cache, from which it has been removed
        return b""


@cache
def _in_memory(image: loading.Image) -> tuple[int, int]:
    """Where in its section the entry point of an object file is, and how large that section is."""
    if not _can_read():
        return 0, 0
    from elftools.elf.elffile import ELFFile
    from elftools.elf.sections import SymbolTableSection

    elf = ELFFile(BytesIO(_content(image)))
    table = elf.get_section_by_name(".symtab")
    for symbol in table.iter_symbols() if isinstance(table, SymbolTableSection) else ():
        if symbol.name.startswith("PyInit") and symbol["st_shndx"] != "SHN_UNDEF":
            return symbol["st_value"], elf.get_section(symbol["st_shndx"])["sh_size"]
    return 0, 0


#: What hpybc's headers define is nobody's line of an extension.
_HEADER = re.compile(r"(^|/)include/hpy(\.h$|/)")


@cache
def _lines(image: loading.Image, address: int) -> list[Line]:
    """The lines that an address stands for: of the innermost inlined function first."""
    if not _can_read():
        return []
    from elftools.common.exceptions import DWARFError, ELFError

    try:
        return [line for line in _found(image, address) if _is_written(line)]
    except (DWARFError, ELFError, KeyError, IndexError, ValueError):
        return []  # of a compiler whose DWARF pyelftools does not read


def _is_written(line: Line) -> bool:
    """Whether somebody has written it, and not hpybc: as a header, or by HPyDef_METH."""
    is_ours = _HEADER.search(line.file) or line.function.endswith("_trampoline")
    return line.number > 0 and not is_ours


def _found(image: loading.Image, address: int) -> Iterator[Line]:
    for unit in _units(image):
        line = unit.line_at(address)
        if line is None:
            continue
        for function in reversed(unit.functions_at(address)):
            file, number = line
            yield Line(unit.path(file), number, _name(function))
            if function.tag != "DW_TAG_inlined_subroutine":
                return
            call = function.attributes
            line = call["DW_AT_call_file"].value, call["DW_AT_call_line"].value


@cache
def _units(image: loading.Image) -> list[_Unit]:
    from elftools.elf.elffile import ELFFile

    elf = ELFFile(BytesIO(_content(image)))
    if not elf.has_dwarf_info():
        return []
    return [_Unit(unit) for unit in elf.get_dwarf_info().iter_CUs()]


class _Unit:
    """What DWARF says of one source file and its headers."""

    def __init__(self, unit: CompileUnit) -> None:
        self.unit = unit
        program = unit.dwarfinfo.line_program_for_CU(unit)
        assert program is not None
        self.program = program
        states = [entry.state for entry in program.get_entries() if entry.state is not None]
        #: Of each row its address, and its file and line; None where a sequence ends.
        self.rows = [
            (state.address, None if state.end_sequence else (state.file, state.line))
            for state in states
        ]
        self.rows.sort(key=lambda row: (row[0], row[1] is not None))

    def line_at(self, address: int) -> tuple[int, int] | None:
        row = bisect_right(self.rows, address, key=lambda row: row[0]) - 1
        return self.rows[row][1] if row >= 0 else None

    def path(self, number: int) -> str:
        """The path of a file by its number."""
        header = self.program.header
        first = 0 if header.version >= 5 else 1
        file = header.file_entry[number - first]
        top = self.unit.get_top_DIE().attributes
        begin = top["DW_AT_comp_dir"].value if "DW_AT_comp_dir" in top else b""
        has_folder = file.dir_index >= first
        folder = header.include_directory[file.dir_index - first] if has_folder else b""
        return os.fsdecode(os.path.normpath(os.path.join(begin, folder, file.name)))

    def functions_at(self, address: int) -> list[DIE]:
        """The function that an address is in, and those inlined there, outermost first."""
        found: list[DIE] = []
        place = self.unit.get_top_DIE()
        while True:
            for child in place.iter_children():
                if child.tag in _SCOPES and self._covers(child, address):
                    place = child
                    break
            else:
                return found
            if place.tag in ("DW_TAG_subprogram", "DW_TAG_inlined_subroutine"):
                found.append(place)

    def _covers(self, die: DIE, address: int) -> bool:
        return any(begin <= address < end for begin, end in self._ranges(die))

    def _ranges(self, die: DIE) -> Iterator[tuple[int, int]]:
        from elftools.dwarf.descriptions import describe_form_class
        from elftools.dwarf.ranges import BaseAddressEntry

        attributes = die.attributes
        if "DW_AT_low_pc" in attributes and "DW_AT_high_pc" in attributes:
            begin, end = attributes["DW_AT_low_pc"].value, attributes["DW_AT_high_pc"]
            is_size = describe_form_class(end.form) == "constant"
            yield begin, begin + end.value if is_size else end.value
        elif "DW_AT_ranges" in attributes:
            top = self.unit.get_top_DIE().attributes
            base = top["DW_AT_low_pc"].value if "DW_AT_low_pc" in top else 0
            lists = self.unit.dwarfinfo.range_lists()
            assert lists is not None
            offset = attributes["DW_AT_ranges"].value
            for entry in lists.get_range_list_at_offset(offset, self.unit):
                if isinstance(entry, BaseAddressEntry):
                    base = entry.base_address
                else:
                    shift = 0 if entry.is_absolute else base
                    yield shift + entry.begin_offset, shift + entry.end_offset


#: Parts of a unit that code is in, and that may have such parts in turn.
_SCOPES = {
    "DW_TAG_subprogram", "DW_TAG_inlined_subroutine", "DW_TAG_lexical_block",
    "DW_TAG_try_block", "DW_TAG_catch_block", "DW_TAG_namespace", "DW_TAG_class_type",
    "DW_TAG_structure_type",
}  # fmt: skip


def _name(function: DIE) -> str:
    """Of a function; without the ending that HPyDef_METH gives to names."""
    while "DW_AT_name" not in function.attributes:
        for attribute in ("DW_AT_abstract_origin", "DW_AT_specification"):
            if attribute in function.attributes:
                function = function.get_DIE_from_attribute(attribute)
                break
        else:
            return "?"
    name: str = function.attributes["DW_AT_name"].value.decode()
    return name.removesuffix("_impl")
