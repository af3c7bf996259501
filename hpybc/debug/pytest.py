"""``hpy_debug`` under the name that it has in HPy: ``from hpy.debug.pytest import hpy_debug``.

Tests need not import it where pytest finds hpybc's plugin, which has it as well. The plugin does
not take it from here: to import this module is to load debug mode.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hpybc.debug import LeakDetector

__all__ = ["hpy_debug"]


@pytest.fixture
def hpy_debug() -> Iterator[LeakDetector]:
    """A ``LeakDetector`` around the test. It raises ``HPyLeakError`` at the test's end."""
    with LeakDetector() as detector:
        yield detector
