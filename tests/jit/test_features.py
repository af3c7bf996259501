"""What functions ask of the processor, read from LLVM IR and written into it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hpybc.jit import features
from hpybc.jit.module import parsed

GROUP = 'attributes #0 = {{ nounwind "target-cpu"="x86-64"{} "tune-cpu"="generic" }}'


@pytest.mark.parametrize(
    ("own", "usual", "target", "left"),
    [
        ("+cmov,+sse2", "+cmov,+sse2", "", None),
        ("+cmov,+sse2", "+cmov,+sse2", "+avx", None),
        ("+cmov,+avx,+sse2", "+cmov,+sse2", "", "+avx"),
        ("+cmov,+avx,+sse2", "+cmov,+sse2", "+bmi,-avx", "+bmi,-avx,+avx"),
        ("+cmov,+sse2,-avx", "+cmov,+sse2", "+avx", "+avx,-avx"),
        ("+cmov,-avx", "+cmov,-avx", "", None),
        ("+avx", "", "", "+avx"),
        ("+avx", None, "+bmi", None),
        ("", "", "+bmi", None),
    ],
)
def test_what_is_left(own: str, usual: str | None, target: str, left: str | None) -> None:
    """What the processor has comes first: of two wishes LLVM grants the later."""
    text = features.without(GROUP.format(f' "target-features"="{own}"'), usual, target)
    kept = "" if left is None else f' "target-features"="{left}"'
    assert text == f"attributes #0 = {{ nounwind{kept} }}"


def test_of_functions(assembled: Callable[..., bytes]) -> None:
    """Declared or defined; none where there is no function."""
    text = """
    define void @f() "target-features"="+avx,-sse4a" { ret void }
    define void @g() nounwind { ret void }
    declare void @h() "target-features"="+bmi"
    """
    with parsed(assembled(text)) as module:
        found = [features.of_function(module, name) for name in "fghi"]
    assert found == ["+avx,-sse4a", "", "+bmi", ""]
