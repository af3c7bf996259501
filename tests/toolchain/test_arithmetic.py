"""Numbers: the same bits on every processor, and what C means to CPython's own extensions."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from types import ModuleType

import pytest

import hpybc
from hpybc.jit import identity
from hpybc.jit.build import Options as BuildOptions
from hpybc.jit.build import linked
from hpybc.jit.optimize import machine, optimize
from hpybc.jit.target import Target
from hpybc.loader import contexts, extension
from hpybc.loader.export import export
from hpybc.toolchain.compile import Options
from tools.extensions import STRICT
from tools.workloads import NAMES, loaded, source_of, workload_of

SOURCE = Path(__file__).with_name("arithmetic.c")
INT_MAX = 2**31 - 1

HPY = Options()
PYTHON_H = Options(defines=("PYTHON_H",))

#: Processors that multiply and add in one instruction, and what those are called.
FUSING = {"x86_64": "haswell", "aarch64": "generic"}[identity.architecture()]
FUSED = re.compile(r"\tv?fn?m(?:add|sub|la|ls)\w*\t")


def assembly(path: Path, cpu: str) -> str:
    """What a bitcode file becomes for a processor, in mode release."""
    source = extension.read(path)
    layers = [extension.read(contexts.stack("release")).payload]
    options = BuildOptions((f"PyInit_{source.name}",))
    target = Target(identity.triple(), cpu, "")
    with linked(source.payload, layers, target, options) as module:
        optimize(module, target)
        text: str = machine(target).emit_assembly(module.reference)
        return text


@pytest.mark.parametrize("program", ["nbody", "point"])
def test_nothing_is_fused(program: str, compiled: Callable[..., Path]) -> None:
    assert not FUSED.search(assembly(compiled(source_of(program), STRICT), FUSING))


@pytest.mark.parametrize("options", [HPY, PYTHON_H], ids=["HPy", "Python.h"])
def test_the_author_decides(options: Options, compiled: Callable[..., Path]) -> None:
    assert not FUSED.search(assembly(compiled(SOURCE, options), FUSING))
    for flag in ("-ffp-contract=on", "-ffp-contract=fast"):
        chosen = Options(defines=options.defines, extra=(flag,))
        assert FUSED.search(assembly(compiled(SOURCE, chosen), FUSING))


def both(path: Path, folder: Path) -> tuple[ModuleType, ModuleType]:
    """A module compiled for every processor of the architecture, and for this one."""
    name = extension.read(path).name
    output = str(folder / f"{name}{EXTENSION_SUFFIXES[0]}")
    return loaded(name, Path(export(path, "cpython", output, "generic"))), hpybc.load(path)


#: The programs that do little else than to calculate come first.
CALCULATING = ("nbody", "point")
PROGRAMS = (
    *CALCULATING,
    *(pytest.param(name, marks=pytest.mark.long) for name in NAMES if name not in CALCULATING),
)


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_give_the_same_bits(
    program: str, compiled: Callable[..., Path], tmp_path: Path
) -> None:
    workload = workload_of(program)
    results = [
        repr(workload.run(module, workload.setup(module)))
        for module in both(compiled(source_of(program), STRICT), tmp_path)
    ]
    assert results[0] == results[1]


@pytest.mark.parametrize("options", [HPY, PYTHON_H], ids=["HPy", "Python.h"])
def test_same_bits(options: Options, compiled: Callable[..., Path], tmp_path: Path) -> None:
    path = compiled(SOURCE, options)
    rng = random.Random(1)
    generic, native = both(path, tmp_path)
    for _ in range(2000):
        a, b, c = (rng.uniform(-2, 2) for _ in range(3))
        expected = generic.numbers(a, b, c)
        assert expected[0] == a * b + c
        assert native.numbers(a, b, c) == expected
        # The products that are rounded away show what is rounded once.
        product = generic.numbers(a, b, -(a * b))
        assert product[0] == 0.0 == native.numbers(a, b, -(a * b))[0]


@pytest.mark.parametrize("options", [HPY, PYTHON_H], ids=["HPy", "Python.h"])
def test_ints_wrap_around_and_memory_has_no_type(
    options: Options, compiled: Callable[..., Path]
) -> None:
    module = hpybc.load(compiled(SOURCE, options))
    assert module.language(5) == (1, 0)
    assert module.language(INT_MAX) == (0, 0)
    extra = ("-fno-wrapv", "-fstrict-aliasing")
    other = hpybc.load(compiled(SOURCE, Options(defines=options.defines, extra=extra)))
    assert other.language(INT_MAX) == (1, 1)
