"""What hpybc is doing, for whoever asks: the loggers below ``hpybc``, and ``$HPYBC_LOG``."""

from __future__ import annotations

import os

from hpybc.errors import UsageError

LEVELS = ("debug", "info", "warning", "error")


def configure(default: str | None = None) -> None:
    """Has the loggers of hpybc write to stderr, at the level in ``$HPYBC_LOG`` or ``default``.

    Without either they stay as the program has them, and where the program handles what is logged
    it goes on doing so.

    Raises:
        UsageError: the variable names no level.
    """
    level = os.environ.get("HPYBC_LOG") or default
    if level is None:
        return
    if level.lower() not in LEVELS:
        raise UsageError(
            "no such level",
            found=f"HPYBC_LOG={level}",
            needed=" or ".join(LEVELS),
            remedy="unset the variable",
        )
    import logging  # which nobody else in a load needs

    logger = logging.getLogger("hpybc")
    logger.setLevel(level.upper())
    if not logger.hasHandlers():
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
        logger.addHandler(handler)
