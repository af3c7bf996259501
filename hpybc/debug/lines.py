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
from typing import TYPE_CHECKING, NamedTuple

from hpybc.loader.loading import GoneError

if TYPE_CHECKING:
    from elftools.dwarf.compileunit import CompileUnit
    from elftools.dwarf.die import DIE

    from hpybc.loader.loading import Image


#: What hpybc's headers define is nobody's line of an extension.
_HEADER = re.compile(r"(^|/)include/hpy(\.h$|/)")


class Line(NamedTuple):
    """A line of C or C++, and the function that it is in."""

    file: str
    number: int
    function: str

    @property
    def is_written(self) -> bool:
        """Whether somebody has written it, and not hpybc: as a header, or by HPyDef_METH."""
        is_ours = _HEADER.search(self.file) or self.function.endswith("_trampoline")
        return self.number > 0 and not is_ours

    @property
    def place(self) -> str:
        return f"{short(self.file)}:{self.number}"

    def __str__(self) -> str:
        return f"{self.place} in {self.function}"


def short(path: str) -> str:
    """A path as one would type it in the current folder."""
    try:
        folder = os.path.join(os.getcwd(), "")
    except OSError:  # it has been removed
        return path
    return path[len(folder) :] if path.startswith(folder) else path


def can_read() -> bool:
    """Whether pyelftools is there."""
    try:
        import elftools.elf.elffile  # noqa: F401
    except ImportError:
        return False
    return True


@cache
def content(image: Image) -> bytes:
    """What is in the file of an image; empty if it has gone from the cache."""
    try:
        return image.read()
    except GoneError:
        return b""


@cache
def code_of_object(image: Image) -> tuple[int, int]:
    """Where in its section the entry point of an object file is, and the size of that section."""
    if not can_read():
        return 0, 0
    from elftools.elf.elffile import ELFFile
    from elftools.elf.sections import SymbolTableSection

    elf = ELFFile(BytesIO(content(image)))
    table = elf.get_section_by_name(".symtab")
    for symbol in table.iter_symbols() if isinstance(table, SymbolTableSection) else ():
        if symbol.name.startswith("PyInit") and symbol["st_shndx"] != "SHN_UNDEF":
            return symbol["st_value"], elf.get_section(symbol["st_shndx"])["sh_size"]
    return 0, 0


@cache
def lines_at(image: Image, address: int) -> list[Line]:
    """The lines that an address stands for, of the innermost inlined function first.

    None if the image has no DWARF, or pyelftools is not there.
    """
    if not can_read():
        return []
    from elftools.common.exceptions import DWARFError, ELFError

    try:
        return list(_found(image, address))
    except (DWARFError, ELFError, KeyError, IndexError, ValueError):
        return []  # of a compiler whose DWARF pyelftools does not read


def _found(image: Image, address: int) -> Iterator[Line]:
    for unit in _units(image):
        line = unit.line_at(address)
        if line is None:
            continue
        functions = unit.functions_at(address)
        if (
            not functions
        ):  # where lines alone are kept, one that nothing is inlined into has no entry
            yield Line(unit.path(line[0]), line[1], _symbol_at(image, address))
        for function in reversed(functions):
            file, number = line
            yield Line(unit.path(file), number, _name(function))
            if function.tag != "DW_TAG_inlined_subroutine":
                return
            call = function.attributes
            line = call["DW_AT_call_file"].value, call["DW_AT_call_line"].value


@cache
def _units(image: Image) -> list[_Unit]:
    from elftools.elf.elffile import ELFFile

    elf = ELFFile(BytesIO(content(image)))
    if not elf.has_dwarf_info():
        return []
    return [_Unit(unit) for unit in elf.get_dwarf_info().iter_CUs()]


@cache
def _symbols(image: Image) -> list[tuple[int, str]]:
    """The functions of an image by their addresses."""
    from elftools.elf.elffile import ELFFile
    from elftools.elf.sections import SymbolTableSection

    table = ELFFile(BytesIO(content(image))).get_section_by_name(".symtab")
    symbols = table.iter_symbols() if isinstance(table, SymbolTableSection) else ()
    return sorted((s["st_value"], s.name) for s in symbols if s["st_info"]["type"] == "STT_FUNC")


def _symbol_at(image: Image, address: int) -> str:
    symbols = _symbols(image)
    found = bisect_right(symbols, address, key=lambda symbol: symbol[0]) - 1
    return symbols[found][1].removesuffix("_impl") if found >= 0 else "?"


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
