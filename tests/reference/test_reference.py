"""The reference is complete and current, its lines of use compile, and its facts hold."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import hpybc
import hpybc.debug
from hpybc.toolchain.compile import Options, compile_extension
from reference import definitions, facts, pages, sources, variables
from reference.facts import Example, Fact
from tools.extensions import STRICT


def test_every_name_has_facts() -> None:
    told = [fact.name for fact in facts.facts()]
    assert sorted(told) == sorted(definitions.names())
    assert len(told) > 300
    assert set(facts.load()["slots"]) == {slot.name for slot in definitions.slots()}


def test_facts_name_parameters_that_there_are() -> None:
    for fact in facts.facts():
        if isinstance(fact.entry, definitions.Function):
            known = {name or "..." for _, name in fact.entry.parameters}
            assert {*fact.null, *fact.keeps, *fact.closes, *fact.gives} <= known, fact.name


def test_pages_are_current() -> None:
    for path, text in pages.made().items():
        assert path.read_text(encoding="utf-8") == text, "run nox -s reference"


def test_every_environment_variable_is_told_of() -> None:
    assert variables.read() == set(facts.load()["environment"])


@pytest.mark.parametrize("hybrid", [False, True])
def test_lines_of_use_compile(hybrid: bool, tmp_path: Path) -> None:
    source = tmp_path / "uses.c"
    source.write_text(sources.uses(hybrid))
    extra = (*STRICT.extra, "-Wno-unused", "-Wno-unused-parameter")
    defines = ("HPY_ABI_HYBRID",) if hybrid else ()
    if hybrid:  # no module, but every line
        source.write_text(source.read_text() + "static HPyModuleDef d; HPy_MODINIT(uses, d)\n")
    compile_extension(
        [str(source)], str(tmp_path / "uses.bc"), Options(defines=defines, extra=extra)
    )


@pytest.fixture(scope="module")
def functions(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """Every function that has examples, as one of Python, in debug mode."""
    folder = tmp_path_factory.mktemp("reference")
    source = folder / "reference.c"
    source.write_text(sources.examples())
    options = Options(level="1", extra=STRICT.extra)
    compile_extension([str(source)], str(folder / "reference.bc"), options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HPYBC_INLINE", "none")  # a third of the time
        return hpybc.load(folder / "reference.bc", mode="debug")


class Rude:
    """An object without a truth."""

    def __bool__(self) -> bool:
        raise ValueError("no")


NAMES = {"NULL": NotImplemented, "SimpleNamespace": SimpleNamespace, "Rude": Rude}


def test_examples(functions: ModuleType) -> None:
    """Results and exceptions are as the facts say, no handle leaks, no reference goes astray."""
    told = sources.with_examples()
    assert len(told) > 140
    for fact in told:
        function = getattr(functions, fact.name)
        raised = set()
        for example in fact.examples:
            with hpybc.debug.LeakDetector():
                raised.add(run(function, example))
            for name, change in references(function, fact, example).items():
                kept = name in fact.keeps and not example.raises
                assert (change > ROUNDS / 2) == kept, (fact.name, example, name, change)
        assert {*fact.raises} - {*fact.unseen} == raised - {""}, fact.name


def run(function: Callable[..., Any], example: Example) -> str:
    """Runs one example; the name of the exception that it raises, or ""."""
    names = dict(NAMES)
    arguments = eval(example.tuple, names)
    if example.raises:
        with pytest.raises((Exception, UserWarning)) as raised:
            function(*arguments)
        assert type(raised.value).__name__ == example.result
        return example.result
    expected = eval(example.result, names)
    result = function(*arguments)
    assert type(result) is type(expected)
    assert result == expected
    assert not example.after or eval(example.after, names)
    return ""


#: Some objects are what all of Python shares, to which others take and drop references as well.
ROUNDS = 20


def references(function: Callable[..., Any], fact: Fact, example: Example) -> dict[str, int]:
    """By how much calls raise the counts of references to each argument, in all rounds.

    Once nothing is left of the arguments and results, everything is as it was before.
    """
    assert isinstance(fact.entry, definitions.Function)
    parameters = [p for p in fact.entry.parameters if p.name != "ctx"]
    changes: dict[str, int] = {}
    code = compile(example.tuple, "example", "eval")
    counted = [sys.getrefcount(constant) for constant in code.co_consts]
    objects = len(gc.get_objects())
    for _ in range(ROUNDS):
        arguments = eval(code, dict(NAMES))
        before = [sys.getrefcount(argument) for argument in arguments]
        result = None
        try:
            result = function(*arguments)
        except (Exception, UserWarning):
            pass
        after = [sys.getrefcount(argument) for argument in arguments]
        for i, (type_, name) in enumerate(parameters):
            # NULL is no object, and the references to some objects are not counted (PEP 683).
            if type_ == "HPy" and arguments[i] is not NotImplemented and before[i] < 1 << 30:
                change = after[i] - before[i] - (arguments[i] is result)
                changes[name] = changes.get(name, 0) + change
        del arguments, result
    for constant, count in zip(code.co_consts, counted, strict=True):
        assert abs(sys.getrefcount(constant) - count) < ROUNDS / 2, (example, constant)
    assert len(gc.get_objects()) - objects < ROUNDS / 2, example
    return changes
