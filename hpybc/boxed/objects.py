"""Objects: attributes, calls, comparison, conversion; code, imports, context variables."""

from __future__ import annotations

import contextvars
import operator
import sys
from importlib import import_module
from typing import Any

from hpybc.boxed.errors import interned, text
from hpybc.boxed.handles import NULL, box, peek
from hpybc.boxed.state import WORDS, ffi
from hpybc.boxed.structs import mro, struct_of


def HPy_Dup(x: Any) -> Any:
    return x


def HPy_Close(x: Any) -> None:
    pass  # C does both, and never asks


def _array(items: int, n: int) -> list[Any]:
    """The objects in a C array of handles."""
    words = ffi.cast(WORDS, items)
    return [peek(words[i]) for i in range(n)]


# ---- Attributes ----------------------------------------------------------------------------------

HPy_GetAttr = getattr


def HPy_GetAttr_s(x: Any, name: Any) -> Any:
    return getattr(x, interned(name))


def HPy_HasAttr(x: Any, name: Any) -> int:
    try:
        getattr(x, name)
    except Exception:
        return 0
    return 1


def HPy_HasAttr_s(x: Any, name: Any) -> int:
    return HPy_HasAttr(x, interned(name))


def HPy_SetAttr(x: Any, name: Any, value: Any) -> int:
    if value is NULL:
        delattr(x, name)
    else:
        setattr(x, name, value)
    return 0


def HPy_SetAttr_s(x: Any, name: Any, value: Any) -> int:
    return HPy_SetAttr(x, interned(name), value)


# ---- Calls ---------------------------------------------------------------------------------------


def HPyCallable_Check(x: Any) -> int:
    return int(callable(x))


def HPy_CallTupleDict(function: Any, args: Any, kw: Any) -> Any:
    if args is not NULL and not isinstance(args, tuple):
        raise TypeError("HPy_CallTupleDict requires args to be a tuple or null handle")
    if kw is not NULL and not isinstance(kw, dict):
        raise TypeError("HPy_CallTupleDict requires kw to be a dict or null handle")
    return function(*(() if args is NULL else args), **({} if kw is NULL else kw))


def HPy_Call(function: Any, args: int, n: int, names: Any) -> Any:
    if names is NULL or not names:
        words = ffi.cast(WORDS, args)
        if n == 0:
            return function()
        if n == 1:
            return function(peek(words[0]))
        return function(*[peek(words[i]) for i in range(n)])
    given = _array(args, n + len(names))
    return function(*given[:n], **dict(zip(names, given[n:], strict=True)))


def HPy_CallMethod(name: Any, args: int, n: int, names: Any) -> Any:
    own = peek(ffi.cast(WORDS, args)[0])
    return HPy_Call(getattr(own, name), args + 8, n - 1, names)


# ---- Types and identity --------------------------------------------------------------------------

HPy_Type = type


def HPy_TypeCheck(x: Any, kind: Any) -> int:
    return int(kind in mro(type(x)))


def HPyType_IsSubtype(kind: Any, other: Any) -> int:
    return int(other in mro(kind))


def HPy_Is(x: Any, y: Any) -> int:
    return int(x is y)


def HPyType_GetName(kind: Any) -> bytes:
    return bytes(kind.__name__, "utf-8")


# ---- Comparison, conversion ----------------------------------------------------------------------

_COMPARE = (operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge)


def HPy_RichCompare(x: Any, y: Any, op: int) -> Any:
    if not 0 <= op < len(_COMPARE):
        raise SystemError("bad argument to internal function")
    return _COMPARE[op](x, y)


def HPy_RichCompareBool(x: Any, y: Any, op: int) -> int:
    if x is y and op in (2, 3):
        return int(op == 2)
    return int(bool(HPy_RichCompare(x, y, op)))


def HPy_IsTrue(x: Any) -> int:
    return int(bool(x))


HPy_Hash = hash
HPy_Repr = repr
HPy_ASCII = ascii


def HPy_Str(x: Any) -> str:
    return "<NULL>" if x is NULL else str(x)


def HPy_Bytes(x: Any) -> bytes:
    if isinstance(x, int) and not hasattr(type(x), "__bytes__"):
        raise TypeError(f"cannot convert '{type(x).__name__}' object to bytes")
    return bytes(x)


def HPy_Length(x: Any) -> int:
    return len(x)


def HPy_GetIter(x: Any) -> Any:
    return iter(x)


def HPyIter_Next(x: Any) -> Any:
    return next(x, NULL)


def HPyIter_Check(x: Any) -> int:
    return int(hasattr(type(x), "__next__"))


def _HPy_Dump(x: Any) -> None:
    print(f"object type name: {type(x).__name__}\nobject repr     : {x!r}", file=sys.stderr)


# ---- Code, imports, context variables ------------------------------------------------------------


def HPyImport_ImportModule(name: Any) -> Any:
    return import_module(text(name))


def HPy_Compile_s(source: Any, filename: Any, kind: int) -> Any:
    modes = {0: "eval", 1: "exec", 2: "single"}
    if kind not in modes:
        raise SystemError("invalid source kind")
    return compile(text(source), text(filename), modes[kind], dont_inherit=True)


def HPy_EvalCode(code: Any, names: Any, own: Any) -> Any:
    return eval(code, names, names if own is NULL else own)


def HPyContextVar_New(name: Any, default: Any) -> Any:
    given = {} if default is NULL else {"default": default}
    return contextvars.ContextVar(text(name), **given)


def HPyContextVar_Get(variable: Any, default: Any, result: int) -> int:
    if not isinstance(variable, contextvars.ContextVar):
        raise TypeError("an instance of ContextVar was expected")
    place = ffi.cast(WORDS, result)
    place[0] = 0
    try:
        value = variable.get() if default is NULL else variable.get(default)
    except LookupError:
        return 0
    place[0] = box(value)
    return 0


def HPyContextVar_Set(variable: Any, value: Any) -> Any:
    if not isinstance(variable, contextvars.ContextVar):
        raise TypeError("an instance of ContextVar was expected")
    return variable.set(value)


# ---- Structs -------------------------------------------------------------------------------------


def _struct(x: Any) -> int:
    """The struct of an object to which C has a handle that is not its address."""
    block = struct_of(x)
    return 0 if block is None else block.address


_HPy_AsStruct_Object = _HPy_AsStruct_Type = _HPy_AsStruct_Long = _HPy_AsStruct_Float = _struct
_HPy_AsStruct_Unicode = _HPy_AsStruct_Tuple = _HPy_AsStruct_List = _HPy_AsStruct_Dict = _struct
_HPy_AsStruct_Legacy = _struct
