"""``hpy_ext_modules`` in a setup.py, and what ``--hpy-abi`` makes of it."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

SETUP = """
from setuptools import Extension, setup

setup(
    name="bag",
    version="1.0",
    packages=["bag"],
    package_dir={"": "src"},
    hpy_ext_modules=[
        Extension(
            "bag._bag",
            sources=["src/bag/_bag.c"],
            include_dirs=["include"],
            define_macros=[("STEP", "2")],
            depends=["include/own.h"],
        )
    ],
)
"""

SOURCE = """
#ifndef HPY
#error "HPy's own builds define it"
#endif
#include "hpy.h"
#include "own.h"
HPyDef_METH(after, "after", HPyFunc_O)
static HPy after_impl(HPyContext *ctx, HPy self, HPy number)
{
    long value = HPyLong_AsLong(ctx, number);
    if (value == -1 && HPyErr_Occurred(ctx))
        return HPy_NULL;
    return HPyLong_FromLong(ctx, value + STEP + OWN);
}
HPyDef_METH(built, "built", HPyFunc_NOARGS)
static HPy built_impl(HPyContext *ctx, HPy self)
{
#if defined(HPY_ABI_CPYTHON)
    PyObject *text = PyUnicode_FromString("cpython");
    HPy result = HPy_FromPyObject(ctx, text);
    Py_DECREF(text);
    return result;
#elif defined(HPY_ABI_HYBRID)
    PyObject *text = PyUnicode_FromString("hybrid");
    HPy result = HPy_FromPyObject(ctx, text);
    Py_DECREF(text);
    return result;
#else
    return HPyUnicode_FromString(ctx, "universal");
#endif
}
static HPyDef *defines[] = {&after, &built, NULL};
static HPyModuleDef module = {.defines = defines};
HPy_MODINIT(_bag, module)
"""

PYTHON = f"cp{sys.version_info[0]}{sys.version_info[1]}"
OWN = f"{PYTHON}-{PYTHON}{sys.abiflags}"
SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")

#: CPython's remark on the first extension that needs the GIL of a free-threaded build.
GIL = "ignore:The global interpreter lock"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "src" / "bag").mkdir(parents=True)
    (root / "include").mkdir()
    (root / "src" / "bag" / "__init__.py").write_text("from bag._bag import after, built\n")
    (root / "src" / "bag" / "_bag.c").write_text(SOURCE)
    (root / "include" / "own.h").write_text("#define OWN 1\n")
    (root / "setup.py").write_text(SETUP)
    return root


def run(
    *command: str | Path, folder: Path, python_path: Path | None = None, status: int = 0
) -> subprocess.CompletedProcess[str]:
    """Without the user's own settings of hpybc's modes, and with ``python_path`` if any."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if python_path is not None:
        environment["PYTHONPATH"] = str(python_path)
    done = subprocess.run(
        (sys.executable, *command), cwd=folder, env=environment, capture_output=True, text=True,
        timeout=300,
    )  # fmt: skip
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def setup(
    project: Path, *arguments: str, python_path: Path | None = None, status: int = 0
) -> subprocess.CompletedProcess[str]:
    return run("setup.py", *arguments, folder=project, python_path=python_path, status=status)


def use(site: Path) -> str:
    """What an import of the package from ``site`` and its functions give, in a new process."""
    code = "import bag; print(bag.after(39), bag.built(), bag._bag.__name__, bag._bag.__file__)"
    done = run("-W", GIL, "-c", code, folder=site.parent, python_path=site)
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize(
    ("abi", "tag", "files", "built"),
    [
        (None, "py3-none", ["_bag.bc", "_bag.py", "_bag.pyi"], "universal"),
        ("bitcode", "py3-none", ["_bag.bc", "_bag.py", "_bag.pyi"], "universal"),
        ("universal", "py3-none", ["_bag.hpy0.so", "_bag.py"], "universal"),
        ("cpython", OWN, [f"_bag{SUFFIX}"], "cpython"),
        ("hybrid", OWN, ["_bag.bc", "_bag.py", "_bag.pyi"], "hybrid"),
    ],
)
def test_a_wheel(
    abi: str | None, tag: str, files: list[str], built: str, project: Path, tmp_path: Path
) -> None:
    """As a build frontend asks for it: ``pip wheel -C--global-option=--hpy-abi=universal``."""
    settings = {"--global-option": [f"--hpy-abi={abi}"]} if abi else {}
    code = f"from setuptools.build_meta import build_wheel as f; f('dist', {settings!r})"
    run("-I", "-c", code, folder=project)
    (wheel,) = (project / "dist").iterdir()
    assert wheel.name == f"bag-1.0-{tag}-manylinux_2_17_x86_64.whl"
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    found = sorted(path.name for path in (site / "bag").iterdir())
    assert found == ["__init__.py", *files]
    assert use(site) == f"42 {built} bag._bag {site / 'bag' / files[0]}\n"


def test_an_extension_module_needs_no_hpybc(project: Path) -> None:
    setup(project, "--hpy-abi=cpython", "build_ext", "--inplace")
    code = "import sys; sys.path.insert(0, 'src'); import bag; print(bag.after(1))"
    done = run("-I", "-S", "-c", code, folder=project)
    assert done.stdout == "4\n"


def test_a_universal_module(project: Path) -> None:
    """It has what import gives modules, is reloaded, and says that it has no other mode."""
    setup(project, "--hpy-abi=universal", "build_ext", "--inplace")
    code = """
import importlib, os, bag
module = bag._bag
print(module.__spec__.origin == module.__file__, module.__package__)
again = importlib.reload(module)
print(again is module, again.after(1), module.__file__ == again.__spec__.origin)
os.rename(module.__file__, module.__file__ + ".gone")
import sys
del sys.modules["bag._bag"]
try:
    import bag._bag
except ImportError as error:
    print(type(error).__name__, error.name)
"""
    done = run("-c", code, folder=project, python_path=project / "src")
    assert done.stdout.splitlines() == ["True bag", "True 4 True", "FileMissingError bag._bag"]
    (project / "src" / "bag" / "_bag.hpy0.so.gone").rename(project / "src/bag/_bag.hpy0.so")
    code = "import os; os.environ['HPYBC_MODE'] = 'debug'; import bag; print(bag.after(1))"
    done = run("-c", code, folder=project, python_path=project / "src")
    assert done.stdout == "4\n"
    assert "bag._bag is a binary, without a mode debug" in done.stderr


def test_in_place_the_last_build_counts(project: Path) -> None:
    """``build_ext --inplace`` removes the files of another ABI, which import would find first."""
    package = project / "src" / "bag"
    for abi, file in (
        ("cpython", f"_bag{SUFFIX}"),
        ("universal", "_bag.hpy0.so"),
        ("bitcode", "_bag.bc"),
    ):
        setup(project, f"--hpy-abi={abi}", "build_ext", "--inplace")
        assert use(project / "src").endswith(f"{package / file}\n")


def test_builds_have_folders_of_their_own(project: Path) -> None:
    setup(project, "build")
    setup(project, "--hpy-abi=universal", "build")
    made = {path.name: path for path in (project / "build").glob("lib*")}
    assert len(made) == 2
    for name, path in made.items():
        suffix = ".hpy0.so" if name.endswith("-hpy-universal") else ".bc"
        assert sorted(file.name for file in (path / "bag").iterdir()) == sorted(
            ["__init__.py", "_bag.py", f"_bag{suffix}", *(["_bag.pyi"] if suffix == ".bc" else [])]
        )


def test_an_sdist_has_the_sources(project: Path) -> None:
    setup(project, "sdist")
    with tarfile.open(project / "dist" / "bag-1.0.tar.gz") as archive:
        names = archive.getnames()
    assert {"bag-1.0/src/bag/_bag.c", "bag-1.0/include/own.h"} <= set(names)


@pytest.mark.parametrize(
    ("abi", "pyproject"),
    [("bitcode", '[build-system]\nrequires = ["setuptools", "hpybc"]\n'), ("hybrid", None)],
    ids=["bitcode", "hybrid, without pyproject.toml"],
)
def test_an_editable_install(abi: str, pyproject: str | None, project: Path) -> None:
    """It compiles a changed source as setup.py has said, with the macro of the ABI."""
    if pyproject is not None:
        (project / "pyproject.toml").write_text(pyproject)
    settings = {"--global-option": [f"--hpy-abi={abi}"]}
    code = f"from setuptools.build_meta import build_editable as f; f('dist', {settings!r})"
    run("-I", "-c", code, folder=project)
    built = "hybrid" if abi == "hybrid" else "universal"
    assert use(project / "src").startswith(f"42 {built}")
    (project / "include" / "own.h").write_text("#define OWN 11\n")
    assert use(project / "src").startswith(f"52 {built}")
    setup(project, "build_ext", "--inplace")  # which leaves nothing of it
    package = project / "src" / "bag"
    assert sorted(path.name for path in package.iterdir() if path.is_file()) == [
        "__init__.py", "_bag.bc", "_bag.c", "_bag.py"
    ]  # fmt: skip


def test_what_universal_does_not_have(project: Path) -> None:
    source = project / "src" / "bag" / "_bag.c"
    source.write_text("#include <Python.h>\n" + SOURCE)
    done = setup(project, "--hpy-abi=universal", "build", status=1)
    assert "forbidden to #include <Python.h>" in done.stderr
    source.write_text(SOURCE.replace("return HPyLong_FromLong", "return HPy_GetIter(ctx, number); "
                                     "return HPyLong_FromLong"))  # fmt: skip
    done = setup(project, "--hpy-abi=universal", "build", status=1)
    assert "HPy_GetIter" in done.stderr
    assert "remedy:" in done.stderr


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('Extension(\n            "', 'dict(name="', "found:   {'name': 'bag._bag'"),
        ("hpy_ext_modules=[", "hpy_ext_modules='bag' or [", "found:   'bag'"),
        ("src/bag/_bag.c", "src/bag/bag.c", "no such file"),
        ("STEP", "STEPS", "use of undeclared identifier 'STEP'"),
    ],
    ids=["no extension", "no list", "no source", "no macro"],
)
def test_errors(old: str, new: str, said: str, project: Path) -> None:
    (project / "setup.py").write_text(SETUP.replace(old, new))
    done = setup(project, "build", status=1)
    assert "error: " in done.stderr
    assert said in done.stderr


def test_no_such_abi(project: Path) -> None:
    done = setup(project, "--hpy-abi=abi3", "build", status=1)
    assert "no such ABI" in done.stderr
    assert "needed:  bitcode or universal or cpython or hybrid" in done.stderr


def test_two_of_one_name(project: Path) -> None:
    (project / "pyproject.toml").write_text(
        '[[tool.hpybc.ext-modules]]\nname = "bag._bag"\nsources = ["src/bag/_bag.c"]\n'
    )
    done = setup(project, "build", status=1)
    assert "two modules have one name" in done.stderr


def test_an_optional_module(project: Path) -> None:
    """As of setuptools' own: the build goes on without it."""
    (project / "setup.py").write_text(
        SETUP.replace('"STEP", "2")],', '"STEPS", "2")], optional=1,')
    )
    done = setup(project, "bdist_wheel")
    assert "warning: bag._bag is left out" in done.stderr
    (wheel,) = (project / "dist").iterdir()
    with zipfile.ZipFile(wheel) as archive:
        assert [n for n in archive.namelist() if n.startswith("bag/")] == ["bag/__init__.py"]
    code = "from setuptools.build_meta import build_editable as f; f('dist')"
    run("-I", "-c", code, folder=project)


HOST = """
import importlib.util, types

def _load_bootstrap(name, full, package, path, loader, spec, environment):
    module = types.ModuleType(name)
    module.__file__ = full
    module.after = lambda number: (name, full, package, path, loader is not None, spec.name)
    module.built = lambda: "by the host of the test"
    return module
"""


def test_without_hpybc_hpy_is_the_host(project: Path) -> None:
    """With the arguments of HPy's own stubs; PyPy gives the module no true name and file."""
    setup(project, "--hpy-abi=universal", "build_ext", "--inplace")
    package = project / "src" / "bag"
    (project / "src" / "hpy").mkdir()
    (project / "src" / "hpy" / "universal.py").write_text(HOST)
    code = (
        "import sys; sys.path.insert(0, 'src'); import bag; m = bag._bag;"
        "print(bag.after(1), m.__name__, m.__file__)"
    )
    done = run("-I", "-S", "-c", code, folder=project)  # which sees no package
    path = str(package / "_bag.hpy0.so")
    arguments = ("_bag", "bag._bag", "bag", path, True, "bag._bag")
    assert done.stdout == f"{arguments!r} bag._bag {path}\n"


def test_the_language_of_a_source_without_a_suffix(project: Path) -> None:
    """HPy's projects say "C++", setuptools' own "c++"."""
    source = project / "src" / "bag" / "_bag.c"
    source.rename(source.with_suffix(".inc"))
    text = SETUP.replace("_bag.c", "_bag.inc").replace("depends=", 'language="C", depends=')
    (project / "setup.py").write_text(text)
    setup(project, "build_ext", "--inplace")
    assert use(project / "src").startswith("42 universal")


HPY = """
def handle(distribution, attribute, value):
    print("hpy builds", [each.name for each in value])
    kind = distribution.__class__
    kind.hpy_abi = "cpython"
    kind.has_ext_modules = lambda self: bool(self.ext_modules or self.hpy_ext_modules)
    kind.global_options += [("hpy-abi=", None, "of hpy")]
"""


def test_hpy_is_installed_as_well(project: Path, tmp_path: Path) -> None:
    """The keyword and the option are HPy's: it builds the modules, and a line says so."""
    beside = tmp_path / "beside"
    (beside / "hpy-0.9.0.dist-info").mkdir(parents=True)
    (beside / "hpy_of_the_test.py").write_text(HPY)
    (beside / "hpy-0.9.0.dist-info" / "METADATA").write_text("Name: hpy\nVersion: 0.9.0\n")
    (beside / "hpy-0.9.0.dist-info" / "entry_points.txt").write_text(
        "[distutils.setup_keywords]\nhpy_ext_modules = hpy_of_the_test:handle\n"
    )
    done = setup(project, "--hpy-abi=universal", "build", python_path=beside)
    assert "hpy builds ['bag._bag']" in done.stdout
    assert "hpybc: hpy is installed as well" in done.stderr
    assert not list((project / "build").glob("lib*/bag/_bag.*"))

    # What pyproject.toml gives to hpybc stays with it, as bitcode.
    (project / "pyproject.toml").write_text(
        '[[tool.hpybc.ext-modules]]\nname = "bag._bag"\nsources = ["src/bag/_bag.c"]\n'
        'define-macros = ["HPY", "STEP=2"]\ninclude-dirs = ["include"]\n'
    )
    setup(project, "--hpy-abi=universal", "bdist_wheel", python_path=beside)
    assert list((project / "build").glob("lib*/bag/_bag.bc"))
    (wheel,) = (project / "dist").iterdir()
    assert wheel.name.startswith(f"bag-1.0-{OWN}-")  # hpybc cannot know what HPy has built
