"""What debug mode needs of all code in an image, to say which code has called the API.

Debug mode remembers return addresses wherever a handle is opened or closed. To follow them through
the tables of an unwinder takes a microsecond; with frame pointers it takes nanoseconds.
"""

from __future__ import annotations

import re

#: A group of attributes in LLVM IR, up to where more can be added.
_GROUP = re.compile(r"^(attributes #\d+ = \{.*) \}$", re.M)

#: A function that jumps to the one that it ends with a call of has no return address there.
_TRACED = r'\1 "frame-pointer"="all" "disable-tail-calls"="true" }'

#: Cold functions lie in a section of their own. All of an object file that is linked in memory is
#: found by one address, if it lies in one section (hpybc.debug.lines).
_COLD = re.compile(r"^(attributes #\d+ = \{(?: .*)?) cold(?= )", re.M)


def traced(text: str) -> str:
    """LLVM IR in which all functions keep frame pointers, and call what they end with."""
    return _GROUP.sub(_TRACED, _COLD.sub(r"\1", text))
