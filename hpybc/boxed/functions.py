"""The table's functions: what C calls, made of functions on objects by their C types.

A function of the API is written as if there were no handles: ``HPy_GetAttr`` is ``getattr``. Here
it becomes a callback. It gets the objects of its handles, its result gets a handle, and what it
raises becomes the exception that the extension sees.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from hpybc.boxed import state
from hpybc.boxed.errors import HPyErr_Clear, is_raising, set_exception, take
from hpybc.boxed.handles import NULL, attach, box, peek, release

#: The modules that have functions of the API, each under its own name.
FAMILIES = ("numbers", "objects", "containers", "strings", "errors", "capsules", "fields", "types")

#: The functions that take a null handle.
TAKE_NULL = frozenset(
    {
        *("HPy_SetAttr", "HPy_SetAttr_s", "HPy_CallTupleDict", "HPy_Call", "HPy_CallMethod"),
        *("HPy_Power", "HPy_InPlacePower", "HPyErr_SetFromErrnoWithFilenameObjects"),
        *("HPyErr_SetObject", "HPyErr_NewException", "HPyErr_NewExceptionWithDoc"),
        *("HPyErr_WarnEx", "HPyErr_WriteUnraisable", "HPyErr_ExceptionMatches"),
        *("HPyField_Store", "HPyGlobal_Store", "HPyContextVar_New", "HPyContextVar_Get"),
        *("HPy_EvalCode", "HPySlice_New", "_HPyType_GenericNew", "_HPy_Dump"),
        *("HPy_Str", "HPy_Repr", "HPy_Bytes", "HPy_ASCII"),
    }
)

#: Of a C type: what cffi calls it where a callback has it, and what an error returns.
_WORD = ("int64_t", 0)
_CTYPES = {
    "HPy": _WORD,
    "HPyField": _WORD,
    "HPyGlobal": _WORD,
    "HPyListBuilder": _WORD,
    "HPyTupleBuilder": _WORD,
    "HPyTracker": _WORD,
    "HPyThreadState": _WORD,
    "HPy_ssize_t": ("int64_t", -1),
    "HPy_hash_t": ("int64_t", -1),
    "HPy_UCS4": ("uint32_t", 0xFFFFFFFF),
    "int": ("int", -1),
    "int32_t": ("int32_t", -1),
    "uint32_t": ("uint32_t", 0xFFFFFFFF),
    "int64_t": ("int64_t", -1),
    "uint64_t": ("uint64_t", 0xFFFFFFFFFFFFFFFF),
    "size_t": ("uint64_t", 0xFFFFFFFFFFFFFFFF),
    "double": ("double", -1.0),
    "bool": ("_Bool", 0),
    "void": ("void", None),
    "_HPyCapsule_key": ("int", -1),
    "HPy_SourceKind": ("int", -1),
    "HPyType_BuiltinShape": ("int", -2),
    "HPyFunc_Signature": ("int", -1),
    "HPyCFunction": _WORD,
    "const char *": ("char *", 0),
    "const wchar_t *": ("wchar_t *", 0),
}


def _ctype(name: str) -> tuple[str, Any]:
    """What is no type of its own is a pointer, and a number in Python."""
    return _CTYPES.get(name, _WORD)


@cache
def _maker(result: str, parameters: tuple[str, ...], takes_null: bool) -> Any:
    """maker(function) -> a callback, for all functions of these types."""
    names = [f"a{i}" for i in range(len(parameters))]
    peeks = "peek" if takes_null else "given"
    given = [f"{peeks}({n})" if p == "HPy" else n for n, p in zip(names, parameters, strict=True)]
    call = f"function({', '.join(given)})"
    returned = {"HPy": f"box({call})", "const char *": f"attach(a0, {call})"}.get(result, call)
    error = _ctype(result)[1]
    source = f"""
def maker(function):
    def callback(ctx{"".join(", " + n for n in names)}):
        try:
            {"" if result == "void" else "return "}{returned}
        except BaseException as error:
            set_exception(error)
            {"" if result == "void" else f"return {error!r}"}
    return callback
"""
    own = vars(_compiled)
    exec(compile(source, "<hpybc.boxed>", "exec"), own)
    return own.pop("maker")


def _given(h: int) -> Any:
    if not h:
        raise SystemError("null argument to internal routine")
    return peek(h)


def _box(x: Any) -> int:
    return 0 if x is NULL else box(x)


#: What the callbacks' code sees: a module's, of which PyPy's JIT knows the constants.
_compiled = ModuleType("hpybc.boxed.compiled")
vars(_compiled).update(
    attach=attach, box=_box, given=_given, peek=peek, set_exception=set_exception
)


@cache
def _signature(result: str, parameters: tuple[str, ...]) -> Any:
    types = ", ".join(["void *", *(_ctype(p)[0] for p in parameters)])
    own = "int64_t" if result.endswith("*") else _ctype(result)[0]
    return state.ffi.typeof(f"{own}(*)({types})")


def found(name: str) -> Any:
    """The function of objects that the function ``name`` of the API is."""
    for family in FAMILIES:
        function = getattr(import_module("hpybc.boxed." + family), name, None)
        if function is not None:
            return function
    raise AssertionError(f"no function {name}")


def provide(index: int) -> None:
    """Fills an entry of the table, when it is first called."""
    name = state.names[index]
    function = state.functions[name]
    parameters = tuple(function.parameters)
    made = _maker(function.result, parameters, name in TAKE_NULL)(found(name))
    error = _ctype(function.result)[1]
    signature = _signature(function.result, parameters)
    state.set_member(index, state.callback(signature, made, error))


def _save() -> int:
    """The handle of what is being raised, which is raised no more; 0 if nothing is."""
    return box(take()) if is_raising() else 0


def _restore(h: int) -> None:
    """What ``_save`` has returned is raised again, and the handle closed."""
    if h:
        set_exception(peek(h))
        release(h)
    else:
        HPyErr_Clear()


state.shared[state.SAVE] = state.callback("uint64_t(*)(void)", _save, 0)
state.shared[state.RESTORE] = state.callback("void(*)(uint64_t)", _restore, None)
state.shared[state.PROVIDE] = state.callback("void(*)(int64_t)", provide, None)
