"""An editable install compiles what has changed when it is imported."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hpybc.packaging import rebuild, stub

PYPROJECT = """
[build-system]
requires = ["setuptools>=77", "hpybc[compiler]"]
build-backend = "setuptools.build_meta"
[project]
name = "bag"
version = "1.0"
[tool.setuptools.packages.find]
where = ["src"]
[[tool.hpybc.ext-modules]]
name = "bag._bag"
sources = ["src/bag/_bag.c"]
define-macros = ["STEP=1"]
"""

SOURCE = """
#include "hpy.h"
#include "own.h"
HPyDef_METH(f, "f", HPyFunc_NOARGS)
static HPy f_impl(HPyContext *ctx, HPy self) { return HPyLong_FromLong(ctx, OWN + STEP); }
static HPyDef *defines[] = {&f, NULL};
static HPyModuleDef module = {.defines = defines};
HPy_MODINIT(_bag, module)
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that is installed as an editable one."""
    root = tmp_path_factory.mktemp("built") / "project"
    (root / "src" / "bag").mkdir(parents=True)
    (root / "src" / "bag" / "__init__.py").write_text("from bag._bag import f\n")
    (root / "src" / "bag" / "_bag.c").write_text(SOURCE)
    (root / "src" / "bag" / "own.h").write_text("#define OWN 40\n")
    (root / "pyproject.toml").write_text(PYPROJECT)
    code = "from setuptools.build_meta import build_editable as f; f('dist')"
    subprocess.run((sys.executable, "-I", "-c", code), cwd=root, check=True, capture_output=True)
    return root


@pytest.fixture
def project(built: Path, tmp_path: Path) -> Path:
    """A copy of it, as if it had been installed there."""
    root = tmp_path / "project"
    shutil.copytree(built, root)
    made = root / "src" / "bag" / "_bag.bc.made"
    made.write_text(made.read_text().replace(str(built), str(root)))
    return root


def value(project: Path, expression: str = "bag.f()") -> str:
    """What a new process prints that imports the package; or the end of what it says."""
    code = f"import sys; sys.path.insert(0, {str(project / 'src')!r}); import bag"
    done = subprocess.run(
        (sys.executable, "-I", "-c", f"{code}; print({expression})"),
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    return done.stdout.strip() or done.stderr


def edit(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))


def test_the_stub(project: Path) -> None:
    assert (project / "src" / "bag" / "_bag.py").read_text() == stub.EDITABLE
    assert value(project) == "41"


def test_a_changed_source(project: Path) -> None:
    edit(project / "src" / "bag" / "_bag.c", "OWN + STEP", "OWN * 2 + STEP")
    assert value(project) == "81"


def test_a_changed_header(project: Path) -> None:
    edit(project / "src" / "bag" / "own.h", "40", "50")
    assert value(project) == "51"


def test_changed_settings(project: Path) -> None:
    edit(project / "pyproject.toml", "STEP=1", "STEP=2")
    assert value(project) == "42"


def test_a_lost_bitcode_file(project: Path) -> None:
    (project / "src" / "bag" / "_bag.bc").unlink()
    assert value(project) == "41"


def test_an_error_is_an_importerror_until_it_is_mended(project: Path) -> None:
    """And the old module is not imported meanwhile."""
    source = project / "src" / "bag" / "_bag.c"
    edit(source, "OWN + STEP", "OWN + STEEP")
    for _ in range(2):
        said = value(project)
        assert "hpybc.errors.RebuildError" in said
        assert "bag._bag has changed and cannot be compiled" in said
        assert f"{source}:5:" in said and "undeclared identifier 'STEEP'" in said.split("found:")[1]
    caught = "try:\n import bag\nexcept ImportError as e:\n print(e.name, e.path)"
    code = f"import sys\nsys.path.insert(0, {str(project / 'src')!r})\n{caught}"
    done = subprocess.run((sys.executable, "-I", "-c", code), capture_output=True, text=True)
    assert done.stdout == f"bag._bag {source}\n"
    edit(source, "OWN + STEEP", "OWN + STEP + 1")
    assert value(project) == "42"


def test_a_lost_source(project: Path) -> None:
    (project / "src" / "bag" / "_bag.c").unlink()
    said = value(project)
    assert "RebuildError" in said and "no such file" in said and "_bag.c" in said


def test_a_module_that_is_not_in_the_settings_any_more(project: Path) -> None:
    edit(project / "pyproject.toml", '"bag._bag"', '"bag._other"')
    said = value(project)
    assert "no such module" in said and "bag._other" in said and "pip install -e ." in said


def test_without_a_compiler(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said, rather than the old module imported."""
    edit(project / "src" / "bag" / "own.h", "40", "50")
    monkeypatch.setenv("HPYBC_CLANG", "/no/such/clang")
    said = value(project)
    assert "RebuildError" in said and "/no/such/clang" in said


def test_times_alone_change_nothing(project: Path) -> None:
    """As in a copy of the tree: contents are compared, and the times then remembered."""
    bag = project / "src" / "bag"
    before = (bag / "_bag.bc").stat().st_mtime_ns
    os.utime(bag / "_bag.c", (1, 1))
    assert value(project) == "41"
    assert (bag / "_bag.bc").stat().st_mtime_ns == before
    assert "\n1000000000 " in (bag / "_bag.bc.made").read_text()


def test_an_unchanged_import_looks_at_files_alone(project: Path) -> None:
    """It imports nothing but the module that asks, and takes less than a millisecond."""
    name = "hpybc.packaging.rebuild"
    assert value(
        project, f"'{name}' in sys.modules, 'hpybc.packaging.settings' in sys.modules"
    ) == ("True False")
    stub_ = str(project / "src" / "bag" / "_bag.py")
    code = f"import time; from {name} import fresh; fresh({stub_!r}); best = 1\n"
    code += "for _ in range(20):\n"
    code += f" t = time.perf_counter(); fresh({stub_!r}); best = min(best, time.perf_counter() - t)"
    done = subprocess.run(
        (sys.executable, "-I", "-c", f"{code}\nprint(best)"), capture_output=True, text=True
    )
    assert float(done.stdout) < 0.001, done


def test_a_file_that_changes_during_the_build_counts_as_changed(tmp_path: Path) -> None:
    source = tmp_path / "a.c"
    source.write_text("1")
    bitcode = str(tmp_path / "a.bc")
    late = source.stat().st_mtime_ns
    rebuild.record(bitcode, str(tmp_path), "a", [str(source)], before=late - 1)
    assert Path(bitcode + rebuild.SUFFIX).read_text().splitlines()[2] == f"0 1 late {source}"
    rebuild.record(bitcode, str(tmp_path), "a", [str(source)], before=late)
    assert Path(bitcode + rebuild.SUFFIX).read_text().splitlines()[2].startswith(f"{late} 1 ")
