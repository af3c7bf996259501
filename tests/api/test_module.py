"""Modules: their definition, slots and globals, and definitions that cannot be."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import hpybc
from hpybc.toolchain.compile import Options
from tools.support import assert_stable

pytestmark = pytest.mark.linking

BAD: dict[str, tuple[type[Exception], str]] = {
    "EXEC_FAILS": (LookupError, r"^failed$"),
    "EXEC_FAILS_SILENTLY": (SystemError, r"failed without setting an exception"),
    "EXEC_SUCCEEDS_WITH_ERROR": (SystemError, r"raised unreported exception"),
    "CREATE_MODULE": (
        SystemError,
        r"^HPy_mod_create slot returned a builtin module object\. "
        r"This is currently not supported\.$",
    ),
    "CREATE_FAILS": (LookupError, r"^not created$"),
    "CREATE_AND_EXEC": (SystemError, r"defines a HPy_mod_create slot and some other slots"),
    "CREATE_AND_METHOD": (SystemError, r"defines a HPy_mod_create slot and some other slots"),
    "CREATE_AND_DOC": (SystemError, r"some of the other fields are not set to their default"),
    "CREATE_TWICE": (SystemError, r"^Multiple definitions of the HPy_mod_create slot"),
    "NEGATIVE_SIZE": (SystemError, r"^HPy does not permit HPyModuleDef\.size < 0$"),
    "POSITIVE_SIZE": (SystemError, r"^Module state is not supported"),
    "WRONG_SLOT": (SystemError, r"^Unsupported slot in HPyModuleDef\.defines \(value: 66\)\.$"),
    "WRONG_KIND": (SystemError, r"^Unsupported slot in HPyModuleDef\.defines \(value: -1\)\.$"),
}


def test_module(module: ModuleType) -> None:
    assert type(module) is ModuleType
    assert module.__name__ == "module"
    assert module.__doc__ == "The doc, caf\xe9."
    assert module.method() is module
    assert module.method.__doc__ == "Its doc."
    assert module.method.__text_signature__ == "($module, /)"
    assert module.method.__module__ == "module"
    assert "module" not in sys.modules


def test_every_exec_slot_runs_in_order(module: ModuleType) -> None:
    assert module.order == [1, 2]
    assert module.executions() is module.order


def test_empty_definition(fresh: Callable[..., ModuleType]) -> None:
    module = fresh("KIND=EMPTY")
    assert module.__doc__ is None
    assert not [name for name in vars(module) if not name.startswith("__")]


def test_create(fresh: Callable[..., ModuleType]) -> None:
    made: Any = fresh("KIND=CREATE")
    assert type(made) is SimpleNamespace
    spec = made.__spec__
    assert vars(made) == {**vars(made), "created_for": "module", "origin": spec.origin}
    assert spec.origin == made.__file__ == spec.loader.path
    assert spec.origin.endswith(".bc")


@pytest.mark.parametrize("kind", BAD)
def test_bad_definitions(fresh: Callable[..., ModuleType], kind: str) -> None:
    error, message = BAD[kind]
    for _ in range(2):
        with pytest.raises(error, match=message):
            fresh(f"KIND={kind}")


def test_name_of_a_load(engine: str, compiled: Callable[..., Path]) -> None:
    path = compiled(Path(__file__).with_suffix(".c"), Options(extra=("-std=c11",)))
    module = hpybc.load(path, name="package.caf\xe9")
    assert module.__name__ == "package.caf\xe9"
    assert module.order == [1, 2]


def test_modules_of_one_file_are_apart(fresh: Callable[..., ModuleType]) -> None:
    first, second = fresh(), fresh()
    assert first is not second
    assert first.order is not second.order
    first.order.append(3)
    assert second.executions() == [1, 2]


def test_nothing_is_kept(module: ModuleType) -> None:
    def work() -> None:
        module.method()
        module.executions()

    assert_stable(work, module, module.order)
