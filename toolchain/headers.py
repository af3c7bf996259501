"""Where clang looks for headers."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from hpybc.toolchain import clang as _clang
from hpybc.toolchain import sources
from hpybc.toolchain.arguments import Input

#: What clang says with -v: of the folders that it looks in, and of those that it would if they
#: existed. A folder for #include "..." alone is in a list of its own, before the other.
_SEARCHED = re.compile(r'^#include (?:"|<)\.\.\.(?:"|>) search starts here:\n((?: .*\n)*)', re.M)
_NONEXISTENT = re.compile(r'^ignoring nonexistent directory "(.*)"$', re.M)


def folders(cxx: bool, flags: Sequence[str]) -> list[str]:
    """The folders that clang searches for headers, first to last, by its arguments ``flags``.

    Those that do not exist come at the end.

    Raises:
        CompilerNotFoundError: there is no clang.
    """
    compiler = _clang.find(cxx=cxx)
    empty = Input(os.devnull, "c++" if cxx else "c")
    command = sources.command_for(compiler, empty, [*flags, "-E", "-v"])
    said = sources.run([*command, "-o", os.devnull], flags).said
    found = [line[1:] for lines in _SEARCHED.findall(said) for line in lines.splitlines()]
    return list(dict.fromkeys(map(os.path.normpath, (*found, *_NONEXISTENT.findall(said)))))
