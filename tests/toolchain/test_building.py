"""A package that setuptools builds; ``nox -s docs`` builds what docs/building.md says."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")


C_API = """
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include "twice.h"
static PyObject *twice(PyObject *self, PyObject *arg) {
    return PyLong_FromLong(TWICE(PyLong_AsLong(arg)));
}
static PyMethodDef methods[] = {{"twice", twice, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "twice", NULL, -1, methods};
PyMODINIT_FUNC PyInit_twice(void) { return PyModule_Create(&def); }
"""

SETUP = """
from setuptools import Extension, setup

setup(name="twice", version="1.0", packages=["package"], ext_modules=[Extension(
    "package.twice", ["twice.c"], include_dirs=["include"], depends=["include/twice.h"],
    define_macros=[("TWICE(x)", "(2 * (x))")], undef_macros=["NDEBUG"], libraries=["m"],
    extra_compile_args=["-O3", "-march=native", "-fno-tree-loop-im", "-Wno-unused-but-set"],
    extra_link_args=["-Wl,-O1", "-s"])])
"""


def test_extension_built_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An extension of the C API, by a build that knows nothing of bitcode: Python imports it."""
    monkeypatch.chdir(tmp_path)
    for folder in ("include", "package"):
        (tmp_path / folder).mkdir()
    Path("package/__init__.py").touch()
    Path("include/twice.h").write_text("#ifdef NDEBUG\n#error undefined\n#endif\n")
    Path("twice.c").write_text(C_API)
    Path("setup.py").write_text(SETUP)
    command = str(Path(sys.executable).with_name("hpybc"))
    monkeypatch.setenv("CC", f"{command} cc")
    monkeypatch.setenv("LDSHARED", f"{command} cc -shared")
    build = [sys.executable, "setup.py", "-q", "build_ext", "--inplace"]
    done = subprocess.run(build, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    code = "import sys; sys.path.insert(0, ''); from package import twice; print(twice.twice(21))"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True)
    assert done.stdout == "42\n", done.stderr
    assert Path(f"package/twice{SUFFIX}").exists()
