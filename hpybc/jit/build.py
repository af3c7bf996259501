"""The pure function between files and process: bitcode in, object code out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from hpybc.jit import constructors as _constructors
from hpybc.jit import features as _features
from hpybc.jit import link as _link
from hpybc.jit import tls as _tls
from hpybc.jit.optimize import machine, optimize
from hpybc.jit.progress import stage
from hpybc.jit.target import Target


@dataclass(frozen=True)
class Options:
    """What distinguishes two builds of the same files.

    Attributes:
        exports: symbols that stay visible: the module's entry points, the one called first first.
        renames: pairs (old, new) for definitions to be given another name first.
        foreign: nobody knows what compiled the files: the features of a processor that the function
            called first has are those that all functions have, and no wish of their author's.
        emulated_tls: whether thread-local variables are to do without a dynamic linker.
        edit: what is changed in the extension before all else, as LLVM IR.
    """

    exports: tuple[str, ...]
    renames: tuple[tuple[str, str], ...] = ()
    foreign: bool = False
    emulated_tls: bool = False
    edit: Callable[[str], str] | None = None

    @property
    def entry(self) -> str:
        """What the function that is called first is called before the renames."""
        return {new: old for old, new in self.renames}.get(self.exports[0], self.exports[0])


@contextmanager
def optimized(
    ext: bytes,
    contexts: Sequence[bytes],
    target: Target,
    options: Options,
) -> Iterator[_link.Module]:
    """The linked and optimised module, for as long as the block lasts."""
    with _link.parsed(ext) as original:
        with stage("parse"):
            _link.check_architecture(original.triple)
            _link.check_optimized(original)
            usual = ""
            if options.foreign:
                usual = _features.of_function(original, options.entry)
            module = _link.generic(original, options.edit, usual=usual, target=target.features)
        with stage("link"):
            module.triple = target.triple
            # Before anything is linked: an entry point is the extension's own.
            for old, new in options.renames:
                _link.rename(module, old, new)
            _link.check_exports(module, options.exports)
            _constructors.call(module, options.exports[0])
            _constructors.define_dso_handle(module)
            if options.emulated_tls:
                module = _tls.emulated(module)
            _link.link_stack(module, contexts)
            _link.internalize(module, options.exports)
        with stage("optimise"):
            optimize(module, target)
        with stage("emit"):
            yield module


class Compiled(NamedTuple):
    """What came of a build.

    Attributes:
        code: a relocatable object file in the target's native format.
        undefined: the symbols that the process has to define, see ``link.check_defined``.
    """

    code: bytes
    undefined: list[str]


def compiled(
    ext: bytes,
    contexts: Sequence[bytes],
    target: Target,
    options: Options,
) -> Compiled:
    """``build``, also for another process than this one, which defines other symbols."""
    with optimized(ext, contexts, target, options) as module:
        undefined = _link.undefined(module)
        return Compiled(machine(target).emit_object(module), undefined)


def build(
    ext: bytes,
    contexts: Sequence[bytes],
    target: Target,
    options: Options,
) -> bytes:
    """Compiles an extension together with the contexts it is to run on.

    Args:
        ext: the extension's bitcode.
        contexts: bitcode that defines what ``ext`` calls, each next what those before it call.
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
    code, undefined = compiled(ext, contexts, target, options)
    _link.check_defined(undefined)
    return code


def build_ir(ext: bytes, contexts: Sequence[bytes], target: Target, options: Options) -> str:
    """The textual LLVM IR that ``build`` would compile to machine code; same arguments."""
    with optimized(ext, contexts, target, options) as module:
        return str(module)
