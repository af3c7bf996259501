"""Ahead of all loads: what LLVM does to a whole extension when it is compiled, and not again.

clang has optimised each source by itself. An extension that calls nothing of HPy's API is complete
once its sources are linked: then clang optimises all of them together, inlines from one into
another, and drops what nobody uses. What depends on the processor is left to the loads: they
vectorise and unroll loops, and make machine code.
"""

from __future__ import annotations

from collections.abc import Collection

from hpybc.errors import CompileError
from hpybc.jit import optimize, target
from hpybc.jit.module import Module
from hpybc.loader.api import NAMES
from hpybc.process import programs, progress
from hpybc.toolchain import clang as _clang

#: clang's pipeline without what is for one processor. A loop whose number of rounds is known is
#: unrolled if nothing is left of the loop: later passes see through what it does then.
_FLAGS = (
    *("-O3", "-w", "-fno-vectorize", "-fno-slp-vectorize"),
    *("-mllvm", "-unroll-allow-partial=false", "-mllvm", "-unroll-runtime=false"),
)


def is_complete(module: Module) -> bool:
    """Whether ``module``, a whole extension, calls nothing that a context defines at a load."""
    return not any(map(NAMES.match, module.names))


def optimized(module: Module, compiler: _clang.Clang, entry: str, kept: Collection[str]) -> bytes:
    """The bitcode of ``module``, a complete extension, optimised; nothing else is done to it.

    Args:
        module: the extension. What it defines is internal to it from now on.
        compiler: optimises.
        entry: the function that makes the module.
        kept: the names in its assembly, which stay.

    Raises:
        CompileError: clang failed.
    """
    module.internalize([entry], kept)
    optimize.sweep(module, target.host())
    # The processor is the oldest, unless a function names features.
    command = [*compiler.c, "-c", "-emit-llvm", *_FLAGS, "-x", "ir", "-", "-o", "-"]
    with progress.shown("optimising the extension as a whole"):
        done = programs.run(command, given=module.bitcode)
    if done.status != 0 or not done.output:
        raise CompileError(
            "clang cannot optimise the extension as a whole",
            found=f"exit status {done.status}; {done.said.decode(errors='replace').strip()}",
            needed="a clang that reads what it has written",
            remedy="set HPYBC_CLANG to another clang, or unset it to have ziglang's",
        )
    return done.output
