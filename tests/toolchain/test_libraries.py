"""Libraries: shared ones are named in the file and by the image, static ones are linked in."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import hpybc
from hpybc import cli, errors
from hpybc.loader import extension
from hpybc.loader.export import export
from hpybc.loader.manifest import wrap
from hpybc.toolchain import libraries
from hpybc.toolchain.compile import Options, compile_extension
from tools.native import native

HERE = Path(__file__).parent
SUM = str(HERE / "sum.c")
WITH_HEADER = (str(HERE / "include"),)
ARCHIVER = [sys.executable, "-m", "ziglang", "ar"]
TWICE = "long twice(long value) { return 2 * value; }\n"


def loaded(file: Path) -> str:
    """What a process prints that loads ``file``: it has no library of another test."""
    code = (
        "import sys, hpybc\n"
        "try: print(hpybc.load(sys.argv[1]).sum(3, 4))\n"
        "except hpybc.errors.LibraryMissingError as e: print(e.path, e.what, sep='; ')"
    )
    command = [sys.executable, "-I", "-c", code, str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def folder_of_library(tmp_path: Path) -> Path:
    """A folder with libtwice.so, whose name for the dynamic linker is another."""
    folder = tmp_path / "lib"
    folder.mkdir()
    native(TWICE, folder / "libtwice-test.so.3", "-shared", "-soname=libtwice-test.so.3")
    (folder / "libtwice.so").symlink_to("libtwice-test.so.3")
    return folder


@pytest.mark.parametrize("named", ["-l", "path"])
def test_shared_library(named: str, engine: str, folder_of_library: Path, tmp_path: Path) -> None:
    """It is in the manifest by the name that it has for the dynamic linker."""
    output = tmp_path / "sum.bc"
    options = Options(WITH_HEADER, runpath=("$ORIGIN/lib", str(folder_of_library)))
    if named == "-l":
        options = Options(
            WITH_HEADER, runpath=options.runpath, libraries=("twice",),
            library_dirs=(str(folder_of_library),),
        )  # fmt: skip
        manifest = compile_extension([SUM], str(output), options)
    else:
        library = str(folder_of_library / "libtwice.so")
        manifest = compile_extension([SUM, library], str(output), options)
    assert manifest["libraries"] == ["libtwice-test.so.3"]
    assert manifest["runpath"] == [str(folder_of_library)]
    for _ in range(2):  # cold and warm
        assert loaded(output) == "14\n"


def test_library_that_is_missing_at_a_load(
    engine: str, folder_of_library: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error that names it, of a cold load and of a warm one."""
    output = tmp_path / "sum.bc"
    options = Options(
        WITH_HEADER, libraries=("twice",), library_dirs=(str(folder_of_library),),
        runpath=(str(folder_of_library),),
    )  # fmt: skip
    compile_extension([SUM], str(output), options)
    assert cli.main(["inspect", "--json", str(output)]) == 0
    manifest = json.loads(capsys.readouterr().out)["manifest"]
    assert manifest["libraries"] == ["libtwice-test.so.3"]
    other = tmp_path / "other.bc"
    data = extension.read(output)
    manifest = {**(data.manifest or {}), "libraries": ["libabsent-test.so.1"]}
    other.write_bytes(wrap(data.payload, manifest, "x86_64"))
    with pytest.raises(errors.LibraryMissingError) as caught:
        hpybc.load(other)
    assert caught.value.path == str(other)
    assert "libabsent-test.so.1" in caught.value.what
    assert "libabsent-test.so.1" in caught.value.found


def test_library_that_is_gone_when_the_image_is_there(
    folder: Path, folder_of_library: Path, tmp_path: Path
) -> None:
    """The dynamic linker's complaint is ours; in processes of their own, which know no library."""
    output = tmp_path / "sum.bc"
    options = Options(
        WITH_HEADER, libraries=("twice",), library_dirs=(str(folder_of_library),),
        runpath=(str(folder_of_library),),
    )  # fmt: skip
    compile_extension([SUM], str(output), options)
    assert loaded(output) == "14\n"
    shutil.rmtree(folder_of_library)
    assert loaded(output) == f"{output}; the library libtwice-test.so.3 cannot be loaded\n"


def test_export_names_the_library(
    folder_of_library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    options = Options(
        WITH_HEADER, libraries=("twice",), library_dirs=(str(folder_of_library),),
        runpath=(str(folder_of_library),),
    )  # fmt: skip
    compile_extension([SUM], "sum.bc", options)
    data = Path(export("sum.bc", "cpython")).read_bytes()
    assert b"libtwice-test.so.3\0" in data and str(folder_of_library).encode() + b"\0" in data


def test_library_that_is_not_found(tmp_path: Path) -> None:
    output = str(tmp_path / "sum.bc")
    with pytest.raises(errors.CompileError) as caught:
        compile_extension([SUM], output, Options(WITH_HEADER, libraries=("absent-test",)))
    assert "-labsent-test" in caught.value.what
    assert "libabsent-test.so" in caught.value.found


@pytest.mark.parametrize("name", ["c", "m", "pthread", "dl", "gcc_s", "stdc++", "python3.11"])
def test_libraries_that_need_no_name(name: str) -> None:
    found = libraries.Found()
    assert libraries.find(found, name, []) == []
    assert found.names == []


def test_script_of_a_linker(folder_of_library: Path) -> None:
    """It stands for the libraries that it names."""
    script = folder_of_library / "libscript.so"
    script.write_text("/* GNU ld script */\nOUTPUT_FORMAT(elf64-x86-64)\nINPUT(libtwice.so -lm)\n")
    found = libraries.Found()
    assert libraries.find(found, "script", [str(folder_of_library)]) == []
    assert found.names == ["libtwice-test.so.3"]


@pytest.fixture
def archive(tmp_path: Path) -> Callable[..., Path]:
    """archive(options, **sources) -> libparts.a of objects of bitcode with these sources."""

    def make(options: str = "rc", **sources: str) -> Path:
        from hpybc.toolchain import cc

        objects = []
        for name, text in sources.items():
            (tmp_path / f"{name}.c").write_text(text)
            objects.append(str(tmp_path / f"{name}.o"))
            assert cc.main(["-c", str(tmp_path / f"{name}.c"), "-o", objects[-1]]) == 0
        output = tmp_path / "libparts.a"
        subprocess.run([*ARCHIVER, options, str(output), *objects], check=True)
        return output

    return make


LONG = "a_member_whose_name_is_longer_than_the_header_of_an_archive_has_room_for"


@pytest.mark.parametrize("options", ["rc", "rcT"], ids=["ordinary", "thin"])
@pytest.mark.parametrize("named", ["-l", "path"])
def test_static_library_of_bitcode(
    options: str, named: str, archive: Callable[..., Path], tmp_path: Path
) -> None:
    """Those members that define what is used, and what those use in turn, and no others."""
    path = archive(
        options,
        **{
            "one": "long base(long); long twice(long v) { return 2 * base(v); }",
            LONG: "long base(long v) { return v; }",
            "other": "long twice_not(void); long unused(void) { return twice_not(); }",
        },
    )
    output = tmp_path / "sum.bc"
    if named == "-l":
        options_ = Options(WITH_HEADER, libraries=("parts",), library_dirs=(str(path.parent),))
        manifest = compile_extension([SUM], str(output), options_)
    else:
        manifest = compile_extension([SUM, str(path)], str(output), Options(WITH_HEADER))
    assert "libraries" not in manifest
    assert hpybc.load(output).sum(3, 4) == 14


def test_all_of_a_static_library(archive: Callable[..., Path], tmp_path: Path) -> None:
    """--whole-archive: the member that nobody uses is there, and misses something."""
    path = archive(
        one=TWICE, other="long twice_not(void); long unused(void) { return twice_not(); }"
    )
    arguments = ["compile", SUM, f"-I{WITH_HEADER[0]}", "-o", str(tmp_path / "sum.bc")]
    assert cli.main([*arguments, str(path)]) == 0
    whole = ["-Wl,--whole-archive", str(path), "-Wl,--no-whole-archive"]
    assert cli.main([*arguments, *whole]) == 1


def test_static_library_of_machine_code(tmp_path: Path) -> None:
    """The archive and its member are named."""
    native(TWICE, tmp_path / "twice")
    archive = tmp_path / "libtwice.a"
    subprocess.run([*ARCHIVER, "rc", str(archive), str(tmp_path / "twice.o")])
    options = Options(WITH_HEADER, libraries=("twice",), library_dirs=(str(tmp_path),))
    with pytest.raises(errors.CompileError) as caught:
        compile_extension([SUM], str(tmp_path / "sum.bc"), options)
    assert caught.value.path == str(archive)
    assert "twice.o" in caught.value.found
