"""``%%hpybc``, in a real kernel."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest

from hpybc.notebook import whole

PAGE = (Path(__file__).parents[1] / "docs" / "notebook.md").read_text(encoding="utf-8")

#: The cells that docs/notebook.md shows.
LOAD_EXT, TWICE, USE = (b.rstrip() for b in re.findall(r"^```\w+\n(.*?)^```$", PAGE, re.M | re.S))

TYPE = """%%hpybc -x c++ --name shapes -DSIDE=3
typedef struct { long side; } Square;
HPyType_HELPERS(Square)
HPyDef_SLOT(Square_new, HPy_tp_new)
static HPy Square_new_impl(HPyContext *ctx, HPy cls, const HPy *, HPy_ssize_t, HPy) {
    Square *square;
    HPy result = HPy_New(ctx, cls, &square);
    if (!HPy_IsNull(result)) square->side = SIDE;
    return result;
}
HPyDef_METH(area, "area", HPyFunc_NOARGS)
static HPy area_impl(HPyContext *ctx, HPy self) {
    long side = Square_AsStruct(ctx, self)->side;
    return HPyLong_FromLong(ctx, side * side);
}
static HPyDef *square_defines[] = {&Square_new, &area, NULL};
static HPyType_Spec Square_spec = {
    .name = "shapes.Square", .basicsize = sizeof(Square), .builtin_shape = SHAPE(Square),
    .defines = square_defines,
};
HPyDef_METH(sides, "sides", HPyFunc_NOARGS)
static HPy sides_impl(HPyContext *ctx, HPy) { return HPyLong_FromLong(ctx, 4); }"""

WRONG = """%%hpybc
HPyDef_METH(f, "f", HPyFunc_NOARGS)
static HPy f_impl(HPyContext *ctx, HPy self) {
    return nothing;
}"""

LEAKS = """%%hpybc --mode debug
#include "hpy.h"
HPyDef_METH(leak, "leak", HPyFunc_O)
static HPy leak_impl(HPyContext *ctx, HPy self, HPy value) {
    HPy_Dup(ctx, value);
    return HPy_Dup(ctx, value);
}
static HPyDef *defines[] = {&leak, NULL};
static HPyModuleDef leaky = {.defines = defines};
HPy_MODINIT(leaky, leaky)"""

CELLS = [
    LOAD_EXT,
    TWICE,
    USE,
    TWICE.replace("HPy_Add(ctx, number, number)", "HPy_Multiply(ctx, number, number)"),
    "twice(21)",
    TYPE,
    "Square().area(), sides(), shapes.Square is Square",
    WRONG,
    LEAKS,
    "import hpybc.debug\nwith hpybc.debug.LeakDetector():\n    leak(7)",
    "%%hpybc --mode fast\nx",
    "%%hpybc -O0\nHPyDef_METH(g, 'g', HPyFunc_O)",
]


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Any]]:
    """The cells of a notebook that has been run, from number 1 on."""
    folder = tmp_path_factory.mktemp("kernels")
    spec = folder / "kernels" / "this" / "kernel.json"
    spec.parent.mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec.write_text(f'{{"argv": {command}, "display_name": "this"}}'.replace("'", '"'))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(folder))
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        v4: Any = nbformat.v4
        notebook = v4.new_notebook(cells=[*map(v4.new_code_cell, CELLS)])
        client = nbclient.NotebookClient(
            notebook, kernel_name="this", timeout=120, allow_errors=True,
            resources={"metadata": {"path": str(folder)}},
        )  # fmt: skip
        client.execute()
    yield [None, *notebook.cells]


def text(cell: Any) -> str:
    """What a cell shows, without colours."""
    parts = []
    for output in cell.outputs:
        data = output.get("data", {}).get("text/plain", "")
        parts.append(output.get("text", "") or data or "\n".join(output.get("traceback", [])))
    return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(parts))


@pytest.mark.long
def test_cells(cells: list[Any]) -> None:
    """Functions and types are in the namespace; a cell that is changed replaces its functions."""
    assert [text(cell) for cell in cells[1:8]] == [
        "", "", "42", "", "441", "", "(9, 4, True)",
    ]  # fmt: skip


@pytest.mark.long
def test_errors(cells: list[Any]) -> None:
    """clang's words with the lines of the cell, and hpybc's without a traceback."""
    said = text(cells[8])
    assert "In[8]:4:12: error: use of undeclared identifier 'nothing'" in said
    assert "In[8]: clang reported errors" in said
    assert "Traceback" not in said and "notebook.py" not in said
    assert "invalid choice: 'fast'" in text(cells[11]) and "Traceback" not in text(cells[11])
    assert "-O1 -g to debug" in text(cells[12])


@pytest.mark.long
def test_debug_mode(cells: list[Any]) -> None:
    assert text(cells[9]) == ""
    assert "HPyLeakError: 1 unclosed handle" in text(cells[10])


def test_a_whole_file_stays_as_it_is(tmp_path: Path) -> None:
    assert whole("HPy_MODINIT(a, b)", "cell", "In[1]") == '#line 2 "In[1]"\nHPy_MODINIT(a, b)\n'
    added = whole("// HPy_MODINIT\nHPyDef_METH(f, HPyFunc_O)", "cell", "In[1]")
    assert added.startswith('#include "hpy.h"\n#line 2 "In[1]"\n// HPy_MODINIT\n')
    assert "cell_defines[] = {&f, NULL};" in added and "HPy_MODINIT(cell, cell_module)" in added
