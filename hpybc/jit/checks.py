"""Checks of an extension: that this machine can run it, and that it has what it is to have."""

from __future__ import annotations

from collections.abc import Iterable

from hpybc.errors import ArchitectureError, ModuleInitError, NotOptimizedError
from hpybc.jit import identity as _identity
from hpybc.jit.module import Module


def architecture(triple: str) -> None:
    """Raises ArchitectureError unless code for ``triple`` can run on this machine."""
    if not triple.startswith(_identity.architecture() + "-") or "linux" not in triple:
        raise ArchitectureError(
            "the bitcode was compiled for another platform",
            found=triple,
            needed=_identity.triple(),
            remedy="use the file for this platform, or compile the source here",
        )


def optimized(module: Module) -> None:
    """Raises NotOptimizedError if a function of ``module`` was compiled with -O0."""
    for function in module.functions:
        if not function.is_declaration and any(b"optnone" in a for a in function.attributes):
            raise NotOptimizedError(
                "the bitcode was compiled without optimisation",
                found=f"function '{function.name}' is marked optnone (-O0)",
                needed="-O1 or higher: LLVM never inlines -O0 code",
                remedy="compile the source with -O2",
            )


def exports(module: Module, names: Iterable[str]) -> None:
    """Raises ModuleInitError unless ``module`` defines the functions ``names``."""
    defined = {function.name for function in module.functions if not function.is_declaration}
    for name in names:
        if name not in defined:
            raise ModuleInitError(
                "the bitcode does not define its entry point",
                found=f"no function '{name}'",
                needed="the function that makes the module, by the name that the manifest has",
                remedy="compile the extension again",
            )
