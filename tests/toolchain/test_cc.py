"""``hpybc cc``: what build systems call a compiler."""

from __future__ import annotations

import ctypes
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import hpybc
from hpybc import errors
from hpybc.toolchain import cc

HERE = Path(__file__).parent
SUM, TWICE, INCLUDE = HERE / "sum.c", HERE / "twice.c", HERE / "include"
COMMAND = str(Path(sys.executable).with_name("hpybc"))


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has an empty current folder."""
    monkeypatch.chdir(tmp_path)


def call(*arguments: object) -> int:
    return cc.main([*map(str, arguments)])


def said(*arguments: object) -> str:
    """What the command prints in a process of its own."""
    done = subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_objects_then_a_module() -> None:
    """As every build system does it, with an object per source."""
    assert call("-c", f"-I{INCLUDE}", SUM, "-o", "a.o") == 0
    assert call("-c", "-fPIC", f"-I{INCLUDE}", TWICE) == 0
    assert Path("a.o").read_bytes().startswith(b"BC\xc0\xde")
    assert call("-shared", "a.o", "twice.o", "-o", "sum.bc") == 0
    assert hpybc.load("sum.bc").sum(3, 4) == 14


def test_extension_module_under_the_name_of_one() -> None:
    """Python imports it as it is, and the bitcode lies beside."""
    name = "sum" + sysconfig.get_config_var("EXT_SUFFIX")
    assert call("-shared", f"-I{INCLUDE}", SUM, TWICE, "-o", name) == 0
    code = "import sys; sys.path.insert(0, ''); import sum; print(sum.__file__, sum.sum(3, 4))"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True)
    assert done.stdout == f"{Path(name).absolute()} 14\n", done.stderr
    assert hpybc.load("sum.bc").sum(3, 4) == 14


def test_a_program_runs() -> None:
    """The tests of build systems link programs, of sources and of objects, and run some."""
    Path("a.c").write_text("int value(void); int main(void) { return value(); }\n")
    Path("b.c").write_text("int value(void) { return 42; }\n")
    assert call("-c", "b.c") == 0
    assert call("a.c", "b.o", "-o", "program") == 0
    assert subprocess.run(["./program"]).returncode == 42


def test_what_build_systems_ask() -> None:
    """The words by which they know clang."""
    assert said("cc", "--version").startswith("clang version ")
    assert said("cc", "-dumpversion").partition(".")[0].isdecimal()
    assert "linux-gnu" in said("cc", "-dumpmachine")
    Path("a.c").write_text("#define VALUE 42\nint value = VALUE;\n")
    assert said("cc", "-E", "a.c").endswith("int value = 42;\n")
    assert "#define __clang__ 1" in said("cc", "-E", "-dM", "-x", "c", "/dev/null")
    assert said("c++", "-M", "-MT", "target", "a.c").startswith("target: a.c")


def test_what_cannot_be_meant_for_bitcode_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    """Build systems say such things of their own accord."""
    Path("a.c").write_text("int value;\n")
    assert call("-c", "-O0", "-march=native", "a.c") == 0
    assert "argument -O: invalid choice: '0'; taken for -O1" in caplog.text
    assert "-march=native has no effect on bitcode; left out" in caplog.text


def test_machine_code_is_refused() -> None:
    """By the name of the file, and of the archive's member."""
    Path("m.o").write_bytes(b"\x7fELF" + bytes(60))
    assert call("-c", f"-I{INCLUDE}", SUM, TWICE) == 0
    with pytest.raises(errors.CompileError) as caught:
        call("-shared", "sum.o", "m.o", "-o", "sum.bc")
    assert caught.value.path == "m.o"
    assert "machine code" in caught.value.what


def test_several_modules_in_one_library() -> None:
    """The one that the file is named for, as Python would import it."""
    text = """
    #include <Python.h>
    static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "NAME", 0, -1, 0};
    PyMODINIT_FUNC PyInit_NAME(void) { return PyModule_Create(&def); }
    """
    for name in ("one", "two"):
        Path(f"{name}.c").write_text(text.replace("NAME", name))
    for name in ("one", "two"):
        assert call("-shared", "one.c", "two.c", "-o", f"{name}.bc") == 0
        assert hpybc.load(f"{name}.bc").__name__ == name
    with pytest.raises(errors.ModuleInitError):
        call("-shared", "one.c", "two.c", "-o", "three.bc")


def test_shared_library_that_is_no_module() -> None:
    """It is machine code, for programs and for tests of the machine."""
    Path("a.c").write_text("int value(void) { return 42; }\n")
    assert call("-shared", "-fPIC", "a.c", "-o", "liba.so") == 0
    assert ctypes.CDLL("./liba.so").value() == 42


def test_output_is_no_input() -> None:
    Path("a.c").write_text("int value;\n")
    with pytest.raises(errors.UsageError):
        call("-shared", "a.c", "-o", "a.c")
    assert Path("a.c").read_text() == "int value;\n"


def test_nothing_to_do() -> None:
    with pytest.raises(errors.UsageError):
        call()
    with pytest.raises(errors.FileMissingError):
        call("-c", "absent.c")
    with pytest.raises(errors.FileMissingError):
        call("-shared", "absent.o", "-o", "a.bc")
