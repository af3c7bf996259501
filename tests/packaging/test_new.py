"""``hpybc new``: a project that passes its own tests."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from hpybc.errors import UsageError
from hpybc.packaging import new, settings


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "not the name of a package"),
        ("a-b", "not the name of a package"),
        ("a.b", "not the name of a package"),
        ("1a", "not the name of a package"),
        ("../up", "not the name of a package"),
        ("größe", "not the name of a package"),
        ("class", "a word of Python's own"),
        ("json", "standard library"),
    ],
)
def test_names(name: str, said: str, empty: Path) -> None:
    with pytest.raises(UsageError, match=said):
        new.create(name)
    assert list(empty.iterdir()) == []


def test_nothing_is_replaced(empty: Path) -> None:
    (empty / "shapes").write_text("mine")
    with pytest.raises(UsageError, match="a file"):
        new.create("shapes")
    (empty / "meshes").mkdir()
    (empty / "meshes" / "kept").write_text("mine")
    with pytest.raises(UsageError, match="files in it"):
        new.create("meshes")
    assert {path.name for path in empty.rglob("*")} == {"shapes", "meshes", "kept"}


@pytest.mark.parametrize("cxx", [False, True])
def test_files(cxx: bool, empty: Path) -> None:
    (empty / "shapes").mkdir()  # an empty folder, in which git may be
    new.create("shapes", cxx=cxx)
    files = {str(p.relative_to(empty / "shapes")) for p in empty.rglob("*") if p.is_file()}
    source = f"src/shapes/_shapes.{'cpp' if cxx else 'c'}"
    assert files == {
        *("pyproject.toml", "README.md", ".gitignore", source),
        *("src/shapes/__init__.py", "tests/test_shapes.py"),
    }
    (module,) = settings.read("shapes")
    assert (module.name, module.sources) == ("shapes._shapes", (str(empty / "shapes" / source),))
    assert not any("$" in (empty / "shapes" / file).read_text() for file in files)


@pytest.mark.long
@pytest.mark.parametrize("options", [(), ("--c++",)], ids=["C", "C++"])
def test_a_newcomer(options: tuple[str, ...], empty: Path) -> None:
    """From an empty folder to a wheel whose tests pass, by the commands of docs/deploying.md."""
    scripts = os.path.dirname(sys.executable)
    environment = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}

    def run(*command: str, folder: Path, path: str = "") -> str:
        done = subprocess.run(
            command, cwd=folder, env={**environment, "PYTHONPATH": path}, timeout=300, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout
        return done.stdout

    start = time.monotonic()
    run("hpybc", "new", "shapes", *options, folder=empty)
    project = empty / "shapes"
    wheel = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    run(*wheel, "-w", "dist", ".", folder=project)
    (made,) = (project / "dist").iterdir()
    assert made.name == "shapes-0.1.0-py3-none-manylinux_2_17_x86_64.whl"
    with zipfile.ZipFile(made) as archive:
        archive.extractall(empty / "site")
    names = {path.name for path in (empty / "site" / "shapes").iterdir()}
    assert names == {"__init__.py", "_shapes.py", "_shapes.pyi", "_shapes.bc"}
    tests = [sys.executable, "-P" if sys.version_info >= (3, 11) else "-s", "-m", "pytest", "-q"]
    said = run(*tests, "-p", "no:cacheprovider", folder=project, path=str(empty / "site"))
    assert "2 passed" in said
    print(f"from an empty folder to a tested wheel: {time.monotonic() - start:.1f} s")
