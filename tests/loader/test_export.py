"""Exported binaries: what they need, who loads them, and what is refused."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest
from exported import late

from hpybc import cli, errors
from hpybc.loader import contexts, export, extension, importer
from hpybc.toolchain.compile import Options

HERE = Path(__file__).parent
TESTS = HERE.parent
EXAMPLES = TESTS.parent / "examples"

Compiled = Callable[..., Path]

SUFFIX = EXTENSION_SUFFIXES[0]


def bare(code: str, folder: Path) -> str:
    """What ``code`` prints in an interpreter that sees modules in ``folder`` and no package."""
    program = f"import sys; sys.path.append({str(folder)!r})\n{code}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, timeout=120
    )
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout


def undefined(file: Path) -> list[str]:
    """The symbols that a shared object needs, with their versions."""
    listed = subprocess.run(
        ["readelf", "--dyn-syms", "--wide", file], capture_output=True, text=True, check=True
    )
    return re.findall(r" UND (\w\S*)", listed.stdout)


def needed(file: Path) -> list[str]:
    """The shared objects that a shared object has loaded before it."""
    listed = subprocess.run(
        ["readelf", "--dynamic", "--wide", file], capture_output=True, text=True, check=True
    )
    return re.findall(r"\(NEEDED\).*\[(.*)\]", listed.stdout)


# The CPython ABI.


@pytest.mark.parametrize(
    ("name", "code", "printed"),
    [
        ("quickstart", "m.add(1, 2), m.total([1.0, 2.5])", "3 3.5"),
        ("point", "m.Point(1, y=2) + m.Point(0.5)", "Point(x=1.5, y=2.0)"),
        ("wordcount", "m.top('a b a', 1)", "[('a', 2)]"),
        ("levenshtein", "m.distance('kitten', 'sitting')", "3"),
    ],
)
def test_module_in_a_bare_interpreter(
    name: str, code: str, printed: str, compiled: Compiled, tmp_path: Path
) -> None:
    made = tmp_path / (name + SUFFIX)
    assert export.export(compiled(EXAMPLES / f"{name}.c"), "cpython", str(made)) == str(made)
    elsewhere = tmp_path / "empty"
    elsewhere.mkdir()
    shutil.copy(made, elsewhere)
    loaded = "print([m for m in sys.modules if 'hpy' in m or 'llvm' in m])"
    assert bare(f"import {name} as m; print({code}); {loaded}", elsewhere) == f"{printed}\n[]\n"


def test_exceptions_in_a_bare_interpreter(compiled: Compiled, tmp_path: Path) -> None:
    """In a process that has nothing to unwind with until the module brings it."""
    made = tmp_path / ("leaving" + SUFFIX)
    export.export(compiled(HERE / "leaving.cpp"), "cpython", str(made))
    code = "import leaving\ntry: leaving.caught()\nexcept IndexError as error: print(error)"
    # Its destructors write to stderr, which is none of this test's business.
    assert bare(f"import os; os.dup2(1, 2)\n{code}", tmp_path).startswith("vector\n")
    assert needed(made) == ["libgcc_s.so.1"]
    versions = {name.partition("@")[2] for name in undefined(made)}
    assert versions == {"", "GCC_3.0"}


def test_static_objects(compiled: Compiled, tmp_path: Path) -> None:
    made = tmp_path / ("plusplus" + SUFFIX)
    export.export(compiled(HERE / "plusplus.cpp"), "cpython", str(made))
    code = "import plusplus as m; print(m.constructed(), m.corners(), m.square(7))"
    assert bare(code, tmp_path) == "40 5 49\n"
    assert needed(made) == []


@pytest.mark.parametrize(("abi", "suffix"), [("cpython", SUFFIX), ("universal", ".hpy0.so")])
def test_no_version_of_the_c_library(
    abi: str, suffix: str, compiled: Compiled, tmp_path: Path
) -> None:
    made = tmp_path / ("csvparse" + suffix)
    export.export(compiled(EXAMPLES / "csvparse.c"), abi, str(made))
    symbols = undefined(made)
    assert "malloc" in symbols
    assert not [symbol for symbol in symbols if "@" in symbol]
    assert needed(made) == []


def test_a_second_module_of_the_process(answer: Compiled, tmp_path: Path) -> None:
    export.export(answer(), "cpython", str(tmp_path / ("answer" + SUFFIX)))
    code = """
import answer
del sys.modules["answer"]
try:
    import answer
except ImportError as error:
    print(error)
"""
    assert bare(code, tmp_path) == "this image already holds a module\n"


def test_python_h(compiled: Compiled, tmp_path: Path) -> None:
    source = compiled(HERE / "capi.c")
    export.export(source, "cpython", str(tmp_path / "capi.so"))
    assert bare("import capi; print(capi.add(20, 22))", tmp_path) == "42\n"
    with pytest.raises(errors.InterpreterError, match=r"includes Python\.h") as caught:
        export.export(source, "universal", str(tmp_path / "capi.hpy0.so"))
    assert caught.value.path == str(source)
    # Without its manifest only the bitcode says so.
    raw = extension.Extension(extension.read(source).payload, str(source))
    with pytest.raises(errors.InterpreterError, match=r"includes Python\.h"):
        export.universal(raw)


def test_python_h_of_another_interpreter(restamped: Compiled, tmp_path: Path) -> None:
    with pytest.raises(errors.InterpreterError):
        export.export(restamped(python="2.7"), "cpython", str(tmp_path / "answer.so"))


def test_file_without_a_manifest(raw: Compiled, tmp_path: Path) -> None:
    """Compiled in another process, and called as the file is."""
    other = tmp_path / "other.bc"
    shutil.copy(raw(), other)
    for source, name in ((raw(), "answer"), (other, "other")):
        export.export(source, "cpython", str(tmp_path / f"{name}.so"))
        assert bare(f"import {name} as m; print(m.answer())", tmp_path) == "42\n"
        export.export(source, "universal", str(tmp_path / f"{name}.hpy0.so"))
        assert hosted(tmp_path / f"{name}.hpy0.so").answer() == 42


def test_entry_by_another_name(answer: Compiled, tmp_path: Path) -> None:
    data = export.cpython(extension.read(answer()), entry="PyInit_other")
    (tmp_path / "other.so").write_bytes(data)
    assert bare("import other; print(other.answer())", tmp_path) == "42\n"


# The CPU.


def vectors(data: bytes, folder: Path) -> set[str]:
    """Which registers for vectors the machine code names, ``x`` (128 bits), ``y`` and ``z``."""
    file = folder / "vectors.so"
    file.write_bytes(data)
    listed = subprocess.run(
        ["objdump", "--disassemble", file], capture_output=True, text=True, check=True
    )
    return set(re.findall(r"%([xyz])mm\d", listed.stdout))


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="names registers of x86-64")
def test_cpu(compiled: Compiled, tmp_path: Path) -> None:
    """By default what every x86-64 has; v4 has registers of 512 bits and no need of them here."""
    source = extension.read(compiled(EXAMPLES / "csvparse.c"))
    default = export.cpython(source)
    assert vectors(default, tmp_path) == {"x"}
    assert export.cpython(source, cpu="generic") == default
    assert "y" in vectors(export.cpython(source, cpu="x86-64-v3"), tmp_path)
    assert vectors(export.universal(source), tmp_path) == {"x"}


def test_native_cpu(answer: Compiled, tmp_path: Path) -> None:
    (tmp_path / "answer.so").write_bytes(export.cpython(extension.read(answer()), cpu="native"))
    assert bare("import answer; print(answer.answer())", tmp_path) == "42\n"


@pytest.mark.parametrize("name", ["nosuch", "help", "", "pentium4", "cortex-a53; rm"])
def test_unknown_cpu(name: str, answer: Compiled, capfd: pytest.CaptureFixture[str]) -> None:
    """Whatever LLVM does about the name, print or die, is not seen."""
    for make in (export.cpython, export.universal):
        with pytest.raises(errors.UsageError) as caught:
            make(extension.read(answer()), cpu=name)
        assert caught.value.found == repr(name)
    assert capfd.readouterr() == ("", "")


# The universal ABI.


def hosted(path: Path) -> ModuleType:
    """The module in a universal binary, loaded by hpybc's own host."""
    host = importer.load(contexts.existing("host"), name="host", mode="release")
    name = path.name.partition(".")[0]
    module: ModuleType = host.load(str(path), name, ModuleSpec(name, None, origin=str(path)))
    return module


@pytest.fixture(scope="session")
def late_binary(compiled: Compiled, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("universal") / "late.hpy0.so"
    export.export(compiled(TESTS / "exported" / "late.c"), "universal", str(made))
    return made


def test_universal_module(late_binary: Path) -> None:
    late.check(hosted(late_binary))


#: Members before the one with index 0, and the index of HPyDict_Keys.
HEAD, KEYS, MEMBERS = 3, 257, 273

Implementation = ctypes.CFUNCTYPE(
    ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t
)
Keys = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        (b"HPy Universal ABI (CPython backend)", KEYS),
        (b"HPy Universal ABI (PyPy backend)", KEYS + 1),
        (b"HPy Debug Mode ABI (PyPy backend)", KEYS + 1),
        (None, KEYS),
    ],
)
def test_a_function_in_two_layouts(name: bytes | None, place: int, late_binary: Path) -> None:
    """In a host of each kind, the context of the call is not the one that it began with."""
    library = ctypes.CDLL(str(late_binary))
    text = ctypes.c_char_p(name)
    first = (ctypes.c_void_p * (HEAD + MEMBERS))(ctypes.cast(text, ctypes.c_void_p).value)
    library.HPyInitGlobalContext_late(first)
    second = (ctypes.c_void_p * (HEAD + MEMBERS))()
    keys = Keys(lambda context, h: h + 1 if context == ctypes.addressof(second) else None)
    second[HEAD + place] = ctypes.cast(keys, ctypes.c_void_p).value
    library.HPyInit_late.restype = ctypes.POINTER(ctypes.c_void_p)
    defines = ctypes.cast(library.HPyInit_late()[3], ctypes.POINTER(ctypes.c_void_p))
    # HPyDef: kind, name, implementation.
    method = ctypes.cast(defines[0], ctypes.POINTER(ctypes.c_void_p))
    assert ctypes.string_at(method[1] or 0) == b"keys"
    arguments = (ctypes.c_void_p * 1)(41)
    assert Implementation(method[2])(ctypes.addressof(second), None, arguments, 1) == 42


NEWER = r"""
#include "hpy.h"
#define METHOD(name, result)                                                                       \
    HPyDef_METH(name, #name, HPyFunc_O) static HPy name##_impl(HPyContext *ctx, HPy self, HPy x) { \
        return result;                                                                             \
    }
#ifdef FUNCTION
METHOD(first, HPy_GetIter(ctx, x))
#elif defined FUNCTIONS
METHOD(first, HPyList_Insert(ctx, x, 0, x) < 0 ? HPy_NULL : HPy_GetIter(ctx, x))
#else
METHOD(first, HPyBool_FromBool(ctx, HPy_TypeCheck(ctx, x, ctx->h_DictType)))
#endif
static HPyDef *defines[] = {&first, NULL};
static HPyModuleDef definition = {.defines = defines};
HPy_MODINIT(newer, definition)
"""


@pytest.mark.parametrize(
    ("uses", "names"),
    [
        ("FUNCTION", ("HPy_GetIter",)),
        ("FUNCTIONS", ("HPyList_Insert", "HPy_GetIter")),
        ("HANDLE", ("ctx->h_DictType",)),
    ],
)
def test_newer_than_hpy(
    uses: str, names: tuple[str, ...], compiled: Compiled, tmp_path: Path
) -> None:
    source = tmp_path / "newer.c"
    source.write_text(NEWER)
    file = compiled(source, Options(defines=(uses,)))
    with pytest.raises(errors.UndefinedSymbolError) as caught:
        export.export(file, "universal", str(tmp_path / "newer.hpy0.so"))
    assert caught.value.symbols == names
    assert caught.value.found == ", ".join(names)
    assert caught.value.path == str(file)
    assert "0.9.0" in caught.value.needed
    export.export(file, "cpython", str(tmp_path / "newer.so"))


def test_undefined_symbol(answer: Compiled, tmp_path: Path) -> None:
    for abi, name in (("cpython", "answer.so"), ("universal", "answer.hpy0.so")):
        with pytest.raises(errors.UndefinedSymbolError) as caught:
            export.export(answer("UNDEFINED=nobody_defines_it"), abi, str(tmp_path / name))
        assert caught.value.symbols == ("nobody_defines_it",)
        assert caught.value.what == "undefined symbol"


# The file.


@pytest.mark.parametrize(
    ("abi", "name"),
    [
        ("cpython", "other" + SUFFIX),
        ("cpython", "answer.abi3.so"),
        ("cpython", "answer.bc"),
        ("cpython", "answer"),
        ("cpython", ""),
        ("universal", "answer.so"),
        ("universal", "other.hpy0.so"),
    ],
)
def test_file_name(abi: str, name: str, answer: Compiled, tmp_path: Path) -> None:
    with pytest.raises(errors.UsageError) as caught:
        export.export(answer(), abi, f"{tmp_path}/{name}")
    assert caught.value.found == name
    assert caught.value.needed.startswith("answer.")
    assert list(tmp_path.iterdir()) == []


def test_file_is_replaced_as_a_whole(answer: Compiled, tmp_path: Path) -> None:
    file = tmp_path / "answer.so"
    file.write_text("old")
    file.chmod(0o600)
    with pytest.raises(errors.UndefinedSymbolError):
        export.export(answer("UNDEFINED=nobody_defines_it"), "cpython", str(file))
    assert file.read_text() == "old"
    before = os.umask(0o027)
    try:
        export.export(answer(), "cpython", str(file))
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o750
    assert [path.name for path in tmp_path.iterdir()] == ["answer.so"]


# The command.


def test_command(
    answer: Compiled,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for abi, suffix in (("cpython", SUFFIX), ("universal", ".hpy0.so")):
        assert cli.main(["export", str(answer()), "--abi", abi, "--cpu", "generic"]) == 0
        assert capsys.readouterr().out == f"answer{suffix}\n"
        assert (tmp_path / f"answer{suffix}").exists()


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--abi", "cpython", "-o", "other.so"], 2, "Python could not import"),
        (["--abi", "universal", "--cpu", "z80"], 2, "LLVM knows no such CPU"),
        (["--abi", "cpython", "-o", "no/such/folder/answer.so"], 1, "No such file or directory"),
    ],
)
def test_command_errors(
    arguments: list[str],
    status: int,
    message: str,
    answer: Compiled,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["export", str(answer()), *arguments]) == status
    assert message in capsys.readouterr().err


def test_unknown_abi(answer: Compiled) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["export", str(answer()), "--abi", "graalpy"])
    assert caught.value.code == 2


def test_universal_abi_has_ascii_names_alone(compiled: Compiled, tmp_path: Path) -> None:
    """Whoever loads such a module looks for no other."""
    file = compiled(EXAMPLES / "quickstart.c", Options(name="schnellstart\u00df"))
    with pytest.raises(errors.UsageError, match="ASCII"):
        export.export(file, "universal", str(tmp_path / "schnellstart\u00df.hpy0.so"))
    assert not list(tmp_path.iterdir())
    output = tmp_path / f"schnellstart\u00df{SUFFIX}"
    export.export(file, "cpython", str(output))
    program = "import schnellstart\u00df as m; print(m.add(2, 3))"
    assert bare(program, tmp_path) == "5\n"
