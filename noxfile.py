"""The wider matrix: `nox` runs the tests on every CPython at hand, `nox -s lint` the checkers."""

from __future__ import annotations

import glob
import os
import tarfile

import nox

nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "tests"]

#: The suite that ``nox -s conformance`` runs.
HPY_VERSION = "0.9.0"
HPY_SHA256 = "4545310f3a7f9ac249c0f19a80a9b05f46565afb62b7e9225b79493b7b6c70cc"

#: Upstream's packaging and importing, and the modes that hpybc does not have.
NOT_ABOUT_THE_API = ("hpy_devel", "test_importing.py", "test_support.py", "debug", "trace")

ROOT = os.path.dirname(os.path.abspath(__file__))
PYTHONS = ["3.10", "3.11", "3.12", "3.13"]


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Installs the package for one interpreter and runs the tests against the installation."""
    session.install(".[dev]")
    session.run("pytest", *session.posargs)


@nox.session(python=PYTHONS)
def conformance(session: nox.Session) -> None:
    """HPy's own test suite, unmodified, with bitcode for its extensions."""
    session.install(".[compiler]", "pytest", "filelock", "setuptools<81", "setuptools_scm", "wheel")
    folder = session.create_tmp()
    with session.chdir(folder):
        with open("hpy.txt", "w", encoding="utf-8") as file:
            file.write(f"hpy=={HPY_VERSION} --hash=sha256:{HPY_SHA256}\n")
        session.run("pip", "download", "-q", "--no-deps", "--no-binary=:all:",
                    "--no-build-isolation", "--require-hashes", "-r", "hpy.txt")  # fmt: skip
        with tarfile.open(f"hpy-{HPY_VERSION}.tar.gz") as archive:
            archive.extractall()
    plugins = os.path.join(ROOT, "tests", "conformance")
    ignored = [f"--ignore=test/{name}" for name in NOT_ABOUT_THE_API]
    with session.chdir(os.path.join(folder, f"hpy-{HPY_VERSION}")):
        session.run("python", "-m", "pytest", "-p", "plugin", "-q", *ignored, *session.posargs,
                    "test", env={"PYTHONPATH": plugins})  # fmt: skip


@nox.session
def lint(session: nox.Session) -> None:
    """ruff, mypy --strict and clang-format."""
    session.install(".[dev]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    sources = [
        path
        for root in ("hpybc/include", "toolchain/context", "examples", "tests")
        for path in sorted(glob.glob(os.path.join(root, "**", "*.[ch]"), recursive=True))
    ]
    session.run("clang-format", "--dry-run", "--Werror", *sources)
    # See [tool.mypy] in pyproject.toml.
    with session.chdir(session.create_tmp()):
        mypy = ("mypy", "--config-file", os.path.join(ROOT, "pyproject.toml"))
        session.run(*mypy, "-p", "hpybc")
        session.run(*mypy, *(os.path.join(ROOT, name) for name in ("tests", "setup.py")))
