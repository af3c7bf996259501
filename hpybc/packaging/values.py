"""What the settings of a module may be: one function reads each kind of value.

Each has the value as TOML gives it, the file and the place in it, and returns what an ``ExtModule``
has. It raises UsageError, which names these, if the value is of another type.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hpybc.errors import UsageError


def wrong(path: str, place: str, found: object, needed: str) -> UsageError:
    return UsageError(
        f"{place} has a value of another type",
        path=path,
        found=repr(found),
        needed=needed,
        remedy="correct it",
    )


def table(value: object, path: str, place: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise wrong(path, place, value, "a table")
    return value


def name(value: object, path: str, place: str) -> str:
    name = value if isinstance(value, str) else ""
    if not all(part.isidentifier() for part in name.split(".")):
        raise wrong(path, place, value, 'a module\'s whole name, such as "bag._bag"')
    return name


def strings(value: object, path: str, place: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise wrong(path, place, value, 'a list of strings, such as ["a", "b"]')
    return tuple(value)


def macros(value: object, path: str, place: str) -> tuple[tuple[str, str | None], ...]:
    needed = 'a list of macros, such as ["NDEBUG", "SIZE=8"] or [["SIZE", "8"]]'
    if not isinstance(value, list):
        raise wrong(path, place, value, needed)
    result: list[tuple[str, str | None]] = []
    for each in value:
        parts: Sequence[object] = each if isinstance(each, list) else [each]
        if not 1 <= len(parts) <= 2 or not all(isinstance(part, str) for part in parts):
            raise wrong(path, place, each, needed)
        name, *rest = map(str, parts)
        if not isinstance(each, list) and "=" in name:
            name, _, after = name.partition("=")
            rest = [after]
        result.append((name, rest[0] if rest else None))
    return tuple(result)


def language(value: object, path: str, place: str) -> str:
    if value not in ("c", "c++"):
        raise wrong(path, place, value, '"c" or "c++"')
    return str(value)


def interpreters(value: object, path: str, place: str) -> bool | tuple[str, ...]:
    if isinstance(value, bool):
        return value
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise wrong(path, place, value, 'true, or a list such as ["3.11", "/opt/py313/bin/python"]')
    return tuple(value)


def flag(value: object, path: str, place: str) -> bool:
    if not isinstance(value, bool):
        raise wrong(path, place, value, "true or false")
    return value
