"""A project with an extension of each kind, built by each build system, tested on each interpreter.

    python tests/packaging/everywhere.py python3.10 python3.11 python3.13 python3.15

The project is in the folder ``kinds``. Each backend makes one wheel of it, in an environment of its
own (PEP 517), and an sdist, of which it makes a wheel again. Each wheel is installed in a new
environment of each interpreter, where the project's tests run. All comes from a folder of wheels:
those of hpybc, which ``nox -s wheels`` makes, and what this script fetches at its start.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

PROJECT = Path(__file__).with_name("kinds")
#: The build systems, and what has each compile again at an import of an editable install.
BACKENDS = {
    "setuptools": (),
    "scikit-build-core": ("-Ceditable.rebuild=true", "-Cbuild-dir=build"),
    "meson-python": (),
}

#: What the backends and the tests need besides hpybc.
TOOLS = ("build", "cmake", "meson-python", "ninja", "pytest", "scikit-build-core", "setuptools>=77")

#: What docs/building.md has an author say of a wheel whose backend knows nothing of bitcode.
TAGS = ("--python-tag", "py3", "--abi-tag", "none", "--platform-tag", "manylinux_2_17_x86_64")
NAME = "kinds-1.0-py3-none-manylinux_2_17_x86_64.whl"

#: What the wheel has: modules, and no sources.
FILES = {
    *("kinds/__init__.py", "kinds/_c.bc", "kinds/_c.py", "kinds/_c.pyi"),
    *("kinds/_cxx.bc", "kinds/_cxx.py", "kinds/_cxx.pyi"),
    *("kinds/sub/__init__.py", "kinds/sub/_ext.bc", "kinds/sub/_ext.py", "kinds/sub/_ext.pyi"),
}


def main() -> None:
    """The command; exits with status 1 if something fails."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pythons", nargs="+", help="the first one builds")
    parser.add_argument("--wheels", default="dist", help="a folder with hpybc's wheels")
    parser.add_argument("--backend", choices=[*BACKENDS], action="append")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hpybc-") as folder:
        try:
            run = Everywhere(Path(folder), Path(options.wheels).resolve(), options.pythons)
            for backend in options.backend or BACKENDS:
                run.build_and_test(backend)
                run.edit_and_import(backend)
        except subprocess.CalledProcessError as error:
            sys.exit(f"{' '.join(map(str, error.cmd))}\n{error.stdout}")


class Everywhere:
    """The interpreters, and the wheels that they install."""

    def __init__(self, folder: Path, wheels: Path, pythons: list[str]) -> None:
        self.folder = folder
        self.wheels = folder / "wheels"
        shutil.copytree(wheels, self.wheels)
        self.pythons = {name: folder / "venvs" / os.path.basename(name) for name in pythons}
        for name, venv in self.pythons.items():
            call(name, "-m", "venv", venv)
            # Each interpreter has wheels of its own.
            pip = (venv / "bin" / "python", "-m", "pip", "wheel", "-q", "--prefer-binary")
            found = ("--find-links", self.wheels, "--find-links", _beside(name))
            call(*pip, *found, "-w", self.wheels, *TOOLS, "wheel", "hpybc[compiler]")
        # From here on nothing is fetched, whatever starts pip.
        os.environ.update(PIP_NO_INDEX="1", PIP_FIND_LINKS=str(self.wheels))
        builder = next(iter(self.pythons.values())) / "bin" / "python"
        call(builder, "-m", "pip", "install", "-q", "build", "wheel")
        self.builder = builder

    def build_and_test(self, backend: str) -> None:
        """From the tree and from the sdist: a wheel, which passes the tests everywhere."""
        source = self.project(backend, self.folder / backend)
        start = time.monotonic()
        wheel = self.wheel(source, source)
        self.report(backend, "wheel", wheel, start)
        first = self.test(wheel)

        build = (self.builder, "-m", "build", "-q", "--sdist", "--outdir", source / "dist", source)
        call(*build)
        (sdist,) = (source / "dist").glob("*.tar.gz")
        start = time.monotonic()
        wheel = self.wheel(sdist, source / "again")
        self.report(backend, f"from {sdist.name}", wheel, start)
        if self.test(wheel) != first:
            sys.exit(f"{backend}: the wheel of the sdist has another content")

    def edit_and_import(self, backend: str) -> None:
        """An editable install, before and after a header is changed."""
        source = self.project(backend, self.folder / "editable" / backend)
        venv = self.folder / "editable" / "venv"
        call(next(iter(self.pythons)), "-m", "venv", "--clear", venv)
        pip = (venv / "bin" / "python", "-m", "pip", "install", "-q")
        call(*pip, "hpybc[compiler]", *(tool for tool in TOOLS if tool != "build"))
        path = os.environ["PATH"]  # on which the build systems look for each other
        os.environ["PATH"] = f"{venv / 'bin'}{os.pathsep}{path}"
        try:
            call(*pip, "--no-build-isolation", "--no-deps", *BACKENDS[backend], "-e", source)
            code = "import kinds._c, kinds._cxx, kinds.sub._ext; print(kinds._c.after(1))"
            values = []
            for step in (2, 5):
                (source / "src" / "kinds" / "step.h").write_text(f"#define STEP {step}\n")
                said = call(venv / "bin" / "python", "-I", "-c", code)
                values += [line for line in said.splitlines() if line.isdecimal()]
        finally:
            os.environ["PATH"] = path
        print(f"{backend}, editable: {', '.join(values)}", flush=True)
        if values != ["3", "6"]:
            sys.exit(f"{backend}: an import did not compile the header that was edited")

    def project(self, backend: str, folder: Path) -> Path:
        """The project as a repository in ``folder``; what is in one is in an sdist of Meson's."""
        shutil.copytree(PROJECT / "src", folder / "src")
        shutil.copytree(PROJECT / backend, folder, dirs_exist_ok=True)
        git = ("git", "-c", "user.name=x", "-c", "user.email=x@example.com")
        for arguments in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "x")):
            call(*git, *arguments, cwd=folder)
        return folder

    def wheel(self, source: Path, folder: Path) -> Path:
        """The wheel of a tree or of an sdist, by the name of what is in it."""
        pip = (self.builder, "-m", "pip", "wheel", "-q", "--no-deps")
        call(*pip, "-w", folder / "wheel", source)
        (wheel,) = (folder / "wheel").iterdir()
        if wheel.name != NAME:
            call(self.builder, "-m", "wheel", "tags", "--remove", *TAGS, wheel)
        return folder / "wheel" / NAME

    def report(self, backend: str, what: str, wheel: Path, start: float) -> None:
        size = wheel.stat().st_size / 1000
        took = time.monotonic() - start
        print(f"{backend}, {what}: {wheel.name}, {size:.0f} kB, {took:.1f} s", flush=True)

    def test(self, wheel: Path) -> dict[str, str]:
        """Runs the tests of the project on each interpreter; returns the sums of what it has."""
        with zipfile.ZipFile(wheel) as archive:
            content = {name: archive.read(name) for name in archive.namelist()}
        found = {name: data for name, data in content.items() if name.startswith("kinds/")}
        if set(found) != FILES:
            sys.exit(f"{wheel}: {sorted(set(found) ^ FILES)} should be there or should not")
        for name in self.pythons:
            clean = self.folder / "clean"
            call(name, "-m", "venv", "--clear", clean)
            python = clean / "bin" / "python"
            call(python, "-m", "pip", "install", "-q", wheel, "pytest")
            tests = self.folder / "tests"
            shutil.copytree(PROJECT / "tests", tests, dirs_exist_ok=True)
            with tempfile.TemporaryDirectory() as cache:
                os.environ["HPYBC_CACHE_DIR"] = cache
                said = call(python, "-I", "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tests)
            version = call(python, "-I", "-c", "import sys; print(sys.version.split()[0])").strip()
            print(f"    {version}: {said.strip().splitlines()[-1]}", flush=True)
        return {name: hashlib.sha256(data).hexdigest() for name, data in found.items()}


def _beside(python: str) -> str:
    """Where tests/interpreters.py puts wheels that nobody else makes for an interpreter."""
    return call(python, "-c", "import sys; print(sys.base_prefix + '/wheels')").strip()


def call(*command: str | Path, cwd: Path | None = None) -> str:
    """What a command prints; raises CalledProcessError, with that, if it fails."""
    done = subprocess.run(
        [*map(str, command)], cwd=cwd, text=True, timeout=600,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    done.check_returncode()
    return done.stdout


if __name__ == "__main__":
    main()
