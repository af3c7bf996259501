"""What LLVM would say of an extension on stderr, where the users of the extension read it.

llvmlite has no way to be told instead. So what LLVM would speak of is taken out before.
"""

from __future__ import annotations

import re

#: Loop hints of the author's (``#pragma unroll``) that LLVM answers for. The compiler has followed
#: them where it could, and has said to the author where it could not.
_HINT = re.compile(
    r'!"llvm\.loop\.(?:(?:unroll|unroll_and_jam)\.(?:full|enable|count)"'
    r'|(?:vectorize|distribute)\.enable"(?=, i1 true)'
    r'|(?:vectorize\.width|interleave\.count)"(?=, i32 (?!1\b)))'
)

#: Attributes that ask for a warning: ``__attribute__((warning))`` and ``-Wframe-larger-than``.
_ASKING = re.compile(r' "(?:dontcall-warn|warn-stack-size)"="[^"]*"')


def silenced(text: str) -> str:
    """LLVM IR without the author's hints and attributes of which LLVM would speak."""
    # A hint that LLVM does not know has no effect.
    return _ASKING.sub("", _HINT.sub('!"llvm.loop.tried"', text))
