"""The page of environment variables, and which variables the sources read."""

from __future__ import annotations

import re
import subprocess

from reference import definitions
from reference.facts import load

#: How Python, C and shell ask for a variable by name; and names that are hpybc's own, however it is
#: asked for, which a header's guard is not.
_READ = re.compile(r"""(?:environ\.get\(|environ\[|getenv\()["'](\w+)["']|\$\{(\w+):-""")
_OWN = re.compile(r"\b(HPYBC_(?!CONTEXT_)[A-Z_]+(?<!_H))\b")
_SOURCES = (".py", ".c", ".h", ".cpp", ".ci/run")


def read() -> set[str]:
    """The environment variables that any source in the repository names to read it."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=definitions.ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    found: set[str] = set()
    for name in listed:
        if name.endswith(_SOURCES):
            text = (definitions.ROOT / name).read_text(encoding="utf-8")
            names = {word for groups in _READ.findall(text) for word in groups if word}
            if name.startswith("tests/"):  # which set variables for programs that they start
                names = {word for word in names if word.startswith("HPYBC_")}
            else:
                names |= set(_OWN.findall(text))
            found |= names
    return found


def page() -> str:
    """The text of the page."""
    rows = [
        f"| `{name}` | {said['does']} | {said['who']} |\n"
        for name, said in load()["environment"].items()
    ]
    head = load()["environment_page"]["intro"]
    return f"{head}\n| variable | meaning | who reads it |\n|---|---|---|\n{''.join(rows)}"
