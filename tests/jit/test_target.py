"""How llvmlite is imported in a process that is there for one build."""

from __future__ import annotations

import subprocess
import sys

import pytest

#: Imports it, and prints whether it works and what else was imported for it.
CODE = """
import sys
from hpybc.jit import target
from hpybc.process import group
{prepared}
major = target.llvm_version()[0]
text = target.llvm().parse_assembly("define void @f() {{ ret void }}")
print(major >= 20, text.get_function("f").name, "importlib.resources" in sys.modules)
import importlib.resources
print(importlib.resources.files("hpybc").joinpath("py.typed").is_file())
"""


@pytest.mark.parametrize(
    ("prepared", "imported"),
    [
        ("group.belong()", False),
        ("", True),
        ("group.belong(); target._Resource = None", True),  # a llvmlite that asks for more
        ("group.belong(); target._Resource.__enter__ = lambda self: '/nowhere'", True),
    ],
)
def test_llvmlite_is_imported_without_what_takes_as_long(prepared: str, imported: bool) -> None:
    """In a process of its own, where that will do; whoever imports the rest later, has it."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", CODE.format(prepared=prepared)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"True f {imported}\nTrue\n"
