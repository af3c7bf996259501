"""The modules of ``[[tool.hpybc.ext-modules]]`` in a build by setuptools, through an entry point.

``finalize`` runs at the start of every build where hpybc is installed. To a project with such
modules it adds a step of the command ``build``, and what makes the wheel's name honest.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from setuptools import Command, Distribution

from hpybc.errors import HpybcError
from hpybc.packaging import rebuild, settings, stub, tags

_STEP = "build_hpybc"


def finalize(distribution: Distribution) -> None:
    """The entry point ``setuptools.finalize_distribution_options``."""
    try:
        modules = settings.read(os.getcwd())
    except HpybcError as error:
        sys.exit(f"error: {error}")
    if not modules:
        return
    wheel: Any = distribution.get_command_class("bdist_wheel")
    whole: Any = distribution.get_command_class("build")

    class Step(BuildBitcode):
        ext_modules = modules

    class Wheel(wheel):  # type: ignore[misc]
        def get_tag(self) -> tuple[str, str, str]:
            manifests = self.get_finalized_command(_STEP).manifests
            python, abi, platform = super().get_tag()
            if self.distribution.ext_modules:  # of setuptools' own, which are for what it says
                return python, abi, platform
            if not self.plat_name_supplied:
                named = {name for each in manifests for name in each.get("libraries", ())}
                platform = tags.platform(named, platform)
            return (*tags.interpreters(manifests, python, abi), platform)

    distribution.cmdclass.update({_STEP: Step, "bdist_wheel": Wheel})

    class Build(whole):  # type: ignore[misc]
        # A list of its own, as setuptools has one: other entry points append to it.
        sub_commands = [*whole.sub_commands, (_STEP, None)]  # noqa: RUF012

    distribution.cmdclass["build"] = Build
    # The packages are for one platform: so they go where such packages go.
    distribution.has_ext_modules = lambda: True  # type: ignore[method-assign]


class BuildBitcode(Command):
    """Compiles each module, and writes the stub that imports it beside it.

    Attributes:
        ext_modules: the modules.
        manifests: what their files say of themselves, once they are made.
    """

    description = "compile extension modules to bitcode"
    user_options = [("build-lib=", "b", "the folder that is built")]  # noqa: RUF012
    ext_modules: tuple[settings.ExtModule, ...] = ()

    def initialize_options(self) -> None:
        self.build_lib: Any = None
        self.editable_mode = False
        self.manifests: list[dict[str, object]] = []

    def finalize_options(self) -> None:
        self.set_undefined_options("build", ("build_lib", "build_lib"))

    def run(self) -> None:
        from hpybc.loader import manifest, prebuilt
        from hpybc.loader.extension import read
        from hpybc.packaging.build import build as build_module

        for module in self.ext_modules:
            output = self._output(module)
            os.makedirs(os.path.dirname(output), exist_ok=True)
            try:
                if self.editable_mode:
                    rebuild.make(output, module.root, module.name)
                else:
                    build_module(module, output)
                stub.write(output, stub.EDITABLE if self.editable_mode else stub.TEXT)
                if module.prebuild:
                    prebuilt.make(output)
            except HpybcError as error:
                sys.exit(f"error: {module.name}: {error}")
            _, said = manifest.parsed(read(output).data, output)
            self.manifests.append({**(said or {})})

    def _output(self, module: settings.ExtModule) -> str:
        """The bitcode file: in the build, or beside the sources of an editable install."""
        if not self.editable_mode:
            return os.path.join(os.path.abspath(self.build_lib), module.file)
        package, _, name = module.name.rpartition(".")
        folder = self.get_finalized_command("build_py").get_package_dir(package)
        return os.path.join(os.path.abspath(folder), name + ".bc")

    def get_source_files(self) -> list[str]:
        """What an sdist has of the modules: their sources, and the headers that they name."""
        paths = [path for m in self.ext_modules for path in (*m.sources, *m.depends)]
        return [path for path in map(os.path.relpath, paths) if not path.startswith("..")]

    def get_outputs(self) -> list[str]:
        return [file for each in self.ext_modules for file in self._files(each, self.build_lib)]

    def get_output_mapping(self) -> dict[str, str]:
        if not self.editable_mode:
            return {}
        mapping: dict[str, str] = {}
        for module in self.ext_modules:
            there = os.path.relpath(os.path.dirname(self._output(module)))
            for file in self._files(module, self.build_lib):
                mapping[file] = os.path.join(there, os.path.basename(file))
        return mapping

    def _files(self, module: settings.ExtModule, folder: str) -> list[str]:
        from hpybc.loader.prebuilt import path_of

        file = os.path.join(folder, module.file)
        image = [path_of(file)] if module.prebuild else []
        return [file, stub.path_of(file), *image]
