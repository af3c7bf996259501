"""The fast paths of the context, by what is left of them: which calls, and on which ways."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from hpybc.jit import target
from hpybc.jit.build import Options, build_ir
from hpybc.jit.edits import Edit
from hpybc.loader import extension
from hpybc.loader.api import NAMES
from hpybc.loader.compilation import for_release
from tools.ir import Function, functions
from tools.support import FREE_THREADED

SOURCE = Path(__file__).with_name("specialise.c")


class Row(NamedTuple):
    """What a function may call.

    Attributes:
        name: the Python function of specialise.c, or the C function itself.
        fast: for each fast path the calls that are all of it, perhaps none.
        slow: what else may be called, where no fast path serves.
        gil: whether it is so with a GIL alone: without one, what others can change is locked.
    """

    name: str
    fast: tuple[str, ...]
    slow: str = ""
    gil: bool = False


#: What any function may call: it got the wrong number of arguments, an object dies.
ANYWHERE = {"PyErr_SetString", "PyErr_NoMemory", "_Py_Dealloc"}
#: Without a GIL, the counting of references may take a call.
COUNTING = re.compile(r"_Py_(DecRefShared|MergeZeroLocalRefcount)\w*|Py_X?DECREF")

#: Whether new ints and floats are made without CPython.
IN_PLACE = sys.version_info < (3, 14) and not FREE_THREADED
INT, FLOAT = "new_digit" if IN_PLACE else "PyLong_FromLongLong", "PyFloat_FromDouble"
GET_DICT_ITEM = "PyDict_GetItemRef" if FREE_THREADED else "PyDict_GetItemWithError"
#: Until 3.10 that one is inline, and so is what serves where it does not.
VECTORCALL = "PyVectorcall_Function a pointer" if sys.version_info >= (3, 11) else "a pointer"
LENGTHS = "PyDict_Size PyObject_Size"
#: A dict whose keys are all str is searched in place since 3.11.
SEARCHED = sys.version_info >= (3, 11) and not FREE_THREADED
SEARCH = ("dict_search",) if SEARCHED else ()
HASH = "hash_str" if SEARCHED else ""
#: A short str is made without CPython.
STR = "PyUnicode_New" if FREE_THREADED else "PyObject_Malloc"
SURPLUS = f"hpyarg_fail fail_surplus search get_item_slow intern {LENGTHS}"
NO_NAME = f"intern PyUnicode_FromString {STR} PyErr_Clear"

ROWS = [
    # Of a constant format the conversions are left.
    Row(
        "parse_signed",
        ("",),
        "hpyarg_fail fail_count slow_to_int64 hpyarg_error_occurred hpyarg_index_ssize"
        " PyLong_AsSsize_t",
    ),
    Row("parse_masks", ("",), "fail_count hpyarg_error_occurred PyLong_AsUnsignedLongLongMask"),
    Row("parse_doubles", ("",), "fail_count slow_to_double"),
    Row("parse_objects", ("",), "fail_count"),
    Row("parse_string", ("strlen",), "hpyarg_fail fail_count PyUnicode_AsUTF8AndSize"),
    Row("parse_truth", ("",), "fail_count PyObject_IsTrue"),
    Row("parse_optional", ("",), "fail_count slow_to_int64"),
    Row("parse_keywords", ("",), f"slow_to_int64 slow_to_double {SURPLUS}", gil=True),
    Row("parse_tracked", ("",), f"malloc free grow {SURPLUS}", gil=True),
    # An int of one digit and a float are read in place; a small int is one that is there.
    Row("as_long", ("",), "slow_int64"),
    Row("as_int32", ("",), "slow_int64 raise_range"),
    Row("as_size", ("",), "PyLong_AsSize_t"),
    Row("as_mask", ("",), "PyLong_AsUnsignedLongLongMask"),
    Row("as_double", ("",), "PyFloat_AsDouble"),
    Row("long_as_double", ("",), "PyLong_AsDouble"),
    Row("small_int", ("",)),
    Row("from_long", ("", INT), "slow_int64"),
    Row("long_from_str", ("", INT), "long_from_any_str PyNumber_Long"),
    Row(
        "float_from_str",
        ("", f"PyOS_string_to_double {FLOAT}"),
        "float_from_any_str PyNumber_Float",
        gil=True,
    ),
    Row("str", ("",), "PyObject_Str", gil=True),
    Row("type_check", ("",), "is_subtype"),
    Row("add", ("", INT, FLOAT, "PyUnicode_Concat"), "PyNumber_Add"),
    Row("subtract", ("", INT, FLOAT), "PyNumber_Subtract"),
    Row("multiply", ("", INT, FLOAT), "PyNumber_Multiply"),
    Row("divide", (FLOAT,), "PyNumber_TrueDivide"),
    Row("and", ("", INT), "PyNumber_And"),
    Row("or", ("", INT), "PyNumber_Or"),
    Row("xor", ("", INT), "PyNumber_Xor"),
    Row("add_in_place", ("", INT, FLOAT, "PyUnicode_Concat"), "PyNumber_InPlaceAdd"),
    Row("subtract_in_place", ("", INT, FLOAT), "PyNumber_InPlaceSubtract"),
    Row("multiply_in_place", ("", INT, FLOAT), "PyNumber_InPlaceMultiply"),
    Row("divide_in_place", (FLOAT,), "PyNumber_InPlaceTrueDivide"),
    Row("and_in_place", ("", INT), "PyNumber_InPlaceAnd"),
    Row("or_in_place", ("", INT), "PyNumber_InPlaceOr"),
    Row("xor_in_place", ("", INT), "PyNumber_InPlaceXor"),
    Row("compare", ("",), "PyObject_RichCompare"),
    Row("compare_bool", ("",), "PyObject_RichCompareBool"),
    Row("equal_bool", ("",), "PyObject_RichCompareBool"),
    Row("is_true", ("",), "PyObject_IsTrue"),
    # Lists and tuples are read and written in place, dicts asked without detour.
    Row("length", ("", "PyDict_Size"), "PyObject_Size"),
    Row("contains", (*SEARCH, "PyDict_Contains"), f"PySequence_Contains {HASH}"),
    Row("get_item_at", ("",), "get_item_slow", gil=True),
    Row(
        "get_item",
        ("", *SEARCH, GET_DICT_ITEM),
        f"raise_key_error PyErr_Occurred PyObject_GetItem {HASH}",
        gil=True,
    ),
    Row(
        "find",
        (*SEARCH, f"PyDict_Contains {GET_DICT_ITEM}"),
        f"raise_key_error PyErr_Occurred PySequence_Contains PyObject_GetItem {HASH}",
        gil=True,
    ),
    Row("set_item_at", ("",), "set_item_slow", gil=True),
    Row("set_item", ("PyDict_SetItem",), "PyObject_SetItem"),
    Row("append", ("",), "PyList_Append", gil=True),
    Row("next", ("",), "end_iteration a pointer", gil=True),
    Row("build_value", (f"PyTuple_New {INT} {FLOAT}",), "fail_null"),
    Row("build_list", ("PyList_New",)),
    Row("build_tuple", ("PyTuple_New",)),
    Row("pack", ("PyTuple_New",)),
    # The characters of an ASCII str are read and written in place.
    Row("read_char", ("",), "PyUnicode_ReadChar"),
    Row("as_utf8", ("",), "PyUnicode_AsUTF8AndSize"),
    Row("decode", (STR,), "PyUnicode_DecodeASCII PyErr_Clear"),
    # A call takes the vectorcall; one tracker at a time needs no memory.
    Row("call", (VECTORCALL,), "PyObject_Vectorcall"),
    Row("track", ("",), "malloc free grow", gil=True),
    # A name that is a literal is a str already.
    Row("literal", ("",), NO_NAME),
    Row("get_attribute", ("PyObject_GetAttr",), "intern PyObject_GetAttrString"),
    Row("has_attribute", ("PyObject_HasAttr",), "intern PyObject_HasAttrString"),
    Row("set_attribute", ("PyObject_SetAttr",), "intern PyObject_SetAttrString"),
    Row("delete_attribute", ("PyObject_SetAttr",), "intern PyObject_SetAttrString"),
    Row(
        "get_named_item",
        (*SEARCH, GET_DICT_ITEM),
        f"raise_key_error PyErr_Occurred PyObject_GetItem {HASH} {NO_NAME}",
        gil=True,
    ),
    Row("set_named_item", ("PyDict_SetItem",), f"PyObject_SetItem PyObject_DelItem {NO_NAME}"),
    Row("delete_named_item", ("PyObject_DelItem",), NO_NAME),
    # What is at a known place is one load, what an instance holds a few.
    Row("none", ("",)),
    Row("true", ("",)),
    Row("false", ("",)),
    Row("type", ("",)),
    Row("load_global", ("",), gil=True),
    Row("store_global", ("",), gil=True),
    Row("Holder_load_trampoline", ("",), gil=True),
    Row("Holder_store_trampoline", ("",), gil=True),
    Row("Holder_bool_trampoline", ("",), "PyFloat_AsDouble", gil=True),
    Row("Holder_set_trampoline", (INT,), gil=True),
    Row("Plain_get_trampoline", ("",)),
    # A plain instance is memory with its head filled in; calling its type calls its function.
    Row("Plain_new_trampoline", ("", "PyObject_Malloc"), "new_of_any_size", gil=True),
    Row("type_vectorcall", ("a pointer",), "call_type make_nested initialise"),
    # It dies without CPython, too, into a list for the next one.
    Row("plain_dealloc", ("",), "a pointer PyObject_Free instance_dealloc", gil=True),
]

#: Functions of specialise.c that are no fast path.
OTHERS = {"init_trampoline", "m_descend_trampoline", "Holder_traverse_trampoline"}


@pytest.fixture(scope="session")
def ir(compiled: Callable[..., Path], release: list[bytes]) -> str:
    """specialise.c, linked and optimised in mode release."""
    payload = extension.read(compiled(SOURCE)).payload
    return build_ir(payload, release, target.host(), Options(("PyInit_specialise",)))


@pytest.fixture(scope="session")
def defined(ir: str) -> dict[str, Function]:
    return functions(ir)


@pytest.fixture
def find(defined: dict[str, Function]) -> Callable[[str], Function]:
    """find(name) -> the function that a row is about."""
    return lambda name: defined.get(f"m_{name}_trampoline") or defined[name]


Find = Callable[[str], Function]


def calls(function: Function) -> set[str]:
    """Under the names they have in the sources."""
    called = {name.partition(".")[0] for name in function.calls()}
    return {name for name in called if not COUNTING.fullmatch(name)}


def words(text: str) -> set[str]:
    """The functions in a row; "a pointer" is one."""
    pointer = {"a pointer"} if "a pointer" in text else set[str]()
    return pointer | set(text.replace("a pointer", "").split())


@pytest.mark.parametrize(
    "row", [row for row in ROWS if not (FREE_THREADED and row.gil)], ids=lambda row: row.name
)
def test_calls(row: Row, find: Find) -> None:
    """There is a way for each fast path, and nothing is called that the row does not name."""
    function = find(row.name)
    known = words(" ".join((*row.fast, row.slow)))
    assert calls(function) <= known | ANYWHERE
    for path in row.fast:
        wanted = words(path)
        allowed = re.compile("|".join([*map(re.escape, wanted), COUNTING.pattern]))
        ways = {
            frozenset(name for name in way if not COUNTING.fullmatch(name))
            for way in function.returns(allowed)
        }
        assert wanted in ways


def test_every_function_has_a_row(defined: dict[str, Function]) -> None:
    trampolines = {name for name in defined if name.endswith("_trampoline")}
    named = {f"m_{row.name}_trampoline" for row in ROWS} | {row.name for row in ROWS}
    assert trampolines - OTHERS <= named


def test_slow_paths_are_cold(ir: str, defined: dict[str, Function]) -> None:
    """The context's own functions that a row calls slow, and what raises: laid out elsewhere."""
    cold = set(
        re.findall(r"^; Function Attrs: .*\bcold\b.*\n(?:define|declare) .*?@([\w.]+)\(", ir, re.M)
    )
    slow = set[str]().union(*(words(row.slow) for row in ROWS))
    expected = (slow & defined.keys()) - {"PyObject_Vectorcall", "instance_dealloc"}
    assert expected
    assert expected | {"PyErr_SetString"} <= cold
    # They save the registers they use: their callers need not.
    assert all("preserve_mostcc" in defined[name].text.partition("{")[0] for name in expected)


@pytest.mark.parametrize("name", [row.name for row in ROWS if row.name.startswith("parse_")])
def test_formats_are_not_read(name: str, find: Find) -> None:
    """Characters that are looked at are those of an argument, or of the two names of keywords."""
    read = {"parse_string": 1, "parse_keywords": 2, "parse_tracked": 2}
    function = find(name)
    assert "switch" not in function.text
    assert len(re.findall(r"\bload i8,", function.text)) <= read.get(name, 0)


@pytest.mark.parametrize("name", ["none", "true", "false", "small_int"])
def test_constants_are_at_fixed_addresses(name: str, find: Find) -> None:
    """One load at most, without the way over an address that is a value itself."""
    loads = [line for line in find(name).text.splitlines() if "load ptr," in line]
    assert len(loads) <= 1
    for load in loads:
        assert re.search(r"load ptr, ptr (getelementptr \S.* )?\(?.*@\w+", load)


def test_each_literal_is_interned_for_itself(find: Find) -> None:
    """A place in the source has a variable of its own, and looks into no other."""
    places = [
        re.findall(r"@[\w.]+\._name\b[.\d]*", find(row.name).text)
        for row in ROWS
        if "intern" in words(row.slow) and not row.name.startswith("parse_")
    ]
    assert all(len(set(found)) == 1 for found in places)
    assert len({found[0] for found in places}) == len(places)


@pytest.mark.skipif(not SEARCHED, reason="dicts are not searched in place")
def test_what_was_found_is_not_searched_for(find: Find) -> None:
    """Of two searches, one after the other, there is a way with the first alone."""
    numbers = iter(range(1, 9))
    text = re.sub("@dict_search", lambda found: found[0] + str(next(numbers)), find("find").text)
    ways = set(Function(text).returns(re.compile(r"dict_search\d")))
    assert frozenset({"dict_search1"}) in ways


def test_the_context_is_a_constant(compiled: Callable[..., Path], release: list[bytes]) -> None:
    """Nor do functions pass it on that call each other."""
    payload = extension.read(compiled(SOURCE)).payload
    options = Options(("PyInit_specialise",), edit=Edit(for_release, NAMES.match))
    defined = functions(build_ir(payload, release, target.host(), options))
    parameters = defined["descend"].text.partition("(")[2].partition(" {")[0]
    assert re.findall(r"%\d+", parameters) == ["%0", "%1"]


@pytest.mark.skipif(FREE_THREADED, reason="there CPython alone knows how objects are made")
def test_a_plain_instance_has_a_known_size(find: Find) -> None:
    """The head of an object and the struct, both of 16 bytes' alignment, at once."""
    made = re.findall(
        r"@PyObject_Malloc\(i64 (?:noundef )?(\w+)\)", find("Plain_new_trampoline").text
    )
    assert made == ["24"]


@pytest.mark.skipif(FREE_THREADED, reason="what others can change is counted at once")
@pytest.mark.parametrize("name", ["Holder_bool", "Holder_set"])
def test_references_are_not_counted(name: str, find: Find) -> None:
    """There is a way on which no count is written: what a handle holds is not changed by it."""
    function = find(name + "_trampoline")
    ways = function.returns(re.compile(INT), without=re.compile(r"store i\d+ %"))
    assert any(True for _ in ways)


@pytest.mark.skipif(not IN_PLACE, reason="here floats are CPython's own affair")
def test_floats_are_made_in_place(find: Find) -> None:
    """Of the memory of one that died."""
    assert frozenset() in set(find("divide").returns(re.compile("(?!)")))
