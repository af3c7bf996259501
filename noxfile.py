"""The wider matrix: `nox` runs the tests on every CPython at hand, `nox -s lint` the checkers."""

from __future__ import annotations

import glob
import os

import nox

nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "tests"]

ROOT = os.path.dirname(os.path.abspath(__file__))
PYTHONS = ["3.10", "3.11", "3.12", "3.13"]


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Installs the package for one interpreter and runs the tests against the installation."""
    session.install(".[dev]")
    session.run("pytest", *session.posargs)


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
