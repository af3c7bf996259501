"""Where debug mode says that something was opened, closed or used."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from types import CodeType
from typing import Any, NamedTuple

from hpybc.debug import _module
from hpybc.debug.lines import Line, can_read, code_of_object, content, lines_at, short
from hpybc.loader import loading


class Site(NamedTuple):
    """Where something was opened, closed or used, as debug mode remembers it.

    Attributes:
        api: the API function that was called; None where the extension's is called or returns.
        frames: return addresses, innermost first.
        code, offset: the Python code that called, and the offset in it; None if that is unknown.
    """

    api: str | None
    frames: list[int]
    code: CodeType | None
    offset: int

    @classmethod
    def of(cls, given: tuple[Any, ...] | None) -> Site | None:
        """A site as the state of debug mode gives it."""
        return None if given is None else cls(*given)

    def caller(self) -> str:
        """The line of Python that called, ``test.py:3 in test``; empty if it is unknown."""
        if self.code is None:
            return ""
        for start, end, line in self.code.co_lines():
            if start <= self.offset < end and line is not None:
                return f"{short(self.code.co_filename)}:{line} in {self.code.co_name}"
        return f"{short(self.code.co_filename)} in {self.code.co_name}"

    def lines(self) -> list[Line]:
        """The lines of the extension, innermost first; none if they are unknown."""
        written = filter(lambda line: line.is_written, self._every_line())
        # A constructor in C++ is two functions of the same name, of which one calls the other.
        return [next(same) for _, same in groupby(written, lambda line: (line.file, line.function))]

    def called(self) -> str | None:
        """The API function as the extension names it: one in hpybc's headers may call another."""
        name = self.api
        for line in self._every_line():
            if line.is_written:
                break
            name = line.function.lstrip("_")
        return name

    def _every_line(self) -> Iterator[Line]:
        for address in self.frames:
            found = _image_at(address)
            if found is not None:
                yield from lines_at(*found)

    def lacking(self) -> str:
        """What it takes to know lines of the extension; empty if that cannot be said."""
        images = [found[0] for found in map(_image_at, self.frames) if found is not None]
        contents = list(map(content, images))
        if not all(contents):
            return "load it again: what was compiled of it has gone from the cache"
        has_lines = all(b".debug_line" in each for each in contents)
        wanted = [] if has_lines else ["compile it with -g"]
        # Where an image in memory lies, pyelftools finds out: so there may be none yet.
        if self.frames and not can_read():
            wanted.append("pip install 'hpybc[debug]'")
        return ", and ".join(wanted)


def _image_at(address: int) -> tuple[loading.Image, int] | None:
    """The image that has the code before a return address, and where in the image that is."""
    loaded = _module._image(address)
    for image in reversed(loading.debugged):
        if loaded is not None and image.place == loaded[0]:
            return image, address - loaded[1] - 1
        if loaded is None and isinstance(image.place, int):
            entry, size = code_of_object(image)
            begin = image.place - entry
            if begin <= address - 1 < begin + size:
                return image, address - begin - 1
    return None
