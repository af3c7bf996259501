"""Applications that carry their own Python, as docs/frozen.md makes them."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import zipapp
from collections.abc import Callable
from pathlib import Path

import pytest

import hpybc
from hpybc import cli
from hpybc.toolchain.compile import Options

ROOT = Path(__file__).parent.parent.parent
DOCUMENTATION = (ROOT / "docs" / "frozen.md").read_text(encoding="utf-8")

#: Each process that the application starts, itself again for one, writes a line.
APPLICATION = """
import os, sys
with open(os.environ["STARTED"], "a") as file:
    print(*sys.argv[1:], file=file)
"""


def command(name: str) -> list[str]:
    (text,) = re.findall(rf"^{name} .*?[^\\]$", DOCUMENTATION, re.M | re.S)
    return shlex.split(text.replace("\\\n", ""))


@pytest.fixture(scope="module")
def project(compiled: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project of the page: a package with an extension, and a program."""
    folder = tmp_path_factory.mktemp("frozen")
    package = folder / "shapes"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "point.py").write_text('__import__("hpybc").replace_stub(__name__)\n')
    (package / "point.bc").write_bytes(compiled(ROOT / "examples" / "point.c").read_bytes())
    (source,) = re.findall(r"^```python\n(.*?)^```$", DOCUMENTATION, re.M | re.S)
    (folder / "app.py").write_text(APPLICATION + source)
    return folder


def run(folder: Path, program: list[str], **variables: str) -> str:
    """What the application prints; it starts no process that is the application again."""
    started = folder / "started"
    started.write_text("")
    done = subprocess.run(
        program,
        env={"PATH": os.environ["PATH"], "STARTED": str(started), **variables},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert started.read_text() == "\n"
    return done.stdout


@pytest.mark.long
@pytest.mark.skipif(sys.version_info >= (3, 14), reason="PyInstaller has to know the interpreter")
def test_pyinstaller(project: Path, tmp_path: Path) -> None:
    """Without an image it compiles once; with one it needs no place to write to."""
    freeze, *options = command("pyinstaller")
    tool = os.path.join(sysconfig.get_path("scripts"), freeze)
    places = [f"--{kind}path={tmp_path / kind}" for kind in ("dist", "work", "spec")]
    llvmlite = ["--hidden-import", "llvmlite.binding"]
    assert "--hidden-import llvmlite.binding" in DOCUMENTATION
    subprocess.run(
        [tool, "--noconfirm", "--log-level=WARN", *places, *llvmlite, *options],
        cwd=project,
        # PyInstaller does not follow editable installations, as that of hpybc here may be.
        env={**os.environ, "PYTHONPATH": f"{project}:{Path(hpybc.__file__).parent.parent}"},
        check=True,
        timeout=600,
    )
    program = tmp_path / "dist" / "app" / "app"
    cache = tmp_path / "cache"
    for _ in range(2):
        assert run(tmp_path, [str(program)], HPYBC_CACHE_DIR=str(cache)) == "5.0\n"
        (image,) = cache.iterdir()
        assert "-." not in image.name  # it says who has built it
    (file,) = (tmp_path / "dist").glob("app/_internal/shapes/point.bc")
    assert cli.main(["prebuild", str(file)]) == 0
    other = tmp_path / "other"
    assert run(tmp_path, [str(program)], HPYBC_CACHE_DIR=str(other)) == "5.0\n"
    assert not other.exists()


def archived(project: Path, folder: Path, *, image: bool) -> Path:
    """The folder ``build`` of the page, where the extension has an image or has not."""
    build = folder / "build"
    shutil.copytree(project, build)
    ignored = shutil.ignore_patterns("__pycache__", "toolchain")
    shutil.copytree(Path(hpybc.__file__).parent, build / "hpybc", ignore=ignored)
    if image:
        assert cli.main(["prebuild", str(build / "shapes" / "point.bc")]) == 0
    return folder


@pytest.mark.long
@pytest.mark.skipif(sys.version_info >= (3, 14), reason="shiv and pex have to know the interpreter")
@pytest.mark.parametrize("image", [True, False], ids=["with an image", "without"])
@pytest.mark.parametrize("name", ["shiv", "pex"])
def test_archives_that_unpack_themselves(
    name: str, image: bool, project: Path, tmp_path: Path
) -> None:
    """With an image they need nothing but an interpreter, without one llvmlite."""
    tool, *options = command(name)
    archive = options[-1]
    roots = {f"{each.upper()}_ROOT": str(tmp_path / "root") for each in ("shiv", "pex")}
    making = [os.path.join(sysconfig.get_path("scripts"), tool), *options]
    folder = archived(project, tmp_path, image=image)
    subprocess.run(making, cwd=folder, env={**os.environ, **roots}, check=True)
    plain = os.path.join(sys.base_prefix, "bin", f"python{sys.version_info[0]}")
    python = plain if image else sys.executable
    assert "--inherit-path=fallback" in DOCUMENTATION
    cache = tmp_path / "cache"
    variables = {**roots, "PEX_INHERIT_PATH": "fallback", "HPYBC_CACHE_DIR": str(cache)}
    for _ in range(2):
        assert run(tmp_path, [python, str(folder / archive)], **variables) == "5.0\n"
        assert cache.exists() != image
    assert image or len(list(cache.iterdir())) == 1


def test_zipapp(project: Path, tmp_path: Path) -> None:
    """The extension is in the archive, hpybc outside."""
    archive, cache = tmp_path / "app.pyz", tmp_path / "cache"
    zipapp.create_archive(project, archive, main="app:main")
    for _ in range(2):
        program = [sys.executable, "-I", str(archive)]
        assert run(tmp_path, program, HPYBC_CACHE_DIR=str(cache)) == "5.0\n"
        assert len(list(cache.iterdir())) == 1


def test_raw_bitcode_is_refused(project: Path, tmp_path: Path) -> None:
    """Where no other process can compile it. The program is not started again."""
    from hpybc.loader import extension

    path = project / "shapes" / "point.bc"
    raw = tmp_path / "raw.bc"
    raw.write_bytes(extension.Extension(path.read_bytes(), str(path)).payload)
    code = f"""{APPLICATION}
import hpybc
sys.frozen = True
try:
    hpybc.load({str(raw)!r}, name="point")
except hpybc.LoadError as error:
    print(type(error).__name__, "hpybc compile" in error.remedy)
"""
    program = [sys.executable, "-I", "-c", code]
    assert run(tmp_path, program, HPYBC_CACHE_DIR=str(tmp_path)) == "BuildProcessError True\n"


def test_hpybc_in_an_archive(project: Path, compiled: Callable[..., Path], tmp_path: Path) -> None:
    """It says what to do; a file outside that has an image loads."""
    folder = tmp_path / "archive"
    (folder / "hpybc").mkdir(parents=True)
    own = Path(hpybc.__file__).parent
    for source in [*own.glob("*.py"), *own.glob("*/*.py")]:
        target = folder / "hpybc" / source.relative_to(own)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(source.read_bytes())
    (folder / "__main__.py").write_text(
        f"""{APPLICATION}
import hpybc
try:
    print(hpybc.load(sys.argv[1]).answer())
except hpybc.LoadError as error:
    print(type(error).__name__, "archive" in error.found, "prebuild" in error.remedy)
"""
    )
    archive = tmp_path / "app.pyz"
    zipapp.create_archive(folder, archive)
    file = tmp_path / "answer.bc"
    answer = ROOT / "tests" / "loader" / "answer.c"
    file.write_bytes(compiled(answer, Options()).read_bytes())

    def output() -> str:
        done = subprocess.run(
            [sys.executable, "-I", str(archive), str(file)],
            env={"PATH": os.environ["PATH"], "STARTED": os.devnull, "HOME": "/dev/null/home"},
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    assert output() == "ContextMissingError True True\n"
    assert cli.main(["prebuild", str(file)]) == 0
    assert output() == "42\n"
