"""C++ in an extension: classes, exceptions, static objects, threads, the standard library."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable
from types import ModuleType

import pytest

from tools.support import assert_stable

# What linking in memory makes of C++ is in loader/test_cpp.py and test_exceptions.py as well.
ENGINES = ("shared", pytest.param("memory", marks=pytest.mark.long))
pytestmark = [pytest.mark.linking, pytest.mark.parametrize("engine", ENGINES, indirect=True)]


@pytest.fixture(autouse=True)
def empty_journal(module: ModuleType) -> None:
    """Forgets what other tests wrote."""
    module.take_journal()


# Classes.


@pytest.mark.parametrize(
    ("kind", "found"), [("triangle", "2.000000 -"), ("square", "9.000000 square")]
)
def test_virtual_functions_and_dynamic_cast(module: ModuleType, kind: str, found: str) -> None:
    """A virtual call, and a cast to a virtual base beside the one at hand, or to none."""
    assert module.describe(kind) == found
    assert module.is_square(kind) == (kind == "square")
    assert module.take_journal() == "~~"


def test_dynamic_cast_of_a_reference(module: ModuleType) -> None:
    """The one that fails throws std::bad_cast, and the unique_ptr deletes the object."""
    assert module.cast("square") == "square"
    with pytest.raises(RuntimeError, match=r"^std::bad_cast$"):
        module.cast("triangle")
    assert module.take_journal() == "~~"


def test_object_in_a_python_object(module: ModuleType) -> None:
    """Constructed in place in tp_new, destroyed by tp_destroy."""
    before = module.bags()
    bag = module.Bag()
    assert [bag.add("a"), bag.add("word longer than a small string"), len(bag)] == [
        "a7",
        "word longer than a small string7",
        2,
    ]
    with pytest.raises(TypeError):
        bag.add(1)
    assert module.bags() == before + 1
    del bag
    gc.collect()
    assert module.bags() == before


# Exceptions.


def test_destructors_run_on_the_way(module: ModuleType) -> None:
    """Four frames, innermost first."""
    with pytest.raises(IndexError, match=r"^too deep$"):
        module.unwind()
    assert module.take_journal() == "abcdDCBA"


def test_exceptions_of_the_library(module: ModuleType) -> None:
    """Thrown in the library and caught in the extension."""
    assert [module.vector_at(i) for i in range(3)] == [10, 20, 30]
    for index in (3, -1):
        with pytest.raises(IndexError, match=r"^vector$"):
            module.vector_at(index)
    assert module.allocate(1000) == 1000
    with pytest.raises(MemoryError):
        module.allocate(2**62)
    with pytest.raises(RuntimeError, match=r"^vector$"):  # std::length_error
        module.allocate(-1)


def test_exception_of_its_own_class(module: ModuleType) -> None:
    """Caught by its class, before std::exception."""
    with pytest.raises(ValueError, match=r"^no such shape: circle$"):
        module.describe("circle")


def test_rethrown_and_nested(module: ModuleType) -> None:
    """throw;, std::throw_with_nested and std::rethrow_if_nested."""
    assert module.nested() == "outer of inner"
    assert module.take_journal() == "rR"


def test_thrown_int(module: ModuleType) -> None:
    """What is thrown need not be a class; catch (...) catches it."""
    assert module.throw_int(3) == 3
    with pytest.raises(SystemError, match=r"^something else$"):
        module.throw_int(-3)


def test_through_a_callback_of_the_library(module: ModuleType) -> None:
    """From a comparison through the frames of std::sort."""
    assert module.sort_throws() == "an empty word of 4"


def test_between_calls_of_the_api(module: ModuleType) -> None:
    """Python calls the extension inside: each exception is translated in its own call."""
    with pytest.raises(ValueError, match=r"^after the call$"):
        module.call(lambda: None)
    with pytest.raises(IndexError):
        module.call(lambda: module.vector_at(9))
    with pytest.raises(ZeroDivisionError):
        module.call(lambda: 1 // 0)
    with pytest.raises(TypeError):
        module.vector_at("1")
    assert module.take_journal() == "cCcCcC"


def test_exception_of_another_thread(module: ModuleType) -> None:
    """Carried over by std::exception_ptr."""
    with pytest.raises(ValueError, match=r"^from another thread$"):
        module.pointer_to_exception()


def test_exceptions_keep_nothing(module: ModuleType) -> None:
    """References, handles and memory are as before."""
    word = "word"

    def fail() -> None:
        for function, argument in ((module.vector_at, 7), (module.describe, word)):
            with pytest.raises((IndexError, ValueError)):
                function(argument)
        module.take_journal()

    assert_stable(fail, word)


# Static and thread-local objects.


def test_static_objects(fresh: Callable[..., ModuleType]) -> None:
    """Constructed before the module is, once, and anew for each load of the file."""
    for _ in range(2):
        module = fresh()
        assert module.constructed() == "constructed"
        assert module.take_journal() == "S"
        assert module.local_static() == 1


def test_local_static(module: ModuleType) -> None:
    """Four threads at once construct it once."""
    assert module.local_static() == 1
    assert module.local_static() == 1


def test_local_static_whose_constructor_throws(fresh: Callable[..., ModuleType]) -> None:
    """The next call tries again."""
    module = fresh()
    with pytest.raises(ValueError, match=r"^not yet$"):
        module.local_static_throws()
    assert module.local_static_throws() == "made"
    assert module.local_static_throws() == "made"


def test_thread_local_objects(module: ModuleType) -> None:
    """Each thread has its own, destroyed when it ends."""
    assert module.thread_locals() == "changed fresh"
    assert module.take_journal() == "L"


# The library.


def test_strings(module: ModuleType) -> None:
    """string, string_view, to_string, stol."""
    assert module.strings("banana") == "ananab:nanab:0:-11.500000"
    assert module.strings("xyz" * 20).startswith("zyx" * 20 + ":yx")


@pytest.mark.parametrize("text", ["mississippi", "a", "zyxxy"])
def test_containers(module: ModuleType, text: str) -> None:
    """map, unordered_map, set, deque, optional."""
    count = Counter(text)
    most = max(count.values())
    found = module.containers(text)
    head = "".join(f"{2 * c}{count[c]}" for c in sorted(count))
    assert found[: len(head)] == head
    assert count[found[len(head)]] == most
    assert found[len(head) + 1 :] == "".join(sorted(count)) + text[::-1]


def test_sum_types_and_functions(module: ModuleType) -> None:
    """variant, optional and function, and what each throws."""
    assert module.sum_of_types() == "2two6!?."


def test_numbers(module: ModuleType) -> None:
    """to_chars, mt19937 with the first number that the standard's algorithm gives, a clock, and a
    division of 128-bit integers.
    """
    assert module.numbers() == "0.1 1 1791095845 1 1 1"


def test_threads(module: ModuleType) -> None:
    """thread, mutex, async; what a task throws comes out of its future."""
    assert module.threads(1000) == 4 * sum(range(1000))
    with pytest.raises(ValueError, match=r"^less than nothing$"):
        module.threads(-1)
