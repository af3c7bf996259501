"""A bitcode file and its contexts as one binary: the image of a load, or what is exported."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from hpybc.errors import InterpreterError, NewerLLVMError
from hpybc.jit import identity, image, runtime, symbols
from hpybc.jit.library import Library
from hpybc.jit.link import API, Edit
from hpybc.jit.target import usable
from hpybc.loader import contexts, definitions, foreign, inlining
from hpybc.loader.entry import PREFIX
from hpybc.loader.extension import Bitcode, read
from hpybc.process import child
from hpybc.process.progress import stage

#: How a manifest says that an extension keeps to the limited API; PY_VERSION_HEX follows.
LIMITED = "abi3-"


class Made(NamedTuple):
    """A binary, and who has made it.

    Attributes:
        content: the binary.
        makers: what tells versions of them apart, as they were when they made it: llvmlite, the
            linker that compiled, if one did, and the one that linked. See ``jit.identity``.
    """

    content: bytes
    makers: tuple[bytes, ...]


class Job(NamedTuple):
    """What to make a binary of, and how.

    Attributes:
        source: the extension.
        stack: the file of its contexts, joined.
        entry: which function makes the module, if there are several.
        exports: what stays visible: prefixes of the module's name in ``source``, and the names that
            these functions get.
        cpu: see ``jit.cpu.named``.
        edit: see ``jit.build.Options``.
        engine: see ``image.make``.
        portable: see ``image.make``.
        also: other names of the first of ``exports``, see ``jit.build.Options``.
    """

    source: Bitcode
    stack: str
    entry: str
    exports: tuple[tuple[str, str], ...]
    cpu: str
    edit: Edit | None = None
    engine: str = "shared"
    portable: bool = False
    also: tuple[str, ...] = ()


def extension(
    source: Bitcode,
    entry: str,
    mode: str,
    *,
    cpu: str = "native",
    engine: str = "shared",
    portable: bool = False,
    also: tuple[str, ...] = (),
) -> Made:
    """A binary with the function ``entry``, which makes the module for the running interpreter.

    Args:
        source: the extension.
        entry: what that function is to be called.
        mode: see ``hpybc.load``.
        cpu, engine, portable, also: see ``Job``.

    Raises:
        UsageError: there is no such mode, or no such CPU, or no such budget for inlining.
        InterpreterError: the extension includes another interpreter's ``Python.h``.
        LoadError: one of its other subclasses, see ``make``.
    """
    if source.manifest is not None:
        _check_interpreter(source.manifest)
    # Of a file without a manifest nobody knows whether it includes Python.h.
    legacy = source.manifest is None or source.manifest.get("python") is not None
    change = partial(
        for_release if mode == "release" and not legacy else inlining.within,
        budget=inlining.chosen(),
    )
    edit = Edit(change, API.match)
    stack = contexts.stack(mode, legacy=legacy)
    return make(Job(source, stack, entry, ((PREFIX, entry),), cpu, edit, engine, portable, also))


def for_release(text: str, budget: inlining.Budget = inlining.USUAL) -> str:
    """LLVM IR of an extension as the contexts of mode ``release`` need it."""
    settled = foreign.settled(definitions.without_functions(text), contexts.api())
    return inlining.within(settled, budget)


def make(job: Job) -> Made:
    """The binary; LLVM compiles it in another process, or in this one if no other can be started.

    LLVM ends the process that it is in when it meets what it cannot compile. What no checksum
    vouches for has limits of time and memory besides, and is not compiled but in another process.

    Raises:
        UsageError: there is no such CPU.
        LoadError: the extension is not for this machine, or LLVM or the linker cannot compile it.
    """
    # To find libraries takes ctypes: where that is not to be had, the other process links, too.
    function = _compiled if usable() else _linked
    if job.source.manifest is not None:
        result = child.call(function, job, here=usable)
    else:
        remedy = "compile the source with hpybc compile"
        result = child.call(function, job, limits=child.FOREIGN, remedy=remedy)
    if usable():
        names, runpath = libraries(job.source)
        code = result.partition(b"\n")[2]
        symbols.check(code, [runtime.named(name, runpath) for name in names])
        result = _image(job, result)
    head, _, content = result.partition(b"\n")
    return Made(content, tuple(maker.encode() for maker in json.loads(head)["makers"]))


def _linked(job: Job) -> bytes:
    """The binary, of which nobody knows whether it will find its symbols."""
    return _image(job, _compiled(job))


def _image(job: Job, compiled: bytes) -> bytes:
    """A line of JSON with the binary's makers, and the binary."""
    head, _, code = compiled.partition(b"\n")
    found = json.loads(head)
    with stage("image"):
        content = image.make(
            code,
            job.engine,
            portable=job.portable,
            libraries=found["libraries"],
            runpath=libraries(job.source)[1],
        )
    linker = image.linker() if job.engine == "shared" else None
    return _with_head(content, found["makers"], *_programs(linker))


def _with_head(data: bytes, makers: Sequence[str], *more: bytes, **head: object) -> bytes:
    makers = [*dict.fromkeys([*makers, *map(bytes.decode, more)])]  # most linkers compile as well
    return json.dumps({"makers": makers, **head}).encode() + b"\n" + data


def _programs(command: Sequence[str] | None) -> list[bytes]:
    return [] if command is None else [identity.program_of(command[0])]


def _compiled(job: Job) -> bytes:
    """A line of JSON, and object code.

    The line has the files of the shared libraries that the binary needs, and who made the code.
    """
    from hpybc.jit import build, lto
    from hpybc.jit.cpu import named

    with stage("llvmlite"):
        target = named(job.cpu)
    source = job.source
    if source.manifest is None:
        own_entry = _entry_of_raw(source, job.entry)
    else:
        own_entry = _entry_of_stamped(source.manifest)
    own_name = own_entry.removeprefix(PREFIX)
    names, runpath = libraries(source)
    found = [runtime.path_of(runtime.named(name, runpath)) for name in names]
    renames = [(own_entry if p == PREFIX else p + own_name, new) for p, new in job.exports]
    options = build.Options(
        exports=tuple(new for _, new in renames),
        renames=tuple((old, new) for old, new in renames if old != new),
        also=job.also,
        foreign=source.manifest is None,
        emulated_tls=job.engine == "memory",
        edit=job.edit,
        assembly=assembly(source),
        libraries=tuple(map(_library, contexts.libraries())),
        portable=job.portable,
        lld=lto.command() if job.engine == "shared" else None,
    )
    code = build.compiled(source.payload, [read(job.stack).payload], target, options)
    if job.engine == "memory":
        image.try_memory(code, job.exports[0][1])
    makers = [identity.loaded_llvmlite(), *_programs(options.lld)]
    return _with_head(code, [], *makers, libraries=found)


def assembly(source: Bitcode) -> frozenset[str] | None:
    """The names in the assembly of ``source``; None if it was not edited as loads need it."""
    from hpybc.jit.edits import VERSION

    if source.manifest is None or source.manifest.get("edits") != VERSION:
        return None
    return frozenset(_listed(source, "assembly"))


def libraries(source: Bitcode) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The shared libraries that ``source`` names, and where they are to be looked for first."""
    return _listed(source, "libraries"), _listed(source, "runpath")


def _listed(source: Bitcode, key: str) -> tuple[str, ...]:
    """The names that the manifest of ``source`` has under ``key``, if any."""
    value = (source.manifest or {}).get(key)
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _library(path: str) -> Library:
    """One of the contexts that are linked like static libraries."""
    source = read(path)
    return Library(contexts.defined(source), source.payload)


def _check_interpreter(manifest: dict[str, object]) -> None:
    """What includes Python.h has the layout of that interpreter's objects compiled in.

    The limited API (PEP 384) has one layout, from the version that was asked for on.
    """
    bound = manifest.get("python")
    if bound is None:
        return
    running = f"{sys.version_info[0]}.{sys.version_info[1]}{sys.abiflags}"
    if not str(bound).startswith(LIMITED):
        found, fits = f"Python {bound}", bound == running
    else:
        # Without a GIL objects have another layout.
        number = int(str(bound)[len(LIMITED) :], 16)
        first = (number >> 24, (number >> 16) & 0xFF)
        found = f"the limited API of Python {first[0]}.{first[1]}, for that and later ones"
        fits = sys.version_info[:2] >= first and "t" not in sys.abiflags
    if not fits:
        raise InterpreterError(
            "the extension includes Python.h and is bound to the interpreter it was compiled for",
            found=found,
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
    from hpybc.loader.entry import find, module_name

    with parsed(source.payload) as module:
        return find(module, module_name(entry))
