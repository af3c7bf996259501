"""Stubs: what is in them, and that they say what the modules do."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hpybc import cli
from hpybc.errors import LoadError
from hpybc.packaging import stub as importing
from hpybc.stubgen import stub

HERE = Path(__file__).parent
EXAMPLES = HERE.parent.parent / "examples"
SOURCES = [
    HERE / "functions.c",
    HERE / "filled.c",
    HERE / "names.cpp",
    HERE.parent / "api" / "test_typed.c",
    *sorted(EXAMPLES.glob("*.c")),
]

FUNCTIONS = """\
# Made by hpybc stubgen from the bitcode of functions.

from typing import Any, ClassVar, final
from typing_extensions import disjoint_base

@final
class Pair:
    @property
    def number(self) -> int: ...
    @property
    def twice(self) -> int: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __lt__(self, value: object, /) -> bool: ...
    def __le__(self, value: object, /) -> bool: ...
    def __gt__(self, value: object, /) -> bool: ...
    def __ge__(self, value: object, /) -> bool: ...

@disjoint_base
class Size(int):
    ...

def named(arg1: int, /, text: str, scale: float = ..., *, flag: object = ...) -> float: ...
def placed(arg1: int, arg2: int = ..., /) -> int: ...
def longer(*args: Any) -> Any: ...
def none() -> None: ...
def one(arg: Any, /) -> Any: ...
def either(arg: Any, /) -> str | None: ...
def made(arg: Any, /) -> Any: ...
"""


def test_what_formats_and_definitions_say(compiled: Callable[..., Path]) -> None:
    assert stub(compiled(HERE / "functions.c")) == FUNCTIONS


def test_what_the_module_sets(compiled: Callable[..., Path]) -> None:
    """Types by the names that they have there, and no others; a C string cannot be set."""
    lines = stub(compiled(HERE / "filled.c")).splitlines()
    assert [line for line in lines if line and not line.startswith(("#", "from", "@"))] == [
        "class Thing:",
        "    @property",
        "    def label(self) -> str | None: ...",
        "class Renamed:",
        "    ...",
        "VERSION: Any",
    ]


def test_names_that_stubs_use(compiled: Callable[..., Path]) -> None:
    """What a module or a type calls like a type does not take its place."""
    lines = [line.strip() for line in stub(compiled(HERE / "names.cpp")).splitlines()]
    assert "class Any:" in lines
    assert "def float() -> _builtins.float: ..." in lines
    assert "x: _builtins.float" in lines
    assert "int: _builtins.int" in lines


def test_names_of_text_signatures_and_types_of_formats(compiled: Callable[..., Path]) -> None:
    lines = stub(compiled(EXAMPLES / "quickstart.c")).splitlines()
    assert "def add(a: int, b: int, /) -> int: ..." in lines
    assert "def greet(name: Any, *, greeting: Any = 'Hello') -> Any: ..." in lines


def test_the_constructor_in_the_doc_of_a_type(compiled: Callable[..., Path]) -> None:
    text = stub(compiled(EXAMPLES / "point.c"))
    assert "    def __new__(cls, x: float = 0.0, y: float = 0.0) -> Self: ...\n" in text
    assert "    radius: Any\n" in text


def test_the_command(
    compiled: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = compiled(HERE / "functions.c")
    assert cli.main(["stubgen", str(file)]) == 0
    assert capsys.readouterr().out == FUNCTIONS
    output = tmp_path / "functions.pyi"
    assert cli.main(["stubgen", str(file), "-o", str(output)]) == 0
    assert output.read_text() == FUNCTIONS


def test_what_is_no_bitcode(tmp_path: Path) -> None:
    file = tmp_path / "ext.bc"
    file.write_bytes(b"not bitcode")
    with pytest.raises(LoadError, match=r"ext\.bc"):
        stub(file)


@pytest.mark.long
def test_mypy_and_stubtest(compiled: Callable[..., Path], tmp_path: Path) -> None:
    """Both agree with the stubs of all examples."""
    names = [source.stem for source in SOURCES]
    assert len(names) > 5
    for source in SOURCES:
        file = tmp_path / f"{source.stem}.bc"
        shutil.copyfile(compiled(source), file)
        importing.write(str(file))
        text = stub(file)
        ast.parse(text)
        file.with_suffix(".pyi").write_text(text)
    env = {**os.environ, "MYPYPATH": str(tmp_path)}

    def run(code: str, *arguments: str) -> str:
        path = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); "
        command = [sys.executable, "-I", "-c", path + code, *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    files = [f"{name}.pyi" for name in names]
    run("from mypy.main import main; main()", "--strict", *files)
    # A name that no stub can have.
    allowed = tmp_path / "allowed"
    allowed.write_text("functions.class\n")
    said = run(
        "from mypy.stubtest import main; sys.exit(main())", "--allowlist", str(allowed), *names
    )
    assert f"no issues found in {len(names)} modules" in said
