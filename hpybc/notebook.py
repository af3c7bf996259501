"""``%%hpybc``: C or C++ in a cell of a notebook, whose functions and types the notebook then has.

    %load_ext hpybc

    %%hpybc -O3
    HPyDef_METH(twice, "twice", HPyFunc_O)
    static HPy twice_impl(HPyContext *ctx, HPy self, HPy number) {
        return HPy_Add(ctx, number, number);
    }

A cell without ``HPy_MODINIT`` is what a module defines: the header goes before it, and the module
with all its functions and types after it.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import tempfile
from typing import Any, NoReturn

from IPython.core.magic import Magics, cell_magic, magics_class

from hpybc import load
from hpybc.errors import CompileError, HpybcError, UsageError
from hpybc.loader.contexts import MODES
from hpybc.toolchain import arguments, cc
from hpybc.toolchain.arguments import Input
from hpybc.toolchain.compile import compile_extension

#: Comments and strings, in which nothing is defined.
_NO_CODE = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\])*\"", re.S)

_METHOD = re.compile(r"\bHPyDef_METH\s*\(\s*(\w+)")
_TYPE = re.compile(r"\bHPyType_Spec\s+(\w+)\s*=")

#: The module of a cell that has none.
_NAME = "cell"


def whole(cell: str, name: str, place: str) -> str:
    """The source of a cell: all of it as it is, or with a header before and a module after it.

    Args:
        cell: what is in the cell, without the line of the magic.
        name: the module's name, if the cell has no ``HPy_MODINIT``.
        place: what clang's messages call the cell.
    """
    # The magic is the cell's first line.
    located = f'#line 2 "{place}"\n{cell}\n'
    code = _NO_CODE.sub(lambda match: "\n" * match[0].count("\n") or " ", cell)
    if "HPy_MODINIT" in code:
        return located
    # A method that the cell takes the address of belongs to a type.
    methods = [m for m in _METHOD.findall(code) if not re.search(rf"&\s*{m}\b", code)]
    types = _TYPE.findall(code)
    defines = [f"&{method}" for method in methods]
    made = ""
    if types:
        adds = "".join(
            f"    if (!HPyHelpers_AddType(ctx, module, cell_last({each}.name), &{each}, NULL))\n"
            "        return -1;\n"
            for each in types
        )
        made = (
            "#include <string.h>\n"
            "static const char *cell_last(const char *name) {\n"
            "    const char *dot = strrchr(name, '.');\n"
            "    return dot ? dot + 1 : name;\n}\n"
            "HPyDef_SLOT(cell_exec, HPy_mod_exec)\n"
            "static int cell_exec_impl(HPyContext *ctx, HPy module) {\n"
            f"{adds}    return 0;\n}}\n"
        )
        defines.append("&cell_exec")
    end = (
        f'#line 1 "the module of {place}"\n{made}'
        f"static HPyDef *cell_defines[] = {{{', '.join([*defines, 'NULL'])}}};\n"
        "static HPyModuleDef cell_module = {.defines = cell_defines};\n"
        f"HPy_MODINIT({name}, cell_module)\n"
    )
    return f'#include "hpy.h"\n{located}{end}'


@magics_class
class BitcodeMagics(Magics):
    """The magic, for one shell. The files of its cells last as long as it does."""

    shell: Any  # InteractiveShell

    def __init__(self, shell: Any) -> None:
        super().__init__(shell)
        self._folder = tempfile.TemporaryDirectory(prefix="hpybc-notebook-")

    @cell_magic
    def hpybc(self, line: str, cell: str) -> None:
        """Compiles the cell, and puts its functions and types into the namespace.

            %%hpybc [-O3] [-g] [-D NAME=1] [-I FOLDER] [-x c++] [--mode debug] [--name NAME]

        All options of a C compiler are taken that mean something for bitcode. ``-x`` says the
        language. ``--mode`` is release, debug or trace. ``--name`` puts the module itself into the
        namespace as well. A cell without HPy_MODINIT needs no header and no module: both are added.
        """
        try:
            own, options = _options(line)
            self._load(own, options, cell)
        except HpybcError as error:
            words = str(error).splitlines()
            # Its words alone: where in hpybc it comes from helps nobody.
            error._render_traceback_ = lambda: words  # type: ignore[attr-defined]
            raise

    def _load(self, own: argparse.Namespace, options: list[str], cell: str) -> None:
        place = f"In[{len(self.shell.user_ns['In']) - 1}]"  # execution_count is one ahead by now
        path = os.path.join(self._folder.name, f"{place}.bc")  # -g files are read later as well
        # The same name for all cells: the same code is the same file then, and in the cache.
        source = os.path.join(self._folder.name, "cell.cpp" if own.language == "c++" else "cell.c")
        with open(source, "w", encoding="utf-8") as file:
            file.write(whole(cell, own.name or _NAME, place))
        parsed = arguments.parse(options)
        parsed.inputs.append(Input(source))
        try:
            compile_extension(parsed.inputs, path, cc.options(parsed, own.name))
        except CompileError as error:
            error.path = place
            raise
        module = load(path, mode=own.mode)
        names = getattr(module, "__all__", None) or [n for n in vars(module) if n[:1] != "_"]
        self.shell.push({name: getattr(module, name) for name in names})
        if own.name is not None:
            self.shell.push({own.name: module})


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message, needed="the options of %%hpybc", remedy="see %%hpybc?")


def _options(line: str) -> tuple[argparse.Namespace, list[str]]:
    """The magic's own options, and those of the compiler, in any order."""
    parser = _Parser(prog="%%hpybc", add_help=False, allow_abbrev=False)
    parser.add_argument("--mode", default="release", choices=MODES)
    parser.add_argument("--name")
    parser.add_argument("-x", dest="language", default="c", choices=("c", "c++"))
    return parser.parse_known_args(shlex.split(line))
