"""Adds one step to the build: compiling the contexts for the interpreter that builds.

Those that are for any interpreter go into the sdist as well: PyPy, for which there is no llvmlite,
takes them from there. Everything else is in pyproject.toml.
"""

from __future__ import annotations

import glob
import os
import shutil
import sys

from setuptools import Distribution, setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

ROOT = os.path.dirname(os.path.abspath(__file__))

#: Where the contexts are in a package, and those that are for any interpreter.
CONTEXTS = os.path.join("hpybc", "contexts")
FOR_ANY = "*.any.bc"


def build_contexts(folder: str) -> list[str]:
    """``hpybc.toolchain.contexts.build``, from the source tree that is being built."""
    if sys.implementation.name != "cpython":
        return copy_contexts(os.path.join(ROOT, CONTEXTS), folder)
    sys.path.insert(0, ROOT)
    from hpybc.errors import HpybcError
    from hpybc.toolchain import contexts

    try:
        return contexts.build(folder)
    except HpybcError as error:
        sys.exit(f"hpybc: {' '.join(str(error).split())}")


def copy_contexts(source: str, folder: str) -> list[str]:
    """Those for any interpreter, into ``folder``; returns the files."""
    found = sorted(glob.glob(os.path.join(source, FOR_ANY)))
    if not found:
        sys.exit(f"hpybc: {source} has no contexts: build it from an sdist that CPython has made")
    os.makedirs(folder, exist_ok=True)
    copies = [os.path.join(folder, os.path.basename(path)) for path in found]
    for path, copy in zip(found, copies, strict=True):
        if not os.path.exists(copy) or not os.path.samefile(path, copy):
            shutil.copyfile(path, copy)
    return copies


class BuildWithContexts(build_py):
    """build_py, then the contexts: into the build, or beside the sources of an editable install."""

    def run(self) -> None:
        super().run()
        root = ROOT if self.editable_mode else os.path.abspath(self.build_lib)
        self.contexts = build_contexts(os.path.join(root, CONTEXTS))

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        outputs: list[str] = super().get_outputs(include_bytecode)
        return outputs + ([] if self.editable_mode else getattr(self, "contexts", []))


class SdistWithContexts(sdist):
    """sdist, and in it the contexts for any interpreter."""

    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        own = [path for path in files if not path.startswith(CONTEXTS)]  # of an editable install
        super().make_release_tree(base_dir, own)
        built = os.path.join(base_dir, "contexts-of-this-interpreter")
        build_contexts(built)
        copy_contexts(built, os.path.join(base_dir, CONTEXTS))
        shutil.rmtree(built)


class BinaryDistribution(Distribution):
    """A wheel for one interpreter and one platform, as its contexts are."""

    def has_ext_modules(self) -> bool:
        return True


setup(
    cmdclass={"build_py": BuildWithContexts, "sdist": SdistWithContexts},
    distclass=BinaryDistribution,
)
