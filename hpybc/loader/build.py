"""What a load does when there is no image yet: it makes one, in this process or in another."""

from __future__ import annotations

import sys

from hpybc import log
from hpybc.errors import InterpreterError, NewerLLVMError
from hpybc.jit import cache, image
from hpybc.jit.engine import engines
from hpybc.jit.progress import shown, stage
from hpybc.jit.turns import turn
from hpybc.loader import bitcode, contexts, module
from hpybc.loader.bitcode import Bitcode


def image_of(
    data: bytes, path: str, entry: str, mode: str
) -> tuple[str, str | None, bytes | memoryview]:
    """The engine, the path in the cache or None, and the content of the image, which is new.

    Or another's, if it was being made at the same time. See ``module.create`` for the arguments.

    Raises:
        LoadError: the file is damaged, not for this machine, or cannot be compiled.
    """
    log.configure()
    source = bitcode.parse(data, path)
    if source.manifest is not None:
        check_interpreter(source.manifest)
    allowed = engines()
    engine = allowed[0] if len(allowed) == 1 or image.linker() is not None else "memory"
    name = module.key(data, entry, mode, engine)
    with turn(name):
        found = cache.lookup(name)
        if found is not None:
            return engine, *found
        with shown(f"compiling {path} for this machine"):
            content = _made(source, entry, mode, engine)
        label = f"{entry.partition('_')[2]} {mode} {contexts.interpreter_tag()} {path}"
        return engine, cache.store(name, content, label), content


def check_interpreter(manifest: dict[str, object]) -> None:
    """What includes Python.h has the layout of that interpreter's objects compiled in.

    Raises:
        InterpreterError: it is another interpreter's.
    """
    bound = manifest.get("python")
    running = f"{sys.version_info[0]}.{sys.version_info[1]}{sys.abiflags}"
    if bound is not None and bound != running:
        raise InterpreterError(
            "the extension includes Python.h and is bound to the interpreter it was compiled for",
            found=f"Python {bound}",
            needed=f"Python {running}",
            remedy="compile the source for this interpreter, or port it to HPy alone",
        )


def _made(source: Bitcode, entry: str, mode: str, engine: str) -> bytes:
    from hpybc.jit.target import usable

    # Of a file without a manifest nobody knows whether it includes Python.h.
    legacy = source.manifest is None or source.manifest.get("python") is not None
    stack = contexts.stack(mode, legacy=legacy)
    if source.manifest is not None and usable():
        return _make(source, stack, entry, engine)
    from hpybc.jit import child

    arguments = (source, stack, entry, engine, True)
    with stage("process"):
        if source.manifest is not None:
            return child.call(_make, *arguments)
        # LLVM trusts its input: what no checksum vouches for may end the process that reads it.
        remedy = "compile the source with hpybc compile"
        return child.call(_make, *arguments, limits=child.FOREIGN, remedy=remedy)


def _make(
    source: Bitcode, stack: tuple[str, ...], entry: str, engine: str, elsewhere: bool = False
) -> bytes:
    from hpybc.jit.build import Options, build
    from hpybc.jit.target import host
    from hpybc.loader import definitions

    with stage("llvmlite"):
        target = host()
    own_entry = (
        _check_raw(source, entry) if source.manifest is None else _check_stamped(source.manifest)
    )
    renames = () if own_entry == entry else ((own_entry, entry),)
    layers = [bitcode.read(path).payload for path in stack]
    edit = definitions.without_functions if stack == contexts.stack("release") else None
    options = Options((entry,), renames, elsewhere, emulated_tls=engine == "memory", edit=edit)
    code = build(source.payload, layers, target, options)
    with stage("image"):
        return image.make(code, engine)


def _check_stamped(manifest: dict[str, object]) -> str:
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


def _check_raw(source: Bitcode, entry: str) -> str:
    """The entry point of a file without a manifest."""
    from hpybc.jit.link import parsed
    from hpybc.loader.entry import find

    with parsed(source.payload) as extension:
        return find(extension, entry)
