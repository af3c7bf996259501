"""Finding clang: the order of the places, and why one is not taken."""

from __future__ import annotations

import importlib.util
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hpybc import errors
from hpybc.jit import identity, target
from hpybc.toolchain import clang


@pytest.fixture(autouse=True)
def anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Candidates are looked for again, on a PATH without any."""
    monkeypatch.delenv("HPYBC_CLANG", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    clang.candidates.cache_clear()
    yield
    clang.candidates.cache_clear()


@pytest.fixture
def no_ziglang(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if ziglang were not installed."""
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "ziglang" else find(name)
    )


Fake = Callable[..., Path]

NEWER = f"{target.llvm_version()[0] + 1}.0.0"


def test_ziglang_is_the_last_resort() -> None:
    """What `pip install hpybc[compiler]` installs."""
    path, zig = clang.candidates()
    assert (path.where, path.clang, path.reason) == ("PATH", None, "no clang")
    assert zig.where == "ziglang" and zig.clang is not None
    found = clang.find()
    assert found is zig.clang
    assert found.origin == "ziglang"
    assert Path(found.c[0]).name == "zig"
    assert (found.c[1], found.cxx[1]) == ("clang", "clang")
    assert f"--target={identity.architecture()}-linux-gnu" in found.c
    assert "-D__GLIBC_MINOR__=17" in found.c  # the oldest C library to run on


def test_clang_on_path_comes_before_ziglang(fake: Fake) -> None:
    """A distribution's own, as long as llvmlite reads what it writes."""
    file = fake("clang", f"{target.llvm_version()[0]}.1.2")
    found = clang.find()
    assert found.c == (str(file), f"--target={identity.architecture()}-linux-gnu")
    assert found.cxx[:2] == (str(file), "--driver-mode=g++")
    assert found.version == f"{target.llvm_version()[0]}.1.2"
    assert found.origin == "clang on PATH"


@pytest.mark.parametrize("version", ["15.0.0", "18.1.3", "22.1.8"])
def test_versions_that_are_taken(version: str, fake: Fake) -> None:
    """From the first without typed pointers to llvmlite's own."""
    fake("clang", version)
    assert clang.find().version == version


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        (NEWER, f"clang {NEWER} is newer than llvmlite's LLVM {target.llvm_version()[0]}"),
        ("14.0.6", "clang 14.0.6 is older than 15"),
        ("3.9.1", "clang 3.9.1 is older than 15"),
    ],
)
def test_versions_that_are_passed_over(version: str, reason: str, fake: Fake) -> None:
    """The next place is tried, and the reason kept."""
    fake("clang", version)
    path, zig = clang.candidates()
    assert (path.clang, path.reason) == (None, reason)
    assert clang.find() is zig.clang


@pytest.mark.parametrize(
    "text",
    ["exit 1", "echo gcc 12", "echo 'clang version 22.1.0'; exit 1", "kill $$", "exec /absent"],
)
def test_clang_that_does_not_work(text: str, fake: Fake) -> None:
    """Whatever it says."""
    file = fake("clang", "22.1.0")
    file.write_text(f"#!/bin/sh\n{text} 2>/dev/null\n")
    path, zig = clang.candidates()
    assert path.clang is None
    assert path.reason == f"'{file}' is not a clang that runs"
    assert clang.find() is zig.clang


def test_clang_that_cannot_be_executed(fake: Fake) -> None:
    """Executable by its permissions and not by its content."""
    fake("clang", "22.1.0").write_bytes(b"\x7fELFand nothing else")
    assert "is not a clang that runs" in clang.candidates()[0].reason


def test_clang_that_prints_no_text(fake: Fake) -> None:
    """Bytes that are no UTF-8 are no reason to fail."""
    file = fake("clang", "22.1.0")
    file.write_text("#!/bin/sh\nprintf '\\377\\376'\n")
    assert "is not a clang that runs" in clang.candidates()[0].reason


def test_variable_is_the_only_place(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the user asked for, or an error; nothing in its stead."""
    fake("clang", "20.0.0")
    own = fake("own clang", "21.0.0")
    monkeypatch.setenv("HPYBC_CLANG", f"'{own}' -march=x86-64-v3")
    (only,) = clang.candidates()
    assert only.where == "$HPYBC_CLANG"
    found = clang.find()
    assert found.c[:2] == (str(own), "-march=x86-64-v3")
    assert found.version == "21.0.0"
    assert found.origin == "clang on $HPYBC_CLANG"


@pytest.mark.parametrize("value", ["/absent/clang", "false", "clang-99", "'unbalanced", "  "])
def test_variable_that_names_no_clang(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says so, though ziglang is there."""
    monkeypatch.setenv("HPYBC_CLANG", value)
    with pytest.raises(errors.CompilerNotFoundError) as caught:
        clang.find()
    assert "$HPYBC_CLANG" in caught.value.found
    assert "ziglang" not in caught.value.found


def test_variable_that_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if it were not set."""
    monkeypatch.setenv("HPYBC_CLANG", "")
    assert clang.find().origin == "ziglang"


def test_no_clang_at_all(no_ziglang: None, fake: Fake) -> None:
    """Each place, with its reason, and what to install."""
    fake("clang", NEWER)
    with pytest.raises(errors.CompilerNotFoundError) as caught:
        clang.find()
    newest = target.llvm_version()[0]
    assert caught.value.found == (
        f"PATH: clang {NEWER} is newer than llvmlite's LLVM {newest}; ziglang: not installed"
    )
    assert caught.value.needed == f"clang 15 to {newest}, the LLVM in llvmlite"
    assert "hpybc[compiler]" in caught.value.remedy
    assert not isinstance(caught.value, ImportError)


def test_command_of_a_source(fake: Fake) -> None:
    """C or C++ by its suffix, with the options every compilation has."""
    fake("clang", "20.0.0")
    found = clang.find()
    for source, driver in (("a.c", found.c), ("a.cpp", found.cxx), ("a.C", found.cxx)):
        command = found.command(source)
        assert command[: len(driver)] == driver
        assert {"-c", "-emit-llvm", "-fPIC"} <= set(command)


def test_candidates_are_looked_for_once(fake: Fake) -> None:
    """Starting a clang takes longer than compiling a small file."""
    first = clang.find()
    fake("clang", "20.0.0")
    assert clang.find() is first


def test_ziglang_compiles() -> None:
    """The version is the one its own clang gives."""
    found = clang.find()
    said = subprocess.run(
        [found.c[0], "clang", "--version"], capture_output=True, text=True, check=True
    )
    assert f"clang version {found.version}" in said.stdout


def test_cplusplus_prefers_a_library_to_link_in(fake: Fake) -> None:
    """ziglang's goes before one on PATH, which would leave the standard library undefined."""
    fake("clang", "20.0.0")
    assert clang.find().origin == "clang on PATH"
    found = clang.find(cxx=True)
    assert found.origin == "ziglang"
    assert found.libraries is not None
    assert Path(found.libraries, "libcxx", "src", "string.cpp").exists()


def test_cplusplus_without_ziglang(no_ziglang: None, fake: Fake) -> None:
    """Better without a library than not at all."""
    fake("clang", "20.0.0")
    assert clang.find(cxx=True).origin == "clang on PATH"
    assert clang.find(cxx=True).libraries is None


def test_cplusplus_with_the_variable(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the user asked for."""
    monkeypatch.setenv("HPYBC_CLANG", str(fake("own", "20.0.0")))
    assert clang.find(cxx=True).origin == "clang on $HPYBC_CLANG"
