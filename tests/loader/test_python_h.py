"""Extensions that include Python.h: bound to one interpreter, and else like any other."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import hpybc
from hpybc import errors
from hpybc.inspect import inspect
from hpybc.jit import identity
from hpybc.loader import extension
from hpybc.loader.manifest import wrap
from hpybc.toolchain.compile import Options, compile_extension
from tools.support import FREE_THREADED

HERE = Path(__file__).parent
RUNNING = f"{sys.version_info[0]}.{sys.version_info[1]}{sys.abiflags}"

#: Free-threaded builds have none before 3.15.
limited_api = pytest.mark.skipif(FREE_THREADED, reason="the limited API needs the GIL")


@pytest.mark.parametrize("defines", [(), ("MULTI_PHASE",)], ids=["single-phase", "multi-phase"])
def test_c_api_module(engine: str, compiled: Callable[..., Path], defines: tuple[str, ...]) -> None:
    module = hpybc.load(compiled(HERE / "capi.c", Options(defines=defines)))
    assert module.__name__ == "capi"
    assert module.add(20, 22) == 42
    with pytest.raises(TypeError):
        module.add("20", 22)


@pytest.mark.parametrize("linkage", ["static", "weak"])
def test_entry_point_that_is_an_alias(
    linkage: str, engine: str, compiled: Callable[..., Path], tmp_path: Path
) -> None:
    """A second name of a function, with and without a manifest."""
    source = tmp_path / "aliased.c"
    specifiers, attribute = ("static", "") if linkage == "static" else ("", "weak, ")
    source.write_text(f"""
        #include <Python.h>
        static PyModuleDef def = {{
            PyModuleDef_HEAD_INIT, .m_name = "aliased", .m_doc = "Two names."
        }};
        {specifiers} PyObject *make(void) {{ return PyModule_Create(&def); }}
        PyObject *PyInit_aliased(void) __attribute__(({attribute}alias("make")));
    """)
    file = compiled(source)
    assert hpybc.load(file).__doc__ == "Two names."
    raw = tmp_path / "aliased.bc"
    raw.write_bytes(extension.read(file).payload)
    assert hpybc.load(raw).__doc__ == "Two names."
    assert inspect(file).module == "aliased"


def test_manifest_names_the_interpreter(compiled: Callable[..., Path]) -> None:
    bound = extension.read(compiled(HERE / "capi.c")).manifest
    free = extension.read(compiled(HERE / "answer.c")).manifest
    assert bound is not None
    assert free is not None
    assert bound["python"] == RUNNING
    assert free["python"] is None


def test_another_interpreter(compiled: Callable[..., Path], tmp_path: Path) -> None:
    source = extension.read(compiled(HERE / "capi.c"))
    manifest = {**(source.manifest or {}), "python": "9.99"}
    other = tmp_path / "other.bc"
    other.write_bytes(wrap(source.payload, manifest, identity.architecture()))
    with pytest.raises(errors.InterpreterError) as caught:
        hpybc.load(other)
    assert caught.value.found == "Python 9.99"
    assert caught.value.needed == f"Python {RUNNING}"
    assert caught.value.path == str(other)


LIMITED_API = """
#ifdef VERSION
#define Py_LIMITED_API VERSION
#endif
#include <Python.h>
static PyObject *keep(PyObject *self, PyObject *arg) {
    (void)self;
    PyObject *list = PyList_New(0);
    if (list && PyList_Append(list, arg) < 0) Py_CLEAR(list);
    return list;
}
static PyMethodDef methods[] = {{"keep", keep, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef def = {
    PyModuleDef_HEAD_INIT, "limited", NULL, -1, methods, NULL, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_limited(void) { return PyModule_Create(&def); }
"""


def limited(tmp_path: Path, version: str, suffix: str = ".c", *more: str) -> Path:
    """The bitcode file of an extension that keeps to the limited API of ``version``."""
    source, output = tmp_path / f"limited{suffix}", tmp_path / "limited.bc"
    source.write_text(LIMITED_API)
    extra = ("-Wall", "-Wextra", "-Werror")
    compile_extension(
        [str(source), *more], str(output), Options(defines=(f"VERSION={version}",), extra=extra)
    )
    return output


@limited_api
@pytest.mark.parametrize("suffix", [".c", ".cpp"])
@pytest.mark.parametrize(
    ("version", "stated"),
    [("0x030A0000", "abi3-0x030A0000"), ("0x030900f0", "abi3-0x030900F0"),
     ("((3 << 24) | (8 << 16))", "abi3-0x03080000"), ("3", "abi3-0x03020000")],
)  # fmt: skip
def test_limited_api(version: str, stated: str, suffix: str, engine: str, tmp_path: Path) -> None:
    """It needs that version or a later one; and references are counted when they are taken."""
    file = limited(tmp_path, version, suffix)
    assert extension.read(file).python == stated
    module = hpybc.load(file)
    value = object()
    before = sys.getrefcount(value)
    kept = [module.keep(value) for _ in range(100)]
    assert sys.getrefcount(value) == before + 100
    del kept
    assert sys.getrefcount(value) == before


@limited_api
def test_limited_api_of_a_later_version(tmp_path: Path) -> None:
    """What only that version has may be called: an earlier one refuses the file."""
    file = limited(tmp_path, f"0x03{sys.version_info[1] + 1:02X}0000")
    with pytest.raises(errors.InterpreterError) as caught:
        hpybc.load(file)
    assert f"3.{sys.version_info[1] + 1}" in caught.value.found
    assert caught.value.path == str(file)


@limited_api
def test_limited_api_and_another(tmp_path: Path) -> None:
    """The highest version of several sources counts, and one that is bound binds all."""
    other = tmp_path / "other.c"
    other.write_text("#define Py_LIMITED_API 0x030A0000\n#include <Python.h>\nint other;\n")
    file = limited(tmp_path, "0x03080000", ".c", str(other))
    assert extension.read(file).python == "abi3-0x030A0000"
    other.write_text("#include <Python.h>\nint other;\n")
    file = limited(tmp_path, "0x03080000", ".c", str(other))
    assert extension.read(file).python == RUNNING


def test_free_threaded_builds_have_no_limited_api(
    tmp_path: Path, compiled: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their objects have another layout, which the file has compiled in."""
    source = extension.read(compiled(HERE / "capi.c"))
    manifest = {**(source.manifest or {}), "python": "abi3-0x030A0000"}
    file = tmp_path / "other.bc"
    file.write_bytes(wrap(source.payload, manifest, identity.architecture()))
    monkeypatch.setattr(sys, "abiflags", "t")
    with pytest.raises(errors.InterpreterError):
        hpybc.load(file)


def test_no_warning_in_cplusplus(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Of hpybc's own lines in Python.h."""
    source = tmp_path / "plain.cpp"
    source.write_text(LIMITED_API)
    extra = ("-Wall", "-Wextra", "-Wduplicate-decl-specifier", "-Werror")
    compile_extension([str(source)], str(tmp_path / "plain.bc"), Options(extra=extra))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("order", ['"hpy.h"\n#include <Python.h>', '<Python.h>\n#include "hpy.h"'])
def test_universal_sources_may_not_include_it(
    order: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "both.c"
    source.write_text(f"#include {order}\n")
    with pytest.raises(errors.CompileError):
        compile_extension([str(source)], str(tmp_path / "both.bc"))
    assert "It is forbidden to #include <Python.h> when targeting the HPy" in capfd.readouterr().err


def test_two_sources_may_both_include_it(tmp_path: Path) -> None:
    other = tmp_path / "other.cpp"
    other.write_text("#include <Python.h>\n")
    output = tmp_path / "both.bc"
    compile_extension([str(HERE / "capi.c"), str(other)], str(output))
    assert hpybc.load(output).add(1, 2) == 3
