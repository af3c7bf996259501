"""A build: an extension and its contexts become one binary, an image or what is exported.

Another process does it (``compilation``); here is what starts that, and looks at the result.
"""

from __future__ import annotations

import sys

from hpybc.errors import InterpreterError, undefined_symbols
from hpybc.jit import image
from hpybc.process import child, group

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from hpybc.loader.extension import Extension
    from hpybc.loader.recipe import Recipe


class Made:
    """A binary, and who has made it.

    Attributes:
        content: the binary.
        makers: what tells versions of them apart, as they were when they made it: llvmlite, the
            linker that compiled, if one did, and the one that linked. See ``jit.identity``.
        lacking: the symbols that it needs and nothing in the process that made it defines.
    """

    __slots__ = ("content", "lacking", "makers")

    def __init__(
        self, content: bytes, makers: Sequence[bytes], lacking: Sequence[bytes] = ()
    ) -> None:
        self.content = content
        self.makers = tuple(makers)
        self.lacking = tuple(lacking)

    def packed(self) -> bytes:
        """All of it as bytes: a line of makers, one of symbols, the content."""
        return b"%b\n%b\n%b" % (_line(self.makers), _line(self.lacking), self.content)

    @classmethod
    def unpacked(cls, data: bytes) -> Made:
        """What ``packed`` has made bytes of."""
        makers, _, rest = data.partition(b"\n")
        lacking, _, content = rest.partition(b"\n")
        return cls(content, _words(makers), _words(lacking))


def _line(words: Sequence[bytes]) -> bytes:
    return b"\t".join(word.decode("latin-1").encode("unicode_escape") for word in words)


def _words(line: bytes) -> list[bytes]:
    found = line.split(b"\t") if line else []
    return [word.decode("unicode_escape").encode("latin-1") for word in found]


def binary(recipe: Recipe) -> Made:
    """What ``recipe`` makes; LLVM compiles it in another process, or in this one if it must.

    LLVM ends the process that it is in when it meets what it cannot compile. What no checksum
    vouches for has limits of time and memory besides, and is not compiled but in another process.

    Raises:
        UsageError: there is no such CPU, or no such budget for inlining.
        InterpreterError: the extension includes another interpreter's ``Python.h``.
        LoadError: it is not for this machine, or LLVM or the linker cannot compile it.
    """
    _check_interpreter(recipe.extension)
    linker = image.linker()
    if recipe.extension.stamped:
        result = child.call(_made, recipe, linker, here=_usable)
    else:
        remedy = "compile the source with hpybc compile"
        result = child.call(_made, recipe, linker, limits=child.FOREIGN, remedy=remedy)
    made = Made.unpacked(result)
    if made.lacking:
        _check(made, recipe)
    return made


def _made(recipe: Recipe, linker: tuple[str, ...] | None) -> bytes:
    from hpybc.loader import compilation  # whose import takes long, and only where it is needed

    if group.belongs():
        image.told(linker)
    return compilation.made(recipe).packed()


def _usable() -> bool:
    from hpybc.jit.target import usable

    return usable()


def _check(made: Made, recipe: Recipe) -> None:
    """Raises UndefinedSymbolError unless this process has what the one that made it lacks.

    A program may have loaded a library for all to see, and whoever hosts an interpreter may have
    all kinds of functions. Where nobody can be asked, the dynamic linker says what it lacks.
    """
    if not _usable():
        return
    from hpybc.jit import runtime, symbols

    extension = recipe.extension
    libraries = [runtime.named(name, extension.runpath) for name in extension.libraries]
    lacking = symbols.missing([name.decode() for name in made.lacking], libraries)
    if lacking:
        raise undefined_symbols(lacking)


def _check_interpreter(extension: Extension) -> None:
    """What includes Python.h has the layout of that interpreter's objects compiled in.

    The limited API (PEP 384) has one layout, from the version that was asked for on.
    """
    bound = extension.python
    if bound is None:
        return
    from hpybc.loader.manifest import LIMITED

    running = f"{sys.version_info[0]}.{sys.version_info[1]}{sys.abiflags}"
    if not bound.startswith(LIMITED):
        found, fits = f"Python {bound}", bound == running
    else:
        # Without a GIL objects have another layout.
        number = int(bound.removeprefix(LIMITED), 16)
        first = (number >> 24, (number >> 16) & 0xFF)
        found = f"the limited API of Python {first[0]}.{first[1]}, for that and later ones"
        fits = sys.version_info[:2] >= first and "t" not in sys.abiflags
    if not fits:
        raise InterpreterError(
            "the extension includes Python.h and is bound to the interpreter it was compiled for",
            found=found,
            needed=f"Python {running}",
            remedy="compile the source for this interpreter, or port it to HPy alone",
        )
