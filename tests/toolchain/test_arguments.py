"""The arguments of a compiler: which go to clang, which to the linker, which nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from hpybc import errors
from hpybc.toolchain import arguments, cc
from hpybc.toolchain.arguments import Input, parse


@pytest.mark.parametrize(
    "flag",
    ["-std=c++20", "-Wall", "-w", "-Werror=format-security", "-fno-exceptions", "-mavx2", "-g",
     "-ggdb3", "-pthread", "-pedantic", "-ansi", "-fdebug-prefix-map=/a=/b", "-fwrapv",
     "-fvisibility=hidden", "-nostdinc"],
)  # fmt: skip
def test_what_clang_gets(flag: str) -> None:
    parsed = parse([flag, "a.c"])
    assert (parsed.flags, parsed.inputs) == ([flag], [Input("a.c")])


@pytest.mark.parametrize("name", ["-I", "-D", "-U"])
def test_values_with_and_without_a_space(name: str) -> None:
    assert parse([name, "x"]).flags == parse([f"{name}x"]).flags == [f"{name}x"]


@pytest.mark.parametrize("name", ["-include", "-isystem", "-idirafter", "-iquote", "-Xclang"])
def test_values_that_follow(name: str) -> None:
    """They are no inputs."""
    parsed = parse([name, "x", "a.c"])
    assert (parsed.flags, parsed.inputs) == ([name, "x"], [Input("a.c")])


def test_order_is_kept() -> None:
    """The last of contrary options wins, as with any compiler."""
    assert parse(["-DA", "-UA", "a.c", "-DA=2", "-Wall"]).flags == ["-DA", "-UA", "-DA=2", "-Wall"]


@pytest.mark.parametrize(
    "flag",
    ["-fPIC", "-fpic", "-pipe", "-s", "-rdynamic", "-Wl,-z,relro", "-Wl,-O1", "-flto", "-flto=auto",
     "-ffat-lto-objects", "-fstack-protector-strong", "-fstack-clash-protection", "-specs=/a/b",
     "-fcf-protection", "-grecord-gcc-switches", "-fuse-ld=lld", "-Wl,-Bsymbolic-functions",
     "-Wa,--noexecstack", "-static-libgcc", "-Wl,--as-needed", "-pie", "-no-pie"],
)  # fmt: skip
def test_what_cannot_matter(flag: str) -> None:
    assert parse([flag, "a.c"]) == parse(["a.c"])


@pytest.mark.parametrize("flags", [["-z", "now"], ["-Xlinker", "-z"], ["-T", "x"], ["-u", "f"]])
def test_what_cannot_matter_and_its_value(flags: list[str]) -> None:
    assert parse([*flags, "a.c"]) == parse(["a.c"])


@pytest.mark.parametrize(
    ("flags", "level"),
    [([], "2"), (["-O"], "1"), (["-O1"], "1"), (["-O3"], "3"), (["-O9"], "3"), (["-Os"], "s"),
     (["-Oz"], "z"), (["-Og"], "1"), (["-O0", "-O2"], "2"), (["-Ofast"], "3")],
)  # fmt: skip
def test_levels(flags: list[str], level: str) -> None:
    options = cc.options(parse(flags))
    assert options.level == level
    assert ("-ffast-math" in options.extra) is (flags == ["-Ofast"])


@pytest.mark.parametrize("flag", ["-O0", "-march=native", "-mtune=haswell", "-mcpu=apple-m1"])
def test_answers(flag: str, caplog: pytest.LogCaptureFixture) -> None:
    """They say why."""
    with pytest.raises(errors.UsageError) as caught:
        cc.options(parse([flag]))
    assert "LLVM never inlines" in caught.value.needed or "the loader" in caught.value.needed
    assert cc.options(parse([flag]), lenient=True).level == ("1" if flag == "-O0" else "2")
    assert caught.value.what in caplog.text


def test_libraries() -> None:
    parsed = parse(["-L/a", "-L", "b", "-lz", "-l", "yaml", "-Wl,-lc,-rpath,/x:/y", "-R/z", "a.c"])
    assert parsed.library_dirs == ["/a", "b"]
    assert parsed.libraries == ["z", "yaml", "c"]
    assert parsed.runpath == ["/x", "/y", "/z"]
    assert parsed.inputs == [Input("a.c")]


@pytest.mark.parametrize(
    "flags",
    [["-Wl,--unresolved-symbols=ignore-all"], ["-undefined", "dynamic_lookup"],
     ["-Wl,-undefined,dynamic_lookup"], ["-Xlinker", "--unresolved-symbols=ignore-all"]],
)  # fmt: skip
def test_symbols_that_may_be_undefined(flags: list[str]) -> None:
    assert parse([*flags, "a.c"]).may_be_undefined
    assert not parse(["-Wl,--no-undefined", "a.c"]).may_be_undefined


def test_languages_and_archives() -> None:
    """What stands before an input decides over it."""
    parsed = parse(
        ["a", "-x", "c++", "b", "-xc", "c", "-x", "none", "d.c", "-Wl,--whole-archive", "e.a",
         "-Wl,--no-whole-archive", "f.a"]
    )  # fmt: skip
    assert parsed.inputs == [
        Input("a"),
        Input("b", "c++"),
        Input("c", "c"),
        Input("d.c"),
        Input("e.a", whole=True),
        Input("f.a"),
    ]


def test_files_of_arguments(tmp_path: Path) -> None:
    """Quoted as in a shell; they may name others."""
    inner, outer = tmp_path / "inner", tmp_path / "outer"
    inner.write_text('-DA="x y"\n"b c.c"\n')
    outer.write_text(f"-Wall @{inner}")
    parsed = parse(["a.c", f"@{outer}", "@absent"])
    assert parsed.flags == ["-Wall", "-DA=x y"]
    assert [file.path for file in parsed.inputs] == ["a.c", "b c.c", "@absent"]
    inner.write_text('"')
    with pytest.raises(errors.UsageError):
        arguments.expanded([f"@{outer}"])


def test_a_value_that_is_missing() -> None:
    with pytest.raises(errors.UsageError) as caught:
        parse(["a.c", "-include"])
    assert "-include" in caught.value.what


@pytest.mark.parametrize("flag", ["--version", "-dumpversion", "-print-search-dirs", "-###"])
def test_questions(flag: str) -> None:
    assert parse([flag]).query
