"""How Python calls a function of the extension: with handles, one thread at a time.

Each function of an extension becomes a Python function, made from a text for its signature: what
is unrolled there, PyPy's JIT compiles to straight code. The positional arguments go to C as they
are, which makes an array of them (``calls.c``).
"""

from __future__ import annotations

from functools import cache
from types import ModuleType
from typing import Any

from hpybc.boxed import state
from hpybc.boxed.errors import is_raising, take, unexpected
from hpybc.boxed.handles import NULL, box, drain, release, unbox
from hpybc.boxed.state import CALLS, N_CLOSED_EVER, N_FREED, RAISING, WORD_ARRAY, ffi, shared
from hpybc.boxed.structs import mro

#: Of calls.c, in its order: the C type of each.
_TYPES = {
    "word1": 1,
    "word2": 2,
    "word3": 3,
    "word4": 4,
    "int1": 1,
    "int2": 2,
    "int3": 3,
    "int4": 4,
    "varargs0": 1,
    "varargs1": 2,
    "varargs2": 3,
    "varargs3": 4,
    "varargs4": 5,
    "varargs": 3,
    "keywords": 4,
    "keywords0": 1,
    "keywords1": 2,
    "keywords2": 3,
    "keywords3": 4,
    "keywords4": 5,
    "init": 4,
    "destroy": 1,
    "destroy_capsule": 3,
}


@cache
def call(name: str) -> Any:
    """The function ``name`` of calls.c: it takes a function of the extension, and words."""
    index = list(_TYPES).index(name)
    words = ", ".join(["int64_t"] * (_TYPES[name] + 1))
    return ffi.cast(f"int64_t(*)({words})", shared[CALLS + index])


def _close(names: list[str]) -> str:
    """Code that closes the handles ``names``: of a number there is nothing to close."""
    return "".join(f"        if not {name} >> 49: release({name})\n" for name in names)


#: What follows every call that returns a handle. The flag may be of another thread, which may also
#: have taken it back: it says that it is worth to look.
RETURN = f"""\
        if shared[{N_CLOSED_EVER}] != shared[{N_FREED}]: drain()
        if r == 0: raise take()
        x = unbox(r)
        if shared[{RAISING}] and is_raising(): raise unexpected(x)
        return x
"""

#: One that returns a status: what is negative is an error.
RETURN_INT = f"""\
        if shared[{N_CLOSED_EVER}] != shared[{N_FREED}]: drain()
        if r < 0: raise take()
        if shared[{RAISING}] and is_raising(): raise unexpected(r)
        return r
"""

#: And one that returns a number, of which -1 may be an error.
RETURN_WORD = f"""\
        if shared[{N_CLOSED_EVER}] != shared[{N_FREED}]: drain()
        if (r == -1 or shared[{RAISING}]) and is_raising():
            raise take() if r == -1 else unexpected(r)
        return r
"""


@cache
def namespace() -> dict[str, Any]:
    """What the code of all functions sees: a module's, of which PyPy's JIT knows the constants."""
    own = vars(ModuleType("hpybc.boxed.compiled"))
    own |= {
        "NULL": NULL,
        "WORD_ARRAY": WORD_ARRAY,
        "address": state.address,
        "check_class": _check_class,
        "box": box,
        "drain": drain,
        "ffi": ffi,
        "is_raising": is_raising,
        "new": ffi.new,
        "release": release,
        "shared": shared,
        "take": take,
        "unbox": unbox,
        "unexpected": unexpected,
    }
    own.update((name, call(name)) for name in _TYPES)
    return own


def _check_class(cls: Any, kind: Any) -> None:
    """Raises TypeError unless ``cls`` is a class that ``kind.__new__`` can make instances of."""
    name = f"{kind.__module__}.{kind.__name__}"
    if not isinstance(cls, type):
        raise TypeError(f"{name}.__new__(X): X is not a type object ({type(cls).__name__})")
    if kind not in mro(cls):
        raise TypeError(
            f"{name}.__new__({cls.__name__}): {cls.__name__} is not a subtype of {name}"
        )


@cache
def compiled(source: str) -> Any:
    own = namespace()
    exec(compile(source, "<hpybc.boxed>", "exec"), own)
    return own.pop("maker")


# ---- Functions with a fixed number of objects ----------------------------------------------------


def fixed(function: int, kinds: str, result: str = "h") -> Any:
    """A Python function that calls ``function`` of the extension.

    Args:
        function: its address.
        kinds: of each parameter after the context: ``h`` for an object, ``i`` for an integer or an
            address.
        result: ``h`` for an object, ``i`` for an int, ``w`` for a word.
    """
    names = [f"a{i}" for i in range(len(kinds))]
    handles = [f"h{i}" for i, kind in enumerate(kinds) if kind == "h"]
    given = [f"h{i}" if kind == "h" else f"a{i}" for i, kind in enumerate(kinds)]
    boxed = "".join(f"        {h} = {_boxed('a' + h[1:])}\n" for h in handles)
    via = ("int" if result == "i" else "word") + str(len(kinds))
    source = (
        f"def maker(function):\n    def f({', '.join(names)}):\n{boxed}"
        f"        r = {via}(function, {', '.join(given)})\n{_close(handles)}"
        + {"h": RETURN, "i": RETURN_INT, "w": RETURN_WORD}[result]
        + "    return f\n"
    )
    return compiled(source)(function)


def _boxed(name: str) -> str:
    return f"box({name}) if {name} is not NULL else 0"


# ---- Functions of an extension's own signature ---------------------------------------------------

#: HPyFunc_Signature.
VARARGS, KEYWORDS, NOARGS, ONE = range(1, 5)


def _varargs(bound: bool) -> str:
    own = "self, " if bound else ""
    source = f"def maker(function, h, check, name):\n    def f({own}*args):\n"
    opened = ["hs"] if bound else []
    if bound:
        source += "        check(self)\n        hs = box(self)\n"
    handle = "hs" if bound else "h"
    source += "        n = len(args)\n"
    source += by_count("varargs", handle, "if")
    source += f"""\
        else:
            hs_ = [box(a) for a in args]
            array = new(WORD_ARRAY, hs_)
            r = varargs(function, {handle}, address(array), n)
            for a in hs_:
                if not a >> 49: release(a)
"""
    return source + _close(opened) + RETURN + "    return f\n"


def by_count(thunk: str, handle: str, first: str = "elif") -> str:
    """Code that calls with up to four positional arguments ``args``, by their number ``n``."""
    source = ""
    for n in range(5):
        names = [f"h{i}" for i in range(n)]
        source += f"        {'elif' if n else first} n == {n}:\n"
        if n:
            source += f"            {', '.join(f'a{i}' for i in range(n))}, = args\n"
        for i in range(n):
            source += f"            h{i} = box(a{i})\n"
        source += f"            r = {thunk}{n}({', '.join(['function', handle, *names])})\n"
        source += _close(names).replace("        if", "            if")
    return source


def _keywords(bound: bool) -> str:
    own = "self, " if bound else ""
    opened = ["hs"] if bound else []
    handle = "hs" if bound else "h"
    head = "        check(self)\n        hs = box(self)\n" if bound else ""
    return f"""\
def maker(function, h, check, name):
    def f({own}*args, **kw):
{head}        n = len(args)
        if kw or n > 4:
            hs_ = [box(a) for a in args]
            hs_ += [box(a) for a in kw.values()]
            hk = box(tuple(kw)) if kw else 0
            array = new(WORD_ARRAY, hs_)
            r = keywords(function, {handle}, address(array), n, hk)
            for a in hs_:
                if not a >> 49: release(a)
            if hk: release(hk)
{by_count("keywords", handle)}{_close(opened)}{RETURN}    return f
"""


#: What a method does with its instance before a call.
_OPEN_SELF = """\
        check(self)
        hs = box(self)
"""


def _noargs(bound: bool) -> str:
    return f"""\
def maker(function, h, check, name):
    def f({"self, " if bound else ""}*args):
        if args:
            raise TypeError(f"{{name}}() takes no arguments ({{len(args)}} given)")
{_OPEN_SELF if bound else ""}        r = word1(function, {"hs" if bound else "h"})
{_close(["hs"] if bound else [])}{RETURN}    return f
"""


def _o(bound: bool) -> str:
    return f"""\
def maker(function, h, check, name):
    def f({"self, " if bound else ""}*args):
        if len(args) != 1:
            raise TypeError(f"{{name}}() takes exactly one argument ({{len(args)}} given)")
        a0, = args
{_OPEN_SELF if bound else ""}        h0 = box(a0)
        r = word2(function, {"hs" if bound else "h"}, h0)
{_close(["hs", "h0"] if bound else ["h0"])}{RETURN}    return f
"""


_SOURCES = {VARARGS: _varargs, KEYWORDS: _keywords, NOARGS: _noargs, ONE: _o}


def method(name: str, function: int, signature: int, own: int, check: Any) -> Any:
    """A Python function for an HPyMeth.

    Args:
        name: its name, for messages.
        function: the address of ``impl``.
        signature: an HPyFunc_Signature.
        own: a handle of the module, for a function of one; 0 for a method.
        check: raises TypeError for what is no ``self`` of the method.
    """
    if signature not in _SOURCES:
        raise ValueError("Unsupported HPyMeth signature")
    made = compiled(_SOURCES[signature](check is not None))(function, own, check, name)
    made.__name__ = made.__qualname__ = name
    return made
