"""Images: the linker that makes shared objects, and doing without one."""

from __future__ import annotations

import ctypes
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from importlib.machinery import PathFinder
from pathlib import Path

import pytest

import hpybc
from hpybc import errors
from hpybc.jit import image, target
from hpybc.jit.build import Options, build
from hpybc.toolchain import clang

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


@pytest.fixture
def anew() -> Iterator[None]:
    """The linker is looked for again, in the test and after it."""
    image.linker.cache_clear()
    yield
    image.linker.cache_clear()


@pytest.fixture
def no_ziglang(monkeypatch: pytest.MonkeyPatch, anew: None) -> None:
    """As if ziglang were not installed."""
    clang.candidates()  # which are found once in a process
    find = PathFinder.find_spec
    monkeypatch.setattr(
        PathFinder,
        "find_spec",
        lambda name, *rest: None if name == "ziglang" else find(name, *rest),
    )


def script(path: Path, text: str) -> Path:
    """An executable file."""
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


# Finding a linker.


def test_ziglang_comes_first(anew: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its lld is known to work, whatever else is on PATH."""
    script(tmp_path / "ld.lld", "exit 1")
    monkeypatch.setenv("PATH", str(tmp_path))
    found = image.linker()
    assert found is not None
    assert os.path.basename(found[0]) == "zig"
    assert found[1:] == ("ld.lld",)


@pytest.mark.parametrize(
    ("there", "chosen"), [(["ld.lld", "ld"], "ld.lld"), (["ld.lld"], "ld.lld"), (["ld"], "ld")]
)
def test_linker_on_path(
    there: list[str], chosen: str, no_ziglang: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """lld before ld."""
    for name in there:
        script(tmp_path / name, "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert image.linker() == (str(tmp_path / chosen),)


def test_no_linker(no_ziglang: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """None, and a shared object cannot be made."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert image.linker() is None
    with pytest.raises(errors.LinkError) as caught:
        image.make(b"", "shared")
    assert caught.value.what == "this machine has no linker"
    assert caught.value.reason == "no linker"
    assert "HPYBC_ENGINE=memory" in caught.value.remedy
    assert image.make(b"object", "memory") == b"object"


def test_load_without_a_linker(
    no_ziglang: None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    compiled: Callable[..., Path],
) -> None:
    """The engine memory takes over; asking for the other is an error."""
    tmp_path.chmod(0o700)
    file = compiled(EXAMPLES / "quickstart.c")
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.setenv("HPYBC_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("HPYBC_ENGINE", raising=False)
    for _ in range(2):
        assert hpybc.load(file).add(1, 2) == 3
    assert [entry.suffix for entry in tmp_path.iterdir()] == [".o"]
    monkeypatch.setenv("HPYBC_ENGINE", "shared")
    with pytest.raises(errors.LinkError) as caught:
        hpybc.load(file)
    assert (caught.value.path, caught.value.name) == (str(file), "quickstart")


# Using it.


def test_shared_object(code: bytes) -> None:
    """ELF of type DYN."""
    made = image.make(code, "shared")
    assert made[:4] == b"\x7fELF"
    assert int.from_bytes(made[16:18], "little") == 3


def test_linking_is_deterministic(code: bytes) -> None:
    """No time, no path and no random number in it."""
    assert image.make(code, "shared") == image.make(code, "shared")


def test_symbols_of_a_shared_object(code: bytes, tmp_path: Path) -> None:
    """One is defined, the entry point; the interpreter's are looked up when it is loaded."""
    file = tmp_path / "image.so"
    file.write_bytes(image.make(code, "shared"))
    library = ctypes.CDLL(str(file))
    assert library.PyInit_quickstart
    for name in ("HPyInit_quickstart", "HPy_Dup", "add_impl"):
        # dlsym searches what the image depends on as well, which is nothing.
        with pytest.raises(AttributeError):
            getattr(library, name)


def test_the_systems_own_linker(
    code: bytes, no_ziglang: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """GNU ld understands the same options."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.defpath}")
    assert image.linker() == (shutil.which("ld"),)
    file = tmp_path / "image.so"
    file.write_bytes(image.make(code, "shared"))
    assert ctypes.CDLL(str(file)).PyInit_quickstart


def test_linker_that_fails(
    no_ziglang: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its words are in the error, and not on stderr."""
    command = script(tmp_path / "ld.lld", "echo 'ld.lld: error: no luck' >&2; exit 3")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.defpath}")
    with pytest.raises(errors.LinkError) as caught:
        image.make(b"", "shared")
    assert caught.value.found == "ld.lld: error: no luck"
    assert caught.value.reason == "linker failed"
    assert str(command) in caught.value.needed


def test_linker_that_is_no_program(
    no_ziglang: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An executable file the system cannot execute is a failure like others."""
    file = tmp_path / "ld.lld"
    file.write_bytes(b"\x7fELFand nothing else")
    file.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(errors.LinkError):
        image.make(b"", "shared")


def test_linker_that_succeeds_and_makes_nothing(
    no_ziglang: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its exit status is not the whole truth."""
    script(tmp_path / "ld.lld", "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(errors.LinkError):
        image.make(b"", "shared")


def test_something_that_cannot_be_linked() -> None:
    """lld's own message."""
    with pytest.raises(errors.LinkError) as caught:
        image.make(b"no object", "shared")
    assert ">>> no object" in caught.value.found


def test_nothing_is_left_in_the_temporary_folder(
    code: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither after success nor after failure."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    image.make(code, "shared")
    with pytest.raises(errors.LinkError):
        image.make(b"no object", "shared")
    assert list(tmp_path.iterdir()) == []


# Linking in memory.


def test_link_memory(assembled: Callable[..., bytes]) -> None:
    """Each image stands for itself, whatever names it shares with others."""
    functions = []
    for number in (1, 2):
        text = f"define i32 @entry() {{ ret i32 {number} }}"
        code = build(assembled(text), [], target.host(), Options(("entry",)))
        functions.append(ctypes.CFUNCTYPE(ctypes.c_int)(image.link_memory(code, "entry")))
    assert [function() for function in functions] == [1, 2]


def test_link_memory_finds_the_interpreter(assembled: Callable[..., bytes]) -> None:
    """Its functions are those of this process."""
    text = """
    declare i32 @Py_IsInitialized()
    define i32 @entry() { %x = call i32 @Py_IsInitialized() ret i32 %x }
    """
    code = build(assembled(text), [], target.host(), Options(("entry",)))
    assert ctypes.CFUNCTYPE(ctypes.c_int)(image.link_memory(code, "entry"))() == 1


def test_object_that_cannot_be_linked_in_memory(capfd: pytest.CaptureFixture[str]) -> None:
    """An error of our own, and nothing on stderr."""
    with pytest.raises(errors.LinkError) as caught:
        image.link_memory(b"no object", "entry")
    assert caught.value.reason == "linker failed"
    assert capfd.readouterr() == ("", "")


def test_missing_symbol_in_memory(
    assembled: Callable[..., bytes], capfd: pytest.CaptureFixture[str]
) -> None:
    """Likewise; and the next image links all the same."""
    code = build(
        assembled("define i32 @entry() { ret i32 1 }"), [], target.host(), Options(("entry",))
    )
    with pytest.raises(errors.LinkError):
        image.link_memory(code, "absent")
    assert ctypes.CFUNCTYPE(ctypes.c_int)(image.link_memory(code, "entry"))() == 1
    assert capfd.readouterr() == ("", "")


# What an image needs besides the process.

UNWINDS = """
declare void @_Unwind_Resume(ptr)
declare i64 @_Unwind_GetIP(ptr)
define void @entry() { %x = call i64 @_Unwind_GetIP(ptr null) ret void }
"""


@pytest.mark.parametrize("own_linker", [False, True])
def test_libgcc_is_named_where_it_is_needed(
    own_linker: bool, assembled: Callable[..., bytes], code: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its soname, for every later process; an image of C does without."""
    if own_linker:
        monkeypatch.setattr(image, "linker", lambda: (shutil.which("ld"),))
    unwinds = build(assembled(UNWINDS), [], target.host(), Options(("entry",)))
    assert b"libgcc_s.so.1\0" in image.make(unwinds, "shared")
    assert b"libgcc_s" not in image.make(code, "shared")
