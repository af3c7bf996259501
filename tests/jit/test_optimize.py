"""What a pass leaves behind."""

from __future__ import annotations

from hpybc.jit import optimize
from hpybc.jit.module import parsed
from hpybc.jit.target import host
from hpybc.loader import contexts
from hpybc.loader.extension import read
from tools.support import resident_bytes


def test_passes_are_freed() -> None:
    """What a pass remembers of a module it remembers for as long as it exists."""
    context = read(contexts.stack("release")).payload
    target = host()

    def sweep() -> None:
        with parsed(context) as module:
            optimize.sweep(module, target)

    sweep()
    before = resident_bytes()
    for _ in range(20):
        sweep()
    assert resident_bytes() - before < 20 * 30_000  # 90 KB each are what the sets of a pass take
