"""Exceptions: the one being raised, of each thread."""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any

from hpybc.boxed.handles import NULL
from hpybc.boxed.state import RAISING, ffi, local, shared


def text(pointer: Any) -> str:
    """The UTF-8 string that a ``const char *`` points to."""
    return str(ffi.string(pointer), "utf-8")


#: Names by what C gives for them. An attribute is found quickly by a name that is the same object.
_names: dict[bytes, str] = {}

#: More names than this are not names, but made by the extension.
_MOST_NAMES = 4096


def interned(pointer: Any) -> str:
    """The same string, as one object for each name."""
    data = ffi.string(pointer)
    found = _names.get(data)
    if found is None:
        if len(_names) == _MOST_NAMES:
            _names.clear()
        found = _names[data] = sys.intern(str(data, "utf-8"))
    return found


def docs(name: str, doc: str | None) -> tuple[str | None, str | None]:
    """The text signature in a documentation, and the rest, as CPython tells them apart."""
    if doc is not None and doc.startswith(name + "("):
        signature, found, rest = doc[len(name) :].partition(")\n--\n\n")
        if found and "\n\n" not in signature:
            return signature + ")", rest
    return None, doc


def set_exception(error: BaseException) -> None:
    """``error`` is being raised from now on, in this thread."""
    local.exception = error
    shared[RAISING] = 1


def is_raising() -> bool:
    """Whether an exception is being raised in this thread."""
    return local.exception is not None


def take() -> BaseException:
    """What is being raised; nothing is from now on."""
    own = local
    error, own.exception = own.exception, None
    shared[RAISING] = 0
    if error is None:
        error = SystemError("a function of the extension failed without setting an exception")
    return error


def unexpected(result: Any) -> BaseException:
    """For a function that has returned a result, and raises an exception all the same."""
    cause = take()
    error = SystemError("a function of the extension returned a result with an exception set")
    error.__cause__ = cause
    return error


def made(kind: Any, value: Any) -> BaseException:
    """What ``raise`` makes of a type and a value (PyErr_SetObject)."""
    if not (isinstance(kind, type) and issubclass(kind, BaseException)):
        return SystemError(f"_PyErr_SetObject: exception {kind!r} is not a BaseException subclass")
    try:
        if isinstance(value, kind):
            return value
        if value is None or value is NULL:
            return kind()
        return kind(*value) if isinstance(value, tuple) else kind(value)
    except BaseException as error:
        return error


def HPyErr_SetString(kind: Any, message: Any) -> None:
    set_exception(made(kind, ffi.string(message).decode("utf-8", "replace")))


def HPyErr_SetObject(kind: Any, value: Any) -> None:
    set_exception(made(kind, value))


def _from_errno(kind: Any, *names: Any) -> None:
    number = ffi.errno
    set_exception(made(kind, (number, os.strerror(number), *names)))


def HPyErr_SetFromErrnoWithFilename(kind: Any, name: Any) -> Any:
    names = [] if name == ffi.NULL else [os.fsdecode(ffi.string(name))]
    _from_errno(kind, *names)
    return NULL


def HPyErr_SetFromErrnoWithFilenameObjects(kind: Any, first: Any, second: Any) -> None:
    if first is NULL:
        _from_errno(kind)
    elif second is NULL:
        _from_errno(kind, first)
    else:
        _from_errno(kind, first, None, second)


def HPyErr_Occurred() -> int:
    return int(is_raising())


def HPyErr_ExceptionMatches(kind: Any) -> int:
    error = local.exception
    kinds = kind if isinstance(kind, tuple) else (kind,)
    return int(error is not None and any(issubclass(type(error), k) for k in kinds))


def HPyErr_NoMemory() -> None:
    set_exception(MemoryError())


def HPyErr_Clear() -> None:
    local.exception = None
    shared[RAISING] = 0


def HPyErr_NewException(name: Any, base: Any, members: Any) -> Any:
    return _new(text(name), base, members, None)


def HPyErr_NewExceptionWithDoc(name: Any, doc: Any, base: Any, members: Any) -> Any:
    return _new(text(name), base, members, None if doc == ffi.NULL else text(doc))


def _new(name: str, base: Any, members: Any, doc: str | None) -> Any:
    module, dot, last = name.rpartition(".")
    if not dot:
        raise SystemError("PyErr_NewException: name must be module.class")
    own = {} if members is NULL else members
    own.setdefault("__module__", module)
    if doc is not None:
        own["__doc__"] = doc
    bases = (Exception,) if base is NULL else base if isinstance(base, tuple) else (base,)
    return type(last, bases, own)


def HPyErr_WarnEx(category: Any, message: Any, level: int) -> int:
    # This function, the one around it, and what calls the extension's function.
    kind = RuntimeWarning if category is NULL else category
    warnings.warn(text(message), kind, stacklevel=level + 3)
    return 0


def HPyErr_WriteUnraisable(where: Any) -> None:
    error = take()
    subject = None if where is NULL else where
    if sys.unraisablehook is sys.__unraisablehook__:
        import traceback

        # It takes nothing but what the interpreter has made, or prints by itself.
        said = "Exception ignored" if subject is None else f"Exception ignored in: {subject!r}"
        print(said, file=sys.stderr)
        traceback.print_exception(error)
        return
    sys.unraisablehook(_Unraisable(type(error), error, error.__traceback__, None, subject))


class _Unraisable:
    """What ``sys.unraisablehook`` gets."""

    def __init__(self, kind: Any, value: Any, traceback: Any, message: Any, where: Any) -> None:
        self.exc_type = kind
        self.exc_value = value
        self.exc_traceback = traceback
        self.err_msg = message
        self.object = where
