"""Builds one package twice, with hpybc and for comparison, and runs its own tests on both.

Each build is installed to a virtual environment of its own, ``bc`` or ``so``, which sees what this
one has installed. In ``bc`` every extension module is bitcode, under a name that Python alone does
not import, and a ``sitecustomize.py`` calls ``hpybc.install()``: tests that start Python find the
same modules.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from packages.pins import Package

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"

#: Where this folder is a package, for ``-p packages.recorder``.
TESTS = Path(__file__).parent.parent

#: The longest that the tests of a package may take, in seconds.
_LIMIT = 1200


class PackageError(Exception):
    """A package that cannot be judged: what failed, and what was printed."""


@dataclass(frozen=True)
class Counts:
    """The outcomes of a package's tests, by how many there are."""

    passed: int
    failed: int
    skipped: int


@dataclass(frozen=True)
class Result:
    """One package on one interpreter.

    Attributes:
        bc, so: the outcomes with bitcode, and with the wheel or the compiler's build.
        only_so: tests that pass with the latter alone.
        against: what the latter is.
        cold: seconds of processor time that the first import takes.
        sizes: bytes of the bitcode files and of the shared objects.
        speed: time of the statement with bitcode by that with the shared objects.
    """

    package: str
    version: str
    against: str
    bc: Counts
    so: Counts
    only_so: list[str]
    cold: float
    sizes: tuple[int, int]
    speed: float
    remark: str

    def as_json(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True)
class Judge:
    """One package and the folder that all of its files go to."""

    package: Package
    folder: Path

    def run(self) -> Result:
        """Builds, tests and measures.

        Raises:
            PackageError: it cannot be had or built, or its tests end without a result.
        """
        source = self.build()
        wheel = self.package.wheels.get(PYTHON)
        if wheel:
            self._install("so", ["-r", str(self._requirement(wheel)), "--require-hashes"])
        else:
            self._install("so", [str(_copy(source, self.folder / "build-so"))])
        cold = self._probe("bc", ["import", *self.package.modules])  # the cache is empty yet
        bc, so = self._test("bc", source), self._test("so", source)
        return Result(
            package=self.package.name,
            version=self.package.version,
            against="wheel" if wheel else "build",
            bc=count(bc),
            so=count(so),
            only_so=only_so(bc, so),
            cold=cold,
            sizes=(self._size("bc"), self._size("so")),
            speed=self._speed(),
            remark=self.package.remark,
        )

    def build(self) -> Path:
        """Builds with hpybc alone; returns the sources.

        Raises:
            PackageError: it cannot be had or built.
        """
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        source = self._source()
        self._install("bc", [str(_copy(source, self.folder / "build-bc"))], **compiler())
        self._to_bitcode()
        return source

    def _source(self) -> Path:
        if not self.package.version:
            return Path(__file__).parent / "own" / self.package.name
        name = self.package.name
        downloads = self.folder / "download"
        self._do("download", [
            sys.executable, "-m", "pip", "download", "-q", "--no-deps", f"--no-binary={name}",
            "--require-hashes", "-r", str(self._requirement(self.package.sdist)),
            "-d", str(downloads),
        ])  # fmt: skip
        (archive,) = downloads.iterdir()
        with tarfile.open(archive) as tar:
            tar.extractall(self.folder, filter="data")
        return self.folder / archive.name.removesuffix(".tar.gz")

    def _requirement(self, sha256: str) -> Path:
        file = self.folder / f"{sha256[:8]}.txt"
        file.write_text(f"{self.package.name}=={self.package.version} --hash=sha256:{sha256}\n")
        return file

    def _install(self, kind: str, what: Sequence[str], **variables: str) -> None:
        venv.create(self.folder / kind, symlinks=True)
        pip = (sys.executable, "-m", "pip", "--python", self.python(kind))
        self._do(f"install-{kind}", [*pip, "install", "-q", "--no-deps", *what], **variables)
        # Not before: the build would see it too, in the place of what it asks for.
        inherited = sysconfig.get_path("purelib")
        (self._site(kind) / "inherit.pth").write_text(
            f"import site; site.addsitedir({inherited!r})"
        )

    def python(self, kind: str) -> str:
        """The interpreter that imports the build ``bc`` or ``so``."""
        return str(self.folder / kind / "bin" / "python")

    def _site(self, kind: str) -> Path:
        """Where packages are installed."""
        return self.folder / kind / "lib" / f"python{PYTHON}" / "site-packages"

    def _to_bitcode(self) -> None:
        """Puts the bitcode that CMake has left beside each shared object in its place."""
        target = self._site("bc")
        for path in target.rglob("*.so"):
            name = path.name.partition(".")[0] + ".bc"
            found = [path.with_name(name), *(self.folder / "build-bc").rglob(name)]
            bitcode = next((file for file in found if file.exists()), None)
            if bitcode is None:
                raise PackageError(f"no bitcode was made for {path}")
            path.unlink()
            if bitcode != path.with_name(name):
                shutil.copy(bitcode, path.with_name(name))
        (target / "sitecustomize.py").write_text("import hpybc\n\nhpybc.install()\n")

    def _test(self, kind: str, source: Path) -> dict[str, str]:
        place = self.folder / f"test-{kind}"
        place.mkdir()
        (place / "pytest.ini").write_text("[pytest]\n")  # and not one in a folder above
        for name in self.package.tests:
            into = place / Path(name).name
            if (source / name).is_dir():
                shutil.copytree(source / name, into)
            else:
                shutil.copy(source / name, into)
        record = self.folder / f"{kind}.json"
        names = self.package.modules
        pytest = (self.python(kind), "-m", "pytest", "-p", "packages.recorder", "-v", "-ra",
                  "-p", "no:cacheprovider", "--tb=short", "--continue-on-collection-errors",
                  "--record", str(record), "--modules", ",".join(names))  # fmt: skip
        log, status = self._log(f"test-{kind}", [*pytest, *self.package.arguments], place)
        if not record.exists():
            raise PackageError(f"the tests with .{kind} ended with status {status}: {log}")
        recorded = json.loads(record.read_text())
        loader = {"bc": "BitcodeLoader", "so": "ExtensionFileLoader"}[kind]
        for name, origin in recorded["origins"].items():
            if origin.partition(" ")[0] != loader:
                raise PackageError(f"the tests with .{kind} had {name} from: {origin}")
        if not recorded["outcomes"]:
            raise PackageError(f"no tests with .{kind}: {log}")
        return dict(recorded["outcomes"])

    def _speed(self) -> float:
        """By turns, so that what else the machine does meets both."""
        times: dict[str, list[float]] = {"bc": [], "so": []}
        for _ in range(5):
            for kind, taken in times.items():
                arguments = ["time", self.package.setup, self.package.statement]
                taken.append(self._probe(kind, arguments))
        return min(times["bc"]) / min(times["so"])

    def _probe(self, kind: str, arguments: Sequence[str]) -> float:
        probe = (self.python(kind), str(Path(__file__).with_name("probe.py")), *arguments)
        log, status = self._log(f"{arguments[0]}-{kind}", probe, self.folder)
        if status != 0:
            raise PackageError(f"{arguments[0]} with .{kind}, status {status}: {log}")
        return float(log.read_text().splitlines()[-1])

    def _size(self, kind: str) -> int:
        files = [f"{name.replace('.', '/')}*.{kind}" for name in self.package.modules]
        return sum(p.stat().st_size for name in files for p in self._site(kind).glob(name))

    def _log(self, name: str, command: Sequence[str], place: Path) -> tuple[Path, int]:
        """Runs with one of the builds; what it printed, and its exit status."""
        variables = {
            "PYTHONPATH": str(TESTS),
            "PYTHONHASHSEED": "0",
            "HPYBC_CACHE_DIR": str(self.folder / "cache"),
        }
        return self._run(name, command, variables, place)

    def _do(self, name: str, command: Sequence[str], **variables: str) -> None:
        log, status = self._run(name, command, variables, self.folder)
        if status != 0:
            raise PackageError(f"{name}, status {status}:\n{log.read_text()}")

    def _run(
        self, name: str, command: Sequence[str], variables: dict[str, str], place: Path
    ) -> tuple[Path, int]:
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        environment |= variables | self.package.environment
        (self.folder / "cache").mkdir(mode=0o700, exist_ok=True)
        log = self.folder / f"{name}.log"
        with log.open("wb") as file:
            try:
                done = subprocess.run(
                    command, cwd=place, env=environment, stdin=subprocess.DEVNULL,
                    stdout=file, stderr=subprocess.STDOUT, timeout=_LIMIT,
                )  # fmt: skip
            except subprocess.TimeoutExpired:
                raise PackageError(f"{name} took more than {_LIMIT} s: {log}") from None
        return log, done.returncode


def compiler() -> dict[str, str]:
    """The variables by which builds find hpybc in the place of their compiler.

    Those by setuptools make nothing but bitcode then.
    """
    # Isolated, since pip has PYTHONPATH hide the packages of this environment from a build.
    hpybc = f"{sys.executable} -I {Path(sys.executable).with_name('hpybc')}"
    # CMake asks for no AR. It finds an llvm-ar, which may be too old for these objects.
    tools = {name: shutil.which(name) for name in ("ar", "ranlib")}
    archivers = [f"-DCMAKE_{name.upper()}={path}" for name, path in tools.items() if path]
    return {
        "CC": f"{hpybc} cc",
        "CXX": f"{hpybc} c++",
        "CMAKE_ARGS": " ".join(archivers),
        "SETUPTOOLS_EXT_SUFFIX": ".bc",
    }


def _copy(source: Path, into: Path) -> Path:
    shutil.copytree(source, into)
    return into


def count(outcomes: dict[str, str]) -> Counts:
    number = Counter(outcomes.values())
    return Counts(number["passed"], number["failed"], number["skipped"])


def only_so(bc: dict[str, str], so: dict[str, str]) -> list[str]:
    """The tests that pass with the shared object and do anything else with bitcode."""
    return sorted(name for name, what in so.items() if what == "passed" != bc.get(name))
