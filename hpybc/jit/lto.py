"""Machine code by lld: it optimises bitcode as well as LLVM inside llvmlite does, and sooner.

Link-time optimisation, as lld calls it, is LLVM's pipeline in another program: one that is built
without LLVM's assertions, and that harms nobody if LLVM ends it. It reads bitcode and writes an
object file, or, as it is a linker, at once the shared object.
"""

from __future__ import annotations

import os
import re
from functools import cache

from hpybc.errors import LinkError, is_handlers
from hpybc.jit import image
from hpybc.jit.target import Target, llvm_version
from hpybc.process import child, programs

#: How lld says which LLVM is in it.
_VERSION = re.compile(r"\bLLD (\d+)\.")


@cache
def command() -> tuple[str, ...] | None:
    """The command of an lld that reads what llvmlite writes; None if this machine has none.

    LLVM reads bitcode of earlier versions, and none of later ones.
    """
    linker = image.linker()
    if linker is None or not linker[-1].endswith("lld") or not os.path.exists(image.STDIN):
        return None
    try:
        found = _VERSION.search(
            programs.run((*linker, "--version")).output.decode(errors="replace")
        )
    except (OSError, RuntimeError) as error:
        if is_handlers(error):
            raise
        return None
    return linker if found and int(found[1]) >= llvm_version()[0] else None


def object_code(
    bitcode: bytes, target: Target, passes: tuple[str, ...], lld: tuple[str, ...]
) -> bytes:
    """The relocatable object file that ``bitcode`` is compiled to, once it is optimised.

    Args:
        bitcode: a module.
        target: the machine to compile for.
        passes: LLVM's names of what optimises it.
        lld: see ``command``.

    Raises:
        BuildProcessError: LLVM cannot compile it.
        LinkError: lld cannot be started.
    """
    done = _run(bitcode, target, passes, lld, ("-r",))
    if done.status != 0:
        raise child.died(done.status, done.said)
    return done.output


def shared_object(
    bitcode: bytes,
    target: Target,
    passes: tuple[str, ...],
    lld: tuple[str, ...],
    arguments: tuple[str, ...],
) -> bytes:
    """The same as a shared object, in one go; for ``arguments`` see ``image.arguments``.

    Raises:
        BuildProcessError, LinkError: as ``object_code`` and ``image.shared``.
    """
    done = _run(bitcode, target, passes, lld, arguments)
    if done.status == 0 and done.output:
        return done.output
    # Which of the two it was that failed, they say one after the other.
    return image.shared(object_code(bitcode, target, passes, lld), arguments)


def _run(
    bitcode: bytes,
    target: Target,
    passes: tuple[str, ...],
    lld: tuple[str, ...],
    arguments: tuple[str, ...],
) -> programs.Done:
    codegen = [f"-mcpu={target.cpu}", f"-mattr={target.features}", "-relocation-model=pic"]
    options = [word for option in codegen for word in ("-mllvm", option)]
    pipeline = f"--lto-newpm-passes={','.join(passes)}"
    command = (*lld, "-o", "-", image.STDIN, *arguments, "--lto-O3", pipeline, *options)
    try:
        return programs.run(command, given=bitcode)
    except (OSError, RuntimeError) as error:
        if is_handlers(error):
            raise
        raise LinkError(
            "the linker could not be started",
            reason="linker failed",
            found=str(error),
            needed=f"{' '.join(lld)} to compile bitcode",
            remedy="set HPYBC_ENGINE=memory to do without it",
        ) from None
