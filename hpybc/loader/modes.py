"""Which mode a module is loaded in, if nobody says: ``$HPYBC_MODE``, or HPy's own ``$HPY``.

Either names one mode for all modules (``debug``), or the modes of some by their full names
(``bag._bag:debug,other:trace``). An entry without a name is for all modules that no other entry
names. They are read once, at the first load (HPy documentation, Debug Mode). Loads of a process
that has neither do not import this module.
"""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

from hpybc.errors import UsageError
from hpybc.loader.contexts import MODES

#: The variables: where both are set, the first one counts.
VARIABLES = ("HPYBC_MODE", "HPY")


class Modes(NamedTuple):
    """What a variable says.

    Attributes:
        variable: its name.
        named: the modes of modules, by their full names.
        others: the mode of all other modules.
    """

    variable: str
    named: dict[str, str]
    others: str


def parsed(variable: str, value: str) -> Modes:
    """What the ``value`` of a variable says.

    Raises:
        UsageError: there is no such mode, or two entries are for the same modules.
    """
    named: dict[str, str] = {}
    others: str | None = None
    for entry in filter(None, map(str.strip, value.split(","))):
        name, colon, mode = map(str.strip, entry.rpartition(":"))
        if variable == "HPY" and mode == "universal":  # HPy's name of what is neither
            mode = "release"
        if mode not in MODES:
            raise _wrong("no such mode", variable, entry, " or ".join(MODES))
        if colon and not all(part.isidentifier() for part in name.split(".")):
            raise _wrong("not the name of a module", variable, entry, "such as bag._bag:debug")
        if name in named or (not colon and others is not None):
            raise _wrong("two modes for the same modules", variable, value, "one of them")
        if colon:
            named[name] = mode
        else:
            others = mode
    return Modes(variable, named, others or "release")


def _wrong(what: str, variable: str, found: str, needed: str) -> UsageError:
    return UsageError(
        what,
        found=f"{variable}: {found}",
        needed=needed,
        remedy=f"correct or unset the variable {variable}",
    )


_read: Modes | None = None

#: The modules that were loaded in the mode that the variable says.
_loaded: set[str] = set()


def of(name: str) -> str:
    """The mode of the module with this full name.

    Raises:
        UsageError: see ``parsed``.
    """
    global _read
    if _read is None:
        variable = next((each for each in VARIABLES if os.environ.get(each)), VARIABLES[0])
        _read = parsed(variable, os.environ.get(variable, ""))
        if _read.named:
            import atexit

            atexit.register(_say_the_rest)
    _loaded.add(name)
    return _read.named.get(name, _read.others)


def _say_the_rest() -> None:
    """Names that no load asked about are misspelt, or the module was loaded in another way."""
    assert _read is not None
    rest = sorted(set(_read.named) - _loaded)
    if rest and sys.stderr is not None:
        loaded = ", ".join(sorted(_loaded))
        print(
            f"hpybc: {_read.variable} names {', '.join(rest)}, which this process did not load; "
            f"it loaded {loaded}",
            file=sys.stderr,
        )
