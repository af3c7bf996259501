"""What debug mode says of handles that leak, and of what is used when it is closed."""

from __future__ import annotations

import reprlib
from collections.abc import Iterator
from itertools import islice
from typing import Any

from hpybc.debug.site import Site

#: Up to how many leaks are all shown. Of more, how many places, and how many values of each.
_ALL, _PLACES, _OF_EACH = 10, 4, 3

_reprs = reprlib.Repr()
_reprs.maxstring = _reprs.maxother = _reprs.maxlong = 60


def leaks(handles: list[Any]) -> str:
    """The report of handles that leak, of which the newest is the last."""
    n = len(handles)
    head = f"{n} unclosed handle{'s' if n != 1 else ''}:"
    return "\n    ".join([head, *_by_place(handles[::-1])])


def _by_place(handles: list[Any]) -> Iterator[str]:
    """Handles, the newest first, by the place that opened them."""
    places: dict[str, list[tuple[Any, str]]] = {}
    lacking = ""
    for handle in handles:
        site = Site.of(handle._opened)
        place, caller = _place(site, "opened"), _caller(site)
        if not (site and site.lines()):  # then the line of Python is all there is
            place, caller = place + caller, ""
            lacking = lacking or _lacking(site)
        places.setdefault(place, []).append((handle, caller))
    everything = len(handles) <= _ALL
    for place, those in islice(places.items(), None if everything else _PLACES):
        yield f"{len(those)} handle{'s' if len(those) != 1 else ''} {place}"
        shown = those if everything else those[:_OF_EACH]
        for handle, caller in shown:
            yield f"    {_value(handle.obj)}{caller}"
            yield from (f"        {line}" for line in handle.stack_trace.splitlines())
        if len(those) > len(shown):
            yield f"    and {len(those) - len(shown)} more"
    if len(places) > _PLACES and not everything:
        others = list(places.values())[_PLACES:]
        yield f"{sum(map(len, others))} opened at {len(others)} other places"
    if lacking:
        yield lacking


def invalid(
    message: str, what: str | None, objects: tuple[Any, ...], *places: tuple[Any, ...] | None
) -> str:
    """The report of the use of something that is closed, or of the wrong kind.

    Args:
        message: the first line.
        what: what has been used: a handle, constant, builder or context, or nothing like that.
        objects: what the handle stands for, if that is known.
        places: where it was opened, closed and used; None where nobody knows.
    """
    lines = [message, *(f"    {what}: {_value(value)}" for value in objects)]
    lacking = ""
    for verb, place in zip(("opened", "closed", "used"), places, strict=True):
        site = Site.of(place)
        if site is not None:
            lines.append(f"    {_place(site, verb)}{_caller(site)}")
            lacking = lacking or ("" if site.lines() else _lacking(site))
    if lacking:
        lines.append(f"    {lacking}")
    return "\n".join(lines) + "\n"


#: How something happens as the extension's function is called, or returns.
_AROUND = {"opened": "as an argument of", "closed": "at the end of", "used": "at the end of"}


def _place(site: Site | None, verb: str) -> str:
    """Where something was opened, closed or used, in the extension."""
    if site is None:
        return verb
    lines = site.lines()
    if site.api is None:
        what = f"{lines[0].function} ({lines[0].place})" if lines else "a call"
        return f"{verb} {_AROUND[verb]} {what}"
    at = ", from ".join(map(str, lines))
    return f"{verb} at {at}, by {site.called()}" if lines else f"{verb} by {site.api}"


def _caller(site: Site | None) -> str:
    caller = "" if site is None else site.caller()
    return f", called from {caller}" if caller else ""


def _lacking(site: Site | None) -> str:
    """A hint how to get lines."""
    lacking = "" if site is None else site.lacking()
    return f"for lines of the extension: {lacking}" if lacking else ""


def _value(value: object) -> str:
    """The type of a value and its repr, which may be anybody's code."""
    kind = type(value).__name__
    try:
        text = " ".join(_reprs.repr(value).splitlines())
    except Exception as error:
        return f"{kind} whose repr raises {type(error).__name__}"
    return f"{kind} {text}"
