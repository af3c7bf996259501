"""The headers: HPy's universal ABI 0 to the byte, the whole API, and no warning in any dialect."""

from __future__ import annotations

import hashlib
import re
import subprocess
import tempfile
from pathlib import Path

import pytest

import hpybc
from hpybc.toolchain import clang
from hpybc.toolchain.compile import python_flags

HERE = Path(__file__).parent
API = Path(hpybc.include_path()) / "hpy" / "api.def"

INCLUDE = Path(hpybc.include_path())

#: The headers of HPy 0.9.0 beside hpy.h, in its folder hpy.
HEADERS_OF_HPY = [
    "autogen_hpyfunc_declare",
    "autogen_hpyslot",
    "cpy_types",
    "hpydef",
    "hpyexports",
    "hpyfunc",
    "hpymodule",
    "hpytype",
    "inline_helpers",
    "macros",
    "version",
    "cpython/autogen_api_impl",
    "cpython/autogen_ctx",
    "cpython/autogen_hpyfunc_trampolines",
    "cpython/hpyfunc_trampolines",
    "cpython/misc",
    "runtime/argparse",
    "runtime/buildvalue",
    "runtime/ctx_funcs",
    "runtime/ctx_module",
    "runtime/ctx_type",
    "runtime/format",
    "runtime/helpers",
    "runtime/structseq",
    "universal/autogen_ctx",
    "universal/autogen_hpyfunc_trampolines",
    "universal/autogen_trampolines",
    "universal/hpyfunc_trampolines",
    "universal/misc_trampolines",
]

#: A module in a source that has included one of them; hpy/version.h declares nothing.
ALONE = """
#ifdef HPY_H
static HPyModuleDef definition = {NULL, 0, NULL, NULL, NULL};
HPy_MODINIT(alone, definition)
#endif
"""

#: By default, the first and the last of C and of C++ run.
STANDARDS = [
    *("c11", pytest.param("gnu17", marks=pytest.mark.long), "c23", "c++11"),
    *(pytest.param(name, marks=pytest.mark.long) for name in ("c++14", "c++17", "c++20")),
    "c++23",
]

# Not -isystem, which is what users have: it would hide warnings in the headers.
STRICT = ["-Wall", "-Wextra", "-Werror", "-I", hpybc.include_path()]

#: SHA-256 of the names of the context's members in HPy 0.9.0, in their order, a line each.
MEMBERS_OF_HPY = "fc96fda03435a0e37fe8b127f1d563bef4419b0de93fad19c5e8dc3a777bf74b"

#: What its main branch has added since.
ADDED_SINCE = [
    "h_DictType",
    "ctx_AsStruct_Dict",
    "ctx_List_Insert",
    "ctx_GetSlice",
    "ctx_SetSlice",
    "ctx_DelSlice",
    "ctx_GetIter",
    "ctx_Iter_Next",
    "ctx_Iter_Check",
    "ctx_Slice_New",
]

LEGACY = "Cannot use legacy functions when targeting the HPy Universal ABI"


def diagnostics(source: Path | list[Path], standard: str, *flags: str) -> str:
    """What clang has to say about a source or several, as C or C++ by the standard's name."""
    found = clang.find()
    plusplus = standard.startswith("c++")
    driver = found.cxx if plusplus else found.c
    language = ["-x", "c++" if plusplus else "c", f"-std={standard}"]
    with tempfile.TemporaryDirectory() as folder:
        sources = [source] if isinstance(source, Path) else source
        done = subprocess.run(
            [*driver, *language, *STRICT, *flags, "-c", "-emit-llvm", *map(str, sources)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=folder,
        )
    assert bool(done.stderr) == (done.returncode != 0), done.stderr
    return done.stderr


def members() -> list[tuple[int, str]]:
    """Index and name of each member that api.def lists."""
    found = re.findall(
        r"^HPY_(?:HANDLE\((\d+), (h_\w+)|[A-Z]+\((\d+), .*?\b(ctx_\w+))",
        API.read_text(),
        re.MULTILINE,
    )
    return [(int(a or c), b or d) for a, b, c, d in found]


@pytest.mark.long
@pytest.mark.parametrize("standard", ["c11", "c23", "c++11", "c++20"])
def test_each_header_alone(standard: str, tmp_path: Path) -> None:
    """Any of them is enough for a whole module, and stands before and after hpy.h."""
    headers = sorted(
        str(path.relative_to(INCLUDE))
        for path in INCLUDE.rglob("*.h")
        if path.name != "Python.h"  # CPython's own, or an error
    )
    assert {f"hpy/{name}.h" for name in HEADERS_OF_HPY} < set(headers)
    sources = []
    for number, header in enumerate(headers):
        sources.append(tmp_path / f"{number}.c")
        sources[-1].write_text(
            f"#include <{header}>\n{ALONE}#include <hpy.h>\n#include <{header}>\n"
        )
    assert diagnostics(sources, standard, "-pedantic") == ""


@pytest.mark.parametrize("standard", ["c11", "c++17"])
def test_the_folder_that_forbids_python_h(standard: str, tmp_path: Path) -> None:
    """It stands before CPython's headers on the search path of HPy's own builds."""
    source = tmp_path / "forbidden.c"
    source.write_text("#include <Python.h>\n")
    said = diagnostics(source, standard, f"-I{INCLUDE / 'hpy' / 'forbid_python_h'}")
    assert "It is forbidden to #include <Python.h>" in said


@pytest.mark.parametrize("standard", STANDARDS)
def test_layout_is_that_of_hpys_universal_abi(standard: str) -> None:
    """Every offset, size and number of layout.c is the one HPy 0.9.0 has."""
    assert diagnostics(HERE / "layout.c", standard) == ""


@pytest.mark.parametrize("standard", ["c11", "c++17"])
def test_a_layout_that_differs_does_not_compile(standard: str, tmp_path: Path) -> None:
    """The assertions of layout.c are alive: one wrong number is one error."""
    wrong = tmp_path / "layout.c"
    text = (HERE / "layout.c").read_text()
    wrong.write_text(text.replace("OFFSET(HPyContext, h_Builtins, 1968)", "OFFSET(HPy, _i, 8)"))
    assert diagnostics(wrong, standard).count("error: static assertion failed") == 1


def test_api_def_lists_every_index_once_and_in_order() -> None:
    """The indices go from 0 to 272 without a gap."""
    assert [index for index, _ in members()] == list(range(273))


def test_members_are_those_of_hpy_in_its_order() -> None:
    """Names, too: a member that trades places with another changes the digest."""
    names = [name for _, name in members()]
    assert len(set(names)) == 273
    assert hashlib.sha256("\n".join(names[:263]).encode()).hexdigest() == MEMBERS_OF_HPY
    assert names[263:] == ADDED_SINCE


@pytest.mark.parametrize("standard", STANDARDS)
def test_every_function_can_be_called(standard: str) -> None:
    """Direct and through the table, with the parameters in api.def."""
    assert diagnostics(HERE / "calls.c", standard) == ""


@pytest.mark.parametrize("standard", STANDARDS)
@pytest.mark.parametrize("macro", ["HPY_ABI_HYBRID", "HPY_ABI_CPYTHON"])
def test_every_function_can_be_called_next_to_python_h(standard: str, macro: str) -> None:
    """A hybrid source has CPython's API as well, and the two do not collide."""
    assert diagnostics(HERE / "calls.c", standard, f"-D{macro}", *python_flags()) == ""


@pytest.mark.parametrize("standard", STANDARDS)
def test_every_macro_can_be_used(standard: str) -> None:
    """Definitions of all kinds compile without a warning."""
    assert diagnostics(HERE / "macros.c", standard) == ""


@pytest.mark.parametrize("standard", ["c11", "c++17"])
@pytest.mark.parametrize(
    "call", ["HPy_AsPyObject(ctx, ctx->h_None)", "HPy_FromPyObject(ctx, NULL)"]
)
def test_a_universal_source_cannot_use_cpythons_objects(
    standard: str, call: str, tmp_path: Path
) -> None:
    """The error is HPy's own."""
    source = tmp_path / "legacy.c"
    source.write_text(
        '#include "hpy.h"\n'
        "void use(HPyContext *ctx);\n"
        f"void use(HPyContext *ctx) {{ (void){call}; }}\n"
    )
    said = diagnostics(source, standard)
    assert said.count("error:") == 1
    assert LEGACY in said


def test_a_universal_source_cannot_look_into_cpythons_objects(tmp_path: Path) -> None:
    """cpy_PyObject is a name without a definition."""
    source = tmp_path / "inside.c"
    source.write_text('#include "hpy.h"\nint size[sizeof(cpy_PyObject)];\n')
    assert "incomplete type 'cpy_PyObject'" in diagnostics(source, "c11")


def test_a_source_is_universal_or_not(tmp_path: Path) -> None:
    """The two kinds cannot be asked for at once."""
    source = tmp_path / "both.c"
    source.write_text('#include "hpy.h"\n')
    said = diagnostics(source, "c11", "-DHPY_ABI_UNIVERSAL", "-DHPY_ABI_HYBRID")
    assert "HPY_ABI_UNIVERSAL excludes HPY_ABI_CPYTHON and HPY_ABI_HYBRID" in said


@pytest.mark.parametrize(("flags", "abi"), [([], "universal"), (["-DHPY_ABI_HYBRID"], "hybrid")])
def test_hpy_abi_names_the_kind(flags: list[str], abi: str, tmp_path: Path) -> None:
    """HPY_ABI is a string a source can show."""
    source = tmp_path / "abi.c"
    source.write_text(
        '#include "hpy.h"\n#include <assert.h>\n'
        f'static_assert(sizeof(HPY_ABI) == sizeof("{abi}"), HPY_ABI);\n'
    )
    assert diagnostics(source, "c11", *python_flags(), *flags) == ""
