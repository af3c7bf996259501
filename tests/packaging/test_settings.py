"""What pyproject.toml says of extension modules, and what it must not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from hpybc.errors import UsageError
from hpybc.packaging.settings import ExtModule, read


def project(folder: Path, text: str) -> str:
    (folder / "src").mkdir()
    for name in ("bag.c", "bug.bc", "bug.bc.made", "bug.py"):  # and what an editable install makes
        (folder / "src" / name).touch()
    (folder / "pyproject.toml").write_text(text)
    return str(folder)


def test_all_keys(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        """
[[tool.hpybc.ext-modules]]
name = "bag._bag"
sources = ["src/bag.c", "./src/../src/more.bc"]
include-dirs = ["include", "/usr/include/x"]
define-macros = ["NDEBUG", "SIZE=8=9", ["WIDTH", "3"], ["EMPTY"]]
undef-macros = ["DEBUG"]
library-dirs = ["lib"]
libraries = ["m"]
extra-compile-args = ["-O3"]
extra-link-args = ["-Wl,-rpath,/x"]
language = "c++"
depends = ["src/bag.h"]
debug = true
prebuild = true

[[tool.hpybc.ext-modules]]
name = "other"
sources = ["src/bag.c"]
""",
    )
    (tmp_path / "src" / "more.bc").touch()
    assert read(root) == (
        ExtModule(
            name="bag._bag",
            sources=(f"{root}/src/bag.c", f"{root}/src/more.bc"),
            root=root,
            include_dirs=(f"{root}/include", "/usr/include/x"),
            define_macros=(("NDEBUG", None), ("SIZE", "8=9"), ("WIDTH", "3"), ("EMPTY", None)),
            undef_macros=("DEBUG",),
            library_dirs=(f"{root}/lib",),
            libraries=("m",),
            extra_compile_args=("-O3",),
            extra_link_args=("-Wl,-rpath,/x",),
            language="c++",
            depends=(f"{root}/src/bag.h",),
            debug=True,
            prebuild=True,
        ),
        ExtModule(name="other", sources=(f"{root}/src/bag.c",), root=root),
    )
    assert [module.path for module in read(root)] == ["bag/_bag", "other"]


def test_projects_without_modules(tmp_path: Path) -> None:
    assert read(str(tmp_path)) == ()
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert read(str(tmp_path)) == ()


HEAD = '[[tool.hpybc.ext-modules]]\nname = "bag"\n'
MODULE = HEAD + 'sources = ["src/bag.c"]\n'


@pytest.mark.parametrize(
    ("text", "what", "found", "remedy"),
    [
        ("hpybc = [", "the file is not TOML", "", "correct it"),
        ("tool = 'hpybc'", "tool has a value of another type", "hpybc", "correct it"),
        ("[tool.hpybc]\next-modules = 1", "ext-modules has a value of another type", "1", ""),
        ("[tool.hpybc.ext-modules]\nname='x'", "ext-modules has a value of another", "{'name'", ""),
        ("[[tool.hpybc.ext_modules]]", "has no key", "ext_modules", "did you mean ext-modules?"),
        (MODULE + "source = []", "has no key", "source", "did you mean sources?"),
        (MODULE + "include_dirs = []", "has no key", "include_dirs", "did you mean include-dirs?"),
        (MODULE + "zzz = []", "has no key of that name", "zzz", "remove it"),
        (MODULE + "libraries = 'm'", "libraries has a value of another type", "'m'", "correct it"),
        (MODULE + "libraries = [1]", "libraries has a value of another type", "[1]", "correct it"),
        (MODULE + "define-macros = [['A', 1]]", "define-macros has a value", "['A', 1]", ""),
        (MODULE + "define-macros = {A = 1}", "define-macros has a value", "{'A': 1}", ""),
        (MODULE + "language = 'rust'", "language has a value", "'rust'", ""),
        (MODULE + "debug = 1", "debug has a value", "1", ""),
        (MODULE + "prebuild = '3.11'", "prebuild has a value", "'3.11'", ""),
        (MODULE + "prebuild = [3.11]", "prebuild has a value", "[3.11]", ""),
        ("[[tool.hpybc.ext-modules]]\nname = 'a-b'", "name has a value", "'a-b'", ""),
        ("[[tool.hpybc.ext-modules]]\nname = 3", "name has a value", "3", ""),
        (HEAD, "ext-modules[0] (bag): sources is missing", "name", "add it"),
        (HEAD + "sources = []", "sources is missing", "name, sources", "add it"),
        (HEAD + "sources = ['src/bug.c']", "no such file", "src/bug.c", "did you mean bag.c?"),
        (HEAD + "sources = ['src/bug.cu']", "no such file", "src/bug.cu", "did you mean bag.c?"),
        (HEAD + "sources = ['src/bgu.bc']", "no such file", "src/bgu.bc", "did you mean bug.bc?"),
        (HEAD + "sources = ['sre/bag.c']", "no such file", "sre/bag.c", "add the file"),
        (HEAD + "sources = ['src']", "no such file", "src", ""),
        (MODULE + MODULE, "two modules have one name", "bag", "rename one"),
    ],
)
def test_errors(text: str, what: str, found: str, remedy: str, tmp_path: Path) -> None:
    """Each names the file, the place in it, what was found, and what is possible."""
    root = project(tmp_path, text)
    with pytest.raises(UsageError) as raised:
        read(root)
    error = raised.value
    assert error.path == f"{root}/pyproject.toml"
    assert what in error.what
    assert found in error.found
    assert error.needed
    assert remedy in error.remedy
