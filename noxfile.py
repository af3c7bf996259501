"""The wider matrix: `nox` runs the tests on every CPython at hand, `nox -s lint` the checkers."""

from __future__ import annotations

import glob
import os
import shutil
import sys
import tarfile

import nox

nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "tests"]

#: The suite that ``nox -s conformance`` runs.
HPY_VERSION = "0.9.0"
HPY_SHA256 = "4545310f3a7f9ac249c0f19a80a9b05f46565afb62b7e9225b79493b7b6c70cc"

#: What building HPy's sources takes.
HPY_BUILD = ("setuptools<81", "setuptools_scm", "wheel")

#: What hpybc is measured against, and what the tests of one of them use.
PEERS = ("cffi>=2", "cython>=3", "nanobind>=2", "pybind11>=3", "pytest")

#: What the tests of the packages in tests/packages/pins.py import, besides the packages.
PACKAGES_TESTS = ("cffi==2.1.1", "hypothesis==6.170.17", "objgraph==3.7.0", "psutil==7.2.2",
                  "pytest==9.2.0", "pytest-benchmark==5.3.1", "rapidfuzz==3.14.6")  # fmt: skip

#: What the pages of the documentation use.
PAGES_TOOLS = ("cmake>=3.30", "meson>=1.5", "ninja", "numpy>=2", "pytest>=8")

ROOT = os.path.dirname(os.path.abspath(__file__))

#: What the runs of that suite leave, one file for each interpreter.
RESULTS = os.path.join(ROOT, "build", "conformance")

#: What building hpybc takes; it is little beside what running it takes.
BUILD = nox.project.load_toml("pyproject.toml")["build-system"]["requires"]

PYTHONS = ["3.10", "3.11", "3.12", "3.13", "3.13t", "3.14", "3.15"]


def install(session: nox.Session, *requirements: str) -> None:
    """pip install, with the wheels that tests/interpreters.py makes beside an interpreter.

    Where the newest release has no wheel, an older one does. hpybc is built in the environment that
    it is installed to: one of pip's own would unpack another compiler of 400 MB.
    """
    where = ("python", "-c", "import sys; print(sys.base_prefix)")
    prefix = session.run_install(*where, silent=True)
    wheels = os.path.join(str(prefix).strip(), "wheels")
    if os.path.isdir(wheels):
        session.env["PIP_FIND_LINKS"] = wheels  # tests run pip as well
    session.install("--prefer-binary", *BUILD)
    if requirements:
        session.install("--prefer-binary", "--no-build-isolation", *requirements)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Installs the package for one interpreter and runs the tests against the installation."""
    install(session, ".[test]")
    session.run("pytest", *(session.posargs or ["--long"]))


@nox.session(python=PYTHONS)
def readme(session: nox.Session) -> None:
    """Every command in the README, in a copy of the tree: it installs hpybc once more."""
    install(session, ".[test]")
    session.run("pytest", "-n0", "tests/readme.py", *session.posargs)


@nox.session(python=PYTHONS)
def engines(session: nox.Session) -> None:
    """All tests with both engines, and each build in an interpreter of its own."""
    install(session, ".[test]")
    session.run("pytest", "--engine=both", "--cold", *(session.posargs or ["--long"]))


@nox.session(python=PYTHONS)
def fuzz(session: nox.Session) -> None:
    """Loads ten thousand spoilt files; see tests/reliability/fuzz.py."""
    install(session, ".[test]")
    count = session.posargs or ["--count", "10000"]
    session.run("python", os.path.join("tests", "reliability", "fuzz.py"), *count)


@nox.session(python=["3.11", "3.13"])
def reloads(session: nox.Session) -> None:
    """Five thousand cold loads in one process; see tests/reliability/reloads.py."""
    install(session, ".[test]")
    script = ("python", "-s", os.path.join("tests", "reliability", "reloads.py"))
    session.run(*script, *(session.posargs or ["--count", "5000"]))
    session.run(*script, "--here", *(session.posargs or ["--count", "5000"]))


def hpy_sources(session: nox.Session) -> str:
    """The folder of HPy's own sources, downloaded as they were released; needs setuptools."""
    folder = session.create_tmp()
    with session.chdir(folder):
        with open("hpy.txt", "w", encoding="utf-8") as file:
            file.write(f"hpy=={HPY_VERSION} --hash=sha256:{HPY_SHA256}\n")
        session.run("pip", "download", "-q", "--no-deps", "--no-binary=:all:",
                    "--no-build-isolation", "--require-hashes", "-r", "hpy.txt")  # fmt: skip
        with tarfile.open(f"hpy-{HPY_VERSION}.tar.gz") as archive:
            archive.extractall()
    return os.path.join(folder, f"hpy-{HPY_VERSION}")


@nox.session(python=PYTHONS)
def conformance(session: nox.Session) -> None:
    """HPy's own test suite, unmodified, with bitcode for its extensions."""
    install(session, ".[compiler]", "pytest", "filelock", *HPY_BUILD)
    hpy_suite(session, hpy_sources(session), f"{session.python}")


def hpy_suite(
    session: nox.Session, sources: str, results: str, *, python: str = "python", **env: str
) -> None:
    """Runs the suite in ``sources`` on ``python``, and leaves what the session ``api`` reads."""
    os.makedirs(RESULTS, exist_ok=True)
    path = [os.path.join(ROOT, "tests"), *env.pop("PYTHONPATH", "").split()]
    with session.chdir(sources):
        session.run(
            *(python, "-m", "pytest", "-p", "conformance.plugin", "-q"),
            *("--results", os.path.join(RESULTS, f"{results}.json")),
            *("-c", "pyproject.toml"),  # the suite's, and not ours in a folder above
            *(session.posargs or ["test"]),
            env={"PYTHONPATH": os.pathsep.join(path), **env},
            external=True,
        )


@nox.session(name="conformance-boxed", python="3.11")
def conformance_boxed(session: nox.Session) -> None:
    """The same with the context for other interpreters: on CPython, and on both PyPys.

    This CPython compiles for them. They have no hpybc of their own, but see this one's.
    """
    install(session, ".[compiler]", "cffi", "pytest", "filelock", *HPY_BUILD)
    sources = hpy_sources(session)
    hpy_suite(session, sources, f"{session.python}-boxed", HPYBC_CONTEXT="boxed")

    run = ("python", "-c", "import hpybc, sys; print(sys.executable, *hpybc.__path__)")
    compiler, package = str(session.run(*run, silent=True)).split()
    # Without what else is installed there, which is CPython's.
    place = os.path.join(session.create_tmp(), "package")
    os.makedirs(place, exist_ok=True)
    link = os.path.join(place, "hpybc")
    if not os.path.lexists(link):
        os.symlink(package, link)
    for version in ("pypy3.11", "pypy8"):
        python = pypy(session, version, "ziglang>=0.16,<0.18", "filelock", *HPY_BUILD)
        hpy_suite(session, sources, version, python=python, PYTHONPATH=place,
                  HPYBC_COMPILER=compiler)  # fmt: skip


@nox.session(python=["3.11", "3.13"])
def packages(session: nox.Session) -> None:
    """Packages of others built by hpybc: their own tests with the .bc and with the wheel's .so."""
    install(session, ".[compiler]", *PACKAGES_TESTS)
    folder = os.path.join(ROOT, "build", "packages", str(session.python))
    session.run("python", "-s", "-m", "packages", "--folder", folder, *session.posargs,
                env={"PYTHONPATH": os.path.join(ROOT, "tests")})  # fmt: skip


# HPy has no wheel for a later version.
@nox.session(python="3.11")
def export(session: nox.Session) -> None:
    """The examples' own tests, of exported binaries that hpy.universal and PyPy load."""
    install(session, ".[test]", f"hpy=={HPY_VERSION}")
    folder = os.path.join(session.create_tmp(), "binaries")
    shutil.rmtree(folder, ignore_errors=True)
    script = ("python", "-s", os.path.join("tests", "exported", "run.py"))
    session.run(*script, folder, *session.posargs)

    session.run(*script, "--python", pypy(session, "pypy3.11"), folder, *session.posargs)


def pypy(session: nox.Session, version: str, *requirements: str) -> str:
    """A PyPy with what runs tests, see tests/interpreters.py."""
    said = session.run("python", "tests/interpreters.py", version, silent=True)
    venv = os.path.join(session.create_tmp(), version)
    session.run(str(said).split()[-1], "-m", "venv", venv, external=True)
    python = os.path.join(venv, "bin", "python")
    # A later hypothesis is compiled, and for a later PyPy.
    tools = ("pytest", "pytest-xdist", "hypothesis<6.140", *requirements)
    session.run(python, "-m", "pip", "install", "-q", *tools, external=True)
    return python


@nox.session(python="3.11")
def boxed(session: nox.Session) -> None:
    """Tests of the API with the context for other interpreters: on CPython, and a share on PyPy."""
    install(session, ".[test]")
    script = ("python", "-s", os.path.join("tests", "boxed", "run.py"))
    folder = os.path.join(session.create_tmp(), "boxed")
    session.run(*script, folder, *session.posargs)
    python = pypy(session, "pypy8", "ziglang>=0.16,<0.18")
    session.run(*script, "--share", "--python", python, folder, *session.posargs)


@nox.session
def api(session: nox.Session) -> None:
    """Rewrites the tables of docs/reference/coverage.md and docs/conformance.md from the runs."""
    session.install(".[compiler]")
    runs = glob.glob(os.path.join(RESULTS, "*.json"))
    script = os.path.join(ROOT, "tests", "conformance", "report.py")
    session.run("python", "-s", script, *runs, env={"PYTHONPATH": os.path.join(ROOT, "tests")})


@nox.session
def reference(session: nox.Session) -> None:
    """Rewrites the pages of docs/reference, from the headers, facts.toml and the sources."""
    session.install(".[compiler]", "tomli; python_version < '3.11'")
    with session.chdir(os.path.join(ROOT, "tests")):
        session.run("python", "-s", "-m", "reference.pages")


#: Where pytest finds the plugin `leaks`, and what it shares with the tests.
PLUGIN_PATH = os.pathsep.join(os.path.join(ROOT, "tests", name) for name in ("memory", ""))


@nox.session(python=PYTHONS)
def leaks(session: nox.Session) -> None:
    """Every API test 100 times over, while references and memory are counted."""
    install(session, ".[test]")
    session.run("pytest", "-p", "leaks", "--long", "--engine=shared", "--hypothesis-profile=few",
                *(session.posargs or ["tests/api"]), env={"PYTHONPATH": PLUGIN_PATH})  # fmt: skip


# Not for 3.11 and before, where the interpreter computes with digits that it never initialised.
@nox.session(python=["3.12", "3.13"])
def memcheck(session: nox.Session) -> None:
    """The API tests under valgrind, once it has seen the faults in tests/memory/faulty.c."""
    install(session, ".[test]")
    script = ("python", os.path.join("tests", "memory", "valgrind.py"))
    folder = os.path.join(session.create_tmp(), "memcheck")
    faults = ("InvalidRead", "UninitCondition", "Leak_DefinitelyLost")
    session.run(*script, *(f"--expect={fault}" for fault in faults), folder,
                "tests/memory/faulty.py", "-k", "read or lose_block")  # fmt: skip
    session.run(*script, folder, *(session.posargs or ["tests/api"]))


@nox.session(python=["3.11", "3.13"])
def attributes(session: nox.Session) -> None:
    """Functions with random attributes, compiled for this processor and for the oldest."""
    install(session, ".[test]")
    script = ("python", "tests/reliability/attributes.py")
    session.run(*script, "--each")
    session.run(*script, *(session.posargs or ["--count=300"]))


def install_peers(session: nox.Session) -> tuple[str, ...]:
    """Installs what hpybc is measured against; returns the command that measures."""
    install(session, ".[bench]", *PEERS, *HPY_BUILD)
    sources = hpy_sources(session)
    session.install("--no-build-isolation", sources, success_codes=[0, 1])  # else: a peer less
    return ("python", "-s", os.path.join(ROOT, "benchmarks"), "--count",
            "--microbench", os.path.join(sources, "microbench"))  # fmt: skip


@nox.session(python=["3.11", "3.13"])
def bench(session: nox.Session) -> None:
    """Measures against every peer, and leaves JSON and a chart in build/bench."""
    command = install_peers(session)
    results = os.path.join(ROOT, "build", "bench")
    os.makedirs(results, exist_ok=True)
    base = os.path.join(results, str(session.python))
    session.run(*command, "--json", f"{base}.json", "--svg", f"{base}.svg", *session.posargs)


@nox.session(python=["3.11", "3.13"])
def measure(session: nox.Session) -> None:
    """Measures all that the documents say, into benchmarks/results; see figures. Takes an hour."""
    command = install_peers(session)
    install(session, *PACKAGES_TESTS)
    results = os.path.join(ROOT, "benchmarks", "results")
    first = os.path.join(session.create_tmp(), "first.json")
    session.run(*command, "--json", first)
    for name, script in (
        ("bench", (*command, "--compare", first)),
        ("startup", ("python", "-s", os.path.join(ROOT, "benchmarks", "startup.py"))),
        ("compile", ("python", "-s", os.path.join(ROOT, "benchmarks", "compile_time.py"))),
    ):
        file = os.path.join(results, f"{name}-{session.python}.json")
        session.run(*script, "--json", file)


@nox.session
def figures(session: nox.Session) -> None:
    """Puts what is in benchmarks/results into the README and into docs."""
    install(session, ".[compiler]")
    session.run("python", "-s", os.path.join(ROOT, "benchmarks", "figures.py"), *session.posargs)


@nox.session(python=["3.11", "3.13"])
def counts(session: nox.Session) -> None:
    """Instructions of calls and programs, compared with those in benchmarks/results; valgrind."""
    install(session, ".[compiler]")
    session.run("python", "-s", os.path.join(ROOT, "benchmarks", "counts.py"), *session.posargs)


def wheel_tools(session: nox.Session) -> str:
    """The folder of the programs that look at wheels, for the Python that nox runs on.

    Not every interpreter has wheels of all that they depend on.
    """
    tools = os.path.join(session.cache_dir, "wheels")
    if not os.path.exists(os.path.join(tools, "complete")):
        session.run(sys.executable, "-m", "venv", "--clear", tools, external=True)
        python = os.path.join(tools, "bin", "python")
        session.run(python, "-m", "pip", "install", "-q", "twine", "auditwheel", "wheel",
                    external=True)  # fmt: skip
        open(os.path.join(tools, "complete"), "w").close()
    return os.path.join(tools, "bin")


@nox.session(python=PYTHONS)
def wheels(session: nox.Session) -> None:
    """The wheel of hpybc for an interpreter, in dist/: made, checked, and used with nothing else.

    What is in it for the machine is bitcode, compiled with the headers of glibc 2.17. There is no
    shared object, which auditwheel says: it can neither find fault with the wheel nor name it.
    """
    install(session)
    tools = wheel_tools(session)
    made = os.path.join(session.create_tmp(), "made")
    shutil.rmtree(made, ignore_errors=True)
    pip = ("python", "-m", "pip")
    session.run(*pip, "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", made, ROOT)
    (wheel,) = glob.glob(os.path.join(made, "*.whl"))
    platform = f"manylinux_2_17_{os.uname().machine}"
    session.run(os.path.join(tools, "wheel"), "tags", "--remove", "--platform-tag", platform, wheel,
                external=True)  # fmt: skip
    (wheel,) = glob.glob(os.path.join(made, "*.whl"))
    session.run(os.path.join(tools, "twine"), "check", "--strict", wheel, external=True)
    said = session.run(os.path.join(tools, "auditwheel"), "show", wheel, silent=True,
                       success_codes=[0, 1], external=True)  # fmt: skip
    if "no ELF executable or shared library" not in str(said):
        session.error(f"{wheel} has machine code: {said}")
    # What it depends on goes into the same folder, as on a machine without a network.
    session.run(*pip, "wheel", "-q", "--prefer-binary", "-w", made, f"{wheel}[compiler]")
    clean = os.path.join(session.create_tmp(), "clean")
    shutil.rmtree(clean, ignore_errors=True)
    session.run("python", "-m", "venv", clean)
    python = os.path.join(clean, "bin", "python")
    session.run(python, "-m", "pip", "install", "-q", "--no-index", "--find-links", made,
                "hpybc[compiler]", external=True)  # fmt: skip
    source = os.path.join(ROOT, "examples", "quickstart.c")
    bitcode = os.path.join(session.create_tmp(), "quickstart.bc")
    use = f"import hpybc; assert hpybc.load({bitcode!r}).add(1, 2) == 3"
    session.run(python, "-I", "-m", "hpybc", "compile", source, "-o", bitcode, external=True)
    session.run(python, "-I", "-c", use, external=True)
    os.makedirs(os.path.join(ROOT, "dist"), exist_ok=True)
    session.log(f"made {shutil.copy(wheel, os.path.join(ROOT, 'dist'))}")


@nox.session
def everywhere(session: nox.Session) -> None:
    """A project built by three build systems, tested on four interpreters; wheels comes before."""
    pythons = session.posargs or ["python3.11", "python3.10", "python3.13", "python3.15"]
    session.run("python", os.path.join("tests", "packaging", "everywhere.py"), *pythons)


@nox.session
def docs(session: nox.Session) -> None:
    """Makes the site in build/site, and runs the pages that take long; needs gdb and binutils.

    A link or an anchor that leads nowhere is an error. ``-- linkcheck`` asks other hosts instead.
    """
    install(session, ".[docs,compiler,bench,debug]", *PAGES_TOOLS, "wheel")
    site = os.path.join(ROOT, "build", "site")
    sphinx = ("sphinx-build", "--fail-on-warning", "--keep-going", "-q")
    if session.posargs:
        session.run(*sphinx, "-b", *session.posargs, "docs", f"{site}-{session.posargs[0]}")
        return
    session.run(*sphinx, "docs", site)
    session.run("python", os.path.join("tests", "pages.py"))


@nox.session
def lint(session: nox.Session) -> None:
    """ruff, mypy --strict and clang-format; with --no-venv those of the current environment."""
    if session.venv_backend != "none":
        session.install(".[dev]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    sources = [
        path
        for root in ("hpybc/include", "toolchain/context", "examples", "tests", "benchmarks")
        for suffix in ("c", "h", "cpp", "hpp")
        for path in sorted(glob.glob(os.path.join(root, "**", f"*.{suffix}"), recursive=True))
    ]
    session.run("clang-format", "--dry-run", "--Werror", *sources)
    session.run("mypy", "-p", "hpybc")
    session.run("mypy", "tests", "benchmarks", "setup.py")
