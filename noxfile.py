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

ROOT = os.path.dirname(os.path.abspath(__file__))

#: What the runs of that suite leave, one file for each interpreter.
RESULTS = os.path.join(ROOT, "build", "conformance")

PYTHONS = ["3.10", "3.11", "3.12", "3.13", "3.13t", "3.14", "3.15"]


def install(session: nox.Session, *requirements: str) -> None:
    """pip install, with the wheels that tests/interpreters.py makes beside an interpreter.

    Where the newest release has no wheel, an older one does.
    """
    prefix = session.run("python", "-c", "import sys; print(sys.base_prefix)", silent=True)
    wheels = os.path.join(str(prefix).strip(), "wheels")
    found = [f"--find-links={wheels}"] if os.path.isdir(wheels) else []
    session.install("--prefer-binary", *found, *requirements)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Installs the package for one interpreter and runs the tests against the installation."""
    install(session, ".[test]")
    session.run("pytest", *session.posargs)


@nox.session(python=PYTHONS)
def conformance(session: nox.Session) -> None:
    """HPy's own test suite, unmodified, with bitcode for its extensions."""
    tools = ("pytest", "filelock", "setuptools<81", "setuptools_scm", "wheel")
    install(session, ".[compiler]", *tools)
    folder = session.create_tmp()
    with session.chdir(folder):
        with open("hpy.txt", "w", encoding="utf-8") as file:
            file.write(f"hpy=={HPY_VERSION} --hash=sha256:{HPY_SHA256}\n")
        session.run("pip", "download", "-q", "--no-deps", "--no-binary=:all:",
                    "--no-build-isolation", "--require-hashes", "-r", "hpy.txt")  # fmt: skip
        with tarfile.open(f"hpy-{HPY_VERSION}.tar.gz") as archive:
            archive.extractall()
    os.makedirs(RESULTS, exist_ok=True)
    results = os.path.join(RESULTS, f"{session.python}.json")
    with session.chdir(os.path.join(folder, f"hpy-{HPY_VERSION}")):
        session.run(
            *("python", "-m", "pytest", "-p", "conformance.plugin", "-q", "--results", results),
            *session.posargs,
            "test",
            env={"PYTHONPATH": os.path.join(ROOT, "tests")},
        )


@nox.session
def api(session: nox.Session) -> None:
    """Rewrites docs/api.md and the tables of docs/conformance.md from the runs there were."""
    session.install(".[compiler]")
    runs = glob.glob(os.path.join(RESULTS, "*.json"))
    session.run("python", os.path.join(ROOT, "tests", "conformance", "report.py"), *runs)


@nox.session
def lint(session: nox.Session) -> None:
    """ruff, mypy --strict and clang-format."""
    session.install(".[dev]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    sources = [
        path
        for root in ("hpybc/include", "toolchain/context", "examples", "tests")
        for suffix in ("c", "h", "cpp")
        for path in sorted(glob.glob(os.path.join(root, "**", f"*.{suffix}"), recursive=True))
    ]
    session.run("clang-format", "--dry-run", "--Werror", *sources)
    # See [tool.mypy] in pyproject.toml.
    with session.chdir(session.create_tmp()):
        mypy = ("mypy", "--config-file", os.path.join(ROOT, "pyproject.toml"))
        session.run(*mypy, "-p", "hpybc")
        session.run(*mypy, *(os.path.join(ROOT, name) for name in ("tests", "setup.py")))
