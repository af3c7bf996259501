"""Extension modules in a build by setuptools, through entry points.

``finalize`` runs at the start of every build where hpybc is installed. If pyproject.toml or
setup.py has modules for hpybc, it adds a step of the command ``build``, which ``build_ext`` runs as
well, and what makes the wheel's name honest.
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import replace
from typing import Any

from setuptools import Command, Distribution

from hpybc.errors import HpybcError
from hpybc.packaging import abi, keyword, rebuild, settings, stub, tags

_STEP = "build_hpybc"


def finalize(distribution: Distribution) -> None:
    """The entry point ``setuptools.finalize_distribution_options``."""
    try:
        modules = settings.distinct(
            (*settings.read(os.getcwd()), *keyword.modules(distribution)), "setup.py"
        )
    except HpybcError as error:
        sys.exit(f"error: {error}")
    if not modules:
        return
    wheel: Any = distribution.get_command_class("bdist_wheel")
    whole: Any = distribution.get_command_class("build")
    usual: Any = distribution.get_command_class("build_ext")
    others = distribution.has_ext_modules

    class Step(BuildHpybc):
        ext_modules = modules

    class Wheel(wheel):  # type: ignore[misc]
        def get_tag(self) -> tuple[str, str, str]:
            python, abi_tag, platform = super().get_tag()
            # Modules that others build are for what setuptools says.
            if others() or type(self.distribution).has_ext_modules(self.distribution):
                return python, abi_tag, platform
            step = self.get_finalized_command(_STEP)
            if not self.plat_name_supplied:
                named = {name for each in step.manifests for name in each.get("libraries", ())}
                platform = tags.platform(named, platform)
            if not step.form.bound:
                python, abi_tag = tags.interpreters(step.manifests, python, abi_tag)
            return python, abi_tag, platform

    class Build(whole):  # type: ignore[misc]
        # A list of its own, as setuptools has one: other entry points append to it.
        sub_commands = [*whole.sub_commands, (_STEP, None)]  # noqa: RUF012

        build_lib: str | None
        build_platlib: str | None

        def finalize_options(self) -> None:
            usual_folder = self.build_lib is None and self.build_platlib is None
            super().finalize_options()
            name = _name(self.distribution)
            if usual_folder and name != abi.DEFAULT:  # no wheel has files of another build
                self.build_platlib = self.build_lib = f"{self.build_platlib}-hpy-{name}"

    class BuildExt(usual):  # type: ignore[misc]
        def run(self) -> None:
            super().run()
            self.run_command(_STEP)

    distribution.cmdclass.update(
        {_STEP: Step, "bdist_wheel": Wheel, "build": Build, "build_ext": BuildExt}
    )
    # The packages are for one platform: so they go where such packages go.
    distribution.has_ext_modules = lambda: True  # type: ignore[method-assign]
    if not keyword.belongs_to_hpy():  # which has an option of the same name
        options: Any = distribution
        text = f"what extension modules become: {', '.join(abi.ABIS)} (default: {abi.DEFAULT})"
        options.global_options = [*options.global_options, ("hpy-abi=", None, text)]


def _name(distribution: Distribution) -> str:
    """What ``--hpy-abi`` says. Where that is an option of HPy's, it is not about bitcode."""
    if keyword.belongs_to_hpy():
        return abi.DEFAULT
    return getattr(distribution, "hpy_abi", abi.DEFAULT)


class BuildHpybc(Command):
    """Compiles each module, and writes the stub that imports it beside it.

    Attributes:
        ext_modules: the modules.
        form: what they become.
        manifests: what their bitcode says of itself, once it is made.
        images: the files of their images, by the names of the modules, once they are made.
    """

    description = "compile extension modules by hpybc"
    user_options = [  # noqa: RUF012
        ("build-lib=", "b", "the folder that is built"),
        ("inplace", "i", "build beside the sources of the packages"),
    ]
    boolean_options = ["inplace"]  # noqa: RUF012
    ext_modules: tuple[settings.ExtModule, ...] = ()

    def initialize_options(self) -> None:
        self.build_lib: Any = None
        self.inplace: Any = None
        self.editable_mode = False
        self.manifests: list[dict[str, object]] = []
        self.images: dict[str, list[str]] = {}

    def finalize_options(self) -> None:
        self.set_undefined_options("build", ("build_lib", "build_lib"))
        self.set_undefined_options("build_ext", ("inplace", "inplace"))
        try:
            self.form = abi.named(_name(self.distribution))
        except HpybcError as error:
            sys.exit(f"error: {error}")

    def run(self) -> None:
        for module in self.ext_modules:
            try:
                self._make(module)
            except HpybcError as error:
                if not module.optional:
                    sys.exit(f"error: {module.name}: {error}")
                print(f"warning: {module.name} is left out: {error}", file=sys.stderr)

    def _make(self, module: settings.ExtModule) -> None:
        output = self._output(module)
        os.makedirs(os.path.dirname(output), exist_ok=True)
        if self._in_place:  # import may find first what a build with another --hpy-abi has left
            stem = output.removesuffix(self.form.suffix)
            for suffix in {form.suffix for form in abi.ABIS.values()}:
                for more in ("", rebuild.SUFFIX, settings.KEPT):
                    path = stem + suffix + more
                    if path != output and os.path.exists(path):
                        os.unlink(path)
        if self.form.exported is None:
            self._make_bitcode(module, output)
        else:
            self._make_binary(module, output, self.form.exported)

    def _make_bitcode(self, module: settings.ExtModule, output: str) -> None:
        from hpybc.packaging import images
        from hpybc.packaging.build import build

        if self._rebuilds(module):
            if not module.declared:
                own = (*self.form.options, *module.extra_compile_args)
                settings.keep(replace(module, extra_compile_args=own), output)
            rebuild.make(output, module.root, module.name)
            stub.write(output, stub.EDITABLE)
        else:
            build(module, output, extra=self.form.options)
            stub.write(output, stub.TEXT)
            if not self._in_place:
                stub.write_types(output)
        made = [os.path.basename(path) for path in images.make(module, output)]
        self.images[module.name] = made
        self._note(output)

    def _make_binary(self, module: settings.ExtModule, output: str, interface: str) -> None:
        from hpybc.loader import export
        from hpybc.packaging.build import build

        with tempfile.TemporaryDirectory(prefix="hpybc-") as folder:
            bitcode = os.path.join(folder, os.path.basename(output) + ".bc")
            build(module, bitcode, extra=self.form.options)
            export.export(bitcode, interface, output)
            self._note(bitcode)
        if self.form.stub is not None:
            stub.write(output, self.form.stub)

    def _note(self, bitcode: str) -> None:
        from hpybc.loader import manifest
        from hpybc.loader.extension import read

        _, said = manifest.parsed(read(bitcode).data, bitcode)
        self.manifests.append({**(said or {})})

    def _rebuilds(self, module: settings.ExtModule) -> bool:
        """Whether an import is to compile the module again if its files have changed.

        What pyproject.toml says is read again then. With another --hpy-abi, it is not the whole.
        """
        return self.editable_mode and not (module.declared and self.form.options)

    @property
    def _in_place(self) -> bool:
        return bool(self.inplace or self.editable_mode)

    def _output(self, module: settings.ExtModule) -> str:
        """The module's file: in the build, or beside the sources of the package."""
        path = module.path + self.form.suffix
        if not self._in_place:
            return os.path.join(os.path.abspath(self.build_lib), path)
        package, _, _ = module.name.rpartition(".")
        folder = self.get_finalized_command("build_py").get_package_dir(package)
        return os.path.join(os.path.abspath(folder), os.path.basename(path))

    def get_source_files(self) -> list[str]:
        """What an sdist has of the modules: their sources, and the headers that they name."""
        paths = [path for m in self.ext_modules for path in (*m.sources, *m.depends)]
        return [path for path in map(os.path.relpath, paths) if not path.startswith("..")]

    def get_outputs(self) -> list[str]:
        return [file for each in self.ext_modules for file in self._files(each)]

    def get_output_mapping(self) -> dict[str, str]:
        if not self.editable_mode:
            return {}
        mapping: dict[str, str] = {}
        for module in self.ext_modules:
            there = os.path.relpath(os.path.dirname(self._output(module)))
            for file in self._files(module):
                mapping[file] = os.path.join(there, os.path.basename(file))
        return mapping

    def _files(self, module: settings.ExtModule) -> list[str]:
        """What is made of a module, in the folder that is built."""
        file = os.path.join(self.build_lib, module.path + self.form.suffix)
        files = [file]
        if self.form.stub is not None:
            files.append(stub.path_of(file))
        if self.form.exported is None and not self.editable_mode:
            files.append(stub.types_of(file))
        images = self.images.get(module.name, ())
        return [*files, *(os.path.join(os.path.dirname(file), name) for name in images)]
