"""A module whose object file LLVM links into the process, where there is no linker."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import BuiltinFunctionType, ModuleType

from hpybc.errors import InterpreterError
from hpybc.jit import image, runtime
from hpybc.loader.extension import entry_point

#: The ``refusal`` of an image that cannot turn the GIL on (cpython/ctx_module.c).
_NEEDS_GIL = "needs the GIL"

#: PYTHON_API_VERSION of Python.h, the same since 2006.
_PYTHON_API_VERSION = 1013


def link(
    code: bytes, name: str, libraries: Sequence[str] = (), runpath: tuple[str, ...] = ()
) -> int:
    """Links the object file ``code`` into this process; the address of its entry point.

    Args:
        code: the object file.
        name: the module's.
        libraries, runpath: see ``Extension``. LLVM's linker finds what all code sees.

    Raises:
        LibraryMissingError: one of them is not found.
        LinkError, LLVMMissingError: see ``image.link_memory``.
    """
    for library in libraries:
        runtime.named(library, runpath, for_all=True)
    return image.link_memory(code, entry_point(name))


def create(address: int, spec: ModuleSpec) -> ModuleType:
    """Makes a module as CPython's import would.

    Args:
        address: of the entry point, from ``link``.
        spec: the module's.

    Raises:
        InterpreterError: the module needs the GIL, which is off.
    """
    import ctypes  # which link has found possible

    # A plain pointer: the image owns its definition, and a py_object would be released.
    definition = ctypes.PYFUNCTYPE(ctypes.c_void_p)(address)()
    made = ctypes.cast(definition, ctypes.py_object).value
    if isinstance(made, ModuleType):  # single-phase initialisation, of the C API
        _put_in_package(made, spec.name)
        return made
    prototype = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.py_object, ctypes.c_int)
    make = prototype(("PyModule_FromDefAndSpec2", ctypes.pythonapi))
    try:
        module: ModuleType = make(definition, spec, _PYTHON_API_VERSION)
    except ImportError as error:
        if getattr(error, "refusal", None) != _NEEDS_GIL:
            raise
        raise InterpreterError(
            "the extension needs the GIL, which is off",
            found="the engine 'memory', which cannot turn it on",
            needed="HPY_MOD_GIL_NOT_USED in its source, or the GIL",
            remedy="install a linker (pip install 'hpybc[compiler]'), or set PYTHON_GIL=1",
        ) from None
    return module


def _put_in_package(module: ModuleType, name: str) -> None:
    """Completes the name of a module of single-phase initialisation, which knows its last part.

    CPython's import of a shared object has PyModule_Create do so, by a variable that it keeps to
    itself.
    """
    own = module.__name__
    if own == name or own != name.rpartition(".")[2]:
        return
    module.__name__ = name
    for value in vars(module).values():
        if isinstance(value, BuiltinFunctionType) and value.__module__ == own:
            value.__module__ = name
