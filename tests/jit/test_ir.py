"""What linking and optimising must achieve: no call of the API survives in the examples."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from hpybc.jit import target
from hpybc.jit.build import Options, build_ir
from tools.ir import Function, functions

EXAMPLES = sorted(
    path.stem for path in (Path(__file__).parent.parent.parent / "examples").glob("*.c")
)

#: The functions that an example spends its time in.
HOT = [
    ("quickstart", "add_trampoline"),
    ("quickstart", "total_trampoline"),
    ("quickstart", "greet_trampoline"),
    ("quickstart", "noargs_trampoline"),
    ("point", "Point_new_trampoline"),
    ("point", "Point_dot_trampoline"),
    ("point", "Point_norm_trampoline"),
    ("point", "Point_translate_trampoline"),
    ("levenshtein", "distance_trampoline"),
    ("levenshtein", "nearest_trampoline"),
    ("wordcount", "count_trampoline"),
    ("wordcount", "top_trampoline"),
    ("csvparse", "parse_trampoline"),
]

API = re.compile(r"_?HPy\w*")


@pytest.fixture(scope="session")
def optimised(
    example: Callable[[str], bytes], release: list[bytes]
) -> Callable[[str], dict[str, Function]]:
    """optimised(name) -> the functions of an example, linked and optimised in mode release."""
    made: dict[str, dict[str, Function]] = {}

    def build(name: str) -> dict[str, Function]:
        if name not in made:
            options = Options((f"PyInit_{name}",))
            made[name] = functions(build_ir(example(name), release, target.host(), options))
        return made[name]

    return build


Optimised = Callable[[str], dict[str, Function]]


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_function_calls_the_api(name: str, optimised: Optimised) -> None:
    """Every call of it was inlined, or is one of the context's own slow paths by now."""
    found = optimised(name)
    assert f"PyInit_{name}" in found
    for function in found.values():
        assert not {called for called in function.calls() if API.fullmatch(called)}


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_function_of_the_api_is_left(name: str, optimised: Optimised) -> None:
    """Neither a definition nor a declaration."""
    assert not {function for function in optimised(name) if API.fullmatch(function)}
    for function in optimised(name).values():
        assert not re.search(r"@_?HPy\w+\b(?!\.)", function.text)


@pytest.mark.parametrize(("name", "function"), HOT)
def test_hot_functions(name: str, function: str, optimised: Optimised) -> None:
    """Each is there, calls nothing of the API, nothing through a table, and no parser."""
    found = optimised(name)[function]
    calls = found.calls()
    assert not {called for called in calls if API.fullmatch(called) or "arse" in called}
    if function != "Point_new_trampoline":  # which calls the allocator in its type
        assert "a pointer" not in calls


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_has_a_hot_function(name: str, optimised: Optimised) -> None:
    """A new example names its own."""
    assert name in {example for example, _ in HOT}


def test_trampolines_contain_their_functions(optimised: Optimised) -> None:
    """CPython calls a trampoline, and the trampoline calls nothing of the extension's."""
    found = optimised("quickstart")
    for method in ("add", "empty", "noargs", "greet", "total"):
        assert f"{method}_impl" not in found[f"{method}_trampoline"].calls()


def test_add_does_not_read_its_format(optimised: Optimised) -> None:
    """The format string is a constant, and so is what parsing it comes to."""
    add = optimised("quickstart")["add_trampoline"]
    assert "load i8," not in add.text
    assert "switch" not in add.text


def test_add_calls_nothing_but_the_making_of_its_result(optimised: Optimised) -> None:
    """On the way that two exact, small ints take."""
    add = optimised("quickstart")["add_trampoline"]
    ways = set(add.returns(re.compile(r"PyLong_FromLong(Long)?|new_digit")))
    assert any(ways), ways
    assert all(len(called) <= 1 for called in ways)


def test_noargs_calls_nothing(optimised: Optimised) -> None:
    """It returns None, which has a count to increase and that is all."""
    assert optimised("quickstart")["noargs_trampoline"].calls() <= {"Py_IncRef"}


def test_total_adds_floats_without_a_call(optimised: Optimised) -> None:
    """Lists and floats of the exact types are read in place, in a loop."""
    total = optimised("quickstart")["total_trampoline"]
    ways = set(total.returns(re.compile("PyFloat_FromDouble|_Py_Dealloc")))
    assert frozenset({"PyFloat_FromDouble"}) in ways
    assert "fadd double" in total.text


def test_none_is_at_a_fixed_address(optimised: Optimised) -> None:
    """ctx->h_None is one load, without the way over the context's own address."""
    noargs = optimised("quickstart")["noargs_trampoline"]
    loads = [line for line in noargs.text.splitlines() if " load ptr" in line]
    assert len(loads) == 1
    assert re.search(r"load ptr, ptr (getelementptr \S.* )?\(?.*@\w+", loads[0])
