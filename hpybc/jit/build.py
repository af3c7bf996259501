"""The pure function between files and process: bitcode in, object code out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from hpybc.jit import checks as _checks
from hpybc.jit import constructors as _constructors
from hpybc.jit import edits as _edits
from hpybc.jit import features as _features
from hpybc.jit import identity as _identity
from hpybc.jit import library as _library
from hpybc.jit import lto as _lto
from hpybc.jit import runtime as _runtime
from hpybc.jit import stack as _stack
from hpybc.jit import symbols as _symbols
from hpybc.jit.module import Module, parsed
from hpybc.jit.optimize import machine, object_code, optimize, sweep
from hpybc.jit.target import Target
from hpybc.process.progress import stage


class Options(NamedTuple):
    """What distinguishes two builds of the same files.

    Attributes:
        exports: symbols that stay visible: the module's entry points, the one called first first.
        renames: pairs (old, new) for definitions to be given another name first.
        also: other names that the first of ``exports`` can be called by.
        foreign: nobody knows what compiled the files: the features of a processor that the function
            called first has are those that all functions have, and no wish of their author's.
        emulated_tls: whether thread-local variables are to do without a dynamic linker.
        edit: what is changed in the extension before all else, besides what all need.
        assembly: the names in the extension's assembly, if hpybc has compiled it and has made the
            changes that all need, see ``edits.lasting``.
        ahead: whether clang has optimised the whole extension when it was compiled, since it uses
            nothing that the contexts define. Loads do the rest, see ``PASSES_AFTER_CLANG``.
        libraries: static libraries, of which the extension gets what it needs.
        portable: whether the code is for machines with another C library too.
        lld: what optimises and makes machine code, see ``lto.command``; otherwise llvmlite.
        linking: what lld is told to make a shared object of it, see ``image.arguments``; without
            that, and without lld, the code is an object file.
    """

    exports: tuple[str, ...]
    renames: tuple[tuple[str, str], ...] = ()
    also: tuple[str, ...] = ()
    foreign: bool = False
    emulated_tls: bool = False
    edit: _edits.Edit | None = None
    assembly: frozenset[str] | None = None
    ahead: bool = False
    libraries: tuple[_library.Library, ...] = ()
    portable: bool = False
    lld: tuple[str, ...] | None = None
    linking: tuple[str, ...] = ()

    @property
    def entry(self) -> str:
        """What the function that is called first is called before the renames."""
        return {new: old for old, new in self.renames}.get(self.exports[0], self.exports[0])


@contextmanager
def linked(
    ext: bytes,
    contexts: Sequence[bytes],
    target: Target,
    options: Options,
) -> Iterator[Module]:
    """The extension linked with all that it needs, for as long as the block lasts."""
    with parsed(ext, verified=options.assembly is not None) as original:
        with stage("parse"):
            _checks.architecture(original.triple)
            module, named = _edited(original, ext, target, options)
        with stage("link"):
            module.triple = target.triple
            if not module.data_layout:  # written by hand
                module.data_layout = str(machine(target).target_data)
            # Before anything is linked: an entry point is the extension's own.
            for old, new in options.renames:
                _checks.exports(module, [old])
                module.rename(old, new)
            _checks.exports(module, options.exports)
            shared = _nothing if options.portable else _runtime.in_c_library
            _library.link_in(module, options.libraries, shared)
            _constructors.call(module, options.exports[0])
            for name in options.also:
                module.add(_forward(name, options.exports[0]))
            _constructors.define_dso_handle(module)
            if options.emulated_tls:
                from hpybc.jit import tls  # which shared objects do without

                module = tls.emulated(module)
            for stack in contexts:
                _stack.link(module, stack, named)
            module.internalize((*options.exports, *options.also), named)
        yield module


def _edited(
    original: Module, ext: bytes, target: Target, options: Options
) -> tuple[Module, frozenset[str]]:
    """The extension with all changes, and the names in its assembly.

    A module that needs none is not printed and read again.
    """
    own = options.edit
    if own is not None and not any(map(own.concerns, original.names)):
        own = None
    named = options.assembly
    if named is not None and own is None and not _features.asked_for(original):
        return original, named
    if named is None:
        _checks.optimized(original)

    def edit(text: str) -> str:
        nonlocal named
        if named is None:
            named = _symbols.in_assembly(text)
            text = _edits.lasting(text, options.entry, ext, foreign=options.foreign)
        return text if own is None else own.change(text)

    usual = _features.of_function(original, options.entry) if options.foreign else ""
    module = _edits.generic(original, edit, usual=usual, target=target.features)
    return module, named or frozenset()


def _forward(name: str, function: str) -> str:
    """LLVM IR of the function ``name``, which returns what ``function`` does."""
    call = f"  %result = call ptr @{function}()\n  ret ptr %result"
    return f"declare ptr @{function}()\ndefine ptr @{name}() {{\n{call}\n}}"


def _functions(module: Module) -> str:
    """How many functions a module defines, in words."""
    count = sum(not function.is_declaration for function in module.functions)
    return f"{count:,} functions"


def _nothing(name: str) -> bool:
    return False


def compiled(
    ext: bytes,
    contexts: Sequence[bytes],
    target: Target,
    options: Options,
) -> bytes:
    """``build``, also for another process than this one, which defines other symbols."""
    with linked(ext, contexts, target, options) as module:
        # What nothing uses, most of a context, need not be optimised, nor written and read again.
        sweep(module, target)
        functions = _functions(module)
        if options.lld is None:
            with stage("optimise", functions):
                optimize(module, target)
            with stage("emit", _functions(module)):
                return object_code(module, target)
        bitcode = module.bitcode
    passes = _identity.PASSES_AFTER_CLANG if options.ahead else _identity.PASSES
    with stage("compile", functions):
        if options.linking:
            return _lto.shared_object(bitcode, target, passes, options.lld, options.linking)
        return _lto.object_code(bitcode, target, passes, options.lld)


def build(
    ext: bytes,
    contexts: Sequence[bytes],
    target: Target,
    options: Options,
) -> bytes:
    """Compiles an extension together with the contexts it is to run on.

    Args:
        ext: the extension's bitcode.
        contexts: bitcode that defines what ``ext`` calls, made by ``stack.joined``.
        target: the machine to compile for.
        options: what to keep visible.

    Returns:
        A relocatable object file in the target's native format. The same arguments give the same
        bytes in every process.

    Raises:
        InvalidBitcodeError, NewerLLVMError, ArchitectureError, NotOptimizedError,
        ModuleInitError, UndefinedSymbolError: the input's fault.
        LLVMMissingError: llvmlite cannot be imported.
    """
    code = compiled(ext, contexts, target, options)
    _symbols.check(code)
    return code


def build_ir(ext: bytes, contexts: Sequence[bytes], target: Target, options: Options) -> str:
    """The textual LLVM IR that ``build`` would compile to machine code; same arguments.

    llvmlite's LLVM makes it, also where ``build`` has lld run the same passes.
    """
    with linked(ext, contexts, target, options) as module:
        optimize(module, target)
        return str(module)
