"""The environment chooses the mode of modules for which nobody gives one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hpybc.errors import UsageError
from hpybc.loader import modes
from hpybc.loader.modes import Modes, parsed


@pytest.mark.parametrize(
    ("value", "named", "others"),
    [
        ("debug", {}, "debug"),
        ("bag._bag:debug", {"bag._bag": "debug"}, "release"),
        ("bag._bag:debug, other:trace", {"bag._bag": "debug", "other": "trace"}, "release"),
        ("a:release,debug,", {"a": "release"}, "debug"),
        ("", {}, "release"),
    ],
)
def test_values(value: str, named: dict[str, str], others: str) -> None:
    assert parsed("HPYBC_MODE", value) == Modes("HPYBC_MODE", named, others)


def test_the_name_that_hpy_has_for_release() -> None:
    assert parsed("HPY", "a:universal,debug") == Modes("HPY", {"a": "release"}, "debug")
    with pytest.raises(UsageError, match="no such mode"):
        parsed("HPYBC_MODE", "universal")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("debgu", "no such mode"),
        ("bag:debgu", "no such mode"),
        ("bag:", "no such mode"),
        ("debug:bag", "no such mode"),
        (":debug", "not the name of a module"),
        ("a-b:debug", "not the name of a module"),
        ("a:b:debug", "not the name of a module"),
        ("debug,trace", "two modes"),
        ("a:debug,a:trace", "two modes"),
    ],
)
def test_wrong_values(value: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        parsed("HPY", value)
    assert "HPY: " in str(caught.value)


@pytest.fixture
def package(tmp_path: Path, answer: Callable[..., Path]) -> Path:
    """A folder with the package ``bag``: ``_bag`` has a stub, ``plain`` needs ``install``."""
    content = answer().read_bytes()
    (tmp_path / "bag").mkdir()
    (tmp_path / "bag" / "__init__.py").write_text("")
    (tmp_path / "bag" / "_bag.py").write_text('__import__("hpybc").replace_stub(__name__)\n')
    for name in ("_bag", "plain"):
        (tmp_path / "bag" / f"{name}.bc").write_bytes(content)
    return tmp_path


CODE = """
import sys; sys.path.insert(0, "."); import hpybc; hpybc.install(*{install})
import bag._bag, bag.plain
alone = hpybc.load("bag/plain.bc", name="bag.alone", mode="trace")
print(*(m.__spec__.loader.mode for m in (bag._bag, bag.plain, alone)), alone.answer())
"""


def run(folder: Path, *install: str, **variables: str) -> tuple[str, str]:
    """What the program prints, and what it says on stderr."""
    clean = {k: v for k, v in os.environ.items() if k not in modes.VARIABLES}
    done = subprocess.run(
        (sys.executable, "-c", CODE.format(install=install)),
        cwd=folder, env={**clean, **variables}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    return done.stdout.rstrip("\n"), done.stderr


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "release release trace 42"),
        ({"HPYBC_MODE": "debug"}, "debug debug trace 42"),
        ({"HPY": "debug"}, "debug debug trace 42"),
        ({"HPY": "debug", "HPYBC_MODE": "release"}, "release release trace 42"),
        ({"HPY": "debug", "HPYBC_MODE": ""}, "debug debug trace 42"),
        ({"HPYBC_MODE": "bag._bag:debug"}, "debug release trace 42"),
        ({"HPYBC_MODE": "bag._bag:debug,trace"}, "debug trace trace 42"),
    ],
)
def test_modules_are_loaded_in_it(package: Path, variables: dict[str, str], expected: str) -> None:
    assert run(package, **variables) == (expected, "")


def test_what_the_program_says_counts(package: Path) -> None:
    out, error = run(package, "trace", HPYBC_MODE="bag.plain:debug,bag._bag:debug")
    assert out == "debug trace trace 42"
    assert error == (
        "hpybc: HPYBC_MODE names bag.plain, which this process did not load; it loaded bag._bag\n"
    )


def test_a_name_that_is_never_loaded_is_said(package: Path) -> None:
    out, error = run(package, HPY="bag.bag:debug,_bag:trace")
    assert out == "release release trace 42"
    assert error == (
        "hpybc: HPY names _bag, bag.bag, which this process did not load; "
        "it loaded bag._bag, bag.plain\n"
    )


def test_an_unknown_mode_is_said_at_the_first_load(package: Path) -> None:
    out, error = run(package, HPYBC_MODE="bag._bag:debgu")
    assert out == ""
    assert "found:   HPYBC_MODE: bag._bag:debgu" in error
    assert "needed:  release or debug or trace" in error
