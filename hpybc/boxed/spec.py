"""Specifications of types as C has them: HPyType_Spec, HPyDef, HPyType_SpecParam."""

from __future__ import annotations

from typing import Any

from hpybc.boxed import slots
from hpybc.boxed.errors import text
from hpybc.boxed.handles import peek
from hpybc.boxed.state import CHARS, WORDS, ffi
from hpybc.boxed.structs import mro

#: HPyDef_Kind.
SLOT, METH, MEMBER, GETSET = range(1, 5)

#: HPyType_SpecParam_Kind.
BASE, BASES, METACLASS = range(1, 4)

#: Flags of an HPyType_Spec.
BASETYPE = 1 << 10
_HAVE_GC = 1 << 14

#: HPyType_BuiltinShape, and the class whose struct it extends.
SHAPES = {0: object, 1: type, 2: int, 3: float, 4: str, 5: tuple, 6: list, 7: dict}
LEGACY, TYPE = -1, 1


class Spec:
    """What is in an HPyType_Spec."""

    def __init__(self, where: int) -> None:
        words = ffi.cast(WORDS, where)
        sizes = ffi.cast("int *", where + 8)
        self.name = name_of(words[0])
        self.basicsize = sizes[0]
        self.itemsize = sizes[1]
        self.flags = words[2]
        self.shape = ffi.cast("int *", where + 24)[0]
        self.legacy = words[4]
        self.defines = [Define(define) for define in defines(words[5])]
        self.doc = name_of(words[6]) if words[6] else None
        self._check()

    def slots(self) -> list[int]:
        return [define.number for define in self.defines if define.kind == SLOT]

    def _check(self) -> None:
        if self.shape not in SHAPES and self.shape != LEGACY:
            raise ValueError(f"invalid shape: {self.shape}")
        if self.basicsize < 0 or self.itemsize < 0:
            raise TypeError(f"{self.name}: basicsize and itemsize must not be negative")
        members = [define.name for define in self.defines if define.kind == MEMBER]
        if members and self.basicsize == 0:
            raise TypeError("Type claims to have basicsize==0 but defines members")
        if self.legacy and self.shape != LEGACY:
            raise TypeError(
                "cannot specify .legacy_slots without setting "
                ".builtin_shape=HPyType_BuiltinShape_Legacy"
            )
        found = self.slots()
        if slots.TP_CALL in found:
            if "__vectorcalloffset__" in members:
                raise TypeError("an HPy_tp_call slot excludes a member __vectorcalloffset__")
            if self.itemsize:
                raise TypeError("Cannot use HPy call protocol with var objects")
            if self.shape == LEGACY and self.basicsize == 0:
                raise TypeError(
                    "Cannot use HPy call protocol with legacy types that inherit the struct. "
                    "Either set the basicsize to a non-zero value or use legacy slot "
                    "'Py_tp_call'."
                )
        if self.flags & _HAVE_GC and slots.TP_TRAVERSE not in found:
            raise ValueError(
                "You must provide an HPy_tp_traverse slot if you specify HPy_TPFLAGS_HAVE_GC"
            )
        if self.legacy or self.shape == LEGACY:
            raise TypeError(f"{self.name}: only CPython has legacy types")


class Define:
    """An HPyDef: its kind, its words, and the slot's number or the name."""

    def __init__(self, where: int) -> None:
        self.words = ffi.cast(WORDS, where)
        self.kind = self.words[0] & 0xFFFFFFFF
        self.number = self.words[1] & 0xFFFFFFFF if self.kind == SLOT else -1
        self.name = name_of(self.words[1]) if self.kind in (METH, MEMBER, GETSET) else ""


def name_of(where: int) -> str:
    """The text at an address."""
    return text(ffi.cast(CHARS, where))


def defines(where: int) -> Any:
    """The addresses in an array that ends with a null pointer."""
    words = ffi.cast(WORDS, where)
    i = 0
    while where and words[i]:
        yield words[i]
        i += 1


def parameters(params: int, name: str) -> tuple[tuple[Any, ...], Any]:
    """The bases and the metaclass, or None."""
    words = ffi.cast(WORDS, params)
    bases: list[Any] = []
    given: tuple[Any, ...] | None = None
    metaclass = None
    i = 0
    while params and words[i] & 0xFFFFFFFF:
        kind, x = words[i] & 0xFFFFFFFF, peek(words[i + 1])
        if kind == BASE:
            bases.append(x)
        elif kind == BASES:
            if given is not None:
                raise TypeError("multiple specifications of HPyType_SpecParam_BasesTuple")
            if not isinstance(x, tuple):
                raise TypeError(f"{name}: the bases must be a tuple, not {x!r}")
            given = x
        elif kind == METACLASS:
            if metaclass is not None:
                raise ValueError("metaclass was specified multiple times")
            if not isinstance(x, type) or type not in mro(x):
                raise TypeError(f"Metaclass '{x!r}' is not a subclass of 'type'.")
            metaclass = x
        else:
            raise TypeError(f"unknown HPyType_SpecParam specification for '{name}'")
        i += 2
    if given is None:
        given = tuple(bases) or (object,)
    elif bases:
        raise TypeError(
            "cannot specify both HPyType_SpecParam_Base and HPytype_SpecParam_BasesTuple"
        )
    if not given:
        raise TypeError(f"{name}: there must be a base")
    return given, metaclass
