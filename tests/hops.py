"""The functions of hpybc that a load goes through: ``python -I tests/hops.py ext.bc``.

Each stands below the one that calls it. The last line has counts, of this process alone. A cold
load is one with an empty folder in HPYBC_CACHE_DIR.
"""

from __future__ import annotations

import os
import sys
from types import FrameType
from typing import NamedTuple

import hpybc

_FOLDER = os.path.dirname(hpybc.__file__) + os.sep


def _is_own(frame: FrameType) -> bool:
    # Neither the bodies of modules and classes nor the parts of expressions are hops.
    code = frame.f_code
    return code.co_filename.startswith(_FOLDER) and not code.co_name.startswith("<")


class Hop(NamedTuple):
    """A call: how many of hpybc's functions are above, and what is called."""

    depth: int
    module: str
    function: str


def hops(path: str) -> list[Hop]:
    """The calls of a load of ``path``, in their order."""
    found = []

    def called(frame: FrameType, event: str, _: object) -> None:
        if event != "call" or not _is_own(frame):
            return
        depth, above = 0, frame.f_back
        while above is not None:
            depth += _is_own(above)
            above = above.f_back
        module = frame.f_code.co_filename.removeprefix(_FOLDER).removesuffix(".py")
        # The former, with the class, from Python 3.11 on.
        name = getattr(frame.f_code, "co_qualname", frame.f_code.co_name)
        found.append(Hop(depth, module.replace(os.sep, "."), name))

    sys.setprofile(called)
    try:
        hpybc.load(path)
    finally:
        sys.setprofile(None)
    return found


def main() -> None:
    """Prints the hops of a load of the file that is the argument."""
    found = hops(sys.argv[1])
    for hop in found:
        print(f"{'  ' * hop.depth}{hop.module}.{hop.function}")
    functions, modules = {hop[1:] for hop in found}, {hop.module for hop in found}
    print(f"{len(found)} calls of {len(functions)} functions in {len(modules)} modules")


if __name__ == "__main__":
    main()
