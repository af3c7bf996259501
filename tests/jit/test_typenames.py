"""Names of types, in LLVM IR: anonymous namespaces of different sources get different names."""

from __future__ import annotations

import re

from hpybc.jit import typenames

TEXT = """
@_ZTSN12_GLOBAL__N_15ErrorE = internal constant [23 x i8] c"N12_GLOBAL__N_15ErrorE\\00", align 1
@_ZTSN12_GLOBAL__N_15ErrorE.7 = internal constant [23 x i8] c"N12_GLOBAL__N_15ErrorE\\00", align 1
@_ZTSSt5Error = linkonce_odr constant [8 x i8] c"St5Error\\00", comdat, align 1
@text = private constant [15 x i8] c"12_GLOBAL__N_1\\00", align 1
"""

NAME = re.compile(r'\[(\d+) x i8\] c"N(\d+)(_GLOBAL__N_\w+?_\d)5ErrorE\\00"')


def test_anonymous_namespaces_have_names_of_their_own() -> None:
    """Whose lengths are right; every other string remains."""
    changed = typenames.distinct(TEXT, b"file")
    found = NAME.findall(changed)
    assert len(found) == len({name for _, _, name in found}) == 2
    for size, length, name in found:
        assert int(length) == len(name)
        assert int(size) == len(f"N{length}{name}5ErrorE") + 1
    assert changed.splitlines()[-2:] == TEXT.splitlines()[-2:]


def test_names_depend_on_the_file_alone() -> None:
    """The same file is the same wherever it is built."""
    assert typenames.distinct(TEXT, b"file") == typenames.distinct(TEXT, b"file")
    assert typenames.distinct(TEXT, b"file") != typenames.distinct(TEXT, b"other")
    assert typenames.distinct("no type", b"file") == "no type"
