"""A pytest plugin that runs HPy's own test suite through hpybc, with not a line of it changed.

Load it with ``-p plugin`` in the root of the unpacked ``hpy`` 0.9.0 source distribution; ``nox -s
conformance`` does. The suite's compiler then makes a bitcode file, and its loader is
``hpybc.load``. Each test runs once, for the ABI ``universal``, or for ``hybrid`` where that is
what it is about.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
import types
from collections.abc import Sequence
from distutils.errors import CompileError
from typing import Any

import pytest

import hpybc
from hpybc.errors import HpybcError
from hpybc.toolchain.compile import Options, compile_extension

_numbers = itertools.count()


def _install_stand_ins() -> None:
    """Modules of upstream that its suite imports, where upstream is not installed."""

    def module(name: str, **attributes: object) -> None:
        instance = types.ModuleType(name)
        vars(instance).update(attributes, __path__=[])
        sys.modules[name] = instance

    class Unused:
        """The suite makes one and hands it on to a compiler that is not used."""

    module("hpy")
    module("hpy.devel", HPyDevel=Unused)
    module("hpy.devel.abitag", HPY_ABI_VERSION=0, HPY_ABI_VERSION_MINOR=0)
    module("hpy.debug", LeakDetector=Unused)
    module("hpy.debug.leakdetector", LeakDetector=Unused)
    module("hpy.universal", _debug=None)


_install_stand_ins()


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One ABI for each test: a parametrize mark takes precedence over the fixture's own."""
    if "hpy_abi" not in metafunc.fixturenames:
        return
    fixtures: Sequence[Any] = metafunc._arg2fixturedefs.get("hpy_abi", ())
    offered = fixtures[-1].params if fixtures and fixtures[-1].params else ("universal",)
    abi = next((name for name in ("universal", "hybrid") if name in offered), offered[0])
    mark = pytest.mark.parametrize("hpy_abi", [pytest.param(abi, id=f"bitcode-{abi}")])
    metafunc.definition.add_marker(mark)


def pytest_collection_finish(session: pytest.Session) -> None:
    """The suite's own classes exist now: gives them hpybc for a compiler and a loader."""
    support = sys.modules.get("test.support")
    if support is None or not hasattr(support, "ExtensionCompiler"):
        pytest.exit("run this in the root of the unpacked hpy source distribution", returncode=2)
    support.ExtensionCompiler.compile_module = _compile_module
    support.ExtensionCompiler.make_module = _make_module
    support.PythonSubprocessRunner.run = _run


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
    output = str(self.tmpdir.join(f"{name}-{next(_numbers)}.bc"))
    defines = ["HPY"] if self.hpy_abi == "universal" else ["HPY", "HPY_ABI_HYBRID"]
    # The suite's own flags, but for -O0.
    flags = ("-Wfatal-errors", "-Werror")
    options = Options(defines=tuple(defines), debug=True, extra=flags)
    try:
        compile_extension([str(self.tmpdir.join(source)) for source in sources], output, options)
    except HpybcError as error:
        raise CompileError(str(error)) from error
    return sys.modules["test.support"].HPyModule(name, output)


def _make_module(self: Any, *args: Any, **kwargs: Any) -> types.ModuleType:
    module = self.compile_module(*args, **kwargs)
    return hpybc.load(module.so_filename, name=module.name)


def _run(self: Any, mod: Any, code: str) -> subprocess.CompletedProcess[bytes]:
    """Runs ``code`` in a process of its own, where ``mod`` is the module."""
    load = f"import hpybc; mod = hpybc.load({mod.so_filename!r}, name={mod.name!r})\n"
    return subprocess.run([sys.executable, "-I", "-c", load + code], capture_output=True)
