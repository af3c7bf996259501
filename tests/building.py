"""docs/building.md: a build system's files, and the commands that build with them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "building.md").read_text(encoding="utf-8")

#: Of each build system: its file, in the block before that of the commands.
BLOCKS = re.findall(r"^```(python|meson|cmake)\n(.*?)^```$.*?^```sh\n(.*?)^```$", TEXT, re.M | re.S)
FILES = {"python": "setup.py", "meson": "meson.build", "cmake": "CMakeLists.txt"}


def build(system: str, folder: Path) -> None:
    """Does in ``folder`` what docs/building.md says for ``system``, with examples/quickstart.c."""
    ((text, commands),) = [block[1:] for block in BLOCKS if block[0] == system]
    (folder / FILES[system]).write_text(text)
    shutil.copy(ROOT / "examples" / "quickstart.c", folder)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    own = {name: value for name, value in os.environ.items() if name not in ("CFLAGS", "LDFLAGS")}
    done = subprocess.run(
        ["sh", "-e", "-c", commands],
        cwd=folder, env={**own, "PATH": path}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def imported(folder: Path, *, bitcode: bool) -> str:
    """The file of the module that is imported from ``folder``, once it has added two numbers."""
    code = (
        "import sys\n"
        f"sys.path.insert(0, {str(folder)!r})\n"
        f"if {bitcode}: import hpybc; hpybc.install()\n"
        "import quickstart\n"
        "assert quickstart.add(1, 2) == 3\n"
        "print(quickstart.__file__)"
    )
    command = [sys.executable, "-I", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
