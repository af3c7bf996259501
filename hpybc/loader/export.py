"""Bitcode as a binary that needs no hpybc: an extension module, or one of HPy's universal ABI."""

from __future__ import annotations

import os
import re
from importlib.machinery import EXTENSION_SUFFIXES

from hpybc import files
from hpybc.errors import InterpreterError, LoadError, UndefinedSymbolError, UsageError
from hpybc.jit.link import Edit
from hpybc.loader import contexts, members, recipe
from hpybc.loader.extension import Bitcode, entry_point, read
from hpybc.process import progress

#: Each binary interface, and how the names of its files end, the usual way first. CPython's stable
#: ABI is none of them.
SUFFIXES = {
    "cpython": [suffix for suffix in EXTENSION_SUFFIXES if "abi3" not in suffix],
    "universal": [".hpy0.so"],
}

#: What HPy_MODINIT defines for a host, before the module's name.
_HOST = (
    "HPyInit_",
    "HPyInitGlobalContext_",
    "get_required_hpy_major_version_",
    "get_required_hpy_minor_version_",
)

#: The index in api.def of ``h_DictType``, the one handle that HPy 0.9.0 has not.
_DICT_TYPE = 263

#: What an extension has of Python.h: a mark of hpybc's own header, or symbols of the C API.
_PYTHON_H = re.compile(
    r"^@_hpybc_(?:python|limited_api) = |^@_?Py\w+ = external |^declare [^@\n]*@_?Py\w+\(", re.M
)


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
    source = read(path)
    names = [_name(source) + suffix for suffix in SUFFIXES[abi]]
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
            data = make(source, cpu=cpu)
    except LoadError as error:
        error.path = error.path or source.path
        raise
    files.replace(output, data, 0o777)  # as a linker makes it
    return output


def cpython(
    source: Bitcode, *, entry: str | None = None, cpu: str = "generic", also: tuple[str, ...] = ()
) -> bytes:
    """An extension module for interpreters of the running one's version.

    Args:
        source: the extension.
        entry: the function that makes the module; by default the one for the module's own name.
        cpu: see ``jit.cpu.named``.
        also: other names of that function.

    Raises:
        UsageError: there is no such CPU.
        InterpreterError: the extension includes another interpreter's ``Python.h``.
        LoadError: one of its other subclasses; the extension cannot be compiled.
    """
    entry = entry or entry_point(source.module_name)
    made = recipe.extension(source, entry, "release", cpu=cpu, portable=True, also=also)
    return made.content


def universal(source: Bitcode, *, cpu: str = "generic") -> bytes:
    """A binary of HPy's universal ABI 0, for hpy.universal 0.9.0 and for PyPy 7.3.19 alike.

    Raises:
        UsageError: there is no such CPU, or no such host would find a module of that name.
        InterpreterError: the extension includes ``Python.h``.
        UndefinedSymbolError: it uses what HPy 0.9.0 has not, or what nobody defines.
        LoadError: one of its other subclasses; the extension cannot be compiled.
    """
    if source.manifest is not None and source.manifest.get("python") is not None:
        raise _with_python_h()
    if not _name(source).isascii():
        raise UsageError(
            "HPy's universal ABI has no names for a module that is not of ASCII characters",
            path=source.path,
            found=source.module_name,
            needed="a name of ASCII characters",
            remedy="compile it with --name, or export with --abi cpython",
        )
    try:
        return hosted(source, cpu, portable=True)
    except UndefinedSymbolError as error:
        newer = sorted(contexts.api().intersection(error.symbols))
        if not newer:
            raise
        raise _newer(newer) from None


def hosted(source: Bitcode, cpu: str, *, portable: bool) -> bytes:
    """A binary of HPy's universal ABI: for every host, or for hpybc's own in this process."""
    stack = contexts.existing("portable" if portable else "universal")
    entry = entry_point(source.module_name)
    exports = tuple((prefix, prefix + _name(source)) for prefix in _HOST)
    edit = Edit(_released, bool) if portable else None
    job = recipe.Job(source, stack, entry, exports, cpu, edit, portable=portable)
    return recipe.make(job).content


def _name(source: Bitcode) -> str:
    return source.module_name.rpartition(".")[2]


def _released(text: str) -> str:
    """LLVM IR of an extension, as it is, if it asks for nothing but HPy 0.9.0's context."""
    if _PYTHON_H.search(text):
        raise _with_python_h()
    if members.reads(text, _DICT_TYPE):
        raise _newer(["ctx->h_DictType"])
    return text


def _newer(names: list[str]) -> UndefinedSymbolError:
    return UndefinedSymbolError(
        "the extension uses what HPy's universal ABI has not",
        found=", ".join(names),
        needed="the functions and handles of HPy 0.9.0, and no later ones",
        remedy="do without them, or export with --abi cpython",
    )


def _with_python_h() -> InterpreterError:
    return InterpreterError(
        "the extension includes Python.h, of which HPy's universal ABI has nothing",
        found="the C API of one interpreter",
        needed="HPy alone",
        remedy="export with --abi cpython, or port the source to HPy alone",
    )
