"""The names of wheels say who loads what is in them: the rules, and real wheels."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from hpybc.packaging import tags

HPY: dict[str, object] = {"python": None}
BOUND: dict[str, object] = {"python": "3.11"}


def limited(version: int) -> dict[str, object]:
    return {"python": f"abi3-0x{version:08X}"}


def test_interpreters() -> None:
    def of(*manifests: dict[str, object]) -> tuple[str, str]:
        return tags.interpreters(manifests, "cp313", "cp313t")

    assert of(HPY) == ("py3", "none")
    assert of(HPY, limited(0x030A0000)) == ("cp310", "abi3")
    assert of(limited(0x030A0000), limited(0x030B00F0)) == ("cp311", "abi3")
    assert of(limited(0x03020000)) == ("cp32", "abi3")  # Py_LIMITED_API alone, or 3
    assert of(HPY, limited(0x030A0000), BOUND) == ("cp313", "cp313t")


def test_platform() -> None:
    assert tags.platform({"libm.so.6"}, "linux_x86_64") == "manylinux_2_17_x86_64"
    assert tags.platform({"libyaml-0.so.2"}, "linux_x86_64") == "linux_x86_64"


PYPROJECT = """
[build-system]
requires = ["setuptools>=77", "hpybc[compiler]"]
build-backend = "setuptools.build_meta"
[project]
name = "c"
version = "1.0"
[tool.setuptools]
py-modules = []
[[tool.hpybc.ext-modules]]
name = "c"
sources = ["c.c"]
"""

SOURCE = """
#include <Python.h>
static PyObject *version(PyObject *self, PyObject *unused)
{
    return PyLong_FromLong(PY_MINOR_VERSION);
}
static PyMethodDef methods[] = {{"version", version, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static PyModuleDef_Slot slots[] = {{0, NULL}};
static PyModuleDef module = {
    PyModuleDef_HEAD_INIT, .m_name = "c", .m_methods = methods, .m_slots = slots};
PyMODINIT_FUNC PyInit_c(void)
{
    return PyModuleDef_Init(&module);
}
"""

HYBRID = """
#define HPY_ABI_HYBRID
#include "hpy.h"
HPyDef_METH(version, "version", HPyFunc_NOARGS)
static HPy version_impl(HPyContext *ctx, HPy self)
{
    PyObject *number = PyLong_FromLong(PY_MINOR_VERSION);
    HPy result = HPy_FromPyObject(ctx, number);
    Py_DECREF(number);
    return result;
}
static HPyDef *defines[] = {&version, NULL};
static HPyModuleDef module = {.defines = defines};
HPy_MODINIT(c, module)
"""

NOTHING = """
#include "hpy.h"
static HPyModuleDef module = {.doc = "Nothing."};
HPy_MODINIT(c, module)
"""

BUILD = "from setuptools.build_meta import build_wheel; build_wheel('dist')"

#: The interpreter's own tags, for example cp313 and cp313t.
PYTHON = f"cp{sys.version_info[0]}{sys.version_info[1]}"
ABI = PYTHON + sys.abiflags
HAS_LIMITED_API = not sysconfig.get_config_var("Py_GIL_DISABLED") or sys.version_info >= (3, 15)


@pytest.mark.parametrize(
    ("source", "tag"),
    [
        (SOURCE, f"{PYTHON}-{ABI}"),
        (HYBRID, f"{PYTHON}-{ABI}"),
        pytest.param(
            "#define Py_LIMITED_API 0x030A0000" + SOURCE,
            "cp310-abi3",
            marks=pytest.mark.skipif(not HAS_LIMITED_API, reason="this build has no limited API"),
        ),
    ],
    ids=["C API", "hybrid", "limited API"],
)
def test_a_wheel_with_python_h(source: str, tag: str, tmp_path: Path) -> None:
    """It is built, and what is in it imported."""
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (tmp_path / "c.c").write_text(source)
    done = subprocess.run(
        (sys.executable, "-I", "-c", BUILD), cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = (tmp_path / "dist").iterdir()
    assert wheel.name == f"c-1.0-{tag}-manylinux_2_17_x86_64.whl"
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
        (metadata,) = (name for name in archive.namelist() if name.endswith("/WHEEL"))
        assert f"Tag: {tag}-manylinux_2_17_x86_64" in archive.read(metadata).decode()
    use = f"import sys; sys.path.insert(0, {str(site)!r}); import c; print(c.version(), c.__file__)"
    # Without CPython's remark on the first extension that needs the GIL of a free-threaded build.
    python = (sys.executable, "-I", "-W", "ignore:The global interpreter lock", "-c", use)
    done = subprocess.run(python, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == (f"{sys.version_info[1]} {site / 'c.bc'}\n", "")


def test_what_setuptools_compiles_beside_keeps_its_tag(tmp_path: Path) -> None:
    """An extension of its own, which hpybc knows nothing of, is for what setuptools says."""
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (tmp_path / "c.c").write_text(NOTHING)
    (tmp_path / "d.c").write_text(SOURCE.replace("PyInit_c", "PyInit_d"))
    (tmp_path / "setup.py").write_text(
        "from setuptools import Extension, setup\nsetup(ext_modules=[Extension('d', ['d.c'])])\n"
    )
    compiler = f"{sys.executable} -I -m hpybc cc"
    done = subprocess.run(
        (sys.executable, "-I", "-c", BUILD), cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, "CC": compiler, "LDSHARED": f"{compiler} -shared"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (wheel,) = (tmp_path / "dist").iterdir()
    platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    assert wheel.name == f"c-1.0-{PYTHON}-{ABI}-{platform}.whl"
    with zipfile.ZipFile(wheel) as archive:
        assert {"c.bc", "c.py"} < set(archive.namelist())
