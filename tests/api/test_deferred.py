"""References that are counted only if other code runs while they are held."""

from __future__ import annotations

import ctypes
import sys
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import ModuleType

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.budgets

bounded = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

(
    GET, NEXT, DUP, CLOSE, SET, APPEND, DELETE, STORE_FIELD, LOAD_FIELD, STORE_GLOBAL, LOAD_GLOBAL,
    CALL, CHECK, BUILD, CANCEL, WRAP, TYPE, LEAVE, HAS, FETCH, PUT, REMOVE,
    POINTER, TABLE_CALL, HOLD, SORT, SORT_BY_OTHER, JUMP, THREAD,
) = range(29)  # fmt: skip
REGISTERS = 4
KEYS = ["zero", "one", "two"]


class Token:
    """Says its number, as long as it lives."""

    def __init__(self, number: int) -> None:
        self.number = number


def alone() -> int:
    """The count of an object with one variable for it: since 3.14 that one may count nothing."""
    token = Token(0)
    return sys.getrefcount(token)


class World:
    """What a program works on: a list, a dict, a callback that changes both and notes what it is
    shown."""

    def __init__(self) -> None:
        self.list = [Token(number) for number in range(5)]
        self.dict: dict[str, object] = {key: Token(5 + i) for i, key in enumerate(KEYS[1:])}
        self.tokens = [weakref.ref(token) for token in (*self.list, *self.dict.values())]
        self.seen: list[object] = []

    def callback(self, shown: object) -> None:
        if isinstance(shown, Token):
            self.seen.append(shown.number)
        elif shown is not None:
            self.seen.append(shown)
        else:
            del self.list[:1]
            if self.dict:
                self.dict.popitem()

    def foreign(self, number: int) -> None:
        """What is behind a pointer: a change for an even number, other calls for an odd one."""
        if number % 2 == 0:
            self.callback(None)
        else:
            self.touch(self.list)

    #: What changes nothing; in the world of a module a function of that module.
    touch: Callable[[list[Token]], object] = len

    def state(self) -> object:
        """What can be told of it afterwards: references of what lives are counted."""
        living = [ref() for ref in self.tokens]
        return (
            self.seen,
            [
                item.number if isinstance(item, Token) else item
                for item in (*self.list, *self.dict, *self.dict.values())
            ],
            [None if token is None else sys.getrefcount(token) for token in living],
        )


def interpret(program: bytes, world: World) -> object:
    """What the machine in C does, done by Python; returns what is in the field in the end."""
    registers: list[object] = [None] * REGISTERS
    field = stored = None
    for place in range(0, len(program) - 2, 3):
        operation, a, b = program[place], program[place + 1] % REGISTERS, program[place + 2]
        other = b % REGISTERS
        index = b % len(world.list) if world.list else 0
        value = registers[a]
        if operation in (GET, NEXT) and world.list:
            registers[a] = world.list[index if operation == GET else 0]
        elif operation in (DUP, WRAP) and value is not None:
            registers[other] = value
        elif operation == CLOSE:
            registers[a] = None
        elif operation == SET and value is not None and world.list:
            world.list[index] = value  # type: ignore[call-overload]
        elif operation == APPEND and value is not None:
            world.list.append(value)  # type: ignore[arg-type]
        elif operation == DELETE and world.list:
            del world.list[index]
        elif operation == STORE_FIELD:
            field = value
        elif operation == LOAD_FIELD and field is not None:
            registers[a] = field
        elif operation == STORE_GLOBAL and value is not None:
            stored = value
        elif operation == LOAD_GLOBAL:
            registers[a] = stored
        elif operation == CALL:
            world.callback(None)
        elif operation == CHECK and value is not None:
            world.callback(value)
        elif operation == BUILD and value is not None and registers[other] is not None:
            registers[other] = value
        elif operation == TYPE and value is not None:
            registers[other] = type(value)
        elif operation == FETCH and KEYS[b % len(KEYS)] in world.dict:
            registers[a] = world.dict[KEYS[b % len(KEYS)]]
            world.callback(registers[a])
        elif operation == PUT and value is not None:
            world.dict[KEYS[b % len(KEYS)]] = value
        elif operation == REMOVE:
            world.dict.pop(KEYS[b % len(KEYS)], None)
        elif operation in (POINTER, TABLE_CALL, SORT_BY_OTHER):
            world.foreign(b)
        elif operation in (HOLD, SORT, THREAD):
            held = world.list[0] if world.list else value
            if operation == HOLD:
                world.foreign(b)
            registers[a] = held
        elif operation == JUMP and world.list:
            held = world.list[index]
            world.foreign(b)
            registers[a] = held
    return field


def programs(*operations: int) -> st.SearchStrategy[bytes]:
    step = st.tuples(st.sampled_from(operations), st.integers(0, 3), st.integers(0, 7))
    return st.lists(step, max_size=40).map(lambda found: bytes(sum(found, ())))


class Machine:
    """The machine in C, with the ways to Python that are not the API's."""

    def __init__(self, module: ModuleType, other: ModuleType) -> None:
        self.module = module
        self.world = World()
        # Calls by a pointer, with the GIL held.
        self.pointer = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_int)(self.foreign)
        self.table = other.table(self.foreign)

    def foreign(self, number: int) -> int:
        self.world.foreign(number)
        return 0

    def run(self, program: bytes, holder: object) -> None:
        world = self.world
        world.touch = self.module.touch
        self.module.run(
            *(program, world.list, world.dict, KEYS, holder, world.callback),
            *map(address, (self.pointer,)),
            self.table,
            *map(
                address, (ctypes.pythonapi.PyGILState_Ensure, ctypes.pythonapi.PyGILState_Release)
            ),
        )


def address(function: object) -> int:
    """Where a function of ctypes is."""
    found = ctypes.cast(function, ctypes.c_void_p).value  # type: ignore[arg-type]
    assert found is not None
    return found


OF_A_DICT = (HAS, FETCH, PUT, REMOVE, HAS, FETCH, CALL, CHECK, CLOSE, GET, DUP)


FOREIGN = (POINTER, TABLE_CALL, HOLD, SORT, SORT_BY_OTHER, JUMP, THREAD)


@pytest.fixture
def other(fresh: Callable[..., ModuleType]) -> ModuleType:
    """Another extension, with a table of functions."""
    return fresh(source="test_deferred_other.c")


@bounded
@given(
    program=st.one_of(
        programs(*range(GET, REMOVE + 1)),
        programs(*OF_A_DICT),
        programs(*FOREIGN, GET, NEXT, DUP, CLOSE, HAS, FETCH, LOAD_FIELD, STORE_FIELD, TYPE),
    )
)
@example(program=bytes([GET, 0, 0, HAS, 0, 1, PUT, 0, 1, FETCH, 1, 1]))
@example(program=bytes([HAS, 0, 2, CALL, 0, 0, FETCH, 1, 2]))
@example(program=bytes([HAS, 0, 1, REMOVE, 0, 1, FETCH, 1, 1]))
@example(program=bytes([HAS, 0, 2, POINTER, 0, 2, FETCH, 1, 2]))
@example(
    program=b"".join(bytes([GET, 0, 0, operation, 1, 2, CLOSE, 0, 0]) for operation in FOREIGN)
)
@example(
    program=b"".join(bytes([GET, 0, 0, operation, 1, 1, CLOSE, 0, 0]) for operation in FOREIGN)
)
def test_programs(module: ModuleType, other: ModuleType, program: bytes) -> None:
    """A program leaves the same objects alive, with as many references as in Python."""
    expected, machine, holder = World(), Machine(module, other), module.Holder()
    world = machine.world
    field = interpret(program, expected)
    machine.run(program, holder)
    assert world.state() == expected.state()
    del field, holder
    assert world.state() == expected.state()


def test_a_thread_without_the_gil_counts_nothing(module: ModuleType) -> None:
    """It makes foreign calls while another thread's reference is deferred."""
    items = [Token(1)]
    with ThreadPoolExecutor(1) as pool, no_reference_changes(items[0]):
        running = pool.submit(module.without_gil)
        for _ in range(20):
            module.get_wait(items, 2_000_000)
        module.stop()
        running.result()


@contextmanager
def no_reference_changes(*objects: object) -> Iterator[None]:
    before = [sys.getrefcount(o) for o in objects]
    yield
    assert [sys.getrefcount(o) for o in objects] == before


@pytest.mark.parametrize("name", ["get_call", "next_call"])
def test_item_outlives_its_list(module: ModuleType, name: str) -> None:
    items = [Token(1), Token(2)]
    ref = weakref.ref(items[0])
    item = getattr(module, name)(items, items.clear)
    assert items == []
    assert item.number == 1
    assert item is ref()
    assert sys.getrefcount(item) == alone()
    del item
    assert ref() is None


def test_two_items_outlive_their_list(module: ModuleType) -> None:
    items = [Token(1), Token(2)]
    first, second = module.get_two_call(items, items.clear)
    assert (first.number, second.number) == (1, 2)
    assert {sys.getrefcount(first), sys.getrefcount(second)} == {alone()}


def test_replaced_item(module: ModuleType) -> None:
    items = [Token(1)]
    item = module.get_replace(items)
    assert items == [None]
    assert item.number == 1
    assert sys.getrefcount(item) == alone()


@pytest.mark.parametrize(
    ("name", "make"), [("get_of_the_dying", lambda: [Token(3)]), ("dup_close", lambda: Token(3))]
)
def test_only_reference(module: ModuleType, name: str, make: Callable[[], object]) -> None:
    item = getattr(module, name)(make)
    assert item.number == 3
    assert sys.getrefcount(item) == alone()


def test_what_is_appended_lives(module: ModuleType) -> None:
    items: list[int] = []
    module.append_close(items)
    assert items == list(range(1000000, 1000020))
    assert {sys.getrefcount(items[i]) for i in range(20)} == {2}


def test_items_change_places(module: ModuleType) -> None:
    first, second = Token(1), Token(2)
    items = [first, second]
    with no_reference_changes(first, second):
        module.swap(items)
        assert items == [second, first]
        module.set_itself(items)
        assert items == [second, first]


def test_exception_holds_its_value(module: ModuleType) -> None:
    value = Token(1)
    with no_reference_changes(value):
        with pytest.raises(ValueError) as caught:
            module.get_raise([value])
        assert caught.value.args == (value,)
        del caught


def test_result_of_a_type(module: ModuleType) -> None:
    """Called by vectorcall, and through a tuple of arguments."""
    items = [Token(1)]
    item = module.First(items)
    assert item is items[0]
    assert sys.getrefcount(item) == alone() + 1
    item = module.First(*items[:0], items)
    assert item is items[0]
    assert sys.getrefcount(item) == alone() + 1
    del items
    assert sys.getrefcount(item) == alone()


def test_arguments_of_a_type_with_keywords(module: ModuleType) -> None:
    """They go the long way, in a tuple and a dict."""
    items, other = [Token(1)], object()
    with no_reference_changes(items, other):
        for _ in range(3):
            assert module.First(items, key=other) is items[0]


def test_values_of_a_struct_sequence(module: ModuleType) -> None:
    first, second = Token(1), Token(2)
    with no_reference_changes(first, second):
        for _ in range(3):
            assert tuple(module.sequence([first, second])) == (first, second)
