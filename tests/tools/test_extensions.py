"""Extensions of tests are compiled once, and again when anything that they are made of differs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hpybc.errors import CompileError
from hpybc.toolchain import compile as driver
from hpybc.toolchain.compile import Options
from tools.extensions import Extensions

PLAIN = Options()
SOURCE = """#include "hpy.h"
#include "deep/header.h"
static HPyModuleDef definition = {VALUE, 0};
HPy_MODINIT(ext, definition)
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A source with two headers of its own, one beside the other."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "header.h").write_text('#  include "value.h"\n')
    (tmp_path / "deep" / "value.h").write_text('#define VALUE "one"\n')
    (tmp_path / "ext.c").write_text(SOURCE)
    return tmp_path / "ext.c"


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sources that were compiled so far."""
    done: list[str] = []
    compile_extension = driver.compile_extension

    def counted(sources: list[str], output: str, options: Options) -> dict[str, object]:
        done.extend(sources)
        return compile_extension(sources, output, options)

    monkeypatch.setattr(driver, "compile_extension", counted)
    return done


@pytest.fixture
def compiled(tmp_path: Path) -> Callable[..., Path]:
    """compiled(source, options) -> the file, for a process that has asked for none before."""
    folder = tmp_path / "compiled"
    folder.mkdir()
    return lambda source, options=PLAIN: Extensions(folder).compiled(source, options)


def test_processes_share(
    source: Path, compiled: Callable[..., Path], compilations: list[str]
) -> None:
    assert compiled(source) == compiled(source)
    assert compilations == [str(source)]


@pytest.mark.parametrize("name", ["ext.c", "deep/header.h", "deep/value.h"])
def test_another_content(
    name: str, source: Path, compiled: Callable[..., Path], compilations: list[str]
) -> None:
    """Of the source or of a header that it includes in any way."""
    before = compiled(source)
    path = source.parent / name
    path.write_text(path.read_text() + "\n")
    assert compiled(source) != before
    assert len(compilations) == 2


def test_other_options(
    source: Path, compiled: Callable[..., Path], compilations: list[str]
) -> None:
    assert compiled(source) != compiled(source, Options(level="3"))
    assert len(compilations) == 2


def test_header_in_a_folder_of_the_options(
    tmp_path: Path, source: Path, compiled: Callable[..., Path]
) -> None:
    source.write_text(SOURCE.replace("deep/header.h", "value.h"))
    options = Options(include_dirs=(str(tmp_path / "deep"),))
    before = compiled(source, options)
    (tmp_path / "deep" / "value.h").write_text('#define VALUE "two"\n')
    assert compiled(source, options) != before


@pytest.mark.parametrize("bound", [False, True])
def test_interpreters_share_what_is_not_bound(
    bound: bool, source: Path, compiled: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether a source includes Python.h: here through hpy.h."""
    options = Options(defines=("HPY_ABI_HYBRID",) if bound else ())
    before = compiled(source, options)
    monkeypatch.setattr(sys, "abiflags", "x")
    assert (compiled(source, options) == before) == (not bound)


def test_what_does_not_compile_is_not_kept(source: Path, compiled: Callable[..., Path]) -> None:
    source.write_text("#error no\n")
    for _ in range(2):
        with pytest.raises(CompileError):
            compiled(source)
    source.write_text(SOURCE)
    assert compiled(source).exists()
