"""Text signatures that compiling adds: where they are certain, and nowhere else."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import hpybc
from hpybc.stubgen import stub
from hpybc.toolchain.compile import Options

SOURCE = Path(__file__).parent / "documented.c"


@pytest.fixture(scope="module", params=[False, True], ids=["", "-g"])
def documented(request: pytest.FixtureRequest, compiled: Callable[..., Path]) -> ModuleType:
    return hpybc.load(compiled(SOURCE, Options(debug=request.param)))


@pytest.mark.parametrize(
    ("name", "signature"),
    [
        ("none", "()"),
        ("one", "(arg, /)"),
        ("placed", "(arg1, arg2=Ellipsis, /)"),
        ("named", "(arg1, /, module, scale=Ellipsis, *, flag=Ellipsis)"),
        ("written", "(number, /)"),
    ],
)
def test_signatures_of_functions(documented: ModuleType, name: str, signature: str) -> None:
    assert str(inspect.signature(getattr(documented, name))) == signature


def test_the_signature_of_a_method(documented: ModuleType) -> None:
    assert str(inspect.signature(documented.Type.method)) == "(self, arg1, /)"
    assert str(inspect.signature(documented.Type().method)) == "(arg1, /)"
    assert documented.Type.method.__text_signature__ == "($self, arg1, /)"
    assert documented.one.__text_signature__ == "($module, arg, /)"


@pytest.mark.parametrize("name", ["later", "either", "ignoring", "computed", "keyword", "owned"])
def test_functions_whose_parameters_are_not_certain(documented: ModuleType, name: str) -> None:
    function = getattr(documented, name)
    assert function.__text_signature__ is None
    assert function.__doc__ is None
    with pytest.raises(ValueError, match="no signature"):
        inspect.signature(function)


def test_what_a_doc_says_stays(documented: ModuleType) -> None:
    assert documented.none.__doc__ == 'No parameters:\t"é\\".'
    assert documented.named.__doc__ == "named(text, scale) -> float\n\nA product."
    assert documented.one.__doc__ is None
    assert documented.Type.method.__doc__ == "A method."
    assert documented.odd.__text_signature__ == "([a])"
    assert documented.odd.__doc__ == documented.written.__doc__ == "Its doc."


def test_a_function_that_is_a_method_as_well(compiled: Callable[..., Path]) -> None:
    names = hpybc.load(compiled(SOURCE.parent.parent / "stubgen/names.cpp"))
    assert str(inspect.signature(names.float)) == "()"
    assert str(inspect.signature(names.Any.float)) == "(self, /)"


def test_functions_do_what_they_did(documented: ModuleType) -> None:
    assert documented.placed(1) == 1
    assert documented.placed(1, 2) == 3
    assert documented.named(2, "A", flag=True) == 68.0
    assert documented.later("skipped", 3) == 3


def test_the_stub_says_the_same(compiled: Callable[..., Path]) -> None:
    lines = stub(compiled(SOURCE)).splitlines()
    assert "def placed(arg1: int, arg2: int = ..., /) -> int: ..." in lines
    assert "def later(*args: Any) -> int: ..." in lines
