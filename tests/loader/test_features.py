"""Functions that ask for features of the processor themselves, wherever they are compiled for."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import hpybc
from hpybc.jit import features, identity, target
from hpybc.jit.build import Options, build_ir
from hpybc.jit.module import parsed
from hpybc.loader import contexts, export, extension, prebuilt
from hpybc.loader.manifest import wrap
from hpybc.toolchain import clang
from hpybc.toolchain import compile as driver
from hpybc.toolchain.sources import compile_sources
from reliability import attributes
from tools.ir import Function

pytestmark = pytest.mark.skipif(
    identity.architecture() != "x86_64", reason="the features are those of x86-64"
)

DISPATCH = Path(__file__).parent / "dispatch.c"

Compiled = Callable[..., Path]


def imported(file: str) -> ModuleType:
    """The extension module in the shared object ``file``."""
    name = Path(file).name.partition(".")[0]
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def check(module: ModuleType) -> None:
    assert module.crc32c(b"123456789") == 0xE3069283
    assert module.sum() == 120
    assert (module.wider(41), module.narrower(43)) == (42, 42)
    with pytest.raises(TypeError):
        module.narrower("text")


@pytest.mark.parametrize("mode", ["release", "debug"])
def test_dispatch_on_this_processor(mode: str, engine: str, compiled: Compiled) -> None:
    """What it cannot run it does not call."""
    check(hpybc.load(compiled(DISPATCH), mode=mode))


@pytest.mark.parametrize("cpu", ["generic", "native", "nehalem", "znver5"])
def test_dispatch_in_a_binary(cpu: str, compiled: Compiled, tmp_path: Path) -> None:
    """For less of a processor than this one, or for more."""
    output = str(tmp_path / "dispatch.so")
    made = export.export(compiled(DISPATCH), "cpython", output, cpu)
    if cpu in ("generic", "native"):
        check(imported(made))


def test_dispatch_in_an_image_that_is_shipped(compiled: Compiled, tmp_path: Path) -> None:
    file = tmp_path / "dispatch.bc"
    file.write_bytes(compiled(DISPATCH).read_bytes())
    prebuilt.make(str(file))
    check(hpybc.load(file))


def test_the_file_names_what_was_asked_for(compiled: Compiled) -> None:
    """And nothing of what every function has."""
    with parsed(extension.read(compiled(DISPATCH)).payload) as module:
        text = str(module)
        asked = features.of_function(module, "by_instruction").split(",")
    assert {"+sse4.2", "+crc32", "+popcnt"} <= set(asked)
    assert "+sse2" not in asked
    assert len(re.findall('"target-features"', text)) == 5
    assert "target-cpu" not in text and "tune-cpu" not in text


def test_features_for_a_whole_file(compiled: Compiled) -> None:
    """-mavx2 is for all of its functions."""
    file = compiled(DISPATCH, driver.Options(extra=("-mavx2",)))
    with parsed(extension.read(file).payload) as module:
        for name in ("by_table", "PyInit_dispatch"):
            assert "+avx2" in features.of_function(module, name).split(",")


def test_the_context_is_inlined(compiled: Compiled) -> None:
    """Also where a function can do more than its callee; not where it can do less."""
    source = extension.read(compiled(DISPATCH))
    stack = [extension.read(contexts.stack("release")).payload]
    machine = target.Target(identity.triple(), "x86-64-v3", "+sse,+avx,+avx2,+fma")
    text = build_ir(source.payload, stack, machine, Options(exports=("PyInit_dispatch",)))
    bodies = re.findall(r"^define .*?^\}", text, re.M | re.S)
    wider = [Function(body) for body in bodies if "wider" in body.partition("\n")[0]]
    assert wider
    assert not any("HPyLong_FromLong" in body.calls() for body in wider)
    for groups in re.findall(r'"target-features"="([^"]*)"', text):
        assert groups.startswith("+sse,+avx,+avx2,+fma,")


def raw(tmp_path: Path, *flags: str) -> Path:
    """dispatch.c as any clang would compile it."""
    options = ["-O2", *flags, "-isystem", hpybc.include_path()]
    (payload,) = compile_sources(clang.find(), [str(DISPATCH)], options)
    file = tmp_path / "dispatch.bc"
    file.write_bytes(payload)
    return file


def test_bitcode_of_another_clang(tmp_path: Path) -> None:
    """It has the features of a processor in every function, and others in some."""
    file = raw(tmp_path)
    check(hpybc.load(file))
    check(imported(export.export(file, "cpython", str(tmp_path / "dispatch.so"))))


def test_bitcode_that_another_clang_compiled_for_a_processor(tmp_path: Path) -> None:
    """That processor is not what it is compiled for here; what some functions have besides is."""
    payload = raw(tmp_path, "-march=haswell").read_bytes()
    stack = [extension.read(contexts.stack("release")).payload]
    options = Options(exports=("PyInit_dispatch",), foreign=True)
    machine = target.Target(identity.triple(), "x86-64-v3", "+sse,+avx")
    text = build_ir(payload, stack, machine, options)
    assert "haswell" not in text
    asked = {*re.findall(r'"target-features"="\+sse,\+avx,([^"]*)"', text)}
    assert any("+avx512f" in groups for groups in asked)
    assert not any("+fsgsbase" in groups for groups in asked)


def test_features_that_this_llvm_does_not_know(
    engine: str, compiled: Compiled, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Another clang has some: LLVM passes them over, and says so to nobody here."""
    source = extension.read(compiled(DISPATCH))
    assert source.manifest is not None
    with parsed(source.payload) as module:
        text = str(module).replace('"target-features"="', '"target-features"="+no-such-feature,')
        payload = module.assemble(text).bitcode
    file = tmp_path / "dispatch.bc"
    file.write_bytes(wrap(payload, source.manifest, identity.architecture()))
    check(hpybc.load(file))
    assert capfd.readouterr() == ("", "")


@pytest.mark.long
def test_every_feature(tmp_path: Path) -> None:
    """One file with a function for each that clang knows: for this processor and for the oldest."""
    known = attributes.features()
    assert {"sse4.2", "avx512f", "xop", "amx-tile"} <= {*known}
    asked = [*known, *(f"no-{feature}" for feature in known)]
    made = attributes.every(asked, target.host().features.split(","))
    source = tmp_path / "every.c"
    source.write_text(made.text)
    driver.compile_extension([str(source)], str(tmp_path / "every.bc"))
    binary = export.export(tmp_path / "every.bc", "cpython", str(tmp_path / "every.so"))
    for module in (hpybc.load(tmp_path / "every.bc"), imported(binary)):
        assert {module.call(2 * i, 7) for i in made.runs} == {module.call(1, 7)}
