"""Loops: what the compiler has left to the loader.

To unroll them for good is for the loader, which knows the processor, so the compile driver has
clang unroll nothing (``-fno-unroll-loops``). clang writes that on each loop, for whoever comes
later to obey.
"""

from __future__ import annotations

_NEVER = '!"llvm.loop.unroll.disable"'
_KNOWN = '!"llvm.loop.unroll.runtime.disable"'


def unrollable(text: str) -> str:
    """LLVM IR in which a loop may be unrolled if the number of its rounds is known.

    Where it is not, copies of the body come with code that finds out how many rounds are left,
    which costs loops of few rounds more than it saves.
    """
    return text.replace(_NEVER, _KNOWN)
