"""Specifications of types that cannot be."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from tools.support import assert_stable

#: CPython's own words.
UNKNOWN_SLOT: tuple[type[Exception], str] = (
    (SystemError, r"^unknown type slot ID")
    if sys.version_info >= (3, 15)
    else (RuntimeError, r"^invalid slot offset$")
)

#: By their number in the twin.
BAD: dict[int, tuple[type[Exception], str]] = {
    0: (TypeError, r"basicsize and itemsize must not be negative"),
    1: (TypeError, r"^Type claims to have basicsize==0 but defines members$"),
    2: (
        ValueError,
        r"^You must provide an HPy_tp_traverse slot if you specify HPy_TPFLAGS_HAVE_GC$",
    ),
    3: (TypeError, r"^Cannot use HPy call protocol with legacy types that inherit the struct\."),
    4: (TypeError, r"^cannot specify \.legacy_slots without setting \.builtin_shape="),
    5: (ValueError, r"^invalid shape: 123$"),
    6: (SystemError, r"unknown kind of HPyDef: 99$"),
    7: UNKNOWN_SLOT,
    8: (ValueError, r"^Unsupported HPyMeth signature$"),
    9: UNKNOWN_SLOT,
    10: (TypeError, r"__vectorcalloffset__"),
    11: (TypeError, r"^Cannot use HPy call protocol with var objects$"),
    12: (TypeError, r"itemsize must not be negative"),
}
EMPTY, DATA, SMALL, WITH_ITEMS = range(13, 17)


@pytest.mark.parametrize("number", BAD)
def test_bad_specs(module: ModuleType, number: int) -> None:
    error, message = BAD[number]
    with pytest.raises(error, match=message):
        module.make(number)
    with pytest.raises(error, match=message):
        module.make(number, object)


def test_good_specs(module: ModuleType) -> None:
    assert type(module.make(EMPTY)()).__name__ == "T"
    assert module.make(DATA)().number == 0


def test_items_of_a_pure_type_do_not_exist(module: ModuleType) -> None:
    """HPy accepts an itemsize, and has nothing that makes items or that reads them."""
    kind = module.make(WITH_ITEMS)
    assert kind.__itemsize__ == 0
    instance = kind()
    instance.number = 2**40
    assert sys.getsizeof(instance) == sys.getsizeof(module.make(DATA)())
    assert instance.number == 2**40


def test_parameters(module: ModuleType) -> None:
    base, tuple_, metaclass = 1, 2, 3
    kind = module.make(DATA)
    with pytest.raises(
        TypeError, match=r"^multiple specifications of HPyType_SpecParam_BasesTuple$"
    ):
        module.make_with(tuple_, (object,), (object,))
    with pytest.raises(ValueError, match=r"^metaclass was specified multiple times$"):
        module.make_with(metaclass, type, type)
    for unknown in (4, -1, 100):
        with pytest.raises(
            TypeError, match=r"^unknown HPyType_SpecParam specification for 'spec\.T'$"
        ):
            module.make_with(unknown, object)
    with pytest.raises(TypeError, match=r"^cannot specify both HPyType_SpecParam_Base and"):
        module.base_and_tuple(object, (object,))
    for wrong in ([object], 5, None, object):
        with pytest.raises(TypeError, match=r"tuple"):
            module.make_with(tuple_, wrong)
    assert module.make_with(base, object).__bases__ == (object,)
    assert module.make_with(0, 5).__bases__ == (object,)
    assert module.make_with(base, kind)().number == 0
    with pytest.raises(TypeError):
        module.make_with(tuple_, ())


def test_struct_smaller_than_that_of_the_base(module: ModuleType) -> None:
    base = module.make(DATA)
    assert module.make(DATA, base)().number == 0
    with pytest.raises(TypeError, match=r"^spec\.T: the struct is smaller than that of a base$"):
        module.make(SMALL, base)


def test_nothing_is_kept(module: ModuleType) -> None:
    def work() -> None:
        for number, (error, _) in BAD.items():
            with pytest.raises(error):
                module.make(number)
        for wrong in (5, bool):
            with pytest.raises(TypeError):
                module.make(EMPTY, wrong)

    assert_stable(work, object, int)
