"""The command that sets up interpreters, as far as it goes without a mirror."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import interpreters
import pytest

COMMAND = Path(__file__).with_name("interpreters.py")


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The command, in a process whose environment is ``variables`` alone."""
    command = [sys.executable, "-I", str(COMMAND), *arguments]
    return subprocess.run(command, env=variables, capture_output=True, text=True)


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "3.14").mkdir()
    (tmp_path / "3.13t").mkdir()
    (tmp_path / "3.14" / "complete").touch()
    (tmp_path / "3.13t" / "complete").touch()
    done = run("3.14", "3.13t", "--prefix", str(tmp_path), PATH="")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"{tmp_path}/3.14/usr/bin/python3.14",
        f"{tmp_path}/3.13t/bin/python3.13t",
    ]


def test_another_system(tmp_path: Path) -> None:
    done = run("3.14", "--prefix", str(tmp_path), PATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert "interpreters: this is no Debian system: it lacks apt-get" in done.stderr


def test_a_step_that_fails(tmp_path: Path) -> None:
    """apt is there and knows no mirror; the message says which command failed, and how."""
    apt = tmp_path / "apt-get"
    apt.write_text("#!/bin/sh\necho the index is broken >&2\nexit 100\n")
    apt.chmod(0o755)
    folder = tmp_path / "prefix"
    code = f"""
import interpreters
interpreters.KEYRING = {str(apt)!r}
try:
    interpreters.interpreter("3.15", {str(folder)!r})
except interpreters.SetupError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": str(tmp_path), "PYTHONPATH": str(COMMAND.parent)},
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith("this failed: apt-get indextargets")
    assert "the index is broken" in done.stdout
    assert not (folder / "3.15" / "complete").exists()


def test_unknown_version() -> None:
    done = run("2.7", PATH="")
    assert done.returncode == 2
    assert "invalid choice: '2.7'" in done.stderr


@pytest.mark.parametrize("variable", ["XDG_CACHE_HOME", None])
def test_default_prefix(
    variable: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    expected = tmp_path / ".cache"
    if variable is not None:
        expected = tmp_path / "elsewhere"
        monkeypatch.setenv(variable, str(expected))
    assert interpreters.default_prefix() == str(expected / "hpybc-interpreters")
