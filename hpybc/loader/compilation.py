"""The half of a build that has LLVM in it, mostly in a process of its own; see ``build``."""

from __future__ import annotations

from functools import partial

from hpybc.jit import build, identity, image, lto, runtime, symbols
from hpybc.jit.cpu import named
from hpybc.jit.edits import VERSION, Edit
from hpybc.jit.library import Library
from hpybc.loader import contexts, definitions, entry, foreign, inlining
from hpybc.loader.api import NAMES
from hpybc.loader.build import Made
from hpybc.loader.extension import Extension, read
from hpybc.loader.recipe import Recipe
from hpybc.process.progress import stage


def made(recipe: Recipe) -> Made:
    """What ``recipe`` makes; raises as ``build.binary``."""
    extension = recipe.extension
    edit = _edit(recipe)
    with stage("llvmlite"):
        target = named(recipe.cpu)
    own = entry.of(extension, recipe.entry)
    libraries = [runtime.named(name, extension.runpath) for name in extension.libraries]
    # What stays visible, and what it is called in the extension.
    exports = {recipe.entry: own}
    if recipe.mode not in contexts.MODES:
        name = extension.name.rpartition(".")[2]
        exports = {p + name: p + own.removeprefix(entry.PREFIX) for p in entry.FOR_HOSTS}
    is_shared = recipe.engine == "shared"
    files = [runtime.path_of(library) for library in libraries]
    lld = lto.command() if is_shared else None
    linking: tuple[str, ...] = ()
    if lld is not None and not recipe.portable:
        linking = image.arguments(files, extension.runpath)
    options = build.Options(
        exports=tuple(exports),
        renames=tuple((old, new) for new, old in exports.items() if old != new),
        also=recipe.also,
        foreign=not extension.stamped,
        emulated_tls=not is_shared,
        edit=edit,
        ahead=_is_ahead(extension),
        assembly=assembly(extension),
        libraries=tuple(map(_library, contexts.libraries())),
        portable=recipe.portable,
        lld=lld,
        linking=linking,
    )
    stack = [] if options.ahead else [read(recipe.stack()).payload]  # of which it uses nothing
    code = build.compiled(extension.payload, stack, target, options)
    lacking = symbols.missing(symbols.needed(code), libraries)
    if not is_shared:
        image.try_memory(code, recipe.entry)
    elif not linking:
        with stage("image"):
            code = image.make(
                code,
                recipe.engine,
                portable=recipe.portable,
                libraries=files,
                runpath=extension.runpath,
            )
    commands = [command for command in (lld, image.linker() if is_shared else None) if command]
    makers = [identity.loaded_llvmlite(), *(identity.program_of(each[0]) for each in commands)]
    unique = dict.fromkeys(makers)  # most linkers compile as well
    return Made(code, tuple(unique), [name.encode() for name in lacking])


def for_release(text: str, budget: inlining.Budget = inlining.USUAL) -> str:
    """LLVM IR of an extension as the contexts of mode ``release`` need it."""
    settled = foreign.settled(definitions.without_functions(text), contexts.api())
    return inlining.within(settled, budget)


def for_debug(text: str) -> str:
    """LLVM IR of an extension as the contexts of mode ``debug`` need it."""
    from hpybc.loader import watched

    return watched.traced(inlining.within(text, inlining.chosen()))


def _edit(recipe: Recipe) -> Edit | None:
    """What is changed in the extension before all else, besides what all need."""
    if recipe.mode == "portable":
        from hpybc.loader import released

        return Edit(released.checked, bool)
    if recipe.mode not in contexts.MODES:
        return None
    if recipe.mode == "debug":
        return Edit(for_debug, NAMES.match)
    of_its_own = recipe.mode != "release" or recipe.extension.legacy
    change = inlining.within if of_its_own else for_release
    return Edit(partial(change, budget=inlining.chosen()), NAMES.match)


def assembly(extension: Extension) -> frozenset[str] | None:
    """The names in the assembly of ``extension``; None if it was not edited as loads need it."""
    manifest = extension.manifest
    if manifest is None or manifest.get("edits") != VERSION:
        return None
    return frozenset(manifest.get("assembly", ()))


def _is_ahead(extension: Extension) -> bool:
    """Whether ``extension`` needs no more than what depends on the processor."""
    manifest = extension.manifest
    return manifest is not None and assembly(extension) is not None and "ahead" in manifest


def _library(path: str) -> Library:
    """One of the contexts that are linked like static libraries."""
    context = read(path)
    return Library(contexts.defined(context), context.payload)
