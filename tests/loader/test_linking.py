"""What a linker does for every shared object, and what it takes from static libraries."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import hpybc
from hpybc.loader import export, prebuilt
from hpybc.toolchain.compile import Options

HERE = Path(__file__).parent

#: What the functions of linking.c return.
EXPECTED = {
    "files": 1,
    "clones": 12,
    "versions": 40,
    "indirections": 555,
    "aliases": 2 + 11 + 101 + 30 + 5 + ord("a"),
    "weak": 4321,
    "weak_definitions": 6,
    "environment": 1,
    "assembly": 7 + 70 + 100 + 1000 + 20000,
    "sections": 1 + 2 + 100,
    "integers": 2**100 // 3 % 1000 + (7 << 70) // 9 % 1000 + 1,
    "floats": 65 + 55 + 5 + 22 + 8 + 2000 + 6,
    "atomics": 4 * 10000 * 3 + 1,
}

#: As linking.c asks for them, and as the kernel calls them.
FEATURES = ("sse2", "avx2", "avx512f", "bmi2", "adx", "rdrand", "sha_ni", "vaes", "cx16", "fma")

VENDORS = {"GenuineIntel": 1, "AuthenticAMD": 2}


@pytest.fixture(scope="module")
def file(compiled: Callable[..., Path]) -> Path:
    """The extension, as bitcode."""
    return compiled(HERE / "linking.c", Options(extra=("-Wno-atomic-alignment",)))


def processor() -> tuple[int, int]:
    """What ``processor`` and ``vendor`` of linking.c return, by the kernel's account."""
    lines = Path("/proc/cpuinfo").read_text().partition("\n\n")[0].splitlines()
    told = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    flags = told.get("flags", "").split()
    found = sum((name in flags) << number for number, name in enumerate(FEATURES))
    return found, VENDORS.get(told.get("vendor_id", ""), 0)


def assert_works(module: ModuleType) -> None:
    """The functions of linking.c that register nothing."""
    assert {name: getattr(module, name)() for name in EXPECTED} == EXPECTED
    assert (module.processor(), module.vendor()) == processor()


def test_load(engine: str, file: Path) -> None:
    """With both engines, cold and warm."""
    for _ in range(2):
        assert_works(hpybc.load(file))


@pytest.mark.parametrize("mode", ["debug", "trace"])
def test_other_modes(file: Path, mode: str) -> None:
    """They have the same libraries."""
    assert_works(hpybc.load(file, mode=mode))


CODE = """
import sys
sys.path.insert(0, {folder!r})
import linking, json
print(json.dumps({{name: getattr(linking, name)() for name in {names!r}}}))
"""


def test_export(file: Path, tmp_path: Path) -> None:
    """An extension module has them in it."""
    path = export.export(
        str(file), "cpython", str(tmp_path / f"linking{export.SUFFIXES['cpython'][0]}")
    )
    assert path
    names = [*EXPECTED, "processor", "vendor"]
    done = subprocess.run(
        [sys.executable, "-I", "-c", CODE.format(folder=str(tmp_path), names=names)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr == ""
    features, vendor = processor()
    assert eval(done.stdout) == {**EXPECTED, "processor": features, "vendor": vendor}


def test_prebuilt(file: Path, tmp_path: Path, folder: Path) -> None:
    """So does an image that is shipped, which the C library of another machine loads."""
    copy = tmp_path / "linking.bc"
    copy.write_bytes(file.read_bytes())
    image = Path(prebuilt.make(str(copy)))
    assert_works(hpybc.load(copy))
    assert not list(folder.iterdir())
    # The name that all versions of glibc have had.
    assert b"__xstat\0" in image.read_bytes()


@pytest.fixture
def printed(engine: str, file: Path) -> Callable[[str], list[str]]:
    """printed(code) -> the lines that a process prints that has the extension as ``m``."""

    def run(code: str) -> list[str]:
        load = f"import ctypes, os, hpybc; m = hpybc.load({str(file)!r}); {code}"
        done = subprocess.run(
            [sys.executable, "-I", "-c", load], capture_output=True, text=True, timeout=120
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.splitlines()

    return run


def test_handlers_at_exit(printed: Callable[[str], list[str]]) -> None:
    """When the process ends, after the interpreter, the last registered first."""
    code = "assert m.order() == 0; import atexit; atexit.register(os.write, 1, b'python\\n')"
    assert printed(code) == ["python", "exit", "first"]


def test_handlers_at_quick_exit(printed: Callable[[str], list[str]]) -> None:
    """Those alone."""
    code = "assert m.handlers() == 0; ctypes.CDLL(None).quick_exit(0)"
    assert printed(code) == ["quick exit"]


def test_handlers_around_a_fork(printed: Callable[[str], list[str]]) -> None:
    """In the process that forks and in the other; the latter ends without further ado."""
    code = "m.handlers(); pid = os.fork(); pid or os._exit(0); os.waitpid(pid, 0); os._exit(0)"
    lines = printed(code)
    assert lines[0] == "before"
    assert sorted(lines[1:]) == ["child", "parent"]


def test_definition_of_its_own(engine: str, compiled: Callable[..., Path], tmp_path: Path) -> None:
    """An extension's own function stands, whatever the C library has."""
    source = tmp_path / "own.c"
    source.write_text(
        '#include "hpy.h"\n'
        "int atexit(void (*function)(void)) { function(); return 77; }\n"
        "static void nothing(void) {}\n"
        'HPyDef_METH(f, "f", HPyFunc_NOARGS)\n'
        "static HPy f_impl(HPyContext *ctx, HPy self) {\n"
        "    return HPyLong_FromLong(ctx, atexit(nothing));\n"
        "}\n"
        "static HPyDef *defines[] = {&f, NULL};\n"
        "static HPyModuleDef definition = {.defines = defines};\n"
        "HPy_MODINIT(own, definition)\n"
    )
    assert hpybc.load(compiled(source)).f() == 77
