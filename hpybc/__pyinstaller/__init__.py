"""What PyInstaller needs to know of hpybc; it finds this by the entry point ``pyinstaller40``."""

from __future__ import annotations

import os


def get_hook_dirs() -> list[str]:
    """The folder of the hooks."""
    return [os.path.dirname(__file__)]
