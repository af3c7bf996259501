"""A pytest plugin that runs HPy's own test suite through hpybc, with not a line of it changed.

Load it with ``-p conformance.plugin`` in the root of the unpacked ``hpy`` 0.9.0 sources; ``nox -s
conformance`` does. The suite's compiler then makes a bitcode file, and its loader is
``hpybc.load``. Each test runs for the ABIs it is written for: ``universal`` or ``hybrid``, and the
same in debug mode; HPy's CPython ABI is no ABI of bitcode. ``--results FILE`` leaves what
``report.py`` makes the documentation from.

With the boxed context (docs/boxed.md) only ``universal`` runs. An interpreter other than CPython
has no compiler: ``$HPYBC_COMPILER`` is a CPython that has hpybc, and compiles for it.
"""

from __future__ import annotations

import importlib
import itertools
import json
import os
import platform
import subprocess
import sys
import sysconfig
import types
from collections.abc import Sequence
from distutils.errors import CompileError
from typing import Any

import pytest

import hpybc
from hpybc.errors import HpybcError
from hpybc.loader import contexts
from hpybc.loader.manifest import HPY_ABI

#: Whether extensions are linked with the context for any interpreter.
BOXED = contexts.is_boxed()

#: What is not run, by the beginning of its name, and why.
DESELECTED = {
    "test/hpy_devel/": "upstream's setup.py commands and file name tags",
    "test/test_importing.py": "the file names and attributes that upstream's builds give modules",
    "test/test_support.py": "the suite's own template and its dump of sources",
    "test/test_00_basic.py::TestBasic::test_get_version": "the release of `hpy.universal`",
    "test/test_00_basic.py::TestBasic::test_abi_tag_check": "file names in `hpy.universal`",
    "test/test_00_basic.py::TestBasic::test_abi_version_check": "messages of `hpy.universal`",
}

#: Where hpybc does something else on purpose, and why; a test here that passes is a failure.
DIFFERENT = {
    "test/test_hpyfield.py::TestHPyField::test_tp_traverse": "instances visit their type, as "
    "CPython has asked of heap types since 3.9; the test sorts referents, and types have no order",
}

#: ABIs that the boxed context has not, and why: by a part of their names.
NOT_BOXED = {
    "hybrid": "boxed: extensions that include `Python.h` are for CPython",
    "debug": "boxed: the modes debug and trace are for CPython",
    "trace": "boxed: the modes debug and trace are for CPython",
}

#: What else is different with the boxed context.
DIFFERENT_BOXED: dict[str, str] = {}
if sys.version_info < (3, 12):
    DIFFERENT_BOXED |= {
        "test/test_slots.py::TestSlots::test_buffer": "boxed: a class has a buffer from Python "
        "3.12 on",
    }
if sys.implementation.name == "cpython":
    DIFFERENT_BOXED |= {
        "test/test_00_basic.py::TestBasic::test_builtin_handles": "boxed: CPython makes capsules "
        "that only its own C can read",
        "test/test_hpyfield.py::TestHPyField::test_gc_track_no_gc_flag": "boxed: an instance is "
        "a Python object, which the collector tracks",
    }
else:
    DIFFERENT_BOXED |= {
        "test/test_capsule.py::TestHPyCapsule::test_capsule_new_with_destructor": "PyPy: the test "
        "does not wait for the collector, and references are not counted",
    }

_numbers = itertools.count()

#: Names of the API in the sources that the running test has compiled.
_used: set[str] = set()
_results: dict[str, dict[str, Any]] = {}
_deselected: dict[str, str] = {}


def _install_stand_ins() -> None:
    """Modules of upstream that its suite imports, where upstream is not installed."""

    class Unused:
        """Imported by tests that are not run, or made and handed to a compiler that is not used."""

    def module(name: str, **attributes: object) -> None:
        instance = types.ModuleType(name)
        vars(instance).update(attributes, __path__=[], __getattr__=lambda _: Unused)
        sys.modules[name] = instance
        parent, _, last = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], last, instance)

    module("hpy")
    module("hpy.devel")
    # What the headers say is compared with these, which are what the loader goes by.
    major, minor = map(int, HPY_ABI.split("."))
    abi = {"HPY_ABI_VERSION": major, "HPY_ABI_VERSION_MINOR": minor, "HPY_ABI_TAG": f"hpy{major}"}
    module("hpy.devel.abitag", **abi)
    if BOXED:
        for name in ("hpy.debug", "hpy.debug.leakdetector", "hpy.trace", "hpy.universal"):
            module(name)
        return
    debug = importlib.import_module("hpybc.debug")
    sys.modules["hpy.debug"] = sys.modules["hpy.debug.leakdetector"] = debug
    sys.modules["hpy.trace"] = importlib.import_module("hpybc.trace")
    module("hpy.universal", _debug=debug)


_install_stand_ins()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--results", help="write the outcome of each test to this JSON file")


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The ABIs that bitcode has: a parametrize mark takes precedence over the fixture's own."""
    if "hpy_abi" not in metafunc.fixturenames:
        return
    fixtures: Sequence[Any] = metafunc._arg2fixturedefs.get("hpy_abi", ())
    if not fixtures or not fixtures[-1].params:  # one that has to be: debug or trace
        return
    abis = [abi for abi in fixtures[-1].params if abi != "cpython"]
    mark = pytest.mark.parametrize("hpy_abi", abis)
    metafunc.definition.add_marker(mark)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    selected, deselected = [], []
    different = _different()
    for item in items:
        reason = _deselection(item)
        if reason:
            _deselected[item.nodeid] = reason
            deselected.append(item)
        else:
            selected.append(item)
        if reason := different.get(item.nodeid.partition("[")[0], ""):
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
    config.hook.pytest_deselected(items=deselected)
    items[:] = selected


def _deselection(item: pytest.Item) -> str:
    """Why ``item`` is not run; empty if it is."""
    for name, why in DESELECTED.items():
        if item.nodeid.startswith(name):
            return why
    if not BOXED:
        return ""
    # Of a test without the parameter, the suite's folders say which mode it is about.
    called = getattr(item, "callspec", None)
    where = (called and called.params.get("hpy_abi")) or item.nodeid.partition("::")[0]
    return next((why for part, why in NOT_BOXED.items() if part in where), "")


def _different() -> dict[str, str]:
    return {**DIFFERENT, **(DIFFERENT_BOXED if BOXED else {})}


def pytest_collection_finish(session: pytest.Session) -> None:
    """The suite's own classes exist now: gives them hpybc for a compiler and a loader."""
    support = sys.modules.get("test.support")
    if support is None or not hasattr(support, "ExtensionCompiler"):
        pytest.exit("run this in the root of the unpacked hpy source distribution", returncode=2)
    support.ExtensionCompiler.compile_module = _compile_module
    support.ExtensionCompiler.make_module = _make_module
    support.PythonSubprocessRunner.run = _run
    # What its documentation says; another method by the same name, further below, hides it.
    support.HPyTest.supports_refcounts = lambda self: sys.implementation.name == "cpython"


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """The outcome of a test is that of its worst phase."""
    if report.when == "setup":
        _results[report.nodeid] = {"outcome": report.outcome}
    elif report.outcome != "passed":
        different = hasattr(report, "wasxfail")
        _results[report.nodeid]["outcome"] = "different" if different else report.outcome
    if report.when == "teardown":
        _results[report.nodeid]["uses"] = sorted(_used)
        _used.clear()


def pytest_sessionfinish(session: pytest.Session) -> None:
    path = session.config.getoption("--results")
    if path is not None:
        threads = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
        results = {
            "python": _interpreter() + threads,
            "tests": _results,
            "deselected": _deselected,
            "different": _different(),
        }
        with open(path, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)


def _interpreter() -> str:
    if sys.implementation.name == "pypy":
        return "PyPy " + ".".join(map(str, sys.implementation.version[:3]))
    return platform.python_version() + (", boxed" if BOXED else "")


def _compile_module(
    self: Any,
    main_src: str,
    ExtensionTemplate: Any = None,
    name: str = "mytest",
    extra_sources: Sequence[str] = (),
) -> Any:
    template = self._fixup_template(ExtensionTemplate)
    sources = [self._expand(template, name, main_src)]
    sources += [self._expand(template, f"extmod_{i}", s) for i, s in enumerate(extra_sources)]
    paths = [self.tmpdir.join(source) for source in sources]
    output = str(self.tmpdir.join(f"{name}-{next(_numbers)}.bc"))
    defines = ["HPY", "HPY_ABI_HYBRID"] if "hybrid" in self.hpy_abi else ["HPY"]
    try:
        used = _compile([str(path) for path in paths], output, defines)
    except HpybcError as error:
        raise CompileError(str(error)) from error
    _used.update(used)
    return sys.modules["test.support"].HPyModule(name, output)


def _compile(sources: list[str], output: str, defines: list[str]) -> list[str]:
    """As ``compiler.compile_module``, which needs llvmlite: of another interpreter, if need be."""
    if sys.implementation.name == "cpython":
        from conformance.compiler import compile_module

        return compile_module(sources, output, defines)
    given = [f"-D{define}" for define in defines]
    command = [os.environ["HPYBC_COMPILER"], "-m", "conformance.compiler", output, *given, *sources]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:  # and said why
        raise CompileError(f"status {done.returncode}")
    names: list[str] = json.loads(done.stdout)
    return names


def _mode(abi: str) -> str:
    return next((mode for mode in ("debug", "trace") if mode in abi), "release")


def _make_module(self: Any, *args: Any, **kwargs: Any) -> types.ModuleType:
    module = self.compile_module(*args, **kwargs)
    return hpybc.load(module.so_filename, name=module.name, mode=_mode(self.hpy_abi))


def _run(self: Any, mod: Any, code: str) -> subprocess.CompletedProcess[bytes]:
    """Runs ``code`` in a process of its own, where ``mod`` is the module."""
    arguments = f"{mod.so_filename!r}, name={mod.name!r}, mode={_mode(self.hpy_abi)!r}"
    # Which need not be installed: another interpreter may use that of the CPython that compiles.
    place = os.path.dirname(os.path.dirname(os.path.abspath(hpybc.__file__)))
    load = f"import sys; sys.path.append({place!r}); import hpybc; mod = hpybc.load({arguments})\n"
    return subprocess.run([sys.executable, "-I", "-c", load + code], capture_output=True)
