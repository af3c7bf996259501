"""Entry points: which module a piece of bitcode defines, and for which HPy ABI."""

from __future__ import annotations

import re

from hpybc.errors import AbiVersionError, ModuleInitError
from hpybc.jit.link import Module
from hpybc.loader.bitcode import HPY_ABI

PREFIX = "PyInit_"


def find(module: Module, wanted: str | None = None) -> str:
    """The name of the one function of ``module`` that initialises a Python module.

    Args:
        module: the extension, parsed and not yet linked to anything.
        wanted: which one to take if there are several.

    Raises:
        ModuleInitError: there is none, or several and none of them is ``wanted``.
        AbiVersionError: it belongs to another HPy ABI.
    """
    defined = [f.name for f in module.functions if not f.is_declaration]
    entries = [name for name in defined if name.startswith(PREFIX)]
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
    if len(entries) > 1 and wanted not in entries:
        raise ModuleInitError(
            "the bitcode defines more than one module",
            found=", ".join(entries),
            needed="one HPy_MODINIT, or a name that says which",
            remedy=f"choose one by its name: {entries[0].removeprefix(PREFIX)}",
        )
    entry = wanted if wanted is not None and wanted in entries else entries[0]
    _check_abi(module, entry.removeprefix(PREFIX))
    return entry


def _check_abi(module: Module, name: str) -> None:
    """HPy_MODINIT leaves functions that return the ABI version the source was compiled for."""
    version = []
    for part in ("major", "minor"):
        try:
            function = module.get_function(f"get_required_hpy_{part}_version_{name}")
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
