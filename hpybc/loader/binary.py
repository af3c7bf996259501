"""A bitcode file and its contexts as one binary: the image of a load, or what is exported."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

from hpybc.errors import InterpreterError, NewerLLVMError
from hpybc.jit import child, image, link
from hpybc.jit.progress import stage
from hpybc.jit.target import usable
from hpybc.loader import contexts, definitions
from hpybc.loader.bitcode import Bitcode, read
from hpybc.loader.entry import PREFIX


class Job(NamedTuple):
    """What to make a binary of, and how.

    Attributes:
        source: the extension.
        stack: the files of its contexts.
        entry: which function makes the module, if there are several.
        exports: what stays visible: prefixes of the module's name in ``source``, and the names that
            these functions get.
        cpu: see ``jit.cpu.named``.
        edit: see ``jit.build.Options``.
        engine: see ``image.make``.
        portable: see ``image.make``.
    """

    source: Bitcode
    stack: tuple[str, ...]
    entry: str
    exports: tuple[tuple[str, str], ...]
    cpu: str
    edit: Callable[[str], str] | None = None
    engine: str = "shared"
    portable: bool = False


def extension(
    source: Bitcode,
    entry: str,
    mode: str,
    *,
    cpu: str = "native",
    engine: str = "shared",
    portable: bool = False,
) -> bytes:
    """A binary with the function ``entry``, which makes the module for the running interpreter.

    Args:
        source: the extension.
        entry: what that function is to be called.
        mode: see ``hpybc.load``.
        cpu, engine, portable: see ``Job``.

    Raises:
        UsageError: there is no such mode, or no such CPU.
        InterpreterError: the extension includes another interpreter's ``Python.h``.
        LoadError: one of its other subclasses, see ``make``.
    """
    if source.manifest is not None:
        _check_interpreter(source.manifest)
    # Of a file without a manifest nobody knows whether it includes Python.h.
    legacy = source.manifest is None or source.manifest.get("python") is not None
    edit = definitions.without_functions if mode == "release" and not legacy else None
    stack = contexts.stack(mode, legacy=legacy)
    return make(Job(source, stack, entry, ((PREFIX, entry),), cpu, edit, engine, portable))


def make(job: Job) -> bytes:
    """The binary; LLVM compiles it in another process, or in this one if no other can be started.

    LLVM ends the process that it is in when it meets what it cannot compile. What no checksum
    vouches for has limits of time and memory besides, and is not compiled but in another process.

    Raises:
        UsageError: there is no such CPU.
        LoadError: the extension is not for this machine, or LLVM or the linker cannot compile it.
    """
    if job.source.manifest is not None:
        result = child.call(_compiled, job, here=True)
    else:
        remedy = "compile the source with hpybc compile"
        result = child.call(_compiled, job, limits=child.FOREIGN, remedy=remedy)
    names, _, code = result.partition(_END)
    if usable():
        link.check_defined(filter(None, names.decode().split("\0")))
    with stage("image"):
        return image.make(code, job.engine, portable=job.portable)


#: Between the names of undefined symbols, each between zeros, and object code.
_END = b"\0\0"


def _compiled(job: Job) -> bytes:
    """The names of the symbols that the binary leaves undefined, and its object code."""
    from hpybc.jit import build
    from hpybc.jit.cpu import named

    with stage("llvmlite"):
        target = named(job.cpu)
    source = job.source
    if source.manifest is None:
        own_entry = _entry_of_raw(source, job.entry)
    else:
        own_entry = _entry_of_stamped(source.manifest)
    own_name = own_entry.removeprefix(PREFIX)
    symbols = [(prefix + own_name, new) for prefix, new in job.exports]
    options = build.Options(
        exports=tuple(new for _, new in symbols),
        renames=tuple((old, new) for old, new in symbols if old != new),
        foreign=source.manifest is None,
        emulated_tls=job.engine == "memory",
        edit=job.edit,
    )
    layers = [read(path).payload for path in job.stack]
    code, undefined = build.compiled(source.payload, layers, target, options)
    if job.engine == "memory":
        image.try_memory(code, job.exports[0][1])
    return "\0".join(undefined).encode() + _END + code


def _check_interpreter(manifest: dict[str, object]) -> None:
    """What includes Python.h has the layout of that interpreter's objects compiled in."""
    bound = manifest.get("python")
    running = f"{sys.version_info[0]}.{sys.version_info[1]}{sys.abiflags}"
    if bound is not None and bound != running:
        raise InterpreterError(
            "the extension includes Python.h and is bound to the interpreter it was compiled for",
            found=f"Python {bound}",
            needed=f"Python {running}",
            remedy="compile the source for this interpreter, or port it to HPy alone",
        )


def _entry_of_stamped(manifest: dict[str, object]) -> str:
    """The entry point of a file with a manifest, once this LLVM can read it."""
    from hpybc.jit.target import llvm_version

    written = str(manifest["llvm"])
    if int(written.partition(".")[0]) > llvm_version()[0]:
        raise NewerLLVMError(
            "the bitcode was written by a newer LLVM than the one that reads it",
            found=f"LLVM {written}",
            needed=f"LLVM {llvm_version()[0]} or older (the one in llvmlite)",
            remedy="upgrade llvmlite, or compile the source in this environment",
        )
    return str(manifest["entry"])


def _entry_of_raw(source: Bitcode, entry: str) -> str:
    """The entry point of a file without a manifest."""
    from hpybc.jit.link import parsed
    from hpybc.loader.entry import find

    with parsed(source.payload) as module:
        return find(module, entry)
