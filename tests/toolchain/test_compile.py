"""The compile driver: what goes into a bitcode file, and what stays as it was if nothing can."""

from __future__ import annotations

import dataclasses
import os
import re
import shlex
import struct
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

import hpybc
from hpybc import cli, errors
from hpybc.jit import edits, identity, target
from hpybc.jit.module import parsed
from hpybc.loader import extension
from hpybc.toolchain import arguments, clang, compile
from hpybc.toolchain.arguments import Input
from hpybc.toolchain.compile import Options, compile_extension

HERE = Path(__file__).parent
SUM, TWICE, INCLUDE = HERE / "sum.c", HERE / "twice.c", HERE / "include"
QUICKSTART = HERE.parent.parent / "examples" / "quickstart.c"

WITH_HEADER = Options(include_dirs=(str(INCLUDE),))


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """A file that is there already."""
    file = tmp_path / "out" / "ext.bc"
    file.parent.mkdir()
    file.write_bytes(b"what was there before")
    return file


def unchanged(output: Path) -> bool:
    """Whether ``output`` is as it was, with nothing beside it."""
    return output.read_bytes() == b"what was there before" and list(output.parent.iterdir()) == [
        output
    ]


# What comes out.


def test_manifest(output: Path) -> None:
    """Who made it, of what, for what; returned and written."""
    manifest = compile_extension([str(QUICKSTART)], str(output))
    compiler = clang.find()
    assert manifest == {
        "hpybc": hpybc.__version__,
        "hpy_abi": "0.0",
        "module": "quickstart",
        "entry": "PyInit_quickstart",
        "python": None,
        "triple": manifest["triple"],
        "llvm": ".".join(map(str, target.llvm_version())),
        "producer": f"clang {compiler.version} ({compiler.origin})",
        "optimization": "-O2",
        "edits": edits.VERSION,
        "assembly": [],
    }
    assert str(manifest["triple"]).startswith(f"{identity.architecture()}-")
    read = extension.read(output)
    assert read.manifest is not None
    digest = read.manifest["sha256"]
    assert read.manifest == {**manifest, "format": 2, "sha256": digest}


def test_wrapper(output: Path) -> None:
    """LLVM's five words; the payload lies on a 16 byte boundary and ends the file."""
    compile_extension([str(QUICKSTART)], str(output))
    data = output.read_bytes()
    magic, version, offset, size, cpu = struct.unpack_from("<5I", data)
    assert (magic, version) == (0x0B17C0DE, 0)
    assert offset % 16 == 0
    assert offset + size == len(data)
    assert data[offset : offset + 4] == b"BC\xc0\xde"
    assert cpu == {"x86_64": 0x01000007, "aarch64": 0x0100000C}[identity.architecture()]


def test_compiling_is_deterministic(tmp_path: Path) -> None:
    """The same source gives the same file, whatever that is called."""
    for name in ("a.bc", "b.bc"):
        compile_extension([str(QUICKSTART)], str(tmp_path / name))
    assert (tmp_path / "a.bc").read_bytes() == (tmp_path / "b.bc").read_bytes()


def test_functions_name_no_processor(output: Path) -> None:
    """The loader decides what they are compiled for."""
    compile_extension([str(QUICKSTART)], str(output))
    with parsed(extension.read(output).payload) as module:
        text = str(module)
    for attribute in ("target-cpu", "target-features", "tune-cpu", "frame-pointer", "sanitize"):
        assert f'"{attribute}"' not in text


def test_nothing_is_printed(output: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A clean source compiles in silence."""
    compile_extension([str(QUICKSTART)], str(output))
    assert capfd.readouterr() == ("", "")


def test_clang_reads_the_file_as_it_is(output: Path, tmp_path: Path) -> None:
    """The wrapper is LLVM's own, so that LLVM's tools see the bitcode in it."""
    compile_extension([str(QUICKSTART)], str(output))
    made = tmp_path / "ext.o"
    # zig's default names another C library; a driver's triple goes before the file's own.
    command = [sys.executable, "-m", "ziglang", "clang", "-Wno-override-module"]
    done = subprocess.run(
        [*command, "-x", "ir", "-c", str(output), "-o", str(made)],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert made.read_bytes().startswith(b"\x7fELF")


def test_llvmlite_reads_the_file_as_it_is(output: Path) -> None:
    """Likewise."""
    compile_extension([str(QUICKSTART)], str(output))
    with parsed(output.read_bytes()) as module:
        assert "PyInit_quickstart" in [f.name for f in module.functions if not f.is_declaration]


# What goes in.


def test_several_sources(output: Path) -> None:
    """In any order; they call each other."""
    for sources in ([SUM, TWICE], [TWICE, SUM]):
        compile_extension(list(map(str, sources)), str(output), WITH_HEADER)
        assert hpybc.load(output).sum(3, 4) == 14


def test_source_that_is_missing_from_the_list(output: Path) -> None:
    """What nothing defines is an error, unless the author says that it will be there."""
    with pytest.raises(errors.UndefinedSymbolError) as caught:
        compile_extension([str(SUM)], str(output), WITH_HEADER)
    assert caught.value.symbols == ("twice",)
    assert unchanged(output)
    lenient = dataclasses.replace(WITH_HEADER, may_be_undefined=True)
    compile_extension([str(SUM)], str(output), lenient)
    with pytest.raises(errors.UndefinedSymbolError) as caught:
        hpybc.load(output)
    assert caught.value.symbols == ("twice",)


def test_defines(output: Path) -> None:
    """NAME=VALUE and NAME alone, which is 1."""
    for macro, expected in (("OFFSET=100", 114), ("OFFSET", 15), ("OFFSET=(2 + 3)", 19)):
        options = Options(include_dirs=(str(INCLUDE),), defines=(macro,))
        compile_extension([str(SUM), str(TWICE)], str(output), options)
        assert hpybc.load(output).sum(3, 4) == expected


def test_include_dirs_come_in_their_order(output: Path, tmp_path: Path) -> None:
    """The first folder that has a header wins."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "sum.h").write_text("#define OFFSET 1000\nlong twice(long value);\n")
    for folders, expected in (((other, INCLUDE), 1014), ((INCLUDE, other), 14)):
        options = Options(include_dirs=tuple(map(str, folders)))
        compile_extension([str(SUM), str(TWICE)], str(output), options)
        assert hpybc.load(output).sum(3, 4) == expected


def test_name(output: Path) -> None:
    """Another than in HPy_MODINIT: the module's name from then on."""
    manifest = compile_extension([str(QUICKSTART)], str(output), Options(name="package.other"))
    assert manifest["module"] == "package.other"
    assert manifest["entry"] == "PyInit_quickstart"
    module = hpybc.load(output)
    assert module.__name__ == "package.other"
    assert module.add(1, 2) == 3


@pytest.mark.parametrize("level", ["1", "2", "3"])
def test_level(level: str, output: Path) -> None:
    """It is in the manifest, too."""
    assert (
        compile_extension([str(QUICKSTART)], str(output), Options(level=level))["optimization"]
        == f"-O{level}"
    )


def test_debug_information(output: Path) -> None:
    """Lines of the source are in the bitcode, or not."""
    for debug in (False, True):
        compile_extension([str(QUICKSTART)], str(output), Options(debug=debug))
        with parsed(extension.read(output).payload) as module:
            assert ("!DISubprogram" in str(module)) is debug


def test_extra_arguments_reach_clang(output: Path, tmp_path: Path) -> None:
    """As they are."""
    source = tmp_path / "extra.c"
    source.write_text(
        QUICKSTART.read_text() + "\n#if __STDC_VERSION__ != 199901L\n#error\n#endif\n"
    )
    compile_extension([str(source)], str(output), Options(extra=("-std=c99",)))


def test_relative_paths(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of sources, headers and the output: relative to the working directory."""
    monkeypatch.chdir(HERE)
    output = os.path.relpath(tmp_path / "ext.bc")
    compile_extension(["sum.c", "twice.c"], output, Options(include_dirs=("include",)))
    assert hpybc.load(output).sum(1, 1) == 4


@pytest.mark.parametrize("suffix", [".cc", ".cpp", ".cxx", ".c++", ".C"])
def test_cplusplus_by_the_suffix(suffix: str, output: Path, tmp_path: Path) -> None:
    """A C compiler would stumble over the namespace."""
    source = tmp_path / f"plus{suffix}"
    source.write_text(
        '#include "hpy.h"\nnamespace { HPyModuleDef definition = {}; }\n'
        "HPy_MODINIT(plus, definition)\n"
    )
    compile_extension([str(source)], str(output))
    assert hpybc.load(output).__name__ == "plus"


def test_c_and_cplusplus_together(output: Path, tmp_path: Path) -> None:
    """Each with its own compiler."""
    source = tmp_path / "twice.cpp"
    source.write_text('extern "C" long twice(long v) { return static_cast<long>(2) * v; }\n')
    compile_extension([str(SUM), str(source)], str(output), WITH_HEADER)
    assert hpybc.load(output).sum(1, 1) == 4


# The flags of a compiler.

MODULE = """
#include "hpy.h"
{}
HPyDef_METH(value, "value", HPyFunc_NOARGS)
static HPy value_impl(HPyContext *ctx, HPy self) {{
    (void)self;
    return HPyLong_FromLong(ctx, {});
}}
static HPyDef *defines[] = {{&value, NULL}};
static HPyModuleDef def = {{NULL, 0, NULL, defines, NULL}};
HPy_MODINIT(flags, def)
"""


@pytest.fixture
def value(tmp_path: Path) -> Callable[..., object]:
    """value(before, expression, *arguments) -> what ``hpybc compile`` makes of the expression."""

    def make(before: str, expression: str, *arguments: str, suffix: str = ".c") -> object:
        source, output = tmp_path / f"flags{suffix}", tmp_path / "flags.bc"
        source.write_text(MODULE.format(before, expression))
        assert cli.main(["compile", str(source), "-o", str(output), *arguments]) == 0
        result: object = hpybc.load(output).value()
        return result

    return make


@pytest.mark.parametrize(
    ("arguments", "expression", "expected"),
    [
        (["-std=c99"], "__STDC_VERSION__", 199901),
        (["-std=c23"], "__STDC_VERSION__", 202311),
        (["-DA=1", "-UA"], "A_IS_DEFINED", 0),
        (["-D", "A=3"], "A_IS_DEFINED", 1),
        (["-Os"], "__OPTIMIZE_SIZE__", 1),
        (["-Ofast"], "__FAST_MATH__", 1),
        (["-pthread"], "_REENTRANT", 1),
        (["-fshort-enums"], "sizeof(enum small)", 1),
        (["-mavx2"], "__AVX2__", 1),
        (["-funsigned-char"], "(char)-1", 255),
        (["--", "-DA", "-funsigned-char"], "(char)-1 + A_IS_DEFINED", 256),
    ],
)  # fmt: skip
def test_flags(
    arguments: list[str], expression: str, expected: int, value: Callable[..., object]
) -> None:
    """They arrive, in the words of any compiler."""
    before = (
        "#ifdef A\n#define A_IS_DEFINED 1\n#else\n#define A_IS_DEFINED 0\n#endif\n"
        "enum small { SMALL };\n"
    )
    if "-mavx2" in arguments and identity.architecture() != "x86_64":
        arguments = ["-D__AVX2__"]
    assert value(before, expression, *arguments) == expected


def test_folders_of_headers(value: Callable[..., object], tmp_path: Path) -> None:
    """-iquote before -I before -isystem before -idirafter; -include needs no line."""
    folders = {}
    for number, flag in enumerate(("-idirafter", "-isystem", "-I", "-iquote"), 1):
        folders[flag] = tmp_path / flag
        folders[flag].mkdir()
        (folders[flag] / "level.h").write_text(f"#define LEVEL {number}\n")
    given: list[str] = []
    for number, (flag, folder) in enumerate(folders.items(), 1):
        given += [flag, str(folder)]
        assert value('#include "level.h"', "LEVEL", *given) == number
    header = str(tmp_path / "-isystem" / "level.h")
    assert value("", "LEVEL", "-include", header) == 2


@pytest.mark.parametrize("standard", ["c++17", "c++20", "gnu++23"])
def test_dialect_of_one_language(standard: str, output: Path, tmp_path: Path) -> None:
    """A -std= is for the sources of its language, where there are some of both."""
    source = tmp_path / "twice.cpp"
    year = {"c++17": 201703, "c++20": 202002, "gnu++23": 202302}[standard]
    source.write_text(
        f"static_assert(__cplusplus == {year}L);\n"
        'extern "C" long twice(long v) { return 2 * v; }\n'
    )
    arguments = [str(SUM), str(source), f"-I{INCLUDE}", f"-std={standard}", "-std=c11"]
    assert cli.main(["compile", *arguments, "-o", str(output)]) == 0
    assert hpybc.load(output).sum(1, 1) == 4


def test_language_by_option(output: Path, tmp_path: Path) -> None:
    """-x goes before the name; -x none ends it."""
    source = tmp_path / "twice.txt"
    source.write_text('extern "C" long twice(long v) { return static_cast<long>(2) * v; }\n')
    arguments = ["-x", "c++", str(source), "-x", "none", str(SUM), f"-I{INCLUDE}"]
    assert cli.main(["compile", *arguments, "-o", str(output)]) == 0
    assert hpybc.load(output).sum(1, 1) == 4


@pytest.mark.parametrize(
    "flag", ["-fipa-pta", "-fvar-tracking", "-mgeneral-nothing", "-fno-such-flag=x", "-fivopts"]
)
def test_flags_of_another_compiler(
    flag: str, value: Callable[..., object], capfd: pytest.CaptureFixture[str]
) -> None:
    """They are left out, others stay; what is no one's is an error as ever."""
    assert value("", "A", flag, "-DA=42", "-Wno-maybe-uninitialized", "-Wall", "-Werror") == 42
    assert "error" not in capfd.readouterr().err


def test_flag_of_no_compiler(output: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["compile", str(QUICKSTART), "-nosuch", "-o", str(output)]) == 1
    assert "-nosuch" in capfd.readouterr().err
    assert unchanged(output)


def test_flags_of_python_itself(value: Callable[..., object]) -> None:
    """Those that every extension of this interpreter is compiled with."""
    flags = shlex.split(sysconfig.get_config_var("CFLAGS") or "")
    answers = ("-O0", "-march", "-mtune")
    own = [flag for flag in flags if not flag.startswith(answers)]
    linking = shlex.split(sysconfig.get_config_var("LDFLAGS") or "")
    debian = "-ffile-prefix-map=/build=. -fstack-protector-strong -Wformat -Werror=format-security"
    assert value("", "42", *own, *linking, *debian.split(), "-specs=/usr/lib/x.specs") == 42


def test_arguments_in_a_file(value: Callable[..., object], tmp_path: Path) -> None:
    file = tmp_path / "arguments"
    file.write_text("-DA='40 + 2'\n-Wall")
    assert value("", "A", f"@{file}") == 42


@pytest.mark.parametrize(
    ("flags", "file", "target"),
    [(["-MD"], "ext.d", "ext.bc"), (["-MMD", "-MF", "x.d", "-MT", "y"], "x.d", "y")],
)
def test_list_of_headers(
    flags: list[str], file: str, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One, for all sources."""
    monkeypatch.chdir(tmp_path)
    arguments = [str(SUM), str(TWICE), f"-I{INCLUDE}", "-MP", *flags]
    assert cli.main(["compile", *arguments, "-o", "ext.bc"]) == 0
    text = Path(file).read_text()
    assert text.startswith(f"{target}: ")
    assert "sum.c" in text and "twice.c" in text and f"{INCLUDE}/sum.h:" in text
    assert ("stddef.h" in text) is ("-MD" in flags)


def test_headers_of_the_system(
    output: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are found, after the C library's that come with clang, wherever they are named."""
    system = tmp_path / "system"
    system.mkdir()
    for name, text in (("own.h", "#define OWN 42\n"), ("stdlib.h", "#error of another library\n")):
        (system / name).write_text(text)
    monkeypatch.setattr(compile, "system_folders", lambda: [str(system)])
    source = tmp_path / "system.c"
    source.write_text(MODULE.format("#include <stdlib.h>\n#include <own.h>", "OWN"))
    for flags in ((), (f"-I{system}",), ("-isystem", str(system)), (f"-isystem{system}",)):
        parsed = arguments.parse([*flags])
        compile_extension([str(source)], str(output), Options(extra=tuple(parsed.flags)))
        assert hpybc.load(output).value() == 42


# Objects.


def test_objects_of_bitcode(output: Path, tmp_path: Path) -> None:
    """Raw and stamped, and as text."""
    raw, text = tmp_path / "twice.o", tmp_path / "twice.ll"
    command = [*clang.find().command("x.c"), "-O1", f"-I{INCLUDE}", str(TWICE)]
    subprocess.run([*command, "-o", str(raw)], check=True)
    subprocess.run([*command, "-S", "-o", str(text)], check=True)
    for file in (raw, text):
        compile_extension([str(SUM), str(file)], str(output), WITH_HEADER)
        assert hpybc.load(output).sum(3, 4) == 14
    stamped = tmp_path / "again.bc"
    compile_extension([str(output)], str(stamped))
    assert hpybc.load(stamped).sum(3, 4) == 14


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("a.o", b"\x7fELF\2\1\1" + bytes(9) + b"\1\0", "machine code"),
        ("a.s", b"nop\n", "assembly"),
        ("a.S", b"nop\n", "assembly"),
        ("a.o", b"", "not a file that can be linked"),
        ("a.txt", b"text", "not a file that can be linked"),
    ],
)
def test_what_is_no_bitcode(
    name: str, content: bytes, what: str, output: Path, tmp_path: Path
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(errors.CompileError) as caught:
        compile_extension([str(SUM), str(file)], str(output), WITH_HEADER)
    assert what in caught.value.what
    assert caught.value.path == str(file)
    assert caught.value.remedy
    assert unchanged(output)


# What fails.


@pytest.mark.parametrize(
    "name", ["x.c", "x.cpp", "x.h", "x.so", "x.so.1", "x.cpython-311-x86_64-linux-gnu.so", "x.o",
             "x.a", "x.s", "x.py", "x.ll"],
)  # fmt: skip
def test_output_with_a_name_that_lies(name: str, tmp_path: Path) -> None:
    """Whether there is such a file or not."""
    output = tmp_path / name
    for _ in range(2):
        with pytest.raises(errors.UsageError) as caught:
            compile_extension([str(QUICKSTART)], str(output))
        assert caught.value.path == str(output)
        output.write_text("what was there before")
    assert output.read_text() == "what was there before"


def test_output_that_is_an_input(tmp_path: Path) -> None:
    """By whatever name."""
    source = tmp_path / "source"
    source.write_text(QUICKSTART.read_text())
    (tmp_path / "link").symlink_to("source")
    (tmp_path / "hard").hardlink_to(source)
    for name in ("source", "link", "hard", "../" + tmp_path.name + "/source"):
        with pytest.raises(errors.UsageError):
            compile_extension([Input(str(source), "c")], str(tmp_path / name))
    assert source.read_text() == QUICKSTART.read_text()


def test_function_that_is_missing(output: Path, tmp_path: Path) -> None:
    """HPyDef_METH without the function that it declares."""
    source = tmp_path / "missing.c"
    text = MODULE.format("", "1").replace("value_impl", "valu_impl")
    source.write_text(text)
    with pytest.raises(errors.UndefinedSymbolError) as caught:
        compile_extension([str(source)], str(output))
    assert caught.value.symbols == ("value_impl",)
    assert caught.value.path == str(source)
    assert "HPyDef_METH" in caught.value.remedy
    assert unchanged(output)


def test_symbols_of_the_libraries_that_are_always_there(value: Callable[..., object]) -> None:
    """Of the C library, its mathematics and threads, and libgcc: no false alarm."""
    before = "#include <math.h>\n#include <pthread.h>\n#include <stdlib.h>\n#include <errno.h>\n"
    before += "static __int128 big(long a) { return (__int128)a * a / (a - 1); }\n"
    code = '(long)cos(atof("0")) + (pthread_self() != 0) + errno * 0 + (long)big(3)'
    assert value(before, code, "-lm", "-lpthread") == 6


def test_diagnostics_of_one_source_after_those_of_another(
    output: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """In the order of the sources, whichever is compiled first."""
    sources = []
    for number in range(6):
        source = tmp_path / f"s{number}.c"
        slow = "#include <Python.h>\n" if number == 0 else ""
        lines = [f"#warning source {number} line {line}" for line in range(20)]
        source.write_text(slow + "\n".join(lines) + f"\nint v{number};\n")
        sources.append(str(source))
    (tmp_path / "s3.c").write_text("#error source 3 stops\n")
    with pytest.raises(errors.CompileError) as caught:
        compile_extension(sources, str(output))
    assert caught.value.path == sources[3]
    said = re.findall(r"(?:warning|error): source (\d)(?: line (\d+))?", capfd.readouterr().err)
    expected = [(str(n), str(line)) for n in range(6) if n != 3 for line in range(20)]
    expected[60:60] = [("3", "")]
    assert said == expected


def test_source_with_an_error(
    output: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """clang's own words on stderr, with file and line; the output is as it was."""
    source = tmp_path / "wrong.c"
    source.write_text('#include "hpy.h"\nint x = undeclared;\n')
    with pytest.raises(errors.CompileError) as caught:
        compile_extension([str(source)], str(output))
    assert caught.value.path == str(source)
    assert "exit status" in caught.value.found
    out, err = capfd.readouterr()
    assert out == ""
    assert f"{source}:2:9: error: use of undeclared identifier 'undeclared'" in err
    assert unchanged(output)


def test_source_with_a_warning(
    output: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """clang's own words, and a file all the same."""
    source = tmp_path / "careless.c"
    source.write_text(QUICKSTART.read_text() + "\n#warning think of this\n")
    compile_extension([str(source)], str(output))
    assert "think of this" in capfd.readouterr().err
    assert hpybc.load(output).add(1, 2) == 3


def test_second_source_with_an_error(
    output: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is the one that is named."""
    source = tmp_path / "wrong.c"
    source.write_text("#error this one\n")
    with pytest.raises(errors.CompileError) as caught:
        compile_extension([str(QUICKSTART), str(source)], str(output))
    assert caught.value.path == str(source)
    assert "this one" in capfd.readouterr().err
    assert unchanged(output)


def test_missing_source(output: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Our own error, and not clang's."""
    with pytest.raises(errors.FileMissingError) as caught:
        compile_extension(["absent.c"], str(output))
    assert caught.value.path == "absent.c"
    assert capfd.readouterr() == ("", "")
    assert unchanged(output)


def test_source_without_a_module(output: Path) -> None:
    """HPy_MODINIT was forgotten, or its source was."""
    with pytest.raises(errors.ModuleInitError):
        compile_extension([str(TWICE)], str(output), WITH_HEADER)
    assert unchanged(output)


def test_sources_with_two_modules(output: Path) -> None:
    """--name chooses."""
    sources = [str(QUICKSTART), str(SUM), str(TWICE)]
    # Both define the same names, as variables of one program must not: it does not get so far.
    with pytest.raises((errors.ModuleInitError, errors.InvalidBitcodeError)):
        compile_extension(sources, str(output), WITH_HEADER)
    assert unchanged(output)


def test_sources_that_define_the_same(output: Path) -> None:
    """The symbol is named."""
    with pytest.raises(errors.InvalidBitcodeError) as caught:
        compile_extension([str(SUM), str(TWICE), str(TWICE)], str(output), WITH_HEADER)
    assert "twice" in caught.value.found
    assert unchanged(output)


def test_no_sources(output: Path) -> None:
    """A call that cannot be meant."""
    with pytest.raises(errors.UsageError):
        compile_extension([], str(output))
    assert unchanged(output)


def test_output_that_cannot_be_written(tmp_path: Path) -> None:
    """The operating system's error, and nothing left of the attempt."""
    for path, kind in (
        (tmp_path / "absent" / "ext.bc", FileNotFoundError),
        (tmp_path, IsADirectoryError),
    ):
        with pytest.raises(kind) as caught:
            compile_extension([str(QUICKSTART)], str(path))
        assert (caught.value.filename, caught.value.filename2) == (str(path), None)
    assert list(tmp_path.iterdir()) == []
    assert not list(tmp_path.parent.glob(f"{tmp_path.name}.*"))


def test_no_compiler(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is touched."""
    monkeypatch.setattr(clang, "candidates", lambda: (clang.Candidate("PATH", None, "no clang"),))
    with pytest.raises(errors.CompilerNotFoundError):
        compile_extension([str(QUICKSTART)], str(output))
    assert unchanged(output)


def test_clang_that_makes_no_bitcode(
    output: Path, monkeypatch: pytest.MonkeyPatch, fake: Callable[..., Path]
) -> None:
    """It says it succeeded, and there is no file, or another one."""
    for text, kind in (
        ("exit 0", errors.CompileError),
        ('for a; do o="$a"; done; echo text > "$o"', errors.InvalidBitcodeError),
    ):
        command = (str(fake("clang", "22.1.0", text)),)
        found = clang.Clang(command, command, "22.1.0", "a test")
        monkeypatch.setattr(
            clang, "candidates", lambda found=found: (clang.Candidate("PATH", found, ""),)
        )
        with pytest.raises(kind):
            compile_extension([str(QUICKSTART)], str(output))
        assert unchanged(output)


def test_debug_information_is_what_valgrind_reads(tmp_path: Path) -> None:
    """valgrind 3.19 gives up at DWARF 5; the author can ask for it."""
    for flags, version in (((), 4), (("-gdwarf-5",), 5)):
        output = str(tmp_path / "ext.bc")
        compile_extension([str(QUICKSTART)], output, Options(debug=True, extra=flags))
        with parsed(extension.read(output).payload) as module:
            assert f'!"Dwarf Version", i32 {version}' in str(module)
