"""``setup(hpy_ext_modules=[Extension(...)])``, as HPy's own projects write it in ``setup.py``.

The keyword is HPy's. Where its distribution ``hpy`` is installed as well, it builds these modules,
and hpybc leaves them alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from importlib.metadata import entry_points

from setuptools import Distribution, Extension

from hpybc.errors import UsageError
from hpybc.packaging.settings import ExtModule

NAME = "hpy_ext_modules"

_OWN = "hpybc.packaging.keyword:check"


def check(distribution: Distribution, attribute: str, value: object) -> None:
    """The entry point ``distutils.setup_keywords``: ends the build if ``value`` is no such list."""
    if not belongs_to_hpy():
        try:
            _extensions(value)
        except UsageError as error:
            sys.exit(f"error: {error}")


def belongs_to_hpy() -> bool:
    """Whether another distribution than hpybc, HPy's own, takes the keyword."""
    found = entry_points(group="distutils.setup_keywords", name=NAME)
    return any(each.value != _OWN for each in found)


def modules(distribution: Distribution) -> tuple[ExtModule, ...]:
    """The modules that ``setup.py`` gives; none if HPy builds them, which a line says then.

    Raises:
        UsageError: the keyword's value is no list of extensions.
    """
    value = getattr(distribution, NAME, None)
    if value is None:
        return ()
    if belongs_to_hpy():
        print(
            f"hpybc: hpy is installed as well, and builds what {NAME} names; to build bitcode, "
            "do without hpy, in setup_requires too, or name the modules in "
            "[[tool.hpybc.ext-modules]] of pyproject.toml",
            file=sys.stderr,
        )
        return ()
    return tuple(map(_module, _extensions(value)))


def _extensions(value: object) -> list[Extension]:
    listed = value if isinstance(value, (list, tuple)) else [value]
    found = [each for each in listed if isinstance(each, Extension)]
    if listed is not value or len(found) < len(listed):
        wrong = [each for each in listed if not isinstance(each, Extension)]
        raise UsageError(
            f"setup() has a value of another type for {NAME}",
            found=repr(wrong[0] if wrong else value),
            needed='a list of extensions, such as [Extension("bag._bag", ["src/bag/_bag.c"])]',
            remedy="correct it",
        )
    return found


def _module(extension: Extension) -> ExtModule:
    """What setuptools says of an extension. The macro HPY is defined, as in each build by HPy."""
    rpath = [f"-Wl,-rpath,{folder}" for folder in extension.runtime_library_dirs]
    return ExtModule(
        name=extension.name,
        sources=(*_paths(extension.sources), *_paths(extension.extra_objects)),
        include_dirs=_paths(extension.include_dirs),
        define_macros=(("HPY", None), *((name, value) for name, value in extension.define_macros)),
        undef_macros=tuple(extension.undef_macros),
        library_dirs=_paths(extension.library_dirs),
        libraries=tuple(extension.libraries),
        extra_compile_args=tuple(extension.extra_compile_args),
        extra_link_args=(*rpath, *extension.extra_link_args),
        language=extension.language and extension.language.lower(),
        depends=_paths(extension.depends),
        optional=bool(extension.optional),
    )


def _paths(found: Iterable[str | os.PathLike[str]]) -> tuple[str, ...]:
    return tuple(os.fspath(path) for path in found)
