"""Slots of a type, as the special methods that Python calls."""

from __future__ import annotations

import operator
from functools import cache
from typing import Any

from hpybc.boxed import buffers
from hpybc.boxed.calls import KEYWORDS, RETURN, RETURN_INT, by_count, compiled, fixed, method
from hpybc.boxed.handles import NULL, put_aside, put_back
from hpybc.boxed.state import WORDS, ffi
from hpybc.boxed.structs import struct_of

#: HPySlot_Slot.
TP_CALL, TP_NEW, TP_TRAVERSE, TP_DESTROY = 50, 65, 71, 1000
_GETBUFFER, _RELEASEBUFFER = 1, 2
_HAVE_VECTORCALL = 1 << 11

#: The attribute of a class whose instances may have call functions of their own, and its value:
#: the offset of the function in the struct, or that it is beside (``Block.call``).
CALLS = "_hpy_calls"
BESIDE = -1

#: HPySlot_Slot of what takes itself alone: the method, and what the function returns.
_UNARY = {
    6: ("__abs__", "h"),
    9: ("__bool__", "i"),
    11: ("__float__", "h"),
    13: ("__index__", "h"),
    26: ("__int__", "h"),
    27: ("__invert__", "h"),
    30: ("__neg__", "h"),
    32: ("__pos__", "h"),
    66: ("__repr__", "h"),
    70: ("__str__", "h"),
    80: ("__del__", "w"),
}

#: Of binary operators: the method's name between the underscores.
_BINARY = {
    7: "add", 8: "and", 10: "divmod", 12: "floordiv", 28: "lshift", 29: "mul", 31: "or",
    34: "mod", 35: "rshift", 36: "sub", 37: "truediv", 38: "xor", 75: "matmul",
}  # fmt: skip
_INPLACE = {
    14: "iadd", 15: "iand", 16: "ifloordiv", 17: "ilshift", 18: "imul", 19: "ior", 21: "imod",
    22: "irshift", 23: "isub", 24: "itruediv", 25: "ixor", 76: "imatmul", 42: "iadd",
}  # fmt: skip
_POWER, _INPLACE_POWER = 33, 20
_COMPARE = ("__lt__", "__le__", "__eq__", "__ne__", "__gt__", "__ge__")


def define(number: int, function: int, own: dict[str, Any], check: Any, instances: Any) -> None:
    """Adds the methods of one slot to a class's namespace."""
    if number in _UNARY:
        name, result = _UNARY[number]
        made = fixed(function, "h", result)
        own[name] = _named(name, lambda self: (check(self), made(self))[1])
        if name == "__bool__":
            own[name] = _named(name, lambda self: (check(self), made(self) != 0)[1])
        elif name == "__del__":
            own[name] = _named(name, _finalizer(made))
    elif number in _BINARY:
        made = fixed(function, "hh")
        name = _BINARY[number]
        own[f"__{name}__"] = made
        own[f"__r{name}__"] = _named(f"__r{name}__", lambda self, other: made(other, self))
    elif number in _INPLACE:
        own.setdefault(f"__{_INPLACE[number]}__", fixed(function, "hh"))
    elif number in (_POWER, _INPLACE_POWER):
        made = fixed(function, "hhh")
        if number == _INPLACE_POWER:
            own["__ipow__"] = lambda self, other: made(self, other, None)
        else:
            own["__pow__"] = lambda self, other, modulo=None: made(self, other, modulo)
            own["__rpow__"] = lambda self, other, modulo=None: made(other, self, modulo)
    elif number == TP_NEW:
        own["__new__"] = staticmethod(compiled(_NEW)(function, instances))
    elif number in _OTHERS:
        _OTHERS[number](function, own, check)
    elif number != TP_TRAVERSE:  # Python's collector sees what is in fields by itself
        raise RuntimeError("invalid slot offset")


def _finalizer(made: Any) -> Any:
    """It may run at any time: not with the exception that is being raised."""

    def __del__(self: Any) -> None:
        pending = put_aside()
        try:
            made(self)
        finally:
            put_back(pending)

    return __del__


def _named(name: str, function: Any) -> Any:
    function.__name__ = function.__qualname__ = name
    return function


def _length(function: int, own: dict[str, Any], check: Any) -> None:
    own["__len__"] = fixed(function, "h", "w")


def _hash(function: int, own: dict[str, Any], check: Any) -> None:
    own["__hash__"] = fixed(function, "h", "w")


def _contains(function: int, own: dict[str, Any], check: Any) -> None:
    made = fixed(function, "hh", "i")
    own["__contains__"] = lambda self, x: made(self, x) != 0


def _concat(function: int, own: dict[str, Any], check: Any) -> None:
    own.setdefault("__add__", fixed(function, "hh"))


def _index(x: Any) -> int:
    try:
        i = operator.index(x)
    except TypeError:
        raise TypeError(
            f"'{type(x).__name__}' object cannot be interpreted as an integer"
        ) from None
    if not -(1 << 63) <= i < 1 << 63:
        raise OverflowError("cannot fit 'int' into an index-sized integer")
    return i


def _repeat(function: int, own: dict[str, Any], check: Any) -> None:
    made = fixed(function, "hi")
    own.setdefault("__mul__", lambda self, n: made(self, _index(n)))
    own.setdefault("__rmul__", lambda self, n: made(self, _index(n)))


def _inplace_repeat(function: int, own: dict[str, Any], check: Any) -> None:
    made = fixed(function, "hi")
    own.setdefault("__imul__", lambda self, n: made(self, _index(n)))


def _at(self: Any, x: Any) -> int:
    """The index that a sequence's function gets: from its end if it is negative."""
    if not hasattr(type(x), "__index__"):
        raise TypeError(f"sequence index must be integer, not '{type(x).__name__}'")
    i = _index(x)
    return i + len(self) if i < 0 and hasattr(type(self), "__len__") else i


def _item(function: int, own: dict[str, Any], check: Any) -> None:
    made = fixed(function, "hi")
    own.setdefault("__getitem__", lambda self, i: made(self, _at(self, i)))


def _ass_item(function: int, own: dict[str, Any], check: Any) -> None:
    made = fixed(function, "hih", "i")

    def __setitem__(self: Any, i: Any, value: Any) -> None:
        made(self, _at(self, i), value)

    def __delitem__(self: Any, i: Any) -> None:
        made(self, _at(self, i), NULL)

    own.setdefault("__setitem__", __setitem__)
    own.setdefault("__delitem__", __delitem__)


def _subscript(function: int, own: dict[str, Any], check: Any) -> None:
    own["__getitem__"] = fixed(function, "hh")


def _ass_subscript(function: int, own: dict[str, Any], check: Any) -> None:
    made = fixed(function, "hhh", "i")

    def __setitem__(self: Any, key: Any, value: Any) -> None:
        made(self, key, value)

    def __delitem__(self: Any, key: Any) -> None:
        made(self, key, NULL)

    own["__setitem__"] = __setitem__
    own["__delitem__"] = __delitem__


def _richcompare(function: int, own: dict[str, Any], check: Any) -> None:
    made = fixed(function, "hhi")
    for op, name in enumerate(_COMPARE):
        own[name] = _named(name, lambda self, other, op=op: made(self, other, op))


def _descr_get(function: int, own: dict[str, Any], check: Any) -> None:
    made = fixed(function, "hhh")

    def __get__(self: Any, instance: Any, owner: Any = None) -> Any:
        return made(self, NULL if instance is None else instance, NULL if owner is None else owner)

    own["__get__"] = __get__


_NEW = (
    """
def maker(function, instances):
    def __new__(cls, *args, **kw):
        if cls is not instances.kind: check_class(cls, instances.kind)
        hc = instances.open() if cls is instances.kind else box(cls)
        n = len(args)
        if kw or n > 4:
            hs = [box(a) for a in args]
            hk = box(kw) if kw else 0
            array = new(WORD_ARRAY, hs)
            r = keywords(function, hc, address(array), n, hk)
            for h in hs:
                if not h >> 49: release(h)
            if hk: release(hk)
"""
    + by_count("keywords", "hc")
    + """
        release(hc)
"""
    + RETURN
    + """
    return __new__
"""
)

_INIT = (
    """
def maker(function):
    def __init__(self, *args, **kw):
        hc = box(self)
        hs = [box(a) for a in args]
        hk = box(kw) if kw else 0
        array = new(WORD_ARRAY, hs)
        r = init(function, hc, address(array), len(hs), hk)
        for h in hs:
            if not h >> 49: release(h)
        if hk: release(hk)
        release(hc)
"""
    + RETURN_INT.replace("return r", "return")
    + """
    return __init__
"""
)


def _init(function: int, own: dict[str, Any], check: Any) -> None:
    own["__init__"] = compiled(_INIT)(function)


def _call(function: int, own: dict[str, Any], check: Any) -> None:
    made = method("__call__", function, KEYWORDS, 0, check)

    def __call__(self: Any, *args: Any, **kw: Any) -> Any:
        return (struct_of(self).call or made)(self, *args, **kw)

    own["__call__"] = __call__
    own[CALLS] = BESIDE


def _getbuffer(function: int, own: dict[str, Any], check: Any) -> None:
    made = fixed(function, "hii", "i")

    def __buffer__(self: Any, flags: int) -> memoryview:
        return buffers.view(self, made, flags)

    own["__buffer__"] = __buffer__


def _releasebuffer(function: int, own: dict[str, Any], check: Any) -> None:
    made = fixed(function, "hi", "w")
    own["__release_buffer__"] = lambda self, view: buffers.released(self, made, view)


_OTHERS = {
    1: _getbuffer, 2: _releasebuffer,
    3: _ass_subscript, 4: _length, 5: _subscript, 39: _ass_item, 40: _concat, 41: _contains,
    43: _inplace_repeat, 44: _item, 45: _length, 46: _repeat, 50: _call, 54: _descr_get, 59: _hash,
    60: _init, 67: _richcompare,
}  # fmt: skip


def finish(own: dict[str, Any], flags: int, offset: int) -> None:
    """What CPython adds when all slots are known.

    Args:
        own: the namespace of the class.
        flags: of the specification.
        offset: of the call function in the struct, or ``BESIDE``.
    """
    if "__eq__" in own and "__hash__" not in own:
        own["__hash__"] = None
    if flags & _HAVE_VECTORCALL and "__call__" not in own:

        def __call__(self: Any, *args: Any, **kw: Any) -> Any:
            block = struct_of(self)
            function = block.call
            if offset != BESIDE:
                function = _call_at(ffi.cast(WORDS, block.address + offset))
            if function is None:
                raise TypeError(f"'{type(self).__name__}' object is not callable")
            return function(self, *args, **kw)

        own["__call__"] = __call__
        own[CALLS] = offset


#: The functions that were set, by their trampolines.
implementations: dict[int, int] = {}


def _call_at(place: Any) -> Any:
    """The call function at a place in a struct, or None.

    The place may be a pointer wide: HPy_SetCallFunction stores the trampoline alone, as CPython's
    context does. What was not set by that is a whole HPyCallFunction, whose second word is the
    function.
    """
    trampoline = place[0]
    if not trampoline:
        return None
    return own_call(implementations.get(trampoline) or place[1])


@cache
def own_call(implementation: int) -> Any:
    """The ``__call__`` of an instance that has an HPyCallFunction of its own."""
    return method("__call__", implementation, KEYWORDS, 0, lambda self: None)
