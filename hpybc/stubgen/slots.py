"""Slots: the special methods that CPython makes of each."""

from __future__ import annotations

import os
import re
from functools import cache
from inspect import Parameter as P

from hpybc.stubgen.model import Function, Parameter

_HEADER = os.path.join(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "include/hpy/slot.h"
)

#: Binary operators, which have a reflected method as well, after their slot.
_BINARY = {
    "add": "add", "and": "and", "divmod": "divmod", "floor_divide": "floordiv",
    "lshift": "lshift", "matrix_multiply": "matmul", "multiply": "mul", "or": "or",
    "remainder": "mod", "rshift": "rshift", "subtract": "sub", "true_divide": "truediv",
    "xor": "xor",
}  # fmt: skip


def _method(name: str, parameters: str = "", result: str = "Any") -> Function:
    found = []
    for each in parameters.split(", ") if parameters else ():
        declared, _, default = each.partition(" = ")
        parameter, _, type_ = declared.partition(": ")
        kind = P.POSITIONAL_ONLY
        found.append(Parameter(parameter, kind, type_ or "Any", default or None))
    return Function(f"__{name}__", tuple(found), result)


_METHODS = {
    "mp_ass_subscript": [
        _method("setitem", "key, value", "None"), _method("delitem", "key", "None")
    ],
    "sq_ass_item": [_method("setitem", "key, value", "None"), _method("delitem", "key", "None")],
    "mp_length": [_method("len", "", "int")],
    "sq_length": [_method("len", "", "int")],
    "mp_subscript": [_method("getitem", "key")],
    "sq_item": [_method("getitem", "key")],
    "sq_contains": [_method("contains", "key: object", "bool")],
    "sq_concat": [_method("add", "value")],
    "sq_repeat": [_method("mul", "value"), _method("rmul", "value")],
    "sq_inplace_concat": [_method("iadd", "value")],
    "sq_inplace_repeat": [_method("imul", "value")],
    "nb_absolute": [_method("abs")],
    "nb_bool": [_method("bool", "", "bool")],
    "nb_float": [_method("float", "", "float")],
    "nb_index": [_method("index", "", "int")],
    "nb_int": [_method("int", "", "int")],
    "nb_invert": [_method("invert")],
    "nb_negative": [_method("neg")],
    "nb_positive": [_method("pos")],
    "nb_power": [_method("pow", "value, mod = None"), _method("rpow", "value, mod = None")],
    "nb_inplace_power": [_method("ipow", "value")],
    "tp_call": [
        Function(
            "__call__",
            (Parameter("args", P.VAR_POSITIONAL), Parameter("kwargs", P.VAR_KEYWORD)),
        )
    ],
    "tp_repr": [_method("repr", "", "str")],
    "tp_str": [_method("str", "", "str")],
    "tp_hash": [_method("hash", "", "int")],
    "tp_iter": [_method("iter")],
    "tp_iternext": [_method("next")],
    "tp_richcompare": [
        _method(name, "value: object", "bool") for name in ("eq", "ne", "lt", "le", "gt", "ge")
    ],
    "tp_descr_get": [_method("get", "instance, owner = None")],
    "tp_descr_set": [
        _method("set", "instance, value", "None"), _method("delete", "instance", "None")
    ],
    **{
        f"nb_{slot}": [_method(name, "value"), _method(f"r{name}", "value")]
        for slot, name in _BINARY.items()
    },
    **{
        f"nb_inplace_{slot}": [_method(f"i{name}", "value")]
        for slot, name in _BINARY.items() if slot != "divmod"
    },
}  # fmt: skip


@cache
def names() -> dict[int, str]:
    """The name of each slot, ``tp_new`` for example, by its number."""
    with open(_HEADER, encoding="utf-8") as file:
        found = re.findall(r"^ *HPy_(\w+) = (\d+),", file.read(), re.M)
    return {int(number): name for name, number in found}


def methods(slot: str) -> list[Function]:
    """The special methods of a slot whose parameters are always the same."""
    return _METHODS.get(slot, [])
