"""The machine to compile for."""

from __future__ import annotations

import functools
import importlib
import os
import sys
from types import ModuleType
from typing import NamedTuple

from hpybc.errors import LLVMMissingError
from hpybc.jit.identity import triple
from hpybc.process import group


class Target(NamedTuple):
    """An LLVM target: triple, CPU name and feature string (``+avx2,-avx512f,...``)."""

    triple: str
    cpu: str
    features: str


def usable() -> bool:
    """Whether this interpreter can import llvmlite if it is installed.

    llvmlite needs ctypes. CPython 3.12 refuses it in an interpreter with a GIL of its own, but only
    after its initialisation has run, and two interpreters that try that at once end the process:
    there no interpreter but the main one may even try.
    """
    if sys.version_info[:2] == (3, 12):
        import _xxsubinterpreters as interpreters

        if interpreters.get_current() != interpreters.get_main():
            return False
    try:
        import ctypes  # noqa: F401
    except ImportError:
        return False
    return True


def llvm() -> ModuleType:
    """``llvmlite.binding``, initialised for this machine.

    Raises:
        LLVMMissingError: llvmlite is not installed or does not import.
    """
    try:
        binding = _imported()
    except Exception as error:  # a broken installation fails in ways of its own
        if sys.implementation.name != "cpython":
            raise LLVMMissingError(
                "llvmlite is needed for this, which is for CPython alone",
                found=f"{sys.implementation.name}, {sys.executable}",
                needed="CPython for this step; the bitcode files that it makes load here",
                remedy="run this command with CPython",
            ) from error
        raise LLVMMissingError(
            "llvmlite is needed to build this extension and cannot be imported",
            found=f"{type(error).__name__}: {error}",
            needed="llvmlite 0.50 or later in this environment",
            remedy=f"{sys.executable} -m pip install llvmlite",
        ) from error
    return _initialized(binding)


def _imported() -> ModuleType:
    """``llvmlite.binding``, imported.

    It asks ``importlib.resources`` for the folder of its library, and for nothing else. To import
    that takes as long as all the rest, so a process that is there for one build does without.
    """
    name = "importlib.resources"
    if group.belongs() and name not in sys.modules and "llvmlite.binding" not in sys.modules:
        stand_in = ModuleType(name)
        stand_in.__dict__.update(files=_Resource, as_file=lambda resource: resource)
        sys.modules[name] = stand_in
        try:
            return importlib.import_module("llvmlite.binding")
        except Exception:  # it is not in a folder, or a later one asks for more
            for module in [m for m in sys.modules if m.partition(".")[0] == "llvmlite"]:
                del sys.modules[module]
        finally:
            del sys.modules[name]
    return importlib.import_module("llvmlite.binding")


class _Resource:
    """A file in the folder of a package, as ``importlib.resources`` has them."""

    def __init__(self, package: str, name: str = "") -> None:
        self._package, self._name = package, name

    def __truediv__(self, name: str) -> _Resource:
        return _Resource(self._package, name)

    def __enter__(self) -> str:
        folder = os.path.dirname(str(sys.modules[self._package].__file__))
        return os.path.join(folder, self._name)

    def __exit__(self, *error: object) -> None:
        pass


@functools.cache
def _initialized(binding: ModuleType) -> ModuleType:
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    # Inline assembly in headers of the free-threaded build is parsed when code is emitted.
    binding.initialize_native_asmparser()
    return binding


def host() -> Target:
    """This machine, with the CPU and the features LLVM detects. Imports llvmlite."""
    binding = llvm()
    return Target(triple(), binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten())


def llvm_version() -> tuple[int, int, int]:
    """The version of the LLVM inside llvmlite. Imports llvmlite."""
    major, minor, patch = llvm().llvm_version_info
    return major, minor, patch
