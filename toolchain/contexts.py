"""Compiling the contexts, the C sources in ``context/``, for one interpreter.

Runs when the package is built. Most contexts stay unoptimised: the loops and switches in them are
written for constants that they meet only where they are inlined. What is in the interpreter's own
context is simplified as far as that takes nothing from later: every extension is linked with it.
"""

from __future__ import annotations

import glob
import hashlib
import os
import re
import sysconfig

import hpybc
from hpybc import files
from hpybc.errors import ContextBuildError
from hpybc.jit import identity, link, optimize
from hpybc.jit.target import Target
from hpybc.loader import contexts
from hpybc.toolchain import clang as _clang
from hpybc.toolchain.compile import python_flags, stamped
from hpybc.toolchain.sources import compile_sources

#: Every context and the folder of its sources, in the order in which they are built.
NAMES = (
    *contexts.LIBRARIES,
    "helpers",
    "universal",
    "portable",
    "debug",
    "debugmod",
    "trace",
    "tracemod",
    "deferred",
    "cpython",
    "host",
)

#: Those that stand between others. In their sources, definitions made from a list give way to those
#: written out; in a stack all of them count.
BETWEEN = ("debug", "trace", "deferred")

#: Those that are simplified.
SIMPLIFIED = ("cpython",)

#: The attributes of what the C sources call ONCE.
_ONCE = re.compile(r"^(attributes #\d+ = \{.*) minsize\b(.*) optsize\b", re.M)

#: A function's definition, and the attributes of those that are never inlined. Variadic ones are
#: not, either.
_FUNCTION = re.compile(r"^define .*?^\}", re.M | re.S)
_NOINLINE = re.compile(r"^attributes (#\d+) = \{.* noinline\b", re.M)

#: What the C sources call UNROLL. It is for loops that meet constants where they are inlined; of
#: others LLVM says on stderr that it cannot unroll them.
_HINT = re.compile(r", !llvm\.loop !\d+")

_SOURCES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "context")

#: -disable-llvm-passes: as for -O2, and then nothing done. Handles and objects are the same memory
#: under two types: what clang.py gives every compilation, no strict aliasing, is needed here.
_FLAGS = (
    "-DHPY_CONTEXT",
    "-std=c11",
    "-O2",
    "-Xclang",
    "-disable-llvm-passes",
    "-Wall",
    "-Wextra",
    "-Werror",
)


def build(folder: str, *, debug: bool = False) -> list[str]:
    """Compiles every context for the running interpreter into ``folder``; returns the files.

    With ``debug`` they keep their source positions, for debuggers and valgrind.

    Raises:
        ContextBuildError: the interpreter's headers are missing.
        CompilerNotFoundError, CompileError: see ``compile_extension``.
    """
    python_headers()
    compiler = _clang.find()
    os.makedirs(folder, exist_ok=True)
    return [_build_one(name, compiler, folder, debug) for name in NAMES]


def python_headers() -> str:
    """The folder of the running interpreter's ``Python.h``; ContextBuildError if it has none."""
    folder = sysconfig.get_path("include")
    if not os.path.exists(os.path.join(folder, "Python.h")):
        raise ContextBuildError(
            "the headers of this Python are not installed",
            found=f"no Python.h in {folder}",
            needed="Python.h, to compile the contexts",
            remedy="install the package with Python's headers, python3-dev for example",
        )
    return folder


def _build_one(name: str, compiler: _clang.Clang, folder: str, debug: bool) -> str:
    sources = sorted(glob.glob(os.path.join(_SOURCES, name, "*.c")))
    flags = [*_FLAGS, "-g" if debug else "-g0", "-isystem", hpybc.include_path()]
    if name in contexts.BOUND:
        flags += python_flags()
    parts = compile_sources(compiler, sources, flags)
    with link.parsed(parts[0]) as module:
        link.link(module, parts[1:])
        if name in BETWEEN:
            link.strengthen(module)
        module = _edited(module, name)
        own: dict[str, object] = {"module": name, "entry": "PyInit_" + name}
        if name in contexts.LIBRARIES:
            own["defines"] = sorted(link.defined(module))
        elif name in contexts.UNIVERSAL:
            own["defines"] = sorted(filter(link.API.match, link.defined(module)))
        if name == "helpers":
            own["libraries"] = _digest(folder)
        data, _ = stamped(module, compiler, optimization="none", **own)
    path = os.path.join(folder, os.path.basename(contexts.path(name)))
    files.replace(path, data)
    return path


def _digest(folder: str) -> str:
    """What stands for the contents of the libraries in ``folder``."""
    digest = hashlib.sha256()
    for name in contexts.LIBRARIES:
        with open(os.path.join(folder, os.path.basename(contexts.path(name))), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def _edited(module: link.Module, name: str) -> link.Module:
    """A copy of ``module``, optimised as far as a context is, and in part for good."""
    copy = link.generic(module)
    copy.triple = identity.triple()
    target = Target(copy.triple, "generic", "")
    edit = optimize.simplify if name in SIMPLIFIED else optimize.promote
    edit(copy, target)
    text = _ONCE.sub(r"\1\2 optnone", str(copy))
    out_of_line = set(_NOINLINE.findall(text))

    def without_hints(function: re.Match[str]) -> str:
        head = function[0].partition("\n")[0]
        if ", ...)" in head or out_of_line.intersection(head.split()):
            return _HINT.sub("", function[0])
        return function[0]

    return link.assemble(_FUNCTION.sub(without_hints, text), copy._context)
