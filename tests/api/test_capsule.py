"""Capsules."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from types import ModuleType

import pytest

from tools.support import assert_stable

NAME = "capsule.name"


def test_make(module: ModuleType) -> None:
    capsule = module.make()
    assert type(capsule).__name__ == "PyCapsule"
    assert NAME in repr(capsule)
    assert (module.pointer(capsule, NAME), module.name(capsule)) == (11, NAME)
    assert module.context(capsule) is None
    unnamed = module.make_unnamed()
    assert (module.pointer(unnamed, None), module.name(unnamed)) == (11, None)


def test_make_of_nothing(module: ModuleType) -> None:
    with pytest.raises(ValueError, match=r"called with null pointer$"):
        module.make_null()
    with pytest.raises(ValueError, match=r"^Invalid HPyCapsule destructor$"):
        module.make_with_bad_destructor()


def test_wrong_name(module: ModuleType) -> None:
    capsule = module.make()
    for wrong in ("other", None, ""):
        with pytest.raises(ValueError, match=r"called with incorrect name$"):
            module.pointer(capsule, wrong)
        assert module.is_valid(capsule, wrong) == 0
    with pytest.raises(ValueError, match=r"called with incorrect name$"):
        module.pointer(module.make_unnamed(), NAME)
    assert module.is_valid(capsule, NAME) == 1
    assert module.is_valid(module.make_unnamed(), None) == 1


def test_what_is_no_capsule(module: ModuleType) -> None:
    for wrong in (5, None, object()):
        assert module.is_valid(wrong, NAME) == 0
        calls: list[Callable[[], object]] = [
            lambda: module.pointer(wrong, NAME),  # noqa: B023
            lambda: module.name(wrong),  # noqa: B023
            lambda: module.context(wrong),  # noqa: B023
            lambda: module.set_pointer(wrong),  # noqa: B023
            lambda: module.set_name(wrong),  # noqa: B023
            lambda: module.set_context(wrong),  # noqa: B023
            lambda: module.set_destructor(wrong),  # noqa: B023
        ]
        for call in calls:
            with pytest.raises(ValueError, match=r"called with invalid PyCapsule object$"):
                call()


def test_set(module: ModuleType) -> None:
    capsule = module.make()
    assert module.set_pointer(capsule) is None
    assert module.pointer(capsule, NAME) == 22
    with pytest.raises(ValueError, match=r"called with null pointer$"):
        module.set_null_pointer(capsule)
    assert module.set_name(capsule) is None
    assert (module.pointer(capsule, "other"), module.name(capsule)) == (22, "other")
    assert module.set_no_name(capsule) is None
    assert (module.pointer(capsule, None), module.name(capsule)) == (22, None)
    assert module.set_context(capsule) is None
    assert module.context(capsule) == "the context"


def test_unknown_keys(module: ModuleType) -> None:
    capsule = module.make()
    with pytest.raises(ValueError, match=r"^Invalid operation: get HPyCapsule_key_Destructor$"):
        module.get_destructor(capsule)
    for call in (module.get_unknown, module.set_unknown):
        with pytest.raises(SystemError, match=r"^invalid HPyCapsule key: 9$"):
            call(capsule)


def test_destructor(module: ModuleType) -> None:
    module.seen()
    capsule = module.make_with_destructor()
    del capsule
    assert module.seen() == (11, 1, 0)
    capsule = module.make_with_destructor()
    module.set_pointer(capsule)
    module.set_name(capsule)
    module.set_context(capsule)
    del capsule
    assert module.seen() == (22, 2, 1)
    capsule = module.make_unnamed()
    module.set_destructor(capsule)
    del capsule
    assert module.seen() == (11, 0, 0)
    capsule = module.make_with_destructor()
    module.set_no_destructor(capsule)
    del capsule
    assert module.seen() == (0, 0, 0)
    capsule = module.make_with_destructor()
    with pytest.raises(ValueError, match=r"^Invalid HPyCapsule destructor$"):
        module.set_bad_destructor(capsule)
    del capsule
    assert module.seen() == (11, 1, 0)


def test_a_capsule_of_another_module(module: ModuleType) -> None:
    foreign = datetime.datetime_CAPI
    assert module.name(foreign) == "datetime.datetime_CAPI"
    assert module.is_valid(foreign, "datetime.datetime_CAPI") == 1
    assert module.is_valid(foreign, NAME) == 0


def test_nothing_is_kept(module: ModuleType) -> None:
    kept = module.make()

    def work() -> None:
        module.make()
        module.set_context(module.make_with_destructor())
        module.pointer(kept, NAME)
        module.name(kept)
        for call in (module.get_destructor, module.get_unknown, module.set_null_pointer):
            with pytest.raises((ValueError, SystemError)):
                call(kept)

    assert_stable(work, kept)
