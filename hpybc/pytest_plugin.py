"""A plugin of pytest: tests of extensions in debug mode, which fail if they leak handles.

pytest finds it by itself where hpybc is installed (``-p no:hpybc`` turns it off):

- ``--hpybc-debug`` loads all extensions for which nobody gives a mode in debug mode, and fails each
  test that opens a handle and does not close it;
- ``@pytest.mark.hpybc_leaks(allow=2)`` says of one test how many handles may stay open, and the
  fixture ``hpybc_leaks`` has that number as its attribute ``allow``. A test with either is checked
  without ``--hpybc-debug``, too, as far as its extensions are in debug mode;
- the fixture ``hpy_debug`` is HPy's: a ``LeakDetector`` around the test (HPy documentation, Debug
  Mode).

What a test itself raises is told as ever. The handles that it leaks are then a section of its
report.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from typing import Any

import pytest

NAME = "hpybc_leaks"


class Leaks:
    """How many handles a test may leave open.

    Attributes:
        allow: the number.
    """

    def __init__(self, allow: int) -> None:
        self.allow = allow


_leaks = pytest.StashKey[Leaks]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("hpybc").addoption(
        "--hpybc-debug",
        action="store_true",
        help="load extensions in debug mode, and fail tests that leak handles",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Before any conftest.py can import an extension. Processes that tests start inherit it."""
    if early_config.known_args_namespace.hpybc_debug and not os.environ.get("HPYBC_MODE"):
        os.environ["HPYBC_MODE"] = "debug"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", f"{NAME}(allow=0): fails if more handles than that stay open, in debug mode"
    )


def _allowed(item: pytest.Item) -> Leaks | None:
    """What a test may leave open; None if nobody asks."""
    marker = item.get_closest_marker(NAME)
    asked = marker is not None or NAME in getattr(item, "fixturenames", ())
    if not (asked or item.config.getoption("hpybc_debug")):
        return None
    found = item.stash.get(_leaks, None)
    if found is None:
        found = item.stash[_leaks] = Leaks(0 if marker is None else _allow(**marker.kwargs))
    return found


def _allow(allow: int = 0) -> int:
    return allow


@pytest.hookimpl(hookwrapper=True)  # which pytest 7 knows as well
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, None]:
    """Around the test alone: what fixtures open belongs to them."""
    leaks = _allowed(item)
    if leaks is None:
        yield
        return
    from hpybc import debug

    generation = debug.new_generation()
    outcome = yield
    found = debug.get_open_handles(generation)
    if len(found) <= leaks.allow:
        return
    said = str(debug.HPyLeakError(found))
    if outcome.excinfo is None:
        outcome.force_exception(pytest.fail.Exception(said, pytrace=False))
    else:
        item.add_report_section("call", "hpybc", said)


@pytest.fixture
def hpybc_leaks(request: pytest.FixtureRequest) -> Leaks:
    """How many handles this test may leave open: ``hpybc_leaks.allow``, 0 by default."""
    found = _allowed(request.node)
    assert found is not None  # the test has this fixture
    return found


@pytest.fixture
def hpy_debug() -> Iterator[Any]:
    """HPy's: a ``LeakDetector`` around the test. It raises ``HPyLeakError`` at the test's end."""
    from hpybc import debug

    with debug.LeakDetector() as detector:
        yield detector
