"""The compile driver: what goes into a bitcode file, and what stays as it was if nothing can."""

from __future__ import annotations

import dataclasses
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import hpybc
from hpybc import errors
from hpybc.jit import identity, link, target
from hpybc.loader import bitcode
from hpybc.toolchain import clang
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
    }
    assert str(manifest["triple"]).startswith(f"{identity.architecture()}-")
    read = bitcode.read(output)
    digest = (read.manifest or {})["sha256"]
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
    with link.parsed(bitcode.read(output).payload) as module:
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
    with link.parsed(output.read_bytes()) as module:
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
        with link.parsed(bitcode.read(output).payload) as module:
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


# What fails.


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
    with pytest.raises(FileNotFoundError):
        compile_extension([str(QUICKSTART)], str(tmp_path / "absent" / "ext.bc"))
    with pytest.raises(IsADirectoryError):
        compile_extension([str(QUICKSTART)], str(tmp_path))
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
