"""Extensions that include Python.h: bound to one interpreter, and else like any other."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import hpybc
from hpybc import errors
from hpybc.jit import identity
from hpybc.loader import bitcode
from hpybc.toolchain.compile import Options, compile_extension

HERE = Path(__file__).parent
RUNNING = f"{sys.version_info[0]}.{sys.version_info[1]}{sys.abiflags}"


@pytest.mark.parametrize("defines", [(), ("MULTI_PHASE",)], ids=["single-phase", "multi-phase"])
def test_c_api_module(engine: str, compiled: Callable[..., Path], defines: tuple[str, ...]) -> None:
    module = hpybc.load(compiled(HERE / "capi.c", Options(defines=defines)))
    assert module.__name__ == "capi"
    assert module.add(20, 22) == 42
    with pytest.raises(TypeError):
        module.add("20", 22)


def test_manifest_names_the_interpreter(compiled: Callable[..., Path]) -> None:
    bound = bitcode.read(compiled(HERE / "capi.c")).manifest
    free = bitcode.read(compiled(HERE / "answer.c")).manifest
    assert bound is not None
    assert free is not None
    assert bound["python"] == RUNNING
    assert free["python"] is None


def test_another_interpreter(compiled: Callable[..., Path], tmp_path: Path) -> None:
    source = bitcode.read(compiled(HERE / "capi.c"))
    manifest = {**(source.manifest or {}), "python": "9.99"}
    other = tmp_path / "other.bc"
    other.write_bytes(bitcode.wrap(source.payload, manifest, identity.architecture()))
    with pytest.raises(errors.InterpreterError) as caught:
        hpybc.load(other)
    assert caught.value.found == "Python 9.99"
    assert caught.value.needed == f"Python {RUNNING}"
    assert caught.value.path == str(other)


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
