"""The call rows: what every peer in ``peers/`` implements, each in its own best form.

    noargs()                  None
    onearg(object)            the object
    add_ints(a, b)            the sum of two C longs
    add_doubles(a, b)         the sum of two C doubles
    weigh(a, b=10, c=100)     a + b + c, C longs, by position or keyword
    greet(name)               "Hello, " before the name, by way of UTF-8 in C; no NULs
    ordered(a, b)             two C longs as a tuple, the smaller first
    build_list(n)             list(range(n))
    sum_list(floats)          the sum of the items of a list
    count(items)              a dict: item -> how often it is in the list
    get_name(object)          object.name
    set_name(object, value)   object.name = value
    call(function, object)    function(object)
    length(iterable)          how many items it has, by having each of them
    fail()                    raises ValueError
    Point(x, y)               a type around two C doubles: x, a method norm(), ==

The hand-tuned C API module defines ``nothing0`` to ``nothing2`` as well, and types whose methods
and slots do nothing: the empty calls.
"""

from __future__ import annotations

from cases import Case, Statement

_POINTS = "p = m.Point(3.0, 4.0)\nq = m.Point(3.0, 4.0)"
_NOTHINGS = "p = m.Nothing()\nq = m.Nothing()"


class Object:
    """What has an attribute: one class in a process, since setups run again for each timing."""

    def __init__(self) -> None:
        self.name: object = "a name"


_OBJECT = "from rows import Object\no = Object()\n"

_FLOATS = "floats = [float(i) for i in range(1000)]\n"
_WORDS = "words = [f'word{i * i % 53}' for i in range(1000)]\n"
_FUNCTION = "def function(x):\n    return x\n"
_CAUGHT = "try:\n    f()\nexcept ValueError:\n    pass"


def _row(
    name: str, function: str, call: str, empty: str, *checks: str, setup: str = "", code: str = ""
) -> Case:
    """A function of the module, called as ``f(call)``, and the empty function of that shape."""
    code = code or f"f({call})"
    return Case(
        name,
        Statement(code, f"{setup}f = m.{function}"),
        needs=function,
        empty=Statement(code, f"{setup}f = m.{empty}"),
        checks=(f"f({call})", *checks),
    )


ROWS = (
    _row("no argument", "noargs", "", "nothing0", "f(1)"),
    _row("one object", "onearg", "None", "nothing1", "f('x')", "f()"),
    _row("two ints", "add_ints", "100000, 200000", "nothing2",
         "f(1, 2)", "f(-5, 2**40)", "f(2**62, -2**62)", "f('1', 2)", "f(1, 2.5)", "f(1)",
         "f(True, 2)"),
    _row("two doubles", "add_doubles", "1.5, 2.25", "nothing2",
         "f(-1.0, 0.0)", "f(1, 2)", "f('1', 2.0)", "f(1.0, None)", "f(1.0)"),
    _row("keywords", "weigh", "1, b=20, c=300", "nothing_keywords",
         "f(1, c=5)", "f(a=1, b=2, c=3)", "f(c=3, a=1)", "f(1, d=5)", "f(1, a=5)", "f(b=5)"),
    _row("defaults", "weigh", "1", "nothing_keywords", "f(1, 2)", "f(1, 2, 3)", "f(1, 2, 3, 4)",
         "f()"),
    _row("string in and out", "greet", "'world'", "nothing1",
         "f('')", "f('\\u00e9\\u4e16\\U0001f600')", "f('x' * 1000)", "f(b'x')", "f(None)"),
    _row("return a tuple", "ordered", "200000, 100000", "nothing2",
         "f(1, 2)", "f(-1, -2)", "f(7, 7)", "f('1', 2)"),
    _row("build a list of 1000", "build_list", "1000", "nothing1", "f(0)", "f(3)", "f('3')"),
    _row("sum a list of 1000 floats", "sum_list", "floats", "nothing1",
         "f([])", "f([1, 2.5, True])", "f([-1.0])", "f(['x'])", "f([1.0, None])", setup=_FLOATS),
    _row("count 1000 items in a dict", "count", "words", "nothing1",
         "f([])", "f([1, 1.0, 'a'])", "f([[]])", setup=_WORDS),
    _row("get an attribute", "get_name", "o", "nothing1", "f(1)", setup=_OBJECT),
    _row("set an attribute", "set_name", "o, 1", "nothing2",
         "f(o, 'new') or o.name", "f(1, 2)", setup=_OBJECT),
    _row("iterate over 1000 items", "length", "floats", "nothing1",
         "f({1, 2})", "f(iter(()))", "f(1)", "f(1 / x for x in (1, 0))", setup=_FLOATS),
    _row("call back", "call", "function, None", "nothing2",
         "f(abs, -5)", "f(abs, 'x')", "f(1, 2)", setup=_FUNCTION),
    _row("raise and catch", "fail", "", "nothing0", code=_CAUGHT),
    Case("method of a type", Statement("p.norm()", _POINTS), "Point",
         Statement("p.norm()", _NOTHINGS), ("p.norm()", "p.norm(1)")),
    Case("property", Statement("p.x", _POINTS), "Point", Statement("p.x", _NOTHINGS), ("p.x",)),
    Case("construct and free", Statement("P(1.5, 2.5)", "P = m.Point"), "Point",
         Statement("P(1.5, 2.5)", "P = m.Nothing"),
         ("P(1, 2).x", "P('1', 2)", "P(1.0)", "P(1.0, 2.0, 3.0)")),
    Case("compare", Statement("p == q", _POINTS), "Point", Statement("p == q", _NOTHINGS),
         ("p == q", "p != q", "p == m.Point(3.0, 5.0)", "p == 1", "p < q")),
)  # fmt: skip
