"""Programs that pretend to be clang."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def fake(tmp_path: Path) -> Callable[..., Path]:
    """fake(name, version, text) -> a script that says it is this clang, and else runs ``text``."""

    def make(name: str, version: str, text: str = "exit 1") -> Path:
        file = tmp_path / "bin" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(
            "#!/bin/sh\n"
            f'case "$*" in *--version) echo "Debian clang version {version} (1)"; exit 0;; esac\n'
            f"{text}\n"
        )
        file.chmod(0o755)
        return file

    return make
