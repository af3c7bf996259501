"""What LLVM does not survive: an error for whoever wants it compiled, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import hpybc
from hpybc import cli, errors, universal
from hpybc.inspect import inspect
from hpybc.jit import edits, identity
from hpybc.jit.module import parsed
from hpybc.loader import export, extension, prebuilt
from hpybc.loader.manifest import wrap
from hpybc.process import child
from hpybc.toolchain.compile import compile_extension

ANSWER = Path(__file__).parent / "answer.c"
DISPATCH = Path(__file__).parent / "dispatch.c"

ASSEMBLY = """
#include "hpy.h"
HPyDef_METH(f, "f", HPyFunc_NOARGS)
static HPy f_impl(HPyContext *ctx, HPy self) {
    __asm__ volatile(%s);
    return HPyLong_FromLong(ctx, 1);
}
static HPyDef *defines[] = {&f, NULL};
static HPyModuleDef moduledef = {.defines = defines};
HPy_MODINIT(assembly, moduledef)
"""


@pytest.fixture
def uncompilable(compiled: Callable[..., Path], tmp_path: Path) -> Path:
    """A file with a manifest, whose functions use instructions that they do not ask for."""
    if identity.architecture() != "x86_64":
        pytest.skip("the instructions are those of x86-64")
    source = extension.read(compiled(DISPATCH))
    assert source.manifest is not None
    with parsed(source.payload) as module:
        payload = edits.generic(module).bitcode
    file = tmp_path / "dispatch.bc"
    file.write_bytes(wrap(payload, source.manifest, identity.architecture()))
    return file


@pytest.fixture(autouse=True)
def undisturbed(
    compiled: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Iterator[None]:
    """Nothing is printed, no temporary file is left, and other files load afterwards."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    good = compiled(ANSWER)
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    capfd.readouterr()
    yield
    assert capfd.readouterr() == ("", "")
    assert os.listdir(temporary) == []
    assert hpybc.load(good).answer() == 42


def test_load(uncompilable: Path, engine: str) -> None:
    with pytest.raises(errors.BuildProcessError) as caught:
        hpybc.load(uncompilable)
    assert caught.value.found.startswith("SIGABRT; LLVM ERROR: Cannot select: ")
    assert (caught.value.path, caught.value.name) == (str(uncompilable), "dispatch")
    assert "manifest" not in str(caught.value)


@pytest.mark.parametrize("abi", list(export.SUFFIXES))
def test_export(abi: str, uncompilable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(uncompilable.parent)
    before = {*os.listdir()}
    with pytest.raises(errors.BuildProcessError):
        export.export(str(uncompilable), abi)
    assert {*os.listdir()} == before


def test_prebuild(uncompilable: Path) -> None:
    with pytest.raises(errors.BuildProcessError):
        prebuilt.make(str(uncompilable))


def test_the_peer_of_a_benchmark(uncompilable: Path) -> None:
    with pytest.raises(errors.BuildProcessError):
        universal.load(uncompilable)


def test_the_command(uncompilable: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """An error as any other."""
    assert cli.main(["prebuild", str(uncompilable)]) == 1
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"hpybc: error: {uncompilable}: the process that was to compile")


def test_inspect(uncompilable: Path) -> None:
    """Nothing is compiled for that."""
    assert inspect(uncompilable).module == "dispatch"


def test_inspecting_what_llvm_may_not_survive(
    compiled: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LLVM trusts its input: nobody vouches for bitcode alone, which has limits besides."""
    asked = []
    call = child.call

    def recorded(*arguments: Any, **options: Any) -> bytes:
        asked.append((options.get("limits"), options["here"] is not None))
        return call(*arguments, **options)

    monkeypatch.setattr(child, "call", recorded)
    file = tmp_path / "answer.bc"
    file.write_bytes(extension.read(compiled(ANSWER)).payload)
    assert inspect(file).module == inspect(compiled(ANSWER)).module == "answer"
    assert asked == [(child.FOREIGN, False), (None, True)]


def test_assembly_that_does_not_assemble(tmp_path: Path) -> None:
    """It is parsed when code is made of it."""
    source, file = tmp_path / "assembly.c", tmp_path / "assembly.bc"
    source.write_text(ASSEMBLY % '"no_such_instruction"')
    compile_extension([str(source)], str(file))
    with pytest.raises(errors.BuildProcessError) as caught:
        hpybc.load(file)
    assert "invalid instruction mnemonic 'no_such_instruction'" in caught.value.found


def test_relocation_that_llvm_cannot_do(tmp_path: Path, engine: str) -> None:
    """A linker leaves a piece of an address to the dynamic one; LLVM's own has not learnt that."""
    if identity.architecture() != "x86_64":
        pytest.skip("the relocation is one of x86-64")
    lines = (r'".pushsection .mine,\"aw\"\n.quad 0\n"', r'".reloc .-8, R_X86_64_16, malloc\n"')
    source, file = tmp_path / "assembly.c", tmp_path / "assembly.bc"
    source.write_text(ASSEMBLY % " ".join([*lines, '".popsection"']))
    compile_extension([str(source)], str(file))
    if engine == "shared":
        assert hpybc.load(file).f() == 1
    else:
        with pytest.raises(errors.BuildProcessError, match="SIGABRT; "):
            hpybc.load(file)


def test_no_process_but_this_one(
    compiled: Callable[..., Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no other can be started, what has a manifest is compiled in this one."""
    file = compiled(ANSWER)
    for value in ("/nowhere/python", "/bin/false", ""):
        monkeypatch.setattr(sys, "executable", value)
        assert hpybc.load(file).answer() == 42
        for image in folder.iterdir():
            image.unlink()
    monkeypatch.undo()


def test_a_frozen_program_does_not_start_itself(
    compiled: Callable[..., Path], folder: Path
) -> None:
    """sys.executable would be the program once more."""
    code = f"""
import sys
sys.frozen = True
import hpybc
from hpybc.loader.manifest import wrap
assert hpybc.load({str(compiled(ANSWER))!r}).answer() == 42
assert "llvmlite" in sys.modules
"""
    subprocess.run([sys.executable, "-I", "-c", code], check=True)
