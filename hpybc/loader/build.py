"""A build: an extension and its contexts become one binary, an image or what is exported."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from hpybc.errors import InterpreterError
from hpybc.jit import identity, image, runtime, symbols
from hpybc.jit.edits import Edit
from hpybc.jit.library import Library
from hpybc.jit.target import usable
from hpybc.loader import contexts, definitions, entry, foreign, inlining, released
from hpybc.loader.api import NAMES
from hpybc.loader.extension import Extension, read
from hpybc.loader.manifest import LIMITED
from hpybc.loader.recipe import Recipe
from hpybc.process import child
from hpybc.process.progress import stage


class Made(NamedTuple):
    """A binary, and who has made it.

    Attributes:
        content: the binary.
        makers: what tells versions of them apart, as they were when they made it: llvmlite, the
            linker that compiled, if one did, and the one that linked. See ``jit.identity``.
    """

    content: bytes
    makers: tuple[bytes, ...]


def binary(recipe: Recipe) -> Made:
    """What ``recipe`` makes; LLVM compiles it in another process, or in this one if it must.

    LLVM ends the process that it is in when it meets what it cannot compile. What no checksum
    vouches for has limits of time and memory besides, and is not compiled but in another process.

    Raises:
        UsageError: there is no such CPU, or no such budget for inlining.
        InterpreterError: the extension includes another interpreter's ``Python.h``.
        LoadError: it is not for this machine, or LLVM or the linker cannot compile it.
    """
    extension = recipe.extension
    _check_interpreter(extension)
    job = (recipe, recipe.stack(), _edit(recipe))
    # To find libraries takes ctypes: where that is not to be had, the other process links, too.
    function = _compiled if usable() else _linked
    if extension.stamped:
        result = child.call(function, *job, here=usable)
    else:
        remedy = "compile the source with hpybc compile"
        result = child.call(function, *job, limits=child.FOREIGN, remedy=remedy)
    if usable():
        found = [runtime.named(name, extension.runpath) for name in extension.libraries]
        symbols.check(result.partition(b"\n")[2], found)
        result = _image(recipe, result)
    head, _, content = result.partition(b"\n")
    return Made(content, tuple(maker.encode() for maker in json.loads(head)["makers"]))


def for_release(text: str, budget: inlining.Budget = inlining.USUAL) -> str:
    """LLVM IR of an extension as the contexts of mode ``release`` need it."""
    settled = foreign.settled(definitions.without_functions(text), contexts.api())
    return inlining.within(settled, budget)


def _edit(recipe: Recipe) -> Edit | None:
    """What is changed in the extension before all else, besides what all need."""
    if recipe.mode == "portable":
        return Edit(released.checked, bool)
    if recipe.mode not in contexts.MODES:
        return None
    of_its_own = recipe.mode != "release" or recipe.extension.legacy
    change = inlining.within if of_its_own else for_release
    return Edit(partial(change, budget=inlining.chosen()), NAMES.match)


def _compiled(recipe: Recipe, stack: str, edit: Edit | None) -> bytes:
    """A line of JSON, and object code.

    The line has the files of the shared libraries that the binary needs, and who made the code.
    """
    from hpybc.jit import build, lto
    from hpybc.jit.cpu import named

    with stage("llvmlite"):
        target = named(recipe.cpu)
    extension = recipe.extension
    own = entry.of(extension, recipe.entry)
    needed = [runtime.named(name, extension.runpath) for name in extension.libraries]
    # What stays visible, and what it is called in the extension.
    exports = {recipe.entry: own}
    if recipe.mode not in contexts.MODES:
        name = extension.name.rpartition(".")[2]
        exports = {p + name: p + own.removeprefix(entry.PREFIX) for p in entry.FOR_HOSTS}
    options = build.Options(
        exports=tuple(exports),
        renames=tuple((old, new) for new, old in exports.items() if old != new),
        also=recipe.also,
        foreign=not extension.stamped,
        emulated_tls=recipe.engine == "memory",
        edit=edit,
        api=NAMES.match,
        assembly=assembly(extension),
        libraries=tuple(map(_library, contexts.libraries())),
        portable=recipe.portable,
        lld=lto.command() if recipe.engine == "shared" else None,
    )
    code = build.compiled(extension.payload, [read(stack).payload], target, options)
    if recipe.engine == "memory":
        image.try_memory(code, recipe.entry)
    files = [runtime.path_of(library) for library in needed]
    makers = [identity.loaded_llvmlite(), *_programs(options.lld)]
    return _with_head(code, [], *makers, libraries=files)


def _linked(recipe: Recipe, stack: str, edit: Edit | None) -> bytes:
    """The binary, of which nobody knows whether it will find its symbols."""
    return _image(recipe, _compiled(recipe, stack, edit))


def _image(recipe: Recipe, compiled: bytes) -> bytes:
    """A line of JSON with the binary's makers, and the binary."""
    head, _, code = compiled.partition(b"\n")
    found = json.loads(head)
    with stage("image"):
        content = image.make(
            code,
            recipe.engine,
            portable=recipe.portable,
            libraries=found["libraries"],
            runpath=recipe.extension.runpath,
        )
    linker = image.linker() if recipe.engine == "shared" else None
    return _with_head(content, found["makers"], *_programs(linker))


def _with_head(data: bytes, makers: Sequence[str], *more: bytes, **head: object) -> bytes:
    makers = [*dict.fromkeys([*makers, *map(bytes.decode, more)])]  # most linkers compile as well
    return json.dumps({"makers": makers, **head}).encode() + b"\n" + data


def _programs(command: Sequence[str] | None) -> list[bytes]:
    return [] if command is None else [identity.program_of(command[0])]


def assembly(extension: Extension) -> frozenset[str] | None:
    """The names in the assembly of ``extension``; None if it was not edited as loads need it."""
    from hpybc.jit.edits import VERSION

    manifest = extension.manifest
    if manifest is None or manifest.get("edits") != VERSION:
        return None
    return frozenset(manifest.get("assembly", ()))


def _library(path: str) -> Library:
    """One of the contexts that are linked like static libraries."""
    context = read(path)
    return Library(contexts.defined(context), context.payload)


def _check_interpreter(extension: Extension) -> None:
    """What includes Python.h has the layout of that interpreter's objects compiled in.

    The limited API (PEP 384) has one layout, from the version that was asked for on.
    """
    bound = extension.python
    if bound is None:
        return
    running = f"{sys.version_info[0]}.{sys.version_info[1]}{sys.abiflags}"
    if not bound.startswith(LIMITED):
        found, fits = f"Python {bound}", bound == running
    else:
        # Without a GIL objects have another layout.
        number = int(bound.removeprefix(LIMITED), 16)
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
