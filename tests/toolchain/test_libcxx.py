"""The C++ standard library in extensions: what is linked in, and that it is compiled once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

import hpybc
from hpybc import errors
from hpybc.inspect import inspect
from hpybc.jit import link
from hpybc.toolchain import clang, libcxx
from hpybc.toolchain.compile import Options, compile_extension
from hpybc.toolchain.sources import compile_sources

QUICKSTART = Path(__file__).parent.parent.parent / "examples" / "quickstart.c"

#: A library of three members: the first needs the second, nobody the third.
SOURCES = {
    "libcxx/src/first.cpp": "int second(); int first() { return second() + 1; } int unused;",
    "libcxx/src/deep/second.cpp": '#include "two.h"\nint second() { return TWO; }',
    "libcxx/src/deep/two.h": "#define TWO 2",
    "libcxxabi/src/third.cpp": "int third() { return 3; }",
    "libcxx/src/support/other.cpp": "#error of another platform",
}


@pytest.fixture
def compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> clang.Clang:
    """A clang with ``SOURCES`` for its libraries, and an empty cache."""
    for name, text in SOURCES.items():
        file = tmp_path / "lib" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    cache = tmp_path / "cache"
    cache.mkdir(mode=0o700)
    monkeypatch.setenv("HPYBC_CACHE_DIR", str(cache))
    return replace(clang.find(cxx=True), libraries=str(tmp_path / "lib"))


@pytest.fixture
def linked(compiler: clang.Clang, tmp_path: Path) -> Callable[[str], set[str]]:
    """linked(source) -> the functions that the bitcode of it defines with its library."""

    def make(text: str) -> set[str]:
        source = tmp_path / "ext.cpp"
        source.write_text(text)
        (payload,) = compile_sources(compiler, [str(source)], ["-O1"])
        with link.parsed(payload) as module:
            libcxx.link_in(module, compiler)
            assert not [name for name in link.undefined(module) if "second" in name]
            return {f"{f.name} {f.linkage.name}" for f in link.definitions(module)}

    return make


@contextmanager
def not_compiling(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No source of a library is compiled meanwhile."""
    with monkeypatch.context() as patch:
        patch.setattr(libcxx, "compile_sources", None)
        yield


USES_FIRST = "int first(); int own() { return first(); }"
LINKED = {"_Z3ownv external", "_Z5firstv internal", "_Z6secondv internal"}


def test_members_that_are_needed(linked: Callable[[str], set[str]]) -> None:
    """And those that they need; of them, what is used, for the extension alone."""
    assert linked(USES_FIRST) == LINKED


def test_definition_of_its_own(linked: Callable[[str], set[str]]) -> None:
    """The extension's definition stands, and keeps the library's away."""
    own = "int second() { return 5; } " + USES_FIRST
    assert linked(own) == {"_Z3ownv external", "_Z6secondv external", "_Z5firstv internal"}


def test_library_is_left_alone(
    linked: Callable[[str], set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a source that needs nothing of it."""
    with not_compiling(monkeypatch):
        assert linked("int own() { return 1; }") == {"_Z3ownv external"}


def test_library_is_kept(
    linked: Callable[[str], set[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one file of the cache; one that is damaged is a miss."""
    assert linked(USES_FIRST) == LINKED
    (kept,) = (tmp_path / "cache").iterdir()
    with not_compiling(monkeypatch):
        assert linked(USES_FIRST) == LINKED
    kept.write_bytes(kept.read_bytes()[:-1])
    assert linked(USES_FIRST) == LINKED
    with not_compiling(monkeypatch):
        assert linked(USES_FIRST) == LINKED


def test_other_version_of_the_library(linked: Callable[[str], set[str]], tmp_path: Path) -> None:
    """A header that differs is another library."""
    linked(USES_FIRST)
    (tmp_path / "lib" / "libcxx" / "src" / "deep" / "two.h").write_text("#define TWO 22")
    linked(USES_FIRST)
    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_cache_that_cannot_be_used(linked: Callable[[str], set[str]], tmp_path: Path) -> None:
    """The library is compiled and not kept."""
    (tmp_path / "cache").chmod(0o777)
    assert linked(USES_FIRST) == LINKED
    assert list((tmp_path / "cache").iterdir()) == []


def test_library_that_does_not_compile(
    linked: Callable[[str], set[str]], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The error names the source."""
    source = tmp_path / "lib" / "libcxxabi" / "src" / "third.cpp"
    source.write_text("#error third")
    with pytest.raises(errors.CompileError) as caught:
        linked(USES_FIRST)
    assert caught.value.path == str(source)
    assert "third.cpp:1:2: error: third" in capfd.readouterr().err


def test_extension_needs_the_c_library_alone(tmp_path: Path) -> None:
    """And the unwinder in libgcc, once ziglang's own libc++ is in it: that of it which is used."""
    source, output = tmp_path / "ext.cpp", tmp_path / "ext.bc"
    source.write_text(
        '#include "hpy.h"\n#include <map>\n#include <string>\n'
        "static std::map<std::string, int> counts;\n"
        'HPyDef_METH(count, "count", HPyFunc_O)\n'
        "static HPy count_impl(HPyContext *ctx, HPy, HPy arg) {\n"
        "    const char *text = HPyUnicode_AsUTF8AndSize(ctx, arg, nullptr);\n"
        "    return text ? HPyLong_FromLong(ctx, ++counts[text]) : HPy_NULL;\n"
        "}\n"
        "static HPyDef *defines[] = {&count, nullptr};\n"
        "static HPyModuleDef definition = {nullptr, 0, nullptr, defines, nullptr};\n"
        "HPy_MODINIT(ext, definition)\n"
    )
    compile_extension([str(source)], str(output))
    found = inspect(output)
    assert not [name for name in found.undefined if name.startswith("_Z")]
    assert {name for name in found.undefined if name.startswith("__cxa")} <= {"__cxa_atexit"}
    assert found.size < 150_000
    module = hpybc.load(output)
    assert [module.count(word) for word in ("a", "b", "a")] == [1, 1, 2]


def test_c_does_not_open_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does it look for a clang that has one."""
    monkeypatch.setattr(libcxx, "link_in", None)
    compile_extension([str(QUICKSTART)], str(tmp_path / "ext.bc"))


def test_compiler_without_libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another clang compiles lacks a library: that is said, and how to get one."""
    other = replace(clang.find(), libraries=None)
    monkeypatch.setattr(clang, "find", lambda cxx: other)
    source, output = tmp_path / "ext.cpp", tmp_path / "ext.bc"
    source.write_text(
        '#include "hpy.h"\n#include <stdexcept>\n'
        "static HPyDef *defines[] = {nullptr};\n"
        "static HPyModuleDef definition = {nullptr, 0, nullptr, defines, nullptr};\n"
        'int fail() { throw std::runtime_error("x"); }\n'
        "volatile int fails = fail();\n"
        "HPy_MODINIT(ext, definition)\n"
    )
    with pytest.raises(errors.UndefinedSymbolError) as caught:
        compile_extension([str(source)], str(output), Options())
    assert "__cxa_throw" in caught.value.symbols
    assert "where ziglang compiles C++" in caught.value.needed
    assert "HPYBC_CLANG unset" in caught.value.remedy
