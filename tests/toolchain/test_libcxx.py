"""The C++ standard library in extensions: what is linked in, and that it is compiled once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

import hpybc
from hpybc import errors
from hpybc.inspect import inspect
from hpybc.jit.module import parsed
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
    """A clang with ``SOURCES`` for its libraries, and empty caches: the user's, and another."""
    for name, text in SOURCES.items():
        file = tmp_path / "lib" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    for folder in ("home/hpybc", "cache"):
        (tmp_path / folder).mkdir(mode=0o700, parents=True)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HPYBC_CACHE_DIR", str(tmp_path / "cache"))
    return replace(clang.find(cxx=True), libraries=str(tmp_path / "lib"))


@pytest.fixture
def linked(compiler: clang.Clang, tmp_path: Path) -> Callable[[str], set[str]]:
    """linked(source) -> the functions that the bitcode of it defines with its library."""

    def make(text: str) -> set[str]:
        source = tmp_path / "ext.cpp"
        source.write_text(text)
        (payload,) = compile_sources(compiler, [str(source)], ["-O1"])
        with parsed(payload) as module:
            libcxx.link_in(module, compiler)
            assert not [name for name in module.undefined if "second" in name]
            return {f"{f.name} {f.linkage.name}" for f in module.definitions}

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
    (kept,) = (tmp_path / "home" / "hpybc").iterdir()
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
    assert len(list((tmp_path / "home" / "hpybc").iterdir())) == 2


def test_other_way_to_compile_the_library(compiler: clang.Clang, tmp_path: Path) -> None:
    """An option for all sources in C++ makes it another one: the extension's has it as well."""
    (tmp_path / "lib" / "libcxx" / "src" / "first.cpp").write_text(
        "int first() { return _LIBCPP_TYPEINFO_COMPARISON_IMPLEMENTATION; }"
    )
    source = tmp_path / "ext.cpp"
    source.write_text(USES_FIRST)
    found = []
    macro = "_LIBCPP_TYPEINFO_COMPARISON_IMPLEMENTATION"
    for options in ((), (f"-U{macro}", f"-D{macro}=3")):
        changed = replace(compiler, cxx=(*compiler.cxx, *options))
        (payload,) = compile_sources(changed, [str(source)], ["-O1"])
        with parsed(payload) as module:
            libcxx.link_in(module, changed)
            found += re.findall(r"ret i32 (\d)", str(module))
    assert found == ["2", "3"]
    assert len(list((tmp_path / "home" / "hpybc").iterdir())) == 2


def test_cache_that_cannot_be_used(
    linked: Callable[[str], set[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user's own, or none: the library is kept in the other, or not at all."""
    home, cache = tmp_path / "home" / "hpybc", tmp_path / "cache"
    home.chmod(0o777)
    assert linked(USES_FIRST) == LINKED
    assert [path.suffix for path in cache.iterdir()] == [".zip"]
    with not_compiling(monkeypatch):
        assert linked(USES_FIRST) == LINKED
    next(cache.iterdir()).unlink()
    cache.chmod(0o777)
    assert linked(USES_FIRST) == LINKED
    assert [*home.iterdir(), *cache.iterdir()] == []


def test_a_user_without_a_home(
    linked: Callable[[str], set[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cache that is named has the library then."""
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    assert linked(USES_FIRST) == LINKED
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".zip"]


def test_all_caches_share_the_library(
    linked: Callable[[str], set[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever $HPYBC_CACHE_DIR says, also one that cannot be written to."""
    assert linked(USES_FIRST) == LINKED
    assert list((tmp_path / "cache").iterdir()) == []
    for folder in ("other", ""):
        monkeypatch.setenv("HPYBC_CACHE_DIR", folder and str(tmp_path / folder))
        with not_compiling(monkeypatch):
            assert linked(USES_FIRST) == LINKED


def test_other_headers_of_the_library(linked: Callable[[str], set[str]], tmp_path: Path) -> None:
    """Make it another one."""
    linked(USES_FIRST)
    header = tmp_path / "lib" / "libcxx" / "include" / "vector"
    header.parent.mkdir()
    header.write_text("// different")
    linked(USES_FIRST)
    assert len(list((tmp_path / "home" / "hpybc").iterdir())) == 2


BUILDER = """
import sys
from hpybc.toolchain import clang, libcxx
from dataclasses import replace
compiler = replace(clang.find(cxx=True), libraries=sys.argv[1])
made = libcxx._made
libcxx._made = lambda *arguments: (print("made"), made(*arguments))[1]
print(len(libcxx._archive(compiler, compiler.libraries)) > 100)
"""


def test_one_of_several_processes_compiles(compiler: clang.Clang, tmp_path: Path) -> None:
    """Though each has a cache of its own."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-I", "-c", BUILDER, str(tmp_path / "lib")],
            env={**os.environ, "HPYBC_CACHE_DIR": str(tmp_path / f"cache{number}")},
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    said = [process.communicate()[0] for process in processes]
    assert sorted(said) == ["True\n", "True\n", "made\nTrue\n"]


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
    # The last two are the loader's.
    allowed = {"__cxa_atexit", "__cxa_get_globals", "__cxa_get_globals_fast"}
    assert {name for name in found.undefined if name.startswith("__cxa")} <= allowed
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
