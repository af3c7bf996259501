"""What a process has mapped, and how much it may: images are never unmapped."""

from __future__ import annotations

from typing import NamedTuple

#: Of the limit, from which a service should be told: what is left is enough to end in order.
_NEARLY = 0.75

_warned = False


class Mappings(NamedTuple):
    """Parts of this process's address space.

    Attributes:
        used: how many there are, of images and of everything else.
        limit: how many the system allows (``vm.max_map_count``); None if it does not say.
    """

    used: int
    limit: int | None


def mappings() -> Mappings:
    """Those of this process now; none are known where there is no /proc."""
    try:
        with open("/proc/self/maps", "rb") as file:
            used = sum(1 for _ in file)
        with open("/proc/sys/vm/max_map_count", "rb") as file:
            limit = int(file.read())
    except (OSError, ValueError):
        return Mappings(0, None)
    return Mappings(used, limit)


def nearly_all() -> bool:
    """Whether the limit is near."""
    used, limit = mappings()
    return limit is not None and used >= _NEARLY * limit


def warn(images: int) -> None:
    """Warns once in a process, by the logger ``hpybc``, if the limit is near.

    Args:
        images: how many images hpybc has loaded.
    """
    global _warned
    if _warned or not nearly_all():
        return
    _warned = True
    import logging

    used, limit = mappings()
    logging.getLogger("hpybc").warning(
        "%d of %d mappings that a process may have are in use, after %d modules from bitcode; "
        "none of their images is ever unmapped: load each file once, start new processes in time, "
        "or raise vm.max_map_count",
        used,
        limit,
        images,
    )
