"""Phis: ways to a block that bring the same values are one."""

from __future__ import annotations

import re

import pytest

from hpybc.jit.module import assembled
from hpybc.jit.phis import joined

#: Both phis get the same by the first block, which has no label, and by %a; one of them by %b.
TWO = """define i32 @f(i32 %0) {
  switch i32 %0, label %a [
    i32 1, label %end
    i32 2, label %end
    i32 3, label %b
  ]

a:
  br i1 true, label %end, label %b

b:
  br label %end

end:
  %x = phi i32 [ -1, %1 ], [ -1, %1 ], [ -1, %a ], [ 7, %b ]
  %y = phi i32 [ 2, %1 ], [ 2, %1 ], [ 2, %a ], [ 2, %b ]
  %z = add i32 %x, %y
  ret i32 %z
}
"""

THROWS = """declare i32 @__gxx_personality_v0(...)
declare void @g()
define i32 @f() personality ptr @__gxx_personality_v0 {
  invoke void @g()
          to label %a unwind label %pad

a:
  invoke void @g()
          to label %b unwind label %pad

b:
  invoke void @g()
          to label %end unwind label %pad

pad:
  %which = phi i32 [ 5, %0 ], [ 5, %a ], [ 6, %b ]
  %caught = landingpad { ptr, i32 }
          catch ptr null
  br i1 true, label %end, label %other

other:
  br label %end

end:
  %x = phi i32 [ 1, %b ], [ %which, %pad ], [ %which, %other ]
  ret i32 %x
}
"""


def _function(text: str) -> str:
    return text[text.index("define ") :].rstrip("\n")


def _checked(text: str) -> str:
    """The text of a module after the edit; LLVM finds it sound."""
    function = _function(text)
    edited = text.replace(function, joined(function))
    with assembled(edited):
        return edited


def test_the_same_values_come_by_one_way() -> None:
    edited = _checked(TWO)
    (joint,) = re.findall(r"^(joined\S*):\n  br label %end\n", edited, re.M)
    assert f"%x = phi i32 [ 7, %b ], [ -1, %{joint} ]" in edited
    assert f"%y = phi i32 [ 2, %b ], [ 2, %{joint} ]" in edited
    assert edited.count(f"label %{joint}") == 3  # two of the switch, one of %a
    assert joined(_function(edited)) == _function(edited)


def test_a_name_that_is_taken() -> None:
    edited = _checked(TWO.replace("%a", "%joined.0").replace("\na:", "\njoined.0:"))
    assert re.search(r"^joined_\.\d+\.0:$", edited, re.M)


def test_exceptions_come_where_they_came() -> None:
    """A block for exceptions is reached by nothing else; what it goes on to may be joined."""
    edited = _checked(THROWS)
    assert edited.count("unwind label %pad") == 3
    assert re.search(r"%x = phi i32 \[ 1, %b \], \[ %which, %joined\S+ \]$", edited, re.M)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("{ i32, i32 }", "{ i32 1, i32 2 }"),
        ("[2 x i8]", 'c", "'),
        ("<2 x i32>", "<i32 1, i32 2>"),
    ],
)
def test_values_with_commas(kind: str, content: str) -> None:
    edited = _checked(
        f"""define {kind} @f(i1 %c) {{
  br i1 %c, label %a, label %b

a:
  br label %end

b:
  br label %end

end:
  %x = phi {kind} [ {content}, %a ], [ {content}, %b ]
  ret {kind} %x
}}
"""
    )
    assert re.search(r"%x = phi .* \[ [^%]*, %joined\S+ \]$", edited, re.M)


def test_a_computed_jump_goes_where_it_went() -> None:
    text = """define i32 @f(ptr %0) {
  indirectbr ptr %0, [label %a, label %end]

a:
  br label %end

end:
  %x = phi i32 [ 1, %1 ], [ 1, %a ]
  ret i32 %x
}"""
    assert joined(text) == text
