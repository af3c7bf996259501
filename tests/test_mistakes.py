"""What people do wrong at first: each is told what, and none sees a traceback from inside."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

GOOD = """
#include "hpy.h"
HPyDef_METH(f, "f", HPyFunc_O)
static HPy f_impl(HPyContext *ctx, HPy self, HPy arg) { return HPy_Dup(ctx, arg); }
static HPyDef *defines[] = {&f, NULL};
static HPyModuleDef def = {.defines = defines};
HPy_MODINIT(good, def)
"""

#: Sources with one mistake.
SOURCES = {
    "good.c": GOOD,
    "header.c": '#include "shapes.h"\n' + GOOD,
    "signature.c": GOOD.replace("HPyFunc_O)", "HPyFunc_VARARGS)"),
    "no_modinit.c": GOOD.replace("HPy_MODINIT(good, def)", ""),
    "other.c": '#include "hpy.h"\nstatic HPyModuleDef m;\nHPy_MODINIT(other, m)\n',
    "undefined.c": GOOD.replace("return HPy_Dup", "extern int gone(void); gone(); return HPy_Dup"),
    "no_impl.c": GOOD.replace("f_impl", "g_impl").replace("static HPy g", "HPy g"),
    "forgets.c": GOOD.replace("return HPy_Dup", "HPy_Dup(ctx, arg); return HPy_Dup"),
}

#: The mistake, the command, and what it says, besides its exit status, which is not 0.
COMPILING = [
    (
        "missing header",
        "header.c -o x.bc",
        ["header.c:1:10: fatal error: 'shapes.h' file not found"],
    ),
    ("wrong signature", "signature.c -o x.bc", ["signature.c:4:12: error:", "f_impl"]),
    ("no MODINIT", "no_modinit.c -o x.bc", ["HPy_MODINIT"]),
    (
        "two MODINITs",
        "good.c other.c -o x.bc",
        ["PyInit_good, PyInit_other", "more than one module"],
    ),
    ("misspelt file", "god.c -o x.bc", ["god.c: no such file", "did you mean good.c?"]),
    (
        "output not writable",
        "good.c -o none/x.bc",
        ["No such file or directory: 'none/x.bc'", "no folder none", "mkdir -p none"],
    ),
    ("output is the input", "good.c -o good.c", ["good.c"]),
    ("-O0", "good.c -O0 -o x.bc", ["invalid choice: '0'", "-O1 -g to debug"]),
    ("undefined symbol", "undefined.c -o x.bc", ["gone"]),
    ("missing _impl", "no_impl.c -o x.bc", ["f_impl"]),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    result = tmp_path_factory.mktemp("mistakes")
    for name, text in SOURCES.items():
        (result / name).write_text(text)
    return result


def said(folder: Path, arguments: Sequence[str], code: str = "") -> str:
    """What a command says that fails, in so many words."""
    command = [sys.executable, "-c", code] if code else [sys.executable, "-m", "hpybc", *arguments]
    environment = {k: v for k, v in os.environ.items() if k not in ("HPYBC_MODE", "HPY")}
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=120, env=environment
    )
    assert done.returncode not in (0, -6, -11), done
    return done.stderr


@pytest.mark.parametrize(
    ("command", "words"), [c[1:] for c in COMPILING], ids=[c[0] for c in COMPILING]
)
def test_compile(command: str, words: list[str], folder: Path) -> None:
    text = said(folder, ["compile", *command.split()])
    print(f"$ hpybc compile {command}\n{text}")
    assert "Traceback" not in text
    for word in words:
        assert word in text
    assert (folder / "good.c").read_text() == GOOD
    assert not (folder / "x.bc").exists()


#: The mistake, a program, and what the last lines of its traceback say: the program's own.
LOADING = [
    (
        "a source loaded",
        "hpybc.load('good.c')",
        ["NotBitcodeError: good.c: not a", "a source", "hpybc compile ext.c"],
    ),
    ("a shared object loaded", "hpybc.load(so)", ["NotBitcodeError", "machine code (ELF)"]),
    (
        "wrong Python",
        "hpybc.load('bound.bc')",
        ["InterpreterError: ", "bound.bc: ", "found:   Python 3.9"],
    ),
    ("other architecture", "hpybc.load('arm.bc')", ["ArchitectureError", "aarch64"]),
    ("newer file", "hpybc.load('newer.bc')", ["NewerLLVMError", "99.1.0"]),
    (
        "forgotten close",
        "import hpybc.debug\nm = hpybc.load('forgets.bc', mode='debug')\n"
        "with hpybc.debug.LeakDetector():\n    m.f('it')",
        ["HPyLeakError: 1 unclosed handle", "str 'it'"],
    ),
]

WRITE = """
from hpybc.loader.extension import read
from hpybc.loader.manifest import wrap
from hpybc.jit.module import parsed
good = read("good.bc")
with parsed(good.payload) as module:
    module.triple = "aarch64-unknown-linux-gnu"
    arm = module.bitcode
for name, payload, changes, machine in (
    ("bound", good.payload, {"python": "3.9"}, "x86_64"),
    ("arm", arm, {}, "aarch64"),
    ("newer", good.payload, {"llvm": "99.1.0"}, "x86_64"),
):
    with open(name + ".bc", "wb") as file:
        file.write(wrap(payload, {**good.manifest, **changes}, machine))
"""


@pytest.fixture(scope="module")
def files(folder: Path) -> Path:
    """The same folder, with bitcode files."""
    for name in ("good", "forgets"):
        command = [sys.executable, "-m", "hpybc", "compile", f"{name}.c", "-o", f"{name}.bc"]
        subprocess.run(command, cwd=folder, check=True)
    subprocess.run([sys.executable, "-c", WRITE], cwd=folder, check=True)
    return folder


@pytest.mark.parametrize(("code", "words"), [c[1:] for c in LOADING], ids=[c[0] for c in LOADING])
def test_load(code: str, words: list[str], files: Path) -> None:
    text = said(files, [], f"import hpybc, _ctypes\nso = _ctypes.__file__\n{code}")
    print(f"{code}\n{text}")
    for word in words:
        assert word in text
