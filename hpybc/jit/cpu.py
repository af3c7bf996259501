"""CPUs by the names that LLVM has for them."""

from __future__ import annotations

import os

from hpybc.errors import BuildProcessError, UsageError
from hpybc.jit.identity import triple
from hpybc.jit.optimize import machine
from hpybc.jit.target import Target, host, llvm
from hpybc.process import child


def named(cpu: str) -> Target:
    """This machine's architecture and the CPU that LLVM calls ``cpu``.

    ``generic`` is what every CPU of the architecture can do, ``native`` the same as ``host()``.

    Raises:
        UsageError: LLVM knows no such CPU, or that one has another architecture.
        LLVMMissingError: llvmlite cannot be imported.
    """
    if cpu == "native":
        return host()
    target = Target(triple(), cpu, "+cx16" if triple().startswith("x86_64") else "")
    if cpu == "generic":
        return target
    # LLVM complains on stderr and takes another, or ends the process.
    try:
        known = bool(cpu) and not child.call(_complaints, target)
    except BuildProcessError:
        known = False
    if not known:
        raise UsageError(
            "LLVM knows no such CPU of this architecture",
            found=repr(cpu),
            needed=f"generic, native, or LLVM's name of a CPU: {host().cpu!r} is this one",
            remedy="correct --cpu, or leave it out for code that runs on all of them",
        )
    return target


def _complaints(target: Target) -> bytes:
    """What LLVM prints when it compiles for ``target``. Takes this process's stderr for good."""
    import tempfile

    module = llvm().parse_assembly("define void @nothing() { ret void }")
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        machine(target).emit_object(module)
        file.seek(0)
        return file.read()
