"""What takes part in a load and a compilation, and of which version each is."""

from __future__ import annotations

import platform
from collections.abc import Callable

from hpybc.errors import HpybcError
from hpybc.version import __version__


def lines() -> list[str]:
    """hpybc, the interpreter, LLVM, and clang, each in a line; one that is missing says so."""
    interpreter = f"{platform.python_implementation()} {platform.python_version()}"
    return [
        f"hpybc {__version__}",
        interpreter,
        f"LLVM {_found(_llvm)}",
        f"clang {_found(_clang)}",
    ]


def _found(version: Callable[[], str]) -> str:
    try:
        return version()
    except HpybcError as error:
        return f"none: {error.what}"


def _llvm() -> str:
    from hpybc.jit.identity import loaded_llvmlite
    from hpybc.jit.target import llvm_version

    number = ".".join(map(str, llvm_version()))  # which loads llvmlite, or says that there is none
    return f"{number} (llvmlite {loaded_llvmlite().decode()})"


def _clang() -> str:
    from hpybc.toolchain import clang

    found = clang.find()
    return f"{found.version} ({found.origin})"
