"""A module of a project becomes a bitcode file, by every setting that it may have."""

from __future__ import annotations

from pathlib import Path

import pytest

import hpybc
from hpybc.errors import CompileError
from hpybc.inspect import inspect
from hpybc.packaging.build import build, dependencies
from hpybc.packaging.settings import ExtModule

SOURCE = """
#include "hpy.h"
#include "the width.h"
#ifdef GONE
#error "it is not undefined"
#endif
HPyDef_METH(values, "values", HPyFunc_NOARGS)
static HPy values_impl(HPyContext *ctx, HPy self)
{
    return HPy_BuildValue(ctx, "(iis)", WIDTH, NUMBER + 0, __FILE__);
}
static HPyDef *defines[] = {&values, NULL};
static HPyModuleDef module = {.defines = defines};
HPy_MODINIT(_bag, module)
"""


@pytest.fixture
def module(tmp_path: Path) -> ExtModule:
    """One that includes a header whose name and folder have a space."""
    folder = tmp_path / "in clude"
    folder.mkdir()
    (folder / "the width.h").write_text("#define WIDTH 3\n")
    (tmp_path / "bag.c").write_text(SOURCE)
    return ExtModule(
        "bag._bag",
        ("bag.c",),
        str(tmp_path),
        include_dirs=("in clude",),
        define_macros=(("NUMBER", "4"), ("GONE", None)),
        undef_macros=("GONE",),
        libraries=("m",),
        depends=("notes.txt",),
    )


def test_settings_and_dependencies(module: ExtModule, tmp_path: Path) -> None:
    output = str(tmp_path / "_bag.bc")
    made_from = build(module, output)
    loaded = hpybc.load(output)
    assert loaded.__name__ == "bag._bag"
    assert loaded.values() == (3, 4, "bag.c")  # the name from the project's folder
    assert made_from[0] == str(tmp_path / "bag.c")
    assert str(tmp_path / "in clude" / "the width.h") in made_from
    assert any(path.endswith("/hpy.h") for path in made_from)
    assert made_from[-1] == str(tmp_path / "notes.txt")
    assert all(path.startswith("/") for path in made_from)
    assert len(made_from) == len(set(made_from))
    manifest = inspect(output).as_dict()["manifest"]
    assert isinstance(manifest, dict)
    assert manifest["optimization"] == "-O2"


def test_further_options_come_first(module: ExtModule, tmp_path: Path) -> None:
    """So that those of the module win."""
    output = str(tmp_path / "_bag.bc")
    build(module, output, extra=["-DNUMBER=5", "-Wno-macro-redefined", "-O3"])
    assert hpybc.load(output).values() == (3, 4, "bag.c")
    manifest = inspect(output).as_dict()["manifest"]
    assert isinstance(manifest, dict)
    assert manifest["optimization"] == "-O3"


def test_language_of_an_unknown_suffix(tmp_path: Path) -> None:
    text = SOURCE.replace('#include "the width.h"', "constexpr int WIDTH = 3, NUMBER = 4;")
    (tmp_path / "bag.cu").write_text(text)
    output = str(tmp_path / "_bag.bc")
    build(ExtModule("_bag", ("bag.cu",), str(tmp_path), language="c++"), output)
    assert hpybc.load(output).values()[:2] == (3, 4)


def test_what_clang_says(
    module: ExtModule, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bag.c").write_text("int f(void) { return nothing; }\n")
    with pytest.raises(CompileError) as raised:
        build(module, str(tmp_path / "_bag.bc"))
    assert raised.value.path == str(tmp_path / "bag.c")
    assert "bag.c:1:22: error: use of undeclared identifier 'nothing'" in capfd.readouterr().err
    assert not (tmp_path / "_bag.bc").exists()


def test_rules_of_make() -> None:
    text = "out\\ put.bc: a.c \\\n  b\\ c.h d$$e.h f\\#g.h \\\n  h\\i.h\nout.bc: j.c\nk.h:\n"
    assert dependencies(text) == ["a.c", "b c.h", "d$e.h", "f#g.h", "h\\i.h", "j.c"]
