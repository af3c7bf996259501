"""What is optimised when a whole extension is compiled, so that loads need not."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

import hpybc
from hpybc.jit.module import parsed
from hpybc.loader.extension import read
from hpybc.toolchain.compile import Options, compile_extension
from hpybc.toolchain.python_h import with_lines_alone

MODULE = """
#define PY_SSIZE_T_CLEAN
#include <Python.h>
long twice(long x);
long unused(long x);
static PyObject *f(PyObject *self, PyObject *arg) {
    long x = PyLong_AsLong(arg);
    return x == -1 && PyErr_Occurred() ? NULL : PyLong_FromLong(twice(x));
}
static PyObject *total(PyObject *self, PyObject *arg) {
    Py_buffer view;
    if (PyObject_GetBuffer(arg, &view, PyBUF_SIMPLE) < 0) return NULL;
    unsigned sum = 0;
    for (Py_ssize_t i = 0; i < view.len; i++) sum += ((unsigned char *)view.buf)[i];
    PyBuffer_Release(&view);
    return PyLong_FromUnsignedLong(sum);
}
static PyMethodDef methods[] = {{"f", f, METH_O, 0}, {"total", total, METH_O, 0}, {0}};
static PyModuleDef def = {PyModuleDef_HEAD_INIT, "whole", 0, -1, methods};
PyMODINIT_FUNC PyInit_whole(void) { return PyModule_Create(&def); }
"""

OTHER = """
long twice(long x) { return x * 2; }
long unused(long x) { return x * 3; }
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A C extension of two sources, compiled."""
    folder = tmp_path_factory.mktemp("whole")
    for name, text in (("module.c", MODULE), ("other.c", OTHER)):
        (folder / name).write_text(text)
    sources = [str(folder / "module.c"), str(folder / "other.c")]
    compile_extension(sources, str(folder / "whole.bc"), Options())
    return folder / "whole.bc"


def test_sources_are_optimised_together(whole: Path) -> None:
    """A function of another source is inlined, one that nobody calls is dropped."""
    file = read(str(whole))
    assert file.manifest is not None and file.manifest["ahead"]
    with parsed(file.payload) as module:
        assert {v.name for v in module.definitions if v.is_function} == {
            "PyInit_whole", "f", "total",
        }  # fmt: skip
    loaded = hpybc.load(whole)
    assert (loaded.f(21), loaded.total(bytes(range(256)) * 5)) == (42, 163200)


def test_what_depends_on_the_processor_is_left_to_loads(whole: Path) -> None:
    """No loop is vectorised, nor unrolled in part, for the oldest processor."""
    with parsed(read(str(whole)).payload) as module:
        text = str(module.function("total"))
    assert " x i8>" not in text and " x i32>" not in text
    assert text.count("load i8") == 1


def test_the_api_is_inlined_by_loads(tmp_path: Path) -> None:
    source = Path(__file__).parents[1] / "loader" / "answer.c"
    compile_extension([str(source)], str(tmp_path / "answer.bc"), Options())
    manifest = read(str(tmp_path / "answer.bc")).manifest
    assert manifest is not None and "ahead" not in manifest


FLAGS = ["-DNDEBUG", "-g", "-O3"]
LINES = ["-DNDEBUG", "-gline-tables-only", "-O3"]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["-c", *FLAGS, "-Iinclude", "a.c"], ["-c", *LINES, "-Iinclude", "a.c"]),
        ([*FLAGS, "-g", "a.c"], [*LINES, "-g", "a.c"]),  # the author's own
        (["-c", "-g", "a.c"], ["-c", "-g", "a.c"]),
        (["-DNDEBUG", "-O3", "-g"], ["-DNDEBUG", "-O3", "-g"]),
        ([], []),
    ],
)
def test_debug_information_that_nobody_asked_for(
    command: list[str], expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sysconfig, "get_config_var", lambda name: " ".join(FLAGS))
    assert with_lines_alone(command) == expected


def test_a_python_without_debug_information(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sysconfig, "get_config_var", lambda name: "-DNDEBUG -O3")
    assert with_lines_alone(["-DNDEBUG", "-O3", "-g"]) == ["-DNDEBUG", "-O3", "-g"]
