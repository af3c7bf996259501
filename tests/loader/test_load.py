"""hpybc.load: names, copies, engines, and what compilations can differ in."""

from __future__ import annotations

import gc
import shutil
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import pytest

import hpybc
from hpybc import errors
from hpybc.inspect import inspect
from hpybc.loader import extension, importer
from hpybc.loader.extension import entry_point
from hpybc.toolchain.compile import Options, compile_extension

HERE = Path(__file__).parent


@pytest.fixture
def counter(compiled: Callable[..., Path]) -> Path:
    """The bitcode file of counter.c."""
    return compiled(HERE / "counter.c")


# Names.


def test_name_is_the_one_in_hpy_modinit(answer: Callable[..., Path], engine: str) -> None:
    """Whatever the file is called."""
    assert hpybc.load(answer()).__name__ == "answer"


@pytest.mark.parametrize(
    "name",
    [
        "other",
        "package.module",
        "a.b.c",
        "r\u00e9ponse",
        "package.\u7b54\u3048",
        "\u03b1_1",
        "_",
        "x" * 200,
    ],
)
def test_name_can_be_chosen(name: str, answer: Callable[..., Path], engine: str) -> None:
    """Dotted and non-ASCII names as well: any that an import could ask for."""
    module = hpybc.load(answer(), name=name)
    assert module.__name__ == name
    assert module.__spec__ is not None and module.__spec__.name == name
    assert module.answer() == 42
    assert module.answer.__module__ == name


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("spam", "PyInit_spam"),
        ("package.spam", "PyInit_spam"),
        ("lan\u010dm\u00edt", "PyInitU_lanmt_2sa6t"),
        ("\u03b1", "PyInitU_mxa"),
    ],
)
def test_entry_point_is_the_one_of_pep_489(name: str, symbol: str) -> None:
    """The name CPython's import looks up in an image."""
    assert entry_point(name) == symbol


def test_name_of_raw_bitcode_is_the_files(raw: Callable[..., Path], tmp_path: Path) -> None:
    """There is no manifest to say another."""
    file = tmp_path / "called.something.bc"
    file.write_bytes(raw().read_bytes())
    assert hpybc.load(file).__name__ == "called"


def test_name_chooses_between_two_modules(raw: Callable[..., Path]) -> None:
    """A file with two HPy_MODINIT is fine as long as it is clear which is meant."""
    file = raw("-DTWO_MODINITS")
    assert hpybc.load(file, name="second").__name__ == "second"
    assert hpybc.load(file, name="package.answer").__name__ == "package.answer"


def test_name_in_the_manifest_chooses_between_two_modules(tmp_path: Path) -> None:
    """Two files of the same bitcode, and the name to load either by is that of the other."""
    source = tmp_path / "two.c"
    define = 'static HPyModuleDef {0}_def = {{.doc = "{0}"}};\nHPy_MODINIT({0}, {0}_def)\n'
    source.write_text('#include "hpy.h"\n' + define.format("one") + define.format("two"))
    for name in ("one", "two"):
        compile_extension([str(source)], str(tmp_path / name), Options(name=name))
    assert hpybc.load(tmp_path / "one").__doc__ == "one"
    assert hpybc.load(tmp_path / "two").__doc__ == "two"
    assert hpybc.load(tmp_path / "one", name="two").__doc__ == "one"
    assert hpybc.load(tmp_path / "two", name="two").__doc__ == "two"
    assert hpybc.load(tmp_path / "one", name="third").__doc__ == "one"
    assert hpybc.load(tmp_path / "two", name="third").__doc__ == "two"


@pytest.mark.parametrize("name", ["two", "package.two", "\u00fcber", "package.\u00fcber"])
def test_name_with_dots_chooses_between_two_modules(name: str, tmp_path: Path) -> None:
    """A package's is no part of what HPy_MODINIT names, whatever letters that has."""
    source, file = tmp_path / "both.c", tmp_path / "both.bc"
    own = name.rpartition(".")[2]
    define = 'static HPyModuleDef {0}_def = {{.doc = "{0}"}};\nHPy_MODINIT({0}, {0}_def)\n'
    source.write_text('#include "hpy.h"\n' + define.format("one") + define.format(own))
    compile_extension([str(source)], str(file), Options(name=name))
    module = hpybc.load(file)
    assert (module.__name__, module.__doc__) == (name, own)
    found = inspect(file)
    assert found.module == name
    assert found.manifest is not None and found.manifest["entry"] == f"PyInit_{own}"


@pytest.mark.parametrize("name", ["lan\u010dm\u00edt", "\u03b1", "a_b_\u00df", "pl\u00e9ines_de_"])
def test_entry_point_that_is_encoded(name: str, tmp_path: Path, engine: str) -> None:
    """As PEP 489 has it, which a source that includes Python.h writes out, as Cython does."""
    source, file = tmp_path / "source.c", tmp_path / "file.bc"
    source.write_text(
        "#include <Python.h>\n"
        "static PyModuleDef_Slot slots[] = {{0, NULL}};\n"
        'static PyModuleDef def = {PyModuleDef_HEAD_INIT, .m_name = "it", .m_slots = slots};\n'
        f"PyMODINIT_FUNC {entry_point(name)}(void) {{ return PyModuleDef_Init(&def); }}\n"
    )
    compile_extension([str(source)], str(file))
    assert hpybc.load(file).__name__ == inspect(file).module == name
    assert hpybc.load(file, name=f"package.{name}").__name__ == f"package.{name}"
    assert hpybc.load(file, name="other").__name__ == "other"
    file.write_bytes(extension.read(file).payload)  # without a manifest
    assert hpybc.load(file, name=name).__name__ == inspect(file).module == name


# What the import system sees.


def test_attributes_of_the_module(answer: Callable[..., Path], engine: str) -> None:
    """Those of any module that came from a file."""
    file = answer()
    module = hpybc.load(file, name="package.answer")
    spec = module.__spec__
    assert spec is not None
    assert module.__file__ == spec.origin == str(file)
    assert spec.has_location
    assert module.__package__ == spec.parent == "package"
    assert isinstance(module.__loader__, importer.BitcodeLoader)
    assert spec.loader is module.__loader__
    assert module.__doc__ == "The answer."
    assert not hasattr(module, "__path__")


def test_sys_modules_is_left_alone(answer: Callable[..., Path], engine: str) -> None:
    """load() makes a module; importing it is another matter."""
    before = set(sys.modules)
    hpybc.load(answer(), name="not_imported")
    assert not {"answer", "not_imported"} & (set(sys.modules) - before)


def test_path_can_be_a_text_or_a_path(answer: Callable[..., Path]) -> None:
    """os.PathLike or str; the module's __file__ is a str."""
    assert hpybc.load(str(answer())).__file__ == hpybc.load(answer()).__file__ == str(answer())


def test_relative_path(answer: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative to the working directory."""
    monkeypatch.chdir(answer().parent)
    assert hpybc.load(answer().name).answer() == 42


def test_loader_answers_what_tools_ask(answer: Callable[..., Path]) -> None:
    """runpy, inspect and linecache ask loaders for source and code; there is neither."""
    loader: Any = importer.BitcodeLoader("answer", str(answer()))
    assert loader.get_filename("answer") == str(answer())
    assert loader.get_source("answer") is None
    assert loader.get_code("answer") is None
    assert loader.is_package("answer") is False


def test_loader_loads_under_the_name_in_the_spec(answer: Callable[..., Path]) -> None:
    """As importlib uses it: create_module, then exec_module."""
    loader = importer.BitcodeLoader("by_spec", str(answer()))
    module = loader.create_module(ModuleSpec("by_spec", loader, origin=str(answer())))
    loader.exec_module(module)
    assert module.__name__ == "by_spec"
    assert module.answer() == 42


# Two modules of one file.


def test_two_loads_give_two_modules(counter: Path, engine: str) -> None:
    """With statics of their own: of the file, of functions, and HPyGlobals."""
    first, second = hpybc.load(counter), hpybc.load(counter)
    assert first is not second
    assert first.get() is first and second.get() is second
    assert [first.count(), first.count(), second.count(), first.count()] == [1, 2, 1, 3]
    assert [first.count_locally(), first.count_locally(), second.count_locally()] == [101, 102, 101]
    first.keep("first")
    second.keep("second")
    assert (first.get(), second.get()) == ("first", "second")


def test_many_modules_of_one_file(counter: Path, engine: str) -> None:
    """Whether or not the earlier ones live on."""
    modules = [hpybc.load(counter, name=f"counter{i}") for i in range(4)]
    modules += [hpybc.load(counter, name=m.__name__) for m in modules]
    assert [m.count() for m in modules] == [1] * 8
    assert [m.get().__name__ for m in modules] == [f"counter{i}" for i in range(4)] * 2


def test_a_module_that_is_gone_leaves_the_next_one_fresh(counter: Path, engine: str) -> None:
    """No state survives in a cached image."""
    for _ in range(3):
        module = hpybc.load(counter)
        assert module.count() == 1
        del module
        gc.collect()


def test_a_file_that_has_changed(answer: Callable[..., Path], tmp_path: Path, engine: str) -> None:
    """The next load has its new code; modules of the old one live on."""
    file = tmp_path / "answer.bc"
    shutil.copy(answer(), file)
    old = hpybc.load(file)
    shutil.copy(answer("ANSWER=7"), file)
    new = hpybc.load(file)
    assert (old.answer(), new.answer()) == (42, 7)
    file.unlink()
    assert (old.answer(), new.answer()) == (42, 7)


# Engines and modes.


def test_image_is_a_file_with_the_engine_shared(
    counter: Path, monkeypatch: pytest.MonkeyPatch, cache_dir: Path
) -> None:
    """Debuggers and profilers find it in the list of mappings."""
    monkeypatch.setenv("HPYBC_ENGINE", "shared")
    module = hpybc.load(counter, name="shared_image")
    assert module.count() == 1
    mapped = {line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines()}
    assert any(path.startswith(str(cache_dir)) and path.endswith(".so") for path in mapped)


def test_engines_do_not_share_images(
    answer: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One keeps shared objects, the other relocatable ones."""
    tmp_path.chmod(0o700)
    monkeypatch.setenv("HPYBC_CACHE_DIR", str(tmp_path))
    for engine in ("shared", "memory", "shared", "memory"):
        monkeypatch.setenv("HPYBC_ENGINE", engine)
        assert hpybc.load(answer()).answer() == 42
    assert sorted(file.suffix for file in tmp_path.iterdir()) == [".o", ".so"]


@pytest.mark.parametrize("mode", ["Release", "debugging", "", 1, [], "universal"])
def test_unknown_mode(mode: str, answer: Callable[..., Path]) -> None:
    """No LoadError: the call is wrong, and not the file."""
    with pytest.raises(errors.UsageError) as caught:
        hpybc.load(answer(), mode=mode)
    assert caught.value.found == repr(mode)
    assert "release" in caught.value.needed
    assert not isinstance(caught.value, ImportError)


def test_unknown_engine(answer: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is named."""
    monkeypatch.setenv("HPYBC_ENGINE", "steam")
    with pytest.raises(errors.UsageError) as caught:
        hpybc.load(answer())
    assert caught.value.found == "HPYBC_ENGINE=steam"
    assert caught.value.needed == "shared or memory"


# What was compiled, and how.


def test_raw_bitcode_loads(raw: Callable[..., Path], engine: str) -> None:
    """Any clang will do, given hpybc's headers."""
    assert hpybc.load(raw()).answer() == 42


@pytest.mark.parametrize("level", ["1", "2", "3"])
def test_optimisation_levels(level: str, compiled: Callable[..., Path], engine: str) -> None:
    """What -O1 and above compile is optimised alike."""
    module = hpybc.load(compiled(HERE / "counter.c", Options(level=level)))
    assert module.count() == 1
    assert module.get() is module


def test_debug_information_does_no_harm(compiled: Callable[..., Path], engine: str) -> None:
    """-g is for debuggers, which need no more than the image."""
    assert hpybc.load(compiled(HERE / "counter.c", Options(debug=True))).count() == 1


def test_cplusplus(compiled: Callable[..., Path], engine: str) -> None:
    """Constructors have run, each once and in their order."""
    file = compiled(HERE / "plusplus.cpp")
    for _ in range(2):
        module = hpybc.load(file)
        assert module.constructed() == 40
        assert module.square(7) == 49
        assert module.corners() == 5


def test_constructors_run_by_priority_and_once(tmp_path: Path, engine: str) -> None:
    """A second load, which meets the first one's image, does not run them again there."""
    source = tmp_path / "ordered.c"
    source.write_text(
        '#include "hpy.h"\n'
        "static long log;\n"
        "__attribute__((constructor(300))) static void third(void) { log = log * 10 + 3; }\n"
        "__attribute__((constructor(200))) static void second(void) { log = log * 10 + 2; }\n"
        "__attribute__((constructor)) static void fourth(void) { log = log * 10 + 4; }\n"
        "__attribute__((constructor(101))) static void first(void) { log = log * 10 + 1; }\n"
        'HPyDef_METH(order, "order", HPyFunc_NOARGS)\n'
        "static HPy order_impl(HPyContext *ctx, HPy self) {\n"
        "    (void)self;\n"
        "    return HPyLong_FromLong(ctx, log);\n"
        "}\n"
        "static HPyDef *defines[] = {&order, NULL};\n"
        "static HPyModuleDef definition = {.defines = defines};\n"
        "HPy_MODINIT(ordered, definition)\n"
    )
    file = tmp_path / "ordered.bc"
    compile_extension([str(source)], str(file))
    modules = [hpybc.load(file) for _ in range(2)]
    assert [module.order() for module in modules] == [1234, 1234]


# Errors of the module's own.


def test_exception_of_an_exec_slot(answer: Callable[..., Path], engine: str) -> None:
    """It comes out as it was raised: no LoadError, and no ImportError around it."""
    for _ in range(2):
        with pytest.raises(KeyError) as caught:
            hpybc.load(answer("EXEC_RAISES"))
        assert type(caught.value) is KeyError
        assert caught.value.args == ("raised while executing",)
        assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (".size = 8", "HPyModuleDef.size"),
        (".size = -1", "HPyModuleDef.size < 0"),
    ],
)
def test_definition_that_is_refused(fields: str, message: str, tmp_path: Path, engine: str) -> None:
    """What the interpreter raises on a wrong definition is left as it is."""
    source = tmp_path / "wrong.c"
    source.write_text(
        f'#include "hpy.h"\nstatic HPyModuleDef d = {{{fields}}};\nHPy_MODINIT(wrong, d)\n'
    )
    compile_extension([str(source)], str(tmp_path / "wrong.bc"))
    for _ in range(2):
        with pytest.raises(SystemError, match=message):
            hpybc.load(tmp_path / "wrong.bc")
