"""The tests of the project, which its users could run: of what is installed."""

import sys
from pathlib import Path

import kinds._c
import kinds._cxx
import kinds.sub._ext
import pytest


def test_c() -> None:
    assert kinds._c.after(1) == 3
    with pytest.raises(TypeError):
        kinds._c.after("one")


def test_cxx() -> None:
    assert kinds._cxx.median([3.0, 1.0, 2.0]) == 2.0
    with pytest.raises(ValueError, match="no numbers"):
        kinds._cxx.median([])
    with pytest.raises(TypeError):
        kinds._cxx.median(["one"])


def test_a_package_in_a_package() -> None:
    assert kinds.sub._ext.square(7) == 49
    assert kinds.sub._ext.__name__ == "kinds.sub._ext"


@pytest.mark.parametrize("name", ["kinds._c", "kinds._cxx", "kinds.sub._ext"])
def test_what_is_installed_is_tested(name: str) -> None:
    file = Path(str(sys.modules[name].__file__))
    assert file.suffix == ".bc"
    assert Path(sys.prefix) in file.parents
    sources = [path.name for path in file.parent.iterdir() if path.suffix in (".c", ".h", ".cpp")]
    assert sources == []
