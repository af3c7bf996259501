"""What the fast paths take CPython to be, where it is something else.

In a copy of the sources one fact is made wrong. A static assert finds that where CPython's headers
say otherwise, and a trial where only the interpreter does: without the asserts, the contexts are
built, and either the slow path gives what the fast path should, or the module is not made.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from hpybc import errors
from hpybc.loader import contexts, extension
from hpybc.toolchain import clang
from hpybc.toolchain import contexts as toolchain
from hpybc.toolchain.compile import Options, compile_extension

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        bool(sysconfig.get_config_var("Py_GIL_DISABLED")), reason="no GIL, no such fast paths"
    ),
]

#: Facts by the name of their trial: the file that states each, what it says, and what it is to say.
Edit = tuple[str, str, str]

ITERATORS = (
    "layout.h",
    "PyObject_HEAD Py_ssize_t index;\n    PyObject *sequence;",
    "PyObject_HEAD PyObject *sequence;\n    Py_ssize_t index;",
)
FLOATS = (
    "layout.h",
    "int length;\n    PyFloatObject *first;",
    "PyFloatObject *first;\n    int length;",
)
DICTS = ("layout.h", "#define KEYS_ARE_STRS 1", "#define KEYS_ARE_STRS 2")
SEARCH = ("dict_search.c", "slot * 5 +", "slot * 4 +")
TAG = (
    "layout.h",
    "(value < 0 ? 1 - -1 : 1 - 1)",
    "(value < 0 ? 1 - 1 : 1 - -1)",
)
SIZE = ("layout.h", "value < 0 ? -1 : 1)", "value < 0 ? 1 : -1)")
STRS = ("layout.h", "o->hash = -1;", "o->hash = 0;")
LISTS = ("probe.c", "PyList_Size(list) == 2", "PyList_Size(list) == 3")

#: Those that headers contradict.
BY_HEADER = {
    "iterators": ITERATORS,
    **({"floats": FLOATS} if sys.version_info < (3, 14) else {}),
    **({"dicts": DICTS} if sys.version_info >= (3, 11) else {}),
}

#: Those that fast paths rely on without asking. Since 3.14 no int is made in place.
NOT_ASKED = {
    "strs": STRS,
    "lists": LISTS,
    **({"ints": TAG} if (3, 12) <= sys.version_info < (3, 14) else {}),
    **({"ints": SIZE} if sys.version_info < (3, 12) else {}),
}


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sources of the contexts, which are built from there."""
    copy = tmp_path / "context"
    shutil.copytree(toolchain._SOURCES, copy)
    monkeypatch.setattr(toolchain, "_SOURCES", str(copy))
    return copy / "cpython"


def edit(sources: Path, *edits: Edit) -> None:
    for name, before, after in edits:
        file = sources / name
        whole = file.read_text(encoding="utf-8")
        assert whole.count(before) == 1, before
        file.write_text(whole.replace(before, after), encoding="utf-8")


def without_asserts(sources: Path) -> None:
    """The headers of a CPython that look alike."""
    file = sources / "probe.c"
    whole = file.read_text(encoding="utf-8")
    none = re.sub(r'_Static_assert\(.*?"\);', "", whole, flags=re.DOTALL)
    assert none != whole
    file.write_text(none, encoding="utf-8")


#: Loads a file with the contexts in a folder, and has ``check`` look at the module. A process would
#: remember other contexts; and another one would take those that are installed.
_LOAD = """
import sys
from hpybc.loader import contexts
from hpybc.process import child
child.call = lambda function, *given, **_: function(*given)
contexts._FOLDER = sys.argv[2]
import hpybc
module = hpybc.load(sys.argv[3])
sys.path.append(sys.argv[1])
import test_probe
test_probe.check(module)
"""


@pytest.fixture
def checked(sources: Path, tmp_path: Path) -> Callable[[], subprocess.CompletedProcess[str]]:
    """checked() -> what comes of ``check``, with contexts of the sources as they are by then."""

    def load() -> subprocess.CompletedProcess[str]:
        folder = tmp_path / "contexts"
        shutil.copytree(contexts._FOLDER, folder)
        release = Path(contexts.existing("release"))
        manifest = extension.read(release).manifest
        assert manifest is not None
        compiler = clang.find()
        layers = [toolchain._compiled(one, compiler, ()) for one in contexts.STACKS["release"]]
        stack = toolchain._joined("release", layers, compiler, manifest["build_sha256"])
        (folder / release.name).write_bytes(stack)
        file, here = tmp_path / "probe.bc", Path(__file__)
        compile_extension([str(here.with_name("probe.c"))], str(file), Options())
        return subprocess.run(
            [sys.executable, "-I", "-c", _LOAD, str(here.parent), str(folder), str(file)],
            env={**os.environ, "HPYBC_CACHE_DIR": str(tmp_path / "cache")},
            capture_output=True,
            text=True,
            check=False,
        )

    return load


@pytest.mark.parametrize("name", BY_HEADER)
def test_headers_that_say_otherwise(
    sources: Path, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    """Nothing is built."""
    edit(sources, BY_HEADER[name])
    for file in sources.glob("*.c"):
        if file.name != "probe.c":
            file.unlink()
    with pytest.raises(errors.CompileError):
        toolchain.parts("cpython", clang.find())
    assert re.search(r"of another kind|nothing before it", capfd.readouterr().err)


def check(module: ModuleType) -> None:
    items = [object() for _ in range(10)]
    assert module.collect(items) == module.collect(tuple(items)) == items
    assert module.collect([]) == module.collect(()) == []
    keys = [str(n) for n in random.Random(0).sample(range(10_000), 500)]
    table = dict.fromkeys(keys[:250])
    table |= {key: key for key in table}
    for key in keys[:50]:
        del table[key]
    for key in keys:
        assert module.find(table, key) == table.get(key, NotImplemented)
    assert [module.half(float(n)) for n in range(500)] == [n / 2 for n in range(500)]


def test_an_interpreter_that_differs(
    sources: Path, checked: Callable[[], subprocess.CompletedProcess[str]]
) -> None:
    """With what the fast paths take it to be, they would read anything at all."""
    without_asserts(sources)
    edit(sources, *BY_HEADER.values())
    assert checked().stderr == ""


@pytest.mark.skipif(sys.version_info < (3, 11), reason="no dict is searched in place")
def test_a_search_that_goes_another_way(
    sources: Path, checked: Callable[[], subprocess.CompletedProcess[str]]
) -> None:
    """It would miss keys, or go on for ever."""
    edit(sources, SEARCH)
    assert checked().stderr == ""


@pytest.mark.parametrize("name", NOT_ASKED)
def test_an_interpreter_that_is_another(
    sources: Path, checked: Callable[[], subprocess.CompletedProcess[str]], name: str
) -> None:
    """The error says what differs, and what helps."""
    without_asserts(sources)
    edit(sources, NOT_ASKED[name])
    said = checked().stderr
    assert f"the {name} of this Python are not those of Python 3." in said
    assert "install it again" in said
