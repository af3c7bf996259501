"""Adds one step to the build: compiling the contexts for the interpreter that builds.

Everything else is in pyproject.toml.
"""

from __future__ import annotations

import os
import sys

from setuptools import Distribution, setup
from setuptools.command.build_py import build_py

ROOT = os.path.dirname(os.path.abspath(__file__))


def build_contexts(folder: str) -> list[str]:
    """``hpybc.toolchain.contexts.build``, from the source tree that is being built."""
    sys.path.insert(0, ROOT)
    from hpybc.errors import HpybcError
    from hpybc.toolchain import contexts

    try:
        return contexts.build(folder)
    except HpybcError as error:
        sys.exit(f"hpybc: {' '.join(str(error).split())}")


class BuildWithContexts(build_py):
    """build_py, then the contexts: into the build, or beside the sources of an editable install."""

    def run(self) -> None:
        super().run()
        root = ROOT if self.editable_mode else os.path.abspath(self.build_lib)
        self.contexts = build_contexts(os.path.join(root, "hpybc", "contexts"))

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        outputs: list[str] = super().get_outputs(include_bytecode)
        return outputs + ([] if self.editable_mode else getattr(self, "contexts", []))


class BinaryDistribution(Distribution):
    """A wheel for one interpreter and one platform, as its contexts are."""

    def has_ext_modules(self) -> bool:
        return True


setup(cmdclass={"build_py": BuildWithContexts}, distclass=BinaryDistribution)
