import bag
import pytest


def test_after() -> None:
    assert bag.after(1) == 3


def test_after_a_word() -> None:
    with pytest.raises(TypeError):
        bag.after("one")
