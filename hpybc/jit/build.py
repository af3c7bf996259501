"""The pure function between files and process: bitcode in, object code out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hpybc.jit import aliases as _aliases
from hpybc.jit import constructors as _constructors
from hpybc.jit import link as _link
from hpybc.jit import runtime as _runtime
from hpybc.jit import symbols as _symbols
from hpybc.jit import tls as _tls
from hpybc.jit.optimize import machine, optimize
from hpybc.jit.progress import stage
from hpybc.jit.target import Target

if TYPE_CHECKING:
    import ctypes


@dataclass(frozen=True)
class Options:
    """What distinguishes two builds of the same files.

    Attributes:
        exports: symbols that stay visible: the module's entry points, the one called first first.
        renames: pairs (old, new) for definitions to be given another name first.
        elsewhere: the code is for another process than this one, which cannot know what symbols
            are defined there: nothing is said of those that are not.
        emulated_tls: whether thread-local variables are to do without a dynamic linker.
        edit: what is changed in the extension before all else, as LLVM IR.
        shared: shared libraries that the image will name; see ``runtime.named``.
        libraries: bitcode of static libraries, of which the extension gets what it needs.
        portable: whether the code is for machines with another C library too.
    """

    exports: tuple[str, ...]
    renames: tuple[tuple[str, str], ...] = ()
    elsewhere: bool = False
    emulated_tls: bool = False
    edit: Callable[[str], str] | None = None
    shared: tuple[ctypes.CDLL, ...] = ()
    libraries: tuple[bytes, ...] = ()
    portable: bool = False


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
            named: set[str] = set()  # in assembly

            def edit(text: str) -> str:
                named.update(_symbols.in_assembly(text))
                text = _aliases.resolved(text, frozenset(named))
                return text if options.edit is None else options.edit(text)

            module = _link.generic(original, edit)
        with stage("link"):
            module.triple = target.triple
            # Before anything is linked: an entry point is the extension's own.
            for old, new in options.renames:
                _link.rename(module, old, new)
            _link.check_exports(module, options.exports)
            others = _never if options.portable else _runtime.in_c_library
            for library in options.libraries:
                _link.link_library(module, library, others)
            _constructors.call(module, options.exports[0])
            _constructors.define_dso_handle(module)
            if options.emulated_tls:
                module = _tls.emulated(module)
            _link.link_stack(module, contexts)
            _link.internalize(module, options.exports, named)
        with stage("optimise"):
            optimize(module, target)
        with stage("emit"):
            yield module


def _never(name: str) -> bool:
    return False


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
    with optimized(ext, contexts, target, options) as module:
        code: bytes = machine(target).emit_object(module)
    if not options.elsewhere:
        _symbols.check(code, options.shared)
    return code


def build_ir(ext: bytes, contexts: Sequence[bytes], target: Target, options: Options) -> str:
    """The textual LLVM IR that ``build`` would compile to machine code; same arguments."""
    with optimized(ext, contexts, target, options) as module:
        return str(module)
