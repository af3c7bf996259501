"""Entry points: which module an extension defines, and for which HPy ABI."""

from __future__ import annotations

import re

from hpybc.errors import AbiVersionError, ModuleInitError, NewerLLVMError
from hpybc.jit import aliases
from hpybc.jit.module import Module, parsed
from hpybc.jit.target import llvm_version
from hpybc.loader.extension import Extension
from hpybc.loader.manifest import HPY_ABI

PREFIX = "PyInit_"

#: What HPy_MODINIT defines for a host of HPy's universal ABI, before the module's name.
FOR_HOSTS = (
    "HPyInit_",
    "HPyInitGlobalContext_",
    "get_required_hpy_major_version_",
    "get_required_hpy_minor_version_",
)

#: What follows is encoded, with ``_`` for ``-`` (PEP 489). HPy_MODINIT leaves names as they are.
_PUNYCODE = "PyInitU_"


def module_name(symbol: str) -> str:
    """The name of the module, without its package, that an entry point initialises."""
    if not symbol.startswith(_PUNYCODE):
        return symbol.removeprefix(PREFIX)
    plain, hyphen, rest = symbol.removeprefix(_PUNYCODE).rpartition("_")
    try:
        return f"{plain}{'-' if hyphen else ''}{rest}".encode("ascii").decode("punycode")
    except UnicodeError:  # such a name is nothing's encoding
        return symbol


def of(extension: Extension, wanted: str) -> str:
    """The entry point of ``extension``, once this LLVM can read it.

    Args:
        extension: the extension.
        wanted: the one to take if there is no manifest to say, and there are several.

    Raises:
        NewerLLVMError: a newer LLVM wrote it.
        ModuleInitError, AbiVersionError: as ``find``.
    """
    manifest = extension.manifest
    if manifest is None:
        with parsed(extension.payload) as module:
            return find(module, module_name(wanted))
    written, own = manifest["llvm"], llvm_version()[0]
    if int(written.partition(".")[0]) > own:
        raise NewerLLVMError(
            "the bitcode was written by a newer LLVM than the one that reads it",
            found=f"LLVM {written}",
            needed=f"LLVM {own} or older (the one in llvmlite)",
            remedy="upgrade llvmlite, or compile the source in this environment",
        )
    return manifest["entry"]


def find(module: Module, wanted: str | None = None) -> str:
    """The name of the one function of ``module`` that initialises a Python module.

    Args:
        module: the extension, parsed and not yet linked to anything.
        wanted: the name of the module to take if there are several.

    Raises:
        ModuleInitError: there is none, or several and none of them is ``wanted``.
        AbiVersionError: it belongs to another HPy ABI.
    """
    defined = [f.name for f in module.functions if not f.is_declaration]
    entries = [name for name in defined if name.startswith((PREFIX, _PUNYCODE))]
    if not entries:  # then one may be a second name of a function
        second = sorted(aliases.names(str(module)))
        entries = [name for name in second if name.startswith((PREFIX, _PUNYCODE))]
    if not entries:
        foreign = [name for name in defined if name.startswith("HPyInit_")]
        raise ModuleInitError(
            "the bitcode defines no module",
            found=f"{foreign[0]}, compiled with other HPy headers"
            if foreign
            else f"{len(defined)} functions, none of them an entry point",
            needed="one HPy_MODINIT(name, def), compiled with the headers of hpybc",
            remedy="compile with hpybc compile"
            if foreign
            else "add HPy_MODINIT to one of the sources",
        )
    names = {module_name(symbol): symbol for symbol in entries}
    own = None if wanted is None else names.get(wanted.rpartition(".")[2])
    if len(entries) > 1 and own is None:
        raise ModuleInitError(
            "the bitcode defines more than one module",
            found=", ".join(entries),
            needed="one HPy_MODINIT, or a name that says which",
            remedy=f"choose one by its name: {module_name(entries[0])}",
        )
    entry: str = own or entries[0]
    _check_abi(module, entry.removeprefix(PREFIX))
    return entry


def _check_abi(module: Module, name: str) -> None:
    """HPy_MODINIT leaves functions that return the ABI version the source was compiled for."""
    version = []
    for part in ("major", "minor"):
        try:
            function = module.function(f"get_required_hpy_{part}_version_{name}")
        except NameError:  # no HPy module, but one against the C API
            return
        returned = re.search(r"ret i32 (\d+)", str(function))
        version.append(returned[1] if returned else "?")
    if version[0] != HPY_ABI.partition(".")[0]:
        raise AbiVersionError(
            "the extension was compiled for another HPy ABI",
            found=f"HPy ABI {'.'.join(version)}",
            needed=f"HPy ABI {HPY_ABI}",
            remedy="compile the source with this version of hpybc",
        )
