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
from collections.abc import Iterable, Sequence

import hpybc
from hpybc import files
from hpybc.errors import ContextBuildError
from hpybc.jit import edits, identity, optimize, stack
from hpybc.jit.ir_text import FUNCTION
from hpybc.jit.module import Module, parsed
from hpybc.jit.target import Target
from hpybc.loader import contexts, watched
from hpybc.loader.api import NAMES
from hpybc.toolchain import clang as _clang
from hpybc.toolchain.compile import python_flags, stamped
from hpybc.toolchain.sources import compile_sources

#: Contexts that are files of their own. All others are parts of stacks.
ALONE = (*contexts.those("library"), *contexts.those("module"))

#: What a function of the API states in its first line about other code that it may run, by the name
#: of the function that the statement calls; see ``context/cpython/deferred.h``.
CONTRACTS = ("may_run_code", "settles_itself", "runs_no_code", "nothing_is_deferred")

#: The attributes of what the C sources call ONCE.
_ONCE = re.compile(r"^(attributes #\d+ = \{.*) minsize\b(.*) optsize\b", re.M)

#: The attributes of functions that are never inlined. Variadic ones are not, either.
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


def build(folder: str, *, debug: bool = False, extra: Sequence[str] = ()) -> list[str]:
    """Compiles all contexts for the running interpreter into ``folder``; returns the files.

    Args:
        folder: where the files go.
        debug: whether they keep their source positions, for debuggers and valgrind.
        extra: more options for clang.

    Raises:
        ContextBuildError: the interpreter's headers are missing.
        CompilerNotFoundError, CompileError: see ``compile_extension``.
    """
    python_headers()
    compiler = _clang.find()
    os.makedirs(folder, exist_ok=True)
    flags = ("-g" if debug else "-g0", *extra)
    layers = {name: _compiled(name, compiler, flags) for name in contexts.CONTEXTS}
    made = {name: _alone(name, layers[name], compiler) for name in ALONE}
    digest = build_digest(made[name] for name in contexts.those("library"))
    for name, names in contexts.STACKS.items():
        made[name] = _joined(name, [layers[layer] for layer in names], compiler, digest)
    for name, data in made.items():
        files.replace(_path(name, folder), data)
    return [_path(name, folder) for name in made]


def _path(name: str, folder: str) -> str:
    return os.path.join(folder, os.path.basename(contexts.path(name)))


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


def parts(name: str, compiler: _clang.Clang, flags: Sequence[str] = ("-g0",)) -> list[bytes]:
    """The bitcode of each source of the context ``name``, as clang has written it.

    Raises:
        CompileError: see ``compile_extension``.
    """
    sources = sorted(glob.glob(os.path.join(_SOURCES, name, "*.c")))
    flags = [*_FLAGS, *flags, "-isystem", hpybc.include_path()]
    if "bound" in contexts.CONTEXTS[name]:
        flags += python_flags()
    return compile_sources(compiler, sources, flags)


def _compiled(name: str, compiler: _clang.Clang, flags: Sequence[str]) -> bytes:
    """The bitcode of the context ``name``."""
    first, *rest = parts(name, compiler, flags)
    with parsed(first) as module:
        module.link_all(rest)
        if "contracts" in contexts.CONTEXTS[name]:
            contracts(module)
        if "between" in contexts.CONTEXTS[name]:
            module.strengthen()
        bitcode: bytes = _edited(module, name).bitcode
        return bitcode


def contracts(module: Module) -> dict[str, str]:
    """Which of ``CONTRACTS`` each function of the API in ``module`` states.

    A statement is a call in the first block, and LLVM has not inlined it yet.

    Raises:
        ContextBuildError: a function states none, or more than one.
    """
    stated = {}
    for function in module.functions:
        if function.is_declaration or not NAMES.match(function.name):
            continue
        first = next(iter(function.blocks))
        called = [list(i.operands)[-1].name for i in first.instructions if i.opcode == "call"]
        # Linking has put a number behind the names of functions that several files have.
        found = [name for name in CONTRACTS if name in {c.partition(".")[0] for c in called}]
        if len(found) != 1:
            raise ContextBuildError(
                f"{function.name} does not state whether it may run other code",
                path=os.path.join(_SOURCES, "cpython"),
                found=" and ".join(map(str.upper, found)) or "no statement in its first line",
                needed="one of " + ", ".join(map(str.upper, CONTRACTS)),
                remedy="read 'The contract' in deferred.h; MAY_RUN_CODE is right for any function",
            )
        stated[function.name] = found[0]
    return stated


def _alone(name: str, bitcode: bytes, compiler: _clang.Clang) -> bytes:
    """The file of a context that is in no stack."""
    with parsed(bitcode) as module:
        own: dict[str, object] = {"optimization": "none", "module": name}
        own["entry"] = "PyInit_" + name
        if "library" in contexts.CONTEXTS[name]:
            own["defines"] = sorted(module.defined())
        return stamped(module, compiler, own)[0]


def _joined(name: str, layers: list[bytes], compiler: _clang.Clang, digest: str) -> bytes:
    """The file of the stack ``name``; ``digest`` is that of ``build_digest``."""
    with parsed(layers[0]) as first:
        joined = stack.joined(layers, first, NAMES.match)
        if name == "debug":
            joined = joined.assemble(watched.traced(str(joined)))
        joined.verify()
        own: dict[str, object] = {"optimization": "none", "module": name, "entry": ""}
        own["build_sha256"] = digest
        own["defines"] = sorted(joined.defined())
        return stamped(joined, compiler, own)[0]


def build_digest(libraries: Iterable[bytes]) -> str:
    """What stands for all that decides over an image besides a stack: ``libraries``, and the code.

    Each stack has it in its manifest, and the manifest is in the key of each image. So a change of
    the sources that make images finds none of the images that they made before.
    """
    digest = hashlib.sha256()
    for library in libraries:
        digest.update(library)
    for room in ("jit", "loader"):
        for path in sorted(glob.glob(os.path.join(os.path.dirname(hpybc.__file__), room, "*.py"))):
            with open(path, "rb") as file:
                digest.update(os.path.basename(path).encode() + b"\0" + file.read())
    return digest.hexdigest()


def _edited(module: Module, name: str) -> Module:
    """A copy of ``module``, optimised as far as a context is, and in part for good."""
    copy = edits.generic(module)
    copy.triple = identity.triple()
    target = Target(copy.triple, "generic", "")
    edit = optimize.simplify if "simplified" in contexts.CONTEXTS[name] else optimize.promote
    edit(copy, target)
    text = _ONCE.sub(r"\1\2 optnone", str(copy))
    out_of_line = set(_NOINLINE.findall(text))

    def without_hints(function: re.Match[str]) -> str:
        head = function[0].partition("\n")[0]
        if ", ...)" in head or out_of_line.intersection(head.split()):
            return _HINT.sub("", function[0])
        return function[0]

    return copy.assemble(FUNCTION.sub(without_hints, text))
