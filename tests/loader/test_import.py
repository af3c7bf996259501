"""``import`` of bitcode: by a finder that is installed, and by a stub that is not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import hpybc
from hpybc.errors import UsageError
from hpybc.loader import prebuilt
from hpybc.toolchain.compile import Options

ANSWER = Path(__file__).with_name("answer.c")
STUB = '__import__("hpybc").replace_stub(__name__)\n'
Run = Callable[..., list[str]]


@pytest.fixture
def site(tmp_path: Path, compiled: Callable[..., Path]) -> Path:
    """A folder with answer.bc, and a package ``pack`` with another."""
    path = tmp_path / "site"
    (path / "pack").mkdir(parents=True)
    (path / "pack" / "__init__.py").write_text("")
    for folder in (path, path / "pack"):
        shutil.copy(compiled(ANSWER), folder / "answer.bc")
    return path


@pytest.fixture
def run(site: Path) -> Run:
    """run(code) -> the lines that it prints in a new process with ``site`` on its path."""

    def run_(code: str, *, fails: bool = False) -> list[str]:
        begin = f"import sys; sys.path.insert(0, {str(site)!r})\n"
        done = subprocess.run(
            [sys.executable, "-I", "-c", begin + code], capture_output=True, text=True
        )
        assert (done.returncode != 0) == fails, done.stderr
        return (done.stderr if fails else done.stdout).splitlines()

    return run_


INSTALLED = "import hpybc; hpybc.install()\n"


def test_nothing_is_found_before(run: Run) -> None:
    assert run("import hpybc, answer", fails=True)[-1] == (
        "ModuleNotFoundError: No module named 'answer'"
    )


def test_import(run: Run, site: Path) -> None:
    """The module is like any other that was found in a file (PEP 451)."""
    assert run(
        INSTALLED
        + "import answer, pack.answer as other\n"
        + "print(answer.answer(), other.answer())\n"
        + "print(other is answer, sys.modules['pack'].answer is other)\n"
        + "for m in (answer, other):\n"
        + "    print(m.__name__, m.__file__, m.__spec__.origin, m.__spec__.has_location)\n"
        + "    own = m.__loader__\n"
        + "    print(m.__package__, type(own).__name__, m.__spec__.loader is own)\n"
    ) == [
        "42 42",
        "False True",
        f"answer {site}/answer.bc {site}/answer.bc True",
        " BitcodeLoader True",
        f"pack.answer {site}/pack/answer.bc {site}/pack/answer.bc True",
        "pack BitcodeLoader True",
    ]


@pytest.mark.parametrize("suffix", [".py", ".pyc", ".so"])
def test_python_comes_first(run: Run, site: Path, suffix: str) -> None:
    """What Python finds in the same folder by itself; and a folder earlier on the path."""
    if suffix == ".so":
        import _testcapi  # type: ignore[import-not-found]  # any extension in a file will do

        shutil.copy(_testcapi.__file__, site / "_testcapi.so")
        shutil.copy(site / "answer.bc", site / "_testcapi.bc")
        assert run(INSTALLED + "import _testcapi as m; print(m.__file__)") == [
            f"{site}/_testcapi.so"
        ]
        return
    (site / "answer.py").write_text("def answer(): return 'source'\n")
    if suffix == ".pyc":
        import py_compile

        py_compile.compile(str(site / "answer.py"), str(site / "answer.pyc"))
        (site / "answer.py").unlink()
    code = INSTALLED + "import answer; print(answer.answer())"
    assert run(code) == ["source"]
    later = site.parent / "later"
    later.mkdir()
    shutil.move(site / f"answer{suffix}", later)
    assert run(f"sys.path.insert(1, {str(later)!r})\n" + code) == ["42"]


def test_a_folder_of_that_name_is_no_package(run: Run, site: Path) -> None:
    """Without an __init__ it would be a namespace package, which is what is found last."""
    (site / "answer").mkdir()
    assert run(INSTALLED + "import answer; print(answer.answer())") == ["42"]


def test_package_whose_init_is_bitcode(run: Run, site: Path) -> None:
    """As with an extension module: the entry point is that of the package's name."""
    (site / "answer").mkdir()
    shutil.move(site / "answer.bc", site / "answer" / "__init__.bc")
    (site / "answer" / "inner.py").write_text("from . import answer\n")
    (site / "answer" / "data.txt").write_text("data")
    assert run(
        INSTALLED
        + "import answer.inner as i; print(i.answer(), *sys.modules['answer'].__path__)\n"
        + "import importlib.resources\n"
        + "print((importlib.resources.files('answer') / 'data.txt').read_text())\n"
        + "print(sys.modules['answer'].__loader__.get_data(sys.path[0] + '/answer/data.txt'))\n"
    ) == [f"42 {site}/answer", "data", "b'data'"]


def test_other_hooks_stay(run: Run, site: Path) -> None:
    """One before Python's own is still asked before, zip files are still read, and what was found
    before is found again."""
    assert run(
        "import zipimport, pack\n"
        "def hook(path):\n"
        "    asked.append(path)\n"
        "    raise ImportError\n"
        "asked = []\n"
        "sys.path_hooks.insert(0, hook)\n"
        "before = list(sys.path_hooks)\n"
        + INSTALLED
        + "print([hook for hook in sys.path_hooks if hook in before] == before)\n"
        + "print(len(sys.path_hooks) - len(before))\n"
        + "import answer, pack.answer\n"
        + f"print({str(site)!r} in asked, {str(site / 'pack')!r} in asked)\n"
        + "hpybc.uninstall()\n"
        + "print(sys.path_hooks == before)\n"
    ) == ["True", "1", "True True", "True"]


def test_install_again(run: Run) -> None:
    """There is one hook; the mode is that of the last call."""
    assert run(
        "import hpybc\n"
        "n = len(sys.path_hooks)\n"
        "hpybc.install(); hpybc.install(mode='debug')\n"
        "print(len(sys.path_hooks) - n)\n"
        "import answer\n"
        "print(answer.answer(), answer.__loader__.mode)\n"
        "hpybc.uninstall(); hpybc.uninstall()\n"
        "del sys.modules['answer']\n"
        "try: import answer\n"
        "except ModuleNotFoundError: print('gone')\n"
    ) == ["1", "42 debug", "gone"]


def test_install_in_a_mode_that_there_is_not() -> None:
    """And everything is as before."""
    before = list(sys.path_hooks)
    with pytest.raises(UsageError):
        hpybc.install(mode="fast")
    assert sys.path_hooks == before


def test_pkgutil_and_resources(run: Run, site: Path) -> None:
    (site / "pack" / "data.txt").write_text("data")
    (site / "pack" / "other.py").write_text("")
    (site / "pack" / "not-a-name.bc").write_text("")
    assert run(
        INSTALLED
        + "import pkgutil, pack, importlib.resources, importlib.util\n"
        + "print([(m.name, m.ispkg) for m in pkgutil.iter_modules(pack.__path__, 'pack.')])\n"
        + "print([m.name for m in pkgutil.iter_modules([sys.path[0]])])\n"
        + "print((importlib.resources.files('pack') / 'data.txt').read_text())\n"
        + "print(importlib.util.find_spec('pack.answer').origin)\n"
        + "print(pkgutil.resolve_name('pack.answer:answer')())\n"
    ) == [
        "[('pack.answer', False), ('pack.other', False)]",
        "['answer', 'pack']",
        "data",
        f"{site}/pack/answer.bc",
        "42",
    ]


def test_pkgutil_lists_packages_whose_init_is_bitcode(run: Run, site: Path) -> None:
    """As it lists those whose __init__ is a shared object, with what is in them."""
    for name in ("answer", "other", "not-a-name", "empty"):
        (site / name / "inner").mkdir(parents=True)
        if name != "empty":
            shutil.copy(site / "answer.bc", site / name / "__init__.bc")
            shutil.copy(site / "answer.bc", site / name / "inner" / "__init__.bc")
    (site / "other" / "leaf.bc").write_text("")
    listing = "print([(m.name, m.ispkg) for m in pkgutil.{}([sys.path[0]])])\n"
    code = INSTALLED + "import pkgutil, importlib.util\n" + listing.format("iter_modules")
    code += (
        "import answer\n"  # walk_packages imports what has parts
        "other = importlib.util.spec_from_loader('other', None, is_package=True)\n"
        f"other.submodule_search_locations[:] = [{str(site / 'other')!r}]\n"
        "sys.modules['other'] = importlib.util.module_from_spec(other)\n"
    )
    assert run(code + listing.format("walk_packages")) == [
        "[('answer', True), ('other', True), ('pack', True)]",
        "[('answer', True), ('answer.inner', True), ('other', True), ('other.inner', True), "
        "('other.leaf', False), ('pack', True), ('pack.answer', False)]",
    ]


def test_reload(run: Run) -> None:
    """As of an extension module: the same module, with what it had and what it has."""
    assert run(
        INSTALLED
        + "import answer, importlib\n"
        + "answer.mine = 5\n"
        + "again = importlib.reload(answer)\n"
        + "print(again is answer, again.mine, again.answer())\n"
    ) == ["True 5 42"]


def test_a_file_that_cannot_be_loaded(run: Run, site: Path) -> None:
    """An ImportError with the name and the path; the module is not left behind."""
    (site / "answer.bc").write_bytes(b"no bitcode")
    assert run(
        INSTALLED
        + "try: import answer\n"
        + "except ImportError as error: e = error\n"
        + "print(type(e).__name__, e.name, e.path, 'answer' in sys.modules)\n"
    ) == [f"NotBitcodeError answer {site}/answer.bc False"]


def test_new_files_are_found(run: Run, site: Path) -> None:
    """Once the caches of finders are invalidated, as for any file."""
    assert run(
        INSTALLED
        + "import importlib, shutil\n"
        + "import answer\n"
        + f"shutil.copy({str(site / 'answer.bc')!r}, {str(site / 'later.bc')!r})\n"
        + "importlib.invalidate_caches()\n"
        + "print(importlib.util.find_spec('later').origin)\n"
    ) == [f"{site}/later.bc"]


# Without install: a stub.


def test_stub(run: Run, site: Path) -> None:
    """The module takes its place; `from` imports and the package's attribute see it."""
    (site / "pack" / "answer.py").write_text(STUB)
    assert run(
        "import pack.answer\n"
        "from pack import answer\n"
        "from pack.answer import answer as function\n"
        "print(function(), answer is sys.modules['pack.answer'] is pack.answer)\n"
        "print(answer.__name__, answer.__file__, answer.__package__)\n"
    ) == ["42 True", f"pack.answer {site}/pack/answer.bc pack"]


#: What a module says of itself and what others find by that.
LOOK = """
import importlib.resources, inspect, os, pickle
def look(m):
    own = {n: getattr(m, n, None) for n in ("__name__", "__file__", "__package__", "__cached__")}
    spec = m.__spec__
    assert spec.loader is m.__loader__ and spec.name == m.__name__ and spec.cached is None
    assert spec.origin == m.__file__ == m.__loader__.path == inspect.getfile(m)
    assert spec.has_location and m.__loader__.get_filename(m.__name__) == m.__file__
    assert repr(m) == f"<module {m.__name__!r} from {m.__file__!r}>"
    assert spec.submodule_search_locations == getattr(m, "__path__", None)
    print(*own.values(), getattr(m, "__path__", None), type(m.__loader__).__name__)
"""


@pytest.mark.parametrize("how", ["stub", "install"])
def test_reload_gives_the_same_module(how: str, run: Run, site: Path) -> None:
    """Unchanged in all that it says of itself, whatever else there is in the stub."""
    code = INSTALLED
    if how == "stub":
        stub = '"""Another docstring."""\nimport hpybc\nhpybc.replace_stub(__name__)\n'
        (site / "pack" / "answer.py").write_text(stub)
        code = ""
    assert run(
        code
        + LOOK
        + "import importlib, pack\n"
        + "import pack.answer as m\n"
        + "m.mine = 5; before = dict(vars(m))\n"
        + "again = [importlib.reload(m) for _ in range(2)]\n"
        + "print(again == [m, m], sys.modules['pack.answer'] is m is pack.answer, m.mine)\n"
        + "for d in (before, vars(m)): d.pop('__loader__'), d.pop('__spec__')\n"
        + "print(vars(m) == before, m.answer())\n"
        + "look(importlib.reload(m))\n"
    ) == [
        "True True 5",
        "True 42",
        f"pack.answer {site}/pack/answer.bc pack None None BitcodeLoader",
    ]


@pytest.mark.parametrize("is_shipped", [False, True], ids=["cached", "shipped"])
@pytest.mark.parametrize("how", ["stub", "install", "load"])
@pytest.mark.parametrize("defines", [(), ("MULTI_PHASE",), ("OWN_CREATE",)])
def test_modules_of_the_c_api(
    defines: tuple[str, ...],
    how: str,
    is_shipped: bool,
    engine: str,
    run: Run,
    site: Path,
    compiled: Callable[..., Path],
) -> None:
    """Single-phase initialisation, where CPython names the file; multi-phase; and one that copies
    the name from the spec, as Cython's does. Twice, as there are copies of images."""
    file = site / "pack" / "capi.bc"
    shutil.copy(compiled(ANSWER.with_name("capi.c"), Options(defines=defines)), file)
    if is_shipped:
        prebuilt.make(str(file))
    code = {
        "install": INSTALLED + "import importlib, pack.capi as m; importlib.reload(m)\n",
        "stub": "import importlib, pack.capi as m; importlib.reload(m)\n",
        "load": f"import hpybc, pack; m = hpybc.load({str(file)!r}, name='pack.capi')\n"
        "assert 'pack.capi' not in sys.modules; sys.modules['pack.capi'] = pack.capi = m\n",
    }[how]
    if how == "stub":
        (site / "pack" / "capi.py").write_text(STUB)
    look = "look(m); same = pickle.loads(pickle.dumps(m.add)) is m.add\n"
    look += "print(m.add(20, 22), m.add.__module__, same)\n"
    again = f"import hpybc; m2 = hpybc.load({str(file)!r}, name='pack.capi'); look(m2)\n"
    again += "print(sys.modules['pack.capi'] is m, m2 is m)\n"
    assert run(code + LOOK + look + again) == [
        f"pack.capi {site}/pack/capi.bc pack None None BitcodeLoader",
        "42 pack.capi True",
        f"pack.capi {site}/pack/capi.bc pack None None BitcodeLoader",
        # CPython has one module of single-phase initialisation for each name.
        f"True {not defines and engine == 'shared'}",
    ]


def test_a_stub_is_imported_again(run: Run, site: Path) -> None:
    """Where sys.modules has it no more, the import makes another module, as any import does."""
    (site / "answer.py").write_text(STUB)
    assert run(
        "import answer as first\n"
        "del sys.modules['answer']\n"
        "import answer as second, importlib\n"
        "print(first is second, importlib.reload(second) is second, second.answer())\n"
    ) == ["False True 42"]


@pytest.mark.parametrize("how", ["stub", "install", "load"])
def test_package_in_bitcode(how: str, run: Run, site: Path) -> None:
    """A stub named __init__.py is one as well, and so is what `load` makes of an __init__.bc."""
    (site / "answer").mkdir()
    shutil.move(site / "answer.bc", site / "answer" / "__init__.bc")
    (site / "answer" / "inner.py").write_text("from . import answer\n")
    (site / "answer" / "data.txt").write_text("data")
    code = INSTALLED if how == "install" else ""
    if how == "stub":
        (site / "answer" / "__init__.py").write_text(STUB)
    elif how == "load":
        code = "import hpybc, os; os.chdir(sys.path[0])\n"
        code += "sys.modules['answer'] = hpybc.load('answer/__init__.bc'); os.chdir('/')\n"
    assert run(
        code
        + LOOK
        + "import answer, answer.inner\n"
        + "look(answer)\n"
        + "data = importlib.resources.files(answer) / 'data.txt'\n"
        + "print(answer.inner.answer(), data.read_text())\n"
    ) == [
        f"answer {site}/answer/__init__.bc answer None ['{site}/answer'] BitcodeLoader",
        "42 data",
    ]


def test_package_in_bitcode_without_a_manifest(
    run: Run, site: Path, raw: Callable[..., Path]
) -> None:
    """It has the name of its folder."""
    (site / "answer.bc").unlink()
    (site / "answer").mkdir()
    shutil.copy(raw(), site / "answer" / "__init__.bc")
    code = "import hpybc; m = hpybc.load(sys.path[0] + '/answer/__init__.bc')\n"
    assert run(code + LOOK + "look(m); print(m.answer())\n") == [
        f"answer {site}/answer/__init__.bc answer None ['{site}/answer'] BitcodeLoader",
        "42",
    ]


def test_another_thread_waits_for_a_stubs_module(run: Run, site: Path) -> None:
    """As for any module that is being imported: it sees no half of one."""
    (site / "answer.py").write_text(STUB)
    assert run(
        "import threading, hpybc.loader.importer as importer\n"
        "entered, go = threading.Event(), threading.Event()\n"
        "execute = importer.BitcodeLoader.exec_module\n"
        "def slowly(self, module):\n"
        "    entered.set(); go.wait(); execute(self, module); module.done = True\n"
        "importer.BitcodeLoader.exec_module = slowly\n"
        "def work():\n"
        "    import answer\n"
        "    seen.append(getattr(answer, 'done', False))\n"
        "seen = []\n"
        "threads = [threading.Thread(target=work) for _ in range(2)]\n"
        "threads[0].start(); entered.wait(); threads[1].start()\n"
        "threads[1].join(0.2); go.set()\n"
        "for thread in threads: thread.join()\n"
        "print(seen)\n"
    ) == ["[True, True]"]


def test_stub_in_an_archive(run: Run, site: Path) -> None:
    """The bitcode beside it is read from there, and its image is in the cache like any other."""
    (site / "pack" / "answer.py").write_text(STUB)
    shutil.make_archive(str(site.parent / "packed"), "zip", site)
    archive = f"{site.parent}/packed.zip"
    assert run(
        f"sys.path[0] = {archive!r}\n"
        + LOOK
        + "import pack.answer as m, importlib\n"
        + "print(m.answer(), importlib.reload(m) is m)\n"
        + "look(m)\n"
    ) == ["42 True", f"pack.answer {archive}/pack/answer.bc pack None None BitcodeLoader"]


def test_stub_in_an_archive_without_its_file(run: Run, site: Path) -> None:
    """The error names what should be in the archive, and that it is one."""
    (site / "pack" / "answer.py").write_text(STUB)
    (site / "pack" / "answer.bc").unlink()
    shutil.make_archive(str(site.parent / "packed"), "zip", site)
    archive = f"{site.parent}/packed.zip"
    assert run(
        f"sys.path[0] = {archive!r}\n"
        "try: import pack.answer\n"
        "except ImportError as e: print(type(e).__name__, e.name, e.path, e.remedy, sep='|')\n"
    ) == [
        f"FileMissingError|pack.answer|{archive}/pack/answer.bc|"
        f"put answer.bc next to the stub in {archive}"
    ]


def test_stub_that_is_compiled(run: Run, site: Path) -> None:
    """A deployment without sources."""
    import py_compile

    (site / "answer.py").write_text(STUB)
    py_compile.compile(str(site / "answer.py"), str(site / "answer.pyc"))
    (site / "answer.py").unlink()
    assert run("import answer; print(answer.answer())") == ["42"]


def test_stub_without_its_file(run: Run, site: Path) -> None:
    """The stub's import fails, and can be tried again."""
    (site / "answer.py").write_text(STUB)
    os.rename(site / "answer.bc", site / "away.bc")
    assert run(
        "import os\n"
        "try: import answer\n"
        "except ImportError as e: print(type(e).__name__, e.path, 'answer' in sys.modules)\n"
        f"os.rename({str(site / 'away.bc')!r}, {str(site / 'answer.bc')!r})\n"
        "import answer; print(answer.answer())\n"
    ) == [f"FileMissingError {site}/answer.bc False", "42"]


@pytest.mark.parametrize("name", ["no_such_module", "sys"])
def test_stub_that_is_none(name: str) -> None:
    """Not imported, or from no file."""
    with pytest.raises(UsageError, match=name):
        hpybc.replace_stub(name)
