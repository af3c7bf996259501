"""Images, read for tests as debuggers and profilers read them: 64-bit ELF, and DWARF's lines."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

_STT_FUNC = 2
_PT_LOAD = 1


class Segment(NamedTuple):
    """What is mapped into memory as one piece."""

    offset: int
    address: int
    alignment: int


class Image:
    """A shared object: its sections by name, its segments, and its functions by address.

    What comes behind the sections, as in a file of the cache, is ignored.
    """

    def __init__(self, data: bytes) -> None:
        assert data[:6] == b"\x7fELF\2\1", "little-endian ELF of 64 bits"
        program, table = struct.unpack_from("<QQ", data, 32)
        size, count, entry, sections, names = struct.unpack_from("<5H", data, 54)
        self.segments = [
            Segment(offset, address, alignment)
            for kind, _, offset, address, *_, alignment in (
                struct.unpack_from("<IIQQQQQQ", data, program + i * size) for i in range(count)
            )
            if kind == _PT_LOAD
        ]
        headers = [struct.unpack_from("<IIQQQQ", data, table + i * entry) for i in range(sections)]
        strings = headers[names][4]
        self.sections = {
            _text(data, strings + name): data[offset : offset + size]
            for name, _, _, _, offset, size in headers
        }
        self.functions = dict(self._functions())

    def _functions(self) -> Iterator[tuple[str, range]]:
        names = self.sections[".strtab"]
        for name, info, _, _, address, size in struct.iter_unpack(
            "<IBBHQQ", self.sections[".symtab"]
        ):
            if info & 15 == _STT_FUNC and size:
                yield _text(names, name), range(address, address + size)

    def function_at(self, address: int) -> str:
        """The name of the function to which the code at ``address`` belongs."""
        (name,) = (name for name, code in self.functions.items() if address in code)
        return name

    def lines(self) -> dict[int, int]:
        """The line of the source at each address where one begins, whatever the source."""
        found: dict[int, int] = {}
        section, start = self.sections[".debug_line"], 0
        while start < len(section):
            end = start + 4 + int.from_bytes(section[start : start + 4], "little")
            found.update(_rows(section[start:end]))
            start = end
        return found


def _text(data: bytes, start: int) -> str:
    return data[start : data.index(b"\0", start)].decode()


class _Reader:
    """The numbers in ``data``, one after the other."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at

    def fixed(self, size: int, *, signed: bool = False) -> int:
        self.at += size
        return int.from_bytes(self.data[self.at - size : self.at], "little", signed=signed)

    def leb128(self, *, signed: bool = False) -> int:
        value = shift = 0
        while True:
            byte = self.fixed(1)
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value - (1 << shift) if signed and byte & 0x40 else value


def _rows(unit: bytes) -> Iterator[tuple[int, int]]:
    """Addresses and their lines in the program ``unit``, DWARF 4 or 5, in the order it has."""
    read = _Reader(unit, 4)
    if read.fixed(2) >= 5:
        read.fixed(2)  # the sizes of an address and of a segment's selector
    program = read.fixed(4) + read.at
    step = read.fixed(1)
    read.fixed(2)  # operations in an instruction, and whether lines begin statements
    line_base, line_range, opcode_base = read.fixed(1, signed=True), read.fixed(1), read.fixed(1)
    operands = [read.fixed(1) for _ in range(opcode_base - 1)]
    read.at = program
    address, line = 0, 1
    while read.at < len(unit):
        opcode = read.fixed(1)
        if opcode >= opcode_base:
            address += (opcode - opcode_base) // line_range * step
            line += line_base + (opcode - opcode_base) % line_range
            yield address, line
        elif opcode == 0:  # an extended one
            size = read.leb128()
            end = read.at + size
            kind = read.fixed(1)
            if kind == 1:  # the end of a sequence
                address, line = 0, 1
            elif kind == 2:
                address = read.fixed(size - 1)
            read.at = end
        elif opcode == 1:
            yield address, line
        elif opcode == 2:
            address += read.leb128() * step
        elif opcode == 3:
            line += read.leb128(signed=True)
        elif opcode == 8:
            address += (255 - opcode_base) // line_range * step
        elif opcode == 9:
            address += read.fixed(2)
        else:
            for _ in range(operands[opcode - 1]):
                read.leb128()
