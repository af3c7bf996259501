from __future__ import annotations

import threading

import pytest
from _cffi_own import ffi, lib


def test_functions() -> None:
    before = lib.calls
    assert lib.total([1, 2, 3], 3) == 6
    assert lib.total(ffi.new("int[]", 1000), 1000) == 0
    assert lib.calls == before + 2
    lib.calls = 7
    assert lib.calls == 7
    with pytest.raises(OverflowError):
        lib.total([1 << 40], 1)
    with pytest.raises(TypeError):
        lib.total("abc", 3)


def test_constants() -> None:
    assert (lib.RED, lib.GREEN, lib.BLUE, lib.LIMIT) == (0, 5, 6, 40)
    with pytest.raises(AttributeError):
        lib.PINK  # noqa: B018


def test_structs_by_value() -> None:
    name = ffi.new("char[]", b"p")
    p = ffi.new("point *", {"x": 3, "y": 4, "name": name})
    assert lib.norm(p[0]) == 5.0
    q = lib.scaled(p, 2)
    assert (q.x, q.y, ffi.string(q.name)) == (6.0, 8.0, b"p")
    assert ffi.sizeof("point") == 24
    assert ffi.offsetof("point", "name") == 16


def test_unions() -> None:
    u = ffi.new("pieces *", {"whole": 0x01020304})
    assert list(u.bytes) == [4, 3, 2, 1]


def test_callbacks() -> None:
    numbers = ffi.new("int[]", [5, 9, 2])
    assert lib.reduce(numbers, 3, ffi.callback("int(int, int)", max)) == 9


def test_variadic() -> None:
    text = ffi.new("char[20]")
    length = lib.printed(text, 20, b"%d %.2f", ffi.cast("int", 7), ffi.cast("double", 0.5))
    assert (length, ffi.string(text)) == (6, b"7 0.50")


def test_extern_python() -> None:
    assert "from_python" in dir(lib)

    @ffi.def_extern(name="from_python", error=-1)  # type: ignore[untyped-decorator, unused-ignore]
    def divide(a: int, b: int) -> int:
        return a // b

    assert lib.ask_python(7, 2) == 3
    results: list[int] = []
    thread = threading.Thread(target=lambda: results.append(lib.ask_python(9, 3)))
    thread.start()
    thread.join()
    assert results == [3]


def test_address() -> None:
    pointer = ffi.addressof(lib, "total")
    assert pointer([4, 5], 2) == 9
