"""Names of types of C++, by which exceptions find their handlers across images.

A type in an anonymous namespace belongs to one source, and yet another source may have one of the
same name. Compilers tell them apart by the addresses of their descriptions; here names must do.
"""

from __future__ import annotations

import hashlib
import re
from itertools import count

#: The name in the description of a type, up to its length; and what anonymous namespaces are called
#: in it, with that name's own length.
_NAME = re.compile(
    r'^(@"?_ZTS[^\n ]* = [^\n\[]*\bconstant )\[\d+ x i8\] c"([^"\\]*12_GLOBAL__N_1[^"\\]*)\\00"',
    re.M,
)
_ANONYMOUS = "12_GLOBAL__N_1"


def distinct(text: str, file: bytes) -> str:
    """LLVM IR of the bitcode ``file`` in which no anonymous namespace is called like another's.

    Demanglers know them by the first letters of their names.
    """
    if _ANONYMOUS not in text:
        return text
    numbers, own = count(), hashlib.blake2b(file, digest_size=6).hexdigest()

    def renamed(found: re.Match[str]) -> str:
        namespace = f"_GLOBAL__N_{own}_{next(numbers)}"
        name = found[2].replace(_ANONYMOUS, f"{len(namespace)}{namespace}")
        return f'{found[1]}[{len(name) + 1} x i8] c"{name}\\00"'

    return _NAME.sub(renamed, text)
