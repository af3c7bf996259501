"""An editable install compiles what has changed when it is imported."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hpybc.packaging import record, stub
from hpybc.toolchain.clang import find
from tools.support import unprivileged

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
include-dirs = ["config", "include"]
extra-compile-args = ["-Ilate"]
"""

SOURCE = """
#include "hpy.h"
#include "own.h"
#include <far/far.h>
#if __has_include("local.h")
#include "local.h"
#endif
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
    (root / "late" / "far").mkdir(parents=True)
    (root / "late" / "far" / "far.h").write_text("#include <limits.h>\n")
    (root / "include").mkdir()
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


def command(project: Path, expression: str = "bag.f()") -> tuple[str, ...]:
    """What prints the expression, once it has imported the package."""
    code = f"import sys; sys.path.insert(0, {str(project / 'src')!r}); import bag"
    return (sys.executable, "-I", "-c", f"{code}; print({expression})")


def value(project: Path, expression: str = "bag.f()", prefix: tuple[str, ...] = ()) -> str:
    """What a new process prints that imports the package; or the end of what it says."""
    done = subprocess.run(
        (*prefix, *command(project, expression)), capture_output=True, text=True, timeout=120
    )
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


@pytest.mark.parametrize(
    "header",
    [
        "include/far/far.h",  # where there was no folder far
        "config/far/far.h",  # where there was no folder at all
        "include/limits.h",  # instead of the compiler's, which another header includes
        "src/bag/local.h",  # for which __has_include asks
    ],
)
def test_a_new_header_that_is_found_first(header: str, project: Path) -> None:
    """Nothing that was read has changed; but what was not there is now."""
    bag = project / "src" / "bag"
    before = (bag / "_bag.bc").stat().st_mtime_ns
    (project / header).parent.mkdir(parents=True, exist_ok=True)
    (project / header).write_text("#undef OWN\n#define OWN 70\n")
    assert value(project) == "71"
    made = (bag / "_bag.bc").stat().st_mtime_ns
    assert made != before
    assert value(project) == "71"
    assert (bag / "_bag.bc").stat().st_mtime_ns == made  # and not over and over


def test_a_new_file_that_no_source_asks_for(project: Path) -> None:
    """Such as those that editors and Python make: nothing is compiled, and nothing recorded."""
    bag = project / "src" / "bag"
    before = [(bag / name).stat().st_mtime_ns for name in ("_bag.bc", "_bag.bc.made")]
    for path in ("src/bag/.own.h.swp", "src/bag/other.h", "include/other.h", "late/far/limits.c"):
        (project / path).write_text("#error no source includes this\n")
    assert value(project) == "41"
    assert [(bag / name).stat().st_mtime_ns for name in ("_bag.bc", "_bag.bc.made")] == before


def test_a_header_of_the_compiler(project: Path) -> None:
    """Of installed headers an import looks at the folders, whose times an update changes."""
    bag = project / "src" / "bag"
    made = bag / "_bag.bc.made"
    head, seen, absent, contents = made.read_text().split("\n\n")
    folder = next(line for line in seen.splitlines() if line.endswith("/include/hpy"))
    older = seen.replace(folder, "1 " + folder.split(" ", 1)[1])
    before = (bag / "_bag.bc").stat().st_mtime_ns
    made.write_text("\n\n".join((head, older, absent, contents)))
    assert value(project) == "41"
    assert made.read_text() == "\n\n".join((head, seen, absent, contents))
    assert (bag / "_bag.bc").stat().st_mtime_ns == before  # the headers were the same

    sum_ = next(line for line in contents.splitlines() if "/include/hpy//" in line)
    other = contents.replace(sum_, "0" * 64 + sum_[64:])
    made.write_text("\n\n".join((head, older, absent, other)))
    assert value(project) == "41"
    assert (bag / "_bag.bc").stat().st_mtime_ns != before
    assert made.read_text().split("\n\n")[3] == contents


def test_changed_settings(project: Path) -> None:
    edit(project / "pyproject.toml", "STEP=1", "STEP=2")
    assert value(project) == "42"


def test_a_lost_bitcode_file(project: Path) -> None:
    (project / "src" / "bag" / "_bag.bc").unlink()
    assert value(project) == "41"


def test_a_lost_record(project: Path) -> None:
    """Nobody knows what the bitcode file was made from, so it is not imported."""
    made = project / "src" / "bag" / "_bag.bc.made"
    for damage, found in (
        (made.unlink, "No such file or directory"),
        (made.touch, "a file without the names of project and module"),
    ):
        damage()
        said = value(project)
        assert f"RebuildError: {made}: nothing says what the module of an editable" in said
        assert f"found:   {found}" in said
        assert "remedy:  install the project again: pip install -e ." in said
        assert said.count("Traceback") == 1  # of the import, not of the inside


@pytest.mark.parametrize("paragraphs", [1, 2, 3])
def test_a_record_of_another_version(paragraphs: int, project: Path) -> None:
    """The project and the module's name suffice to compile it."""
    made = project / "src" / "bag" / "_bag.bc.made"
    whole = made.read_text()
    made.write_text("\n\n".join(whole.split("\n\n")[:paragraphs]))
    edit(project / "src" / "bag" / "own.h", "40", "50")
    assert value(project) == "51"
    assert len(made.read_text().split("\n\n")) == 4
    # As it was before there were paragraphs.
    root, name = whole.split("\n")[:2]
    made.write_text(f"{root}\n{name}\n1 2 sum {root}/pyproject.toml\n")
    edit(project / "src" / "bag" / "own.h", "50", "60")
    assert value(project) == "61"


def test_a_static_library(project: Path) -> None:
    """What is linked in is what the module was made from, like its sources."""
    folder = project / "lib"
    folder.mkdir()

    def library(result: int) -> None:
        (folder / "far.c").write_text(f"int far(void) {{ return {result}; }}\n")
        hpybc = (sys.executable, "-I", "-m", "hpybc")
        subprocess.run((*hpybc, "cc", "-c", "far.c", "-o", "far.o"), cwd=folder, check=True)
        subprocess.run((*hpybc, "ar", "rcs", "libfar.a", "far.o"), cwd=folder, check=True)

    library(1)
    (project / "src" / "bag" / "own.h").write_text("int far(void);\n#define OWN far()\n")
    with (project / "pyproject.toml").open("a") as file:
        file.write('libraries = ["far"]\nlibrary-dirs = ["lib"]\n')
    assert value(project) == "2"
    library(5)
    assert value(project) == "6"


def test_an_error_is_an_importerror_until_it_is_mended(project: Path) -> None:
    """And the old module is not imported meanwhile."""
    source = project / "src" / "bag" / "_bag.c"
    edit(source, "OWN + STEP", "OWN + STEEP")
    for _ in range(2):
        said = value(project)
        assert "hpybc.errors.RebuildError" in said
        assert "bag._bag has changed and cannot be compiled" in said
        assert f"{source}:9:" in said and "undeclared identifier 'STEEP'" in said.split("found:")[1]
    caught = "try:\n import bag\nexcept ImportError as e:\n print(e.name, e.path)"
    code = f"import sys\nsys.path.insert(0, {str(project / 'src')!r})\n{caught}"
    done = subprocess.run((sys.executable, "-I", "-c", code), capture_output=True, text=True)
    assert done.stdout == f"bag._bag {source}\n"
    edit(source, "OWN + STEEP", "OWN + STEP + 1")
    assert value(project) == "42"


def test_a_lost_source(project: Path) -> None:
    """What is beside it is no source, so nothing else can be meant."""
    (project / "src" / "bag" / "_bag.c").unlink()
    said = value(project)
    assert "RebuildError" in said and "no such file" in said and "_bag.c" in said
    assert "remedy:  correct the name, or add the file" in said
    (project / "src" / "bag" / "_bug.c").touch()
    assert "remedy:  did you mean _bug.c?" in value(project)


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
    assert "remedy:  pip install 'hpybc[compiler]', or set HPYBC_CLANG" in said


def test_a_tree_that_is_read_only(project: Path) -> None:
    """What is up to date is imported; what is not cannot be compiled, which is said."""
    bag = project / "src" / "bag"
    os.utime(bag / "_bag.c", (1, 1))  # so that the contents are compared, and the times not kept
    before = (bag / "_bag.bc.made").read_text()
    prefix = unprivileged()
    bag.chmod(0o500)
    try:
        assert value(project, prefix=prefix) == "41"
        assert value(project, "bag._bag.__file__", prefix) == str(bag / "_bag.bc")
        assert (bag / "_bag.bc.made").read_text() == before
        edit(bag / "own.h", "40", "50")
        said = value(project, prefix=prefix)
    finally:
        bag.chmod(0o700)
    what = "bag._bag has changed and cannot be compiled: Permission denied"
    assert f"RebuildError: {bag / '_bag.bc'}: {what}" in said
    assert "remedy:  correct that, or install the project, not as an editable one" in said
    assert value(project) == "51"


def test_processes_that_import_at_once(project: Path, tmp_path: Path) -> None:
    """One compiles; the others wait, and import what it has made."""
    clang = tmp_path / "clang"
    log = tmp_path / "log"
    found = find()
    clang.write_text(f"""#!/bin/sh
case "$*" in *_bag.c*) echo $$ >> {log}; sleep 1;; esac
exec {shlex.join(found.c)} "$@"
""")
    clang.chmod(0o700)
    edit(project / "src" / "bag" / "own.h", "40", "50")
    environment = {**os.environ, "HPYBC_CLANG": str(clang)}
    several = [
        subprocess.Popen(
            command(project), env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for _ in range(4)
    ]  # fmt: skip
    assert [each.communicate(timeout=120) for each in several] == [("51\n", "")] * 4
    assert len(log.read_text().splitlines()) == 1


def test_times_alone_change_nothing(project: Path) -> None:
    """As in a copy of the tree: contents are compared, and the times then remembered."""
    bag = project / "src" / "bag"
    before = (bag / "_bag.bc").stat().st_mtime_ns
    os.utime(bag / "_bag.c", (1, 1))
    assert value(project) == "41"
    assert (bag / "_bag.bc").stat().st_mtime_ns == before
    assert f"\n1000000000 {len(SOURCE)} {bag / '_bag.c'}\n" in (bag / "_bag.bc.made").read_text()


def test_an_unchanged_import_looks_at_files_alone(project: Path) -> None:
    """It imports nothing but the module that asks, and takes less than a millisecond.

    Of the headers that are installed it looks at the folders alone.
    """
    _, seen, _, contents = (project / "src/bag/_bag.bc.made").read_text().split("\n\n")
    files = [name for line in contents.splitlines() for name in line.partition("//")[2].split("/")]
    assert len(files) > 80 and len(seen.splitlines()) < 20
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


def test_what_changes_during_the_build_counts_as_changed(tmp_path: Path) -> None:
    """A source, and a header that is new: it may have been made when clang had looked."""
    source, header = tmp_path / "a.c", tmp_path / "include" / "a.h"
    (tmp_path / "new").mkdir()
    header.parent.mkdir()
    for path in (source, header, tmp_path / "pyproject.toml", tmp_path / "new" / "a.h"):
        path.write_text("1")
    folders = [str(tmp_path / "new"), str(header.parent)]
    paths = [str(source), str(header)]
    late = source.stat().st_mtime_ns

    def made(before: int) -> record.Record:
        return record.made(str(tmp_path), "a", paths, folders, [], before)

    changed = made(late - 1)
    assert f"0 1 {source}" in changed.seen
    assert f"late {tmp_path}//pyproject.toml/a.c" in changed.contents
    assert f"{tmp_path / 'new'}//a.h" in changed.absent
    assert changed.renewed() is None

    settled = made(time.time_ns())
    assert f"{late} 1 {source}" in settled.seen
    assert settled.absent == (f"{tmp_path}//a.h",)
    assert settled.renewed() == settled
    source.write_text("2")
    assert settled.renewed() is None
