"""hpybc.typed: what tools see of the declarations of typed methods."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path

import pytest

import hpybc
from hpybc.errors import LoadError
from hpybc.typed import Function, Parameter, Result, describe

SOURCE = Path(__file__).parent / "api" / "test_typed.c"
KEYWORD = inspect.Parameter.POSITIONAL_OR_KEYWORD
NAMED = inspect.Parameter.KEYWORD_ONLY


@pytest.fixture
def functions(compiled: Callable[..., Path]) -> dict[str, Function]:
    return {each.symbol: each for each in describe(compiled(SOURCE))}


def test_a_function(functions: dict[str, Function]) -> None:
    assert functions["clip"] == Function(
        symbol="clip",
        name="clip",
        doc="Clips x.",
        parameters=(
            Parameter("x", KEYWORD, "double", "d"),
            Parameter("lo", KEYWORD, "double", "d", "0.0"),
            Parameter("hi", NAMED, "double", "d", "1.0"),
        ),
        results=(Result("", "double", "d"),),
        errors=(),
        context=False,
        receiver=False,
    )
    assert str(functions["clip"].signature) == "(x, lo='0.0', *, hi='1.0')"


def test_results_and_errors(functions: dict[str, Function]) -> None:
    assert functions["nothing"].results == ()
    split = functions["split"]
    assert split.results == (Result("quotient", "long", "l"), Result("remainder", "long", "l"))
    assert split.errors == (("ZeroDivisionError", "integer division by zero"),)
    assert [error for error, _ in functions["divide"].errors] == [
        "ZeroDivisionError",
        "OverflowError",
    ]


def test_letters(functions: dict[str, Function]) -> None:
    letters = {
        name.partition("_")[2]: (each.parameters[0].code, each.results[0].code)
        for name, each in functions.items()
        if name.startswith("echo_")
    }
    codes = list("?cbBhHiIlLqQiLlfdDsSyO")
    assert letters == dict(zip(letters, zip(codes, codes, strict=True), strict=True))


def test_methods(functions: dict[str, Function]) -> None:
    take = functions["Counter_take"]
    assert (take.name, take.context, take.receiver) == ("take", True, True)
    assert [each.name for each in take.parameters] == ["n"]
    assert not functions["Counter_add"].context


def test_a_module(compiled: Callable[..., Path]) -> None:
    module = hpybc.load(compiled(SOURCE))
    assert describe(module) == describe(compiled(SOURCE))


def test_signatures_agree(compiled: Callable[..., Path]) -> None:
    """The kinds of parameters that Python reads from the text signature."""
    module = hpybc.load(compiled(SOURCE))
    for each in describe(module):
        if not each.receiver:
            found = inspect.signature(getattr(module, each.name)).parameters.values()
            assert [(p.name, p.kind) for p in found] == [(p.name, p.kind) for p in each.parameters]


def test_nothing_is_declared(compiled: Callable[..., Path]) -> None:
    assert describe(compiled(SOURCE.with_name("test_float.c"))) == ()


def test_what_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / "ext.bc"
    file.write_bytes(b"not bitcode")
    with pytest.raises(LoadError, match=r"ext\.bc"):
        describe(file)
    with pytest.raises(TypeError, match="module 'sys' was not loaded from a file"):
        describe(__import__("sys"))


def test_a_load_drops_what_is_for_tools(compiled: Callable[..., Path], folder: Path) -> None:
    hpybc.load(compiled(SOURCE))
    (image,) = folder.glob("*.so")
    content = image.read_bytes()
    assert b"_HPyTyped_PlaceAny" in content
    for name in (b"clip__slots", b"clip__c", b"clip__typed"):
        assert name not in content
