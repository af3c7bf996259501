"""Constants: what the variables of a module hold at its start, as bytes in memory would be read.

llvmlite shows a variable's definition as text alone. It is read here into an *image*: which number
or address lies at which offset. A reader then needs the offsets of a C struct, and not LLVM's type,
which differs from one compiler to another for a union for example.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from hpybc.jit.ir_text import NAME, VALUE
from hpybc.jit.module import Module, Value


class Place(NamedTuple):
    """An address: an offset in bytes from a variable, or from a function."""

    name: str
    offset: int = 0


class Leaf(NamedTuple):
    """A value without parts.

    Attributes:
        value: None for one that is not understood.
        size: in bytes.
    """

    value: int | float | bytes | Place | None
    size: int


@dataclass(frozen=True)
class Type:
    """A type of LLVM's.

    Attributes:
        size, alignment: in bytes.
        parts: the types of the parts of a struct, each with its offset.
        element: the type of an array's elements.
    """

    size: int
    alignment: int
    parts: tuple[tuple[int, Type], ...] = ()
    element: Type | None = None

    def offset(self, indices: list[int]) -> int:
        """Of the part that ``getelementptr`` names by ``indices``."""
        offset, here = indices[0] * self.size, self
        for index in indices[1:]:
            if here.element is not None:
                offset, here = offset + index * here.element.size, here.element
            else:
                begin, here = here.parts[index]
                offset += begin
        return offset


_TOKEN = re.compile(rf'c"[^"]*"|{NAME}|{VALUE}|-?0x[KLMHR]?[0-9A-Fa-f]+|-?[\w.+-]+|[^\s]')

_HEAD = re.compile(rf"{NAME} = (?:[^\"\n]|\"[^\"]*\")*?\b(?:global|constant) ")

#: Sizes of floating-point types, in bytes.
_FLOATS = {"half": 2, "bfloat": 2, "float": 4, "double": 8, "x86_fp80": 16, "fp128": 16}


class _Reader:
    """Reads types and constants in LLVM IR; raises ValueError or IndexError if it cannot."""

    def __init__(self, text: str, start: int, types: dict[str, str], known: dict[str, Type]):
        self._tokens = list(_TOKEN.finditer(text, start))
        self._at = 0
        self._types = types
        self._known = known
        self.leaves: dict[int, Leaf] = {}

    def _peek(self) -> str:
        return self._tokens[self._at][0]

    def _next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1][0]

    def _skip(self, *tokens: str) -> bool:
        if self._peek() in tokens:
            self._at += 1
            return True
        return False

    def type(self) -> Type:
        word = self._next()
        if word == "ptr":
            if self._skip("addrspace"):
                self._at += 3
            return Type(8, 8)
        if word in _FLOATS:
            return Type(_FLOATS[word], _FLOATS[word])
        if re.fullmatch(r"i\d+", word):
            size = 1
            while 8 * size < int(word[1:]):
                size *= 2
            return Type(size, min(size, 16))
        if word.startswith("%"):
            return self._named(word)
        if word == "[":
            count = int(self._next())
            self._at += 1  # x
            element = self.type()
            self._at += 1
            return Type(count * element.size, element.alignment, element=element)
        packed = word == "<" and self._skip("{")
        if word == "<" and not packed:
            count = int(self._next())
            self._at += 1
            element = self.type()
            self._at += 1
            return Type(count * element.size, count * element.size, element=element)
        if word == "{" or packed:
            return self._struct(packed)
        raise ValueError(word)

    def _struct(self, packed: bool) -> Type:
        parts: list[tuple[int, Type]] = []
        offset, alignment = 0, 1
        while not self._skip("}"):
            part = self.type()
            self._skip(",")
            if not packed:
                offset += -offset % part.alignment
                alignment = max(alignment, part.alignment)
            parts.append((offset, part))
            offset += part.size
        if packed:
            self._at += 1  # >
        return Type(offset + -offset % alignment, alignment, tuple(parts))

    def _named(self, name: str) -> Type:
        if name not in self._known:
            reader = _Reader(self._types[name], 0, self._types, self._known)
            self._known[name] = reader.type()
        return self._known[name]

    def constant(self, type_: Type, offset: int) -> None:
        """Reads a constant of a type, which lies at an offset, into ``leaves``."""
        word = self._next()
        value: int | float | bytes | Place | None = None
        if word in ("zeroinitializer", "undef", "poison", "none"):
            if type_.parts or type_.element is not None:
                return
            value = 0
        elif word in ("null", "false", "true"):
            value = int(word == "true")
        elif word in ("[", "{", "<"):
            self._aggregate(type_, offset, packed=word == "<" and self._skip("{"))
            return
        elif word.startswith('c"'):
            value = _bytes(word)
        elif word.startswith("@"):
            value = Place(_name(word))
        elif re.fullmatch(r"-?\d+", word):
            value = int(word)
        elif re.match(r"-?(\d|0x)", word):
            value = _float(word)
        else:
            value = self._expression(word)
        self.leaves[offset] = Leaf(value, type_.size)

    def _aggregate(self, type_: Type, offset: int, *, packed: bool) -> None:
        number = 0
        while not self._skip("]", "}", ">"):
            part = self.type()
            begin = number * part.size if type_.element is not None else type_.parts[number][0]
            self.constant(part, offset + begin)
            self._skip(",")
            number += 1
        if packed:
            self._skip(">")

    def _expression(self, word: str) -> Place | None:
        """An address that is computed, as far as it is an offset; the rest is None."""
        while self._peek() != "(":
            self._at += 1
        self._at += 1
        begin = self._at
        depth = 1
        while depth:
            token = self._next()
            depth += (token == "(") - (token == ")")
        end, self._at = self._at, begin
        try:
            return self._address() if word == "getelementptr" else None
        except (ValueError, IndexError, KeyError):
            return None
        finally:
            self._at = end

    def _address(self) -> Place | None:
        type_ = self.type()
        self._at += 1
        self._at += self._peek() == "ptr"
        base = self._next()
        place = Place(_name(base)) if base.startswith("@") else self._expression(base)
        indices = []
        while self._skip(","):
            self._at += 1  # its type
            indices.append(int(self._next()))
        return None if place is None else Place(place.name, place.offset + type_.offset(indices))

    def address(self) -> Place | None:
        """That of a ``ptr`` and what follows it."""
        leaf: Type = self.type()
        self.constant(leaf, 0)
        value = self.leaves[0].value
        return value if isinstance(value, Place) else None


@dataclass
class Constants:
    """What the variables of a module hold at its start.

    Attributes:
        module: the module.
    """

    module: Module
    _types: dict[str, str] = field(default_factory=dict)
    _known: dict[str, Type] = field(default_factory=dict)
    _images: dict[str, dict[int, Leaf]] = field(default_factory=dict)
    _definitions: dict[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for type_ in self.module.reference.struct_types:
            name, _, definition = str(type_).partition(" = type ")
            self._types[name] = definition
        # By a name, llvmlite finds only those that other modules see.
        self._definitions = {
            variable.name: variable
            for variable in self.module.variables
            if not variable.is_declaration
        }

    def address(self, text: str) -> Place | None:
        """The address that a constant expression such as ``ptr @a`` gives, if one is named."""
        try:
            return _Reader(text, 0, self._types, self._known).address()
        except (ValueError, IndexError, KeyError):
            return None

    def leaves(self, name: str) -> dict[int, Leaf]:
        """What is in the variable ``name``, by its offset; {} if it is not defined here."""
        if name not in self._images:
            self._images[name] = self._read(name)
        return self._images[name]

    def _read(self, name: str) -> dict[int, Leaf]:
        text = str(self._definitions.get(name, ""))
        head = _HEAD.match(text)
        if head is None:
            return {}
        try:
            reader = _Reader(text, head.end(), self._types, self._known)
            reader.constant(reader.type(), 0)
        except (ValueError, IndexError, KeyError):
            return {}
        return reader.leaves

    def pointer(self, place: Place, offset: int = 0) -> Place | None:
        """The address that lies at an offset from ``place``; None if it is null or not known."""
        leaf = self.leaves(place.name).get(place.offset + offset)
        return leaf.value if leaf is not None and isinstance(leaf.value, Place) else None

    def pointers(self, place: Place | None) -> Iterator[Place]:
        """Those in an array at ``place``, up to a null."""
        while place is not None and (found := self.pointer(place)) is not None:
            yield found
            place = Place(place.name, place.offset + 8)

    def integer(self, place: Place, offset: int = 0, size: int = 4) -> int:
        """The number, with a sign, of ``size`` bytes at an offset from ``place``.

        0 if nothing is there, as in what is not initialised.
        """
        leaf = self.leaves(place.name).get(place.offset + offset)
        if leaf is None or not isinstance(leaf.value, int):
            return 0
        value = leaf.value & ((1 << 8 * size) - 1)
        return value - (1 << 8 * size) if value >> (8 * size - 1) else value

    def string(self, place: Place | None) -> str | None:
        """The string at ``place``, which ends with a zero; None if there is none."""
        if place is None:
            return None
        leaves = self.leaves(place.name)
        for offset, leaf in leaves.items():
            if isinstance(leaf.value, bytes) and offset <= place.offset < offset + leaf.size:
                rest = leaf.value[place.offset - offset :]
                return rest.partition(b"\0")[0].decode("utf-8", "replace")
        # A string of zeros alone is no leaf.
        return "" if not leaves and place.name in self._definitions else None


def _name(word: str) -> str:
    """A name without its sigil, quotes and escapes."""
    word = word[1:]
    if word.startswith('"'):
        return _unescaped(word[1:-1]).decode("utf-8", "replace")
    return word


def _bytes(word: str) -> bytes:
    return _unescaped(word[2:-1])


def _unescaped(text: str) -> bytes:
    return re.sub(
        rb"\\([0-9A-Fa-f]{2}|\\)",
        lambda found: b"\\" if found[1] == b"\\" else bytes([int(found[1], 16)]),
        text.encode("utf-8", "surrogateescape"),
    )


def _float(word: str) -> float | None:
    """A number as LLVM writes it; in hexadecimal, a ``float`` has the digits of a ``double``."""
    if not word.startswith("0x"):
        return float(word)
    digits = word[2:]
    if digits[0] in "KLMHR":
        return None
    value: float = struct.unpack(">d", int(digits, 16).to_bytes(8, "big"))[0]
    return value
