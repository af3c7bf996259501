"""Real programs, written for HPy and for the C API.

Each is a folder with ``hpy.c`` and ``capi.c``, two sources of a module of the folder's name with
the same functions, and ``workload.py``. One of the project's examples has no ``hpy.c``: it is
itself the source for HPy. ``workload.py`` defines

    setup(module) -> data       what is done once before
    run(module, data)           what is timed
    check(module)               raises AssertionError unless the module computes what it should
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from cases import Case, Statement

_FOLDER = os.path.dirname(os.path.abspath(__file__))
_EXAMPLES = os.path.join(os.path.dirname(os.path.dirname(_FOLDER)), "examples")


@dataclass(frozen=True)
class Program:
    """One program: the name of its module, its sources, and what is timed."""

    name: str

    @property
    def hpy(self) -> str:
        """The source for HPy."""
        own = os.path.join(_FOLDER, self.name, "hpy.c")
        return own if os.path.exists(own) else os.path.join(_EXAMPLES, f"{self.name}.c")

    @property
    def capi(self) -> str:
        """The source for the C API."""
        return os.path.join(_FOLDER, self.name, "capi.c")

    @property
    def case(self) -> Case:
        """What is timed."""
        setup = f"from programs.{self.name}.workload import run, setup, check\ndata = setup(m)"
        return Case(self.name, Statement("run(m, data)", setup), checks=("check(m)",))


def discover() -> list[Program]:
    """The programs in this folder, by name."""
    names = sorted(entry.name for entry in os.scandir(_FOLDER) if entry.is_dir())
    return [Program(n) for n in names if os.path.exists(os.path.join(_FOLDER, n, "workload.py"))]
