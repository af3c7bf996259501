"""The images that go with a module's bitcode file: for the Python that builds, or for several."""

from __future__ import annotations

import os
import re
import shutil
import sys
import sysconfig

from hpybc.errors import UsageError
from hpybc.loader import prebuilt
from hpybc.packaging.settings import ExtModule
from hpybc.process import programs

#: How ``prebuild`` names a version of Python: ``3.13``, and ``3.13t`` for builds without a GIL.
_VERSION = re.compile(r"3\.\d+t?")


def make(module: ExtModule, bitcode: str) -> list[str]:
    """Makes the images of ``bitcode`` that ``module`` asks for; returns where they are.

    An image can be made by its own interpreter alone, which needs hpybc for that.

    Raises:
        UsageError: an interpreter is not there, or cannot make the image.
        LoadError: this one cannot.
        OSError: an image cannot be written.
    """
    if isinstance(module.prebuild, bool):
        return [prebuilt.make(bitcode)] if module.prebuild else []
    return [_made_by(name, module.root, bitcode) for name in dict.fromkeys(module.prebuild)]


def _made_by(name: str, root: str, bitcode: str) -> str:
    """The image for the interpreter ``name``, made by it."""
    if name == _this():
        return prebuilt.make(bitcode)
    program = f"python{name}" if _VERSION.fullmatch(name) else os.path.join(root, name)
    python = shutil.which(program)
    if python is None:
        raise UsageError(
            f"there is no Python {name} to make an image for",
            found=f"no program {program}",
            needed="the interpreter itself, with hpybc",
            remedy="install it, name it by its path, or take it out of prebuild",
        )
    done = programs.run([python, "-I", "-m", "hpybc", "prebuild", os.path.abspath(bitcode)])
    if done.status != 0:
        raise UsageError(
            f"Python {name} cannot make its image",
            path=python,
            found=done.said.decode(errors="replace").strip() or f"exit status {done.status}",
            needed="an interpreter with hpybc, of a version that reads what this one writes",
            remedy=f"{python} -m pip install hpybc, or take {name} out of prebuild",
        )
    return done.output.decode(errors="surrogateescape").splitlines()[-1]


def _this() -> str:
    """The version of the running interpreter."""
    major, minor = sys.version_info[:2]
    return f"{major}.{minor}{'t' if sysconfig.get_config_var('Py_GIL_DISABLED') else ''}"
