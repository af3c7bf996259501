"""What was meant by a name that is wrong: the closest one that is right."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable


def name(wrong: str, right: Iterable[str]) -> str | None:
    """The one of ``right`` that is most like ``wrong``, or None if none is like it."""
    return next(iter(difflib.get_close_matches(wrong, [*right], n=1)), None)


def file(path: str) -> str | None:
    """The file that is most like ``path``, which does not exist, or None if none is like it.

    Of a path one part may be wrong: a folder, if what follows is in the folder that was meant.
    """
    folder, wrong = os.path.split(path)
    if folder and not os.path.isdir(folder):
        meant = file(folder)
        found = None if meant is None else os.path.join(meant, wrong)
        return found if found is not None and os.path.exists(found) else None
    try:
        names = sorted(os.listdir(folder or "."))
    except OSError:
        return None
    found = name(wrong, names)
    return None if found is None else os.path.join(folder, found)
