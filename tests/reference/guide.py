"""The porting guide's table: what HPy has in the place of each function of the C API."""

from __future__ import annotations

import re
from functools import cache

from reference import definitions

PAGE = definitions.ROOT / "docs" / "porting" / "functions.md"

_ROW = re.compile(r"^\| (`.*?) \| (.*?) \| ?(.*?) ?\|$", re.M)


@cache
def rows() -> list[tuple[str, str, str]]:
    """The cells of the table: names of the C API, names of HPy, and a note."""
    return [match.groups() for match in _ROW.finditer(text())]  # type: ignore[misc]


@cache
def text() -> str:
    """The page."""
    return PAGE.read_text(encoding="utf-8")


@cache
def twins() -> dict[str, list[str]]:
    """What a name of HPy takes the place of alone, with the notes, by that name."""
    found: dict[str, list[str]] = {}
    for c_api, hpy, note in rows():
        match = re.fullmatch(r"`(HPy\w*)`", hpy)
        if match is not None:
            # Links are relative to the guide.
            bare = re.sub(r"\[(.*?)\]\(.*?\)", r"\1", note)
            found.setdefault(match[1], []).append(f"{c_api} ({bare})" if bare else c_api)
    return found
