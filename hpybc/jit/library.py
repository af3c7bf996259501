"""Static libraries of bitcode, of which a module gets what it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from hpybc.jit.module import Module


class Library(NamedTuple):
    """A library: the names of what it defines, and its bitcode."""

    names: frozenset[str]
    bitcode: bytes


def link_in(module: Module, libraries: Iterable[Library], shared: Callable[[str], bool]) -> None:
    """Links what ``module`` leaves undefined and ``libraries`` define.

    It is visible as if it were ``module``'s own; what it calls in its library is not. A definition
    of the module's own keeps a library's away. So does one in a shared library, of which ``shared``
    knows by its name. None of ``libraries`` needs another.

    Raises:
        InvalidBitcodeError: LLVM cannot link them.
    """
    needed = set(module.undefined)
    for library in libraries:
        wanted = {name for name in library.names & needed if not shared(name)}
        if wanted:
            other = module.parse(library.bitcode)
            other.internalize(wanted)
            module.link(other)
