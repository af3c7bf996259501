"""A pytest plugin that makes tests ready to run under valgrind.

``nox -s memcheck`` runs the API tests twice with ``-p memcheck``. The first run, without valgrind,
fills the folder ``$MEMCHECK`` with bitcode, contexts and images. The second finds all of it there,
so that valgrind watches neither clang nor LLVM. Everything is compiled with debug information and
for a processor that valgrind knows. ``$MEMCHECK_LEVEL`` says how far it is optimised: 1 by default,
where valgrind sees more, or 3 as for users.

It takes ``--engine=shared``: an image in memory needs llvmlite at every load.
"""

from __future__ import annotations

import dataclasses
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from hpybc.cache import store
from hpybc.jit import build, identity, lto, optimize, target
from hpybc.loader import contexts
from hpybc.process import child, copy
from hpybc.toolchain import compile as driver
from hpybc.toolchain import contexts as context_driver
from tools import support

FOLDER = Path(os.environ["MEMCHECK"])
LEVEL = int(os.environ.get("MEMCHECK_LEVEL", "1"))

_compile_extension = driver.compile_extension
_optimize = optimize.optimize


def _compile_to_debug(
    sources: Sequence[str], output: str, options: driver.Options
) -> dict[str, object]:
    return _compile_extension(sources, output, dataclasses.replace(options, debug=True))


def _optimize_to_level(module: Any, machine: target.Target) -> None:
    binding = target.llvm()
    create = binding.create_pipeline_tuning_options
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(binding, "create_pipeline_tuning_options", lambda **_: create(LEVEL))
        _optimize(module, machine)


def _through_named_file(image: bytes, load: Callable[[str], ModuleType]) -> ModuleType:
    """A copy of an image in a file that stays: valgrind reads no symbols of one without a name."""
    path = Path(tempfile.mkdtemp(dir=FOLDER), "image.so")
    path.write_bytes(image)
    return load(str(path))


def _install() -> None:
    """Before conftest.py is imported."""
    patch = pytest.MonkeyPatch()
    patch.setenv("HPYBC_TESTS_COMPILED", str(FOLDER))
    patch.setattr(driver, "compile_extension", _compile_to_debug)
    patch.setattr(child, "call", lambda function, *arguments, **_: function(*arguments))
    patch.setattr(copy, "through_file", _through_named_file)
    patch.setattr(lto, "command", lambda: None)
    patch.setattr(build, "optimize", _optimize_to_level)
    patch.setattr(target, "host", lambda: target.Target(identity.triple(), "generic", ""))
    patch.setattr(store, "folder", lambda: str(FOLDER / "cache"))
    patch.setattr(contexts, "_FOLDER", str(FOLDER / "contexts"))
    if not (FOLDER / "contexts").exists():
        context_driver.build(str(FOLDER / "contexts"), debug=True)
    # valgrind sees a fault at the first call.
    patch.setattr(support, "assert_stable", lambda call, *inputs: call())


_install()
