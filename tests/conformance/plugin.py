"""A pytest plugin that runs HPy's own test suite through hpybc, with not a line of it changed.

Load it with ``-p conformance.plugin`` in the root of the unpacked ``hpy`` 0.9.0 sources; ``nox -s
conformance`` does. The suite's compiler then makes a bitcode file, and its loader is
``hpybc.load``. Each test runs for the ABIs it is written for: ``universal`` or ``hybrid``, and the
same in debug mode; HPy's CPython ABI is no ABI of bitcode. ``--results FILE`` leaves what
``report.py`` makes the documentation from.
"""

from __future__ import annotations

import itertools
import json
import platform
import subprocess
import sys
import sysconfig
import types
from collections.abc import Sequence
from distutils.errors import CompileError
from pathlib import Path
from typing import Any

import pytest

import hpybc
import hpybc.debug
import hpybc.trace
from conformance.report import names_used
from hpybc.errors import HpybcError
from hpybc.loader.manifest import HPY_ABI
from hpybc.toolchain.compile import Options, compile_extension

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
    sys.modules["hpy.debug"] = sys.modules["hpy.debug.leakdetector"] = hpybc.debug
    sys.modules["hpy.trace"] = hpybc.trace
    module("hpy.universal", _debug=hpybc.debug)


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
    for item in items:
        reason = next((why for name, why in DESELECTED.items() if item.nodeid.startswith(name)), "")
        if reason:
            _deselected[item.nodeid] = reason
            deselected.append(item)
        else:
            selected.append(item)
        if reason := DIFFERENT.get(item.nodeid.partition("[")[0], ""):
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
    config.hook.pytest_deselected(items=deselected)
    items[:] = selected


def pytest_collection_finish(session: pytest.Session) -> None:
    """The suite's own classes exist now: gives them hpybc for a compiler and a loader."""
    support = sys.modules.get("test.support")
    if support is None or not hasattr(support, "ExtensionCompiler"):
        pytest.exit("run this in the root of the unpacked hpy source distribution", returncode=2)
    support.ExtensionCompiler.compile_module = _compile_module
    support.ExtensionCompiler.make_module = _make_module
    support.PythonSubprocessRunner.run = _run


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
            "python": platform.python_version() + threads,
            "tests": _results,
            "deselected": _deselected,
            "different": DIFFERENT,
        }
        with open(path, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)


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
    # The suite's own flags, but for -O0. Some of its tests are of formats that do not fit, of which
    # our headers warn.
    flags = ("-Wfatal-errors", "-Werror", "-Wno-error=user-defined-warnings")
    options = Options(defines=tuple(defines), debug=True, extra=flags)
    try:
        compile_extension([str(path) for path in paths], output, options)
    except HpybcError as error:
        raise CompileError(str(error)) from error
    _used.update(names_used([Path(path) for path in paths], Path(output)))
    return sys.modules["test.support"].HPyModule(name, output)


def _mode(abi: str) -> str:
    return next((mode for mode in ("debug", "trace") if mode in abi), "release")


def _make_module(self: Any, *args: Any, **kwargs: Any) -> types.ModuleType:
    module = self.compile_module(*args, **kwargs)
    return hpybc.load(module.so_filename, name=module.name, mode=_mode(self.hpy_abi))


def _run(self: Any, mod: Any, code: str) -> subprocess.CompletedProcess[bytes]:
    """Runs ``code`` in a process of its own, where ``mod`` is the module."""
    arguments = f"{mod.so_filename!r}, name={mod.name!r}, mode={_mode(self.hpy_abi)!r}"
    load = f"import hpybc; mod = hpybc.load({arguments})\n"
    return subprocess.run([sys.executable, "-I", "-c", load + code], capture_output=True)
