"""``hpybc cache``: what is in the cache of images, and what is to stay there."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from datetime import datetime

from hpybc.cache import store, upkeep
from hpybc.cache.upkeep import Entry


def info(options: argparse.Namespace) -> int:
    """Where it is, and how large."""
    folder = store.folder()
    usable = store.trusted(folder, create=False) is not None
    sizes = [entry.size for entry in upkeep.entries(folder)]
    size, limit = sum(sizes), upkeep.limit()
    shared = upkeep.shared(folder)
    if options.json:
        found = {"folder": folder, "usable": usable, "files": len(sizes)}
        libraries = [os.path.join(store.home(), entry.name) for entry in shared]
        print(json.dumps({**found, "size": size, "limit": limit, "shared": libraries}, indent=2))
        return 0
    trust = "" if usable or not os.path.lexists(folder) else " (not used: see hpybc doctor)"
    print(f"folder: {folder or 'none: no home'}{trust}")
    print(f"files:  {len(sizes)}")
    print(f"size:   {_megabytes(size)} of {_megabytes(limit)}")
    if shared:
        size = sum(entry.size for entry in shared)
        print(f"shared: {_megabytes(size)} of C++ libraries in {store.home()}")
    return 0


def entries(options: argparse.Namespace) -> int:
    """What is in it, the most recently used first."""
    folder = store.folder()
    rows = [(entry, upkeep.label(folder, entry), False) for entry in upkeep.entries(folder)]
    home = store.home()
    rows += [(entry, upkeep.label(home, entry), True) for entry in upkeep.shared(folder)]
    if options.json:
        fields = ("name", "size", "used", "unfinished")
        found = [
            {**{field: getattr(entry, field) for field in fields}, "label": label, "shared": shared}
            for entry, label, shared in rows
        ]
        print(json.dumps(found, indent=2))
        return 0
    for entry, label, shared in rows:
        used = datetime.fromtimestamp(entry.used).strftime("%Y-%m-%d %H:%M")
        what = "unfinished" if entry.unfinished else "damaged" if label is None else label
        where = " (shared)" if shared else ""
        print(f"{entry.name[:12]}  {used}  {_megabytes(entry.size):>10}  {what}{where}")
    return 0


def clear(options: argparse.Namespace) -> int:
    """Removes all of it."""
    return _removed(upkeep.clear(store.folder()))


def prune(options: argparse.Namespace) -> int:
    """Removes what was used least recently."""
    return _removed(upkeep.prune(store.folder(), upkeep.limit(options.size)))


def _removed(entries: Sequence[Entry]) -> int:
    size = _megabytes(sum(entry.size for entry in entries))
    print(f"removed {len(entries)} files, {size}")
    if upkeep.shared(store.folder()):
        print(f"C++ libraries that all caches share stay in {store.home()}")
        print("unset HPYBC_CACHE_DIR to remove them too")
    return 0


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
