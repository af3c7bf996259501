"""Bitcode as a binary that needs no hpybc: an extension module, or one of HPy's universal ABI."""

from __future__ import annotations

import os
from importlib.machinery import EXTENSION_SUFFIXES

from hpybc import files
from hpybc.errors import LoadError, UndefinedSymbolError, UsageError
from hpybc.loader import build, contexts, released
from hpybc.loader.extension import Extension, entry_point, read
from hpybc.loader.recipe import Recipe
from hpybc.process import progress

#: Each binary interface, and how the names of its files end, the usual way first. CPython's stable
#: ABI is none of them.
SUFFIXES = {
    "cpython": [suffix for suffix in EXTENSION_SUFFIXES if "abi3" not in suffix],
    "universal": [".hpy0.so"],
}


def export(
    path: str | os.PathLike[str], abi: str, output: str | None = None, cpu: str = "generic"
) -> str:
    """Compiles the bitcode file ``path`` to the binary ``output``; returns the latter's name.

    It is replaced as a whole, or left as it was if anything fails.

    Args:
        path: a bitcode file.
        abi: a key of ``SUFFIXES``.
        output: by default the module's name and the suffix of ``abi``, in the current folder.
        cpu: see ``jit.cpu.named``.

    Raises:
        UsageError: nothing could import a file of that name, or there is no such CPU.
        LoadError: ``path`` cannot be compiled for that interface.
        OSError: the file cannot be written.
    """
    extension = read(path)
    names = [_name(extension) + suffix for suffix in SUFFIXES[abi]]
    output = output or names[0]
    if os.path.basename(output) not in names:
        raise UsageError(
            "Python could not import the module from a file of that name",
            path=output,
            found=os.path.basename(output),
            needed=" or ".join(names),
            remedy="correct -o, or leave it out",
        )
    try:
        make = cpython if abi == "cpython" else universal
        with progress.shown(f"compiling {path}"):
            data = make(extension, cpu=cpu)
    except LoadError as error:
        error.path = error.path or extension.path
        raise
    files.replace(output, data, 0o777)  # as a linker makes it
    return output


def cpython(
    extension: Extension,
    *,
    entry: str | None = None,
    cpu: str = "generic",
    also: tuple[str, ...] = (),
) -> bytes:
    """An extension module for interpreters of the running one's version.

    Args:
        extension: the extension.
        entry: the function that makes the module; by default the one for the module's own name.
        cpu: see ``jit.cpu.named``.
        also: other names of that function.

    Raises:
        UsageError: there is no such CPU.
        InterpreterError: the extension includes another interpreter's ``Python.h``.
        LoadError: one of its other subclasses; the extension cannot be compiled.
    """
    entry = entry or entry_point(extension.name)
    recipe = Recipe(extension, "release", entry, cpu=cpu, portable=True, also=also)
    return build.binary(recipe).content


def universal(extension: Extension, *, cpu: str = "generic") -> bytes:
    """A binary of HPy's universal ABI 0, for hpy.universal 0.9.0 and for PyPy 7.3.19 alike.

    Raises:
        UsageError: there is no such CPU, or no such host would find a module of that name.
        InterpreterError: the extension includes ``Python.h``.
        UndefinedSymbolError: it uses what HPy 0.9.0 has not, or what nobody defines.
        LoadError: one of its other subclasses; the extension cannot be compiled.
    """
    if extension.python is not None:
        raise released.with_python_h()
    if not _name(extension).isascii():
        raise UsageError(
            "HPy's universal ABI has no names for a module that is not of ASCII characters",
            path=extension.path,
            found=extension.name,
            needed="a name of ASCII characters",
            remedy="compile it with --name, or export with --abi cpython",
        )
    try:
        return hosted(extension, "portable", cpu)
    except UndefinedSymbolError as error:
        newer = sorted(contexts.api().intersection(error.symbols))
        if not newer:
            raise
        raise released.newer(newer) from None


def hosted(extension: Extension, stack: str, cpu: str) -> bytes:
    """A binary of HPy's universal ABI.

    Args:
        extension: the extension.
        stack: ``portable``, for every host, or ``universal``, for hpybc's own in this process.
        cpu: see ``jit.cpu.named``.
    """
    entry = entry_point(extension.name)
    recipe = Recipe(extension, stack, entry, cpu=cpu, portable=stack == "portable")
    return build.binary(recipe).content


def _name(extension: Extension) -> str:
    return extension.name.rpartition(".")[2]
