"""Loads spoilt bitcode files and counts what comes of them.

    python tests/reliability/fuzz.py --seed 1 --count 10000

Every other file was made by ``hpybc compile`` (stamped), the rest is the bitcode in such files
alone (raw). One seed spoils them in one way, however many jobs there are. Worker processes load
many files each; one that dies is replaced, and the file it died of named.

Exit status 1 if a process died, a stamped file was loaded, or an error was raised that is neither a
LoadError nor a module's own. These files are kept.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import random
import resource
import signal
import struct
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import hpybc

TESTS = Path(__file__).parent.parent
SOURCES = (
    TESTS / "loader" / "answer.c",
    TESTS / "loader" / "counter.c",
    TESTS.parent / "examples" / "quickstart.c",
)

KINDS = ("stamped", "raw")
LOADED = "loaded"

#: Valid bitcode whose module cannot be made: HPy does not permit its definition, or CPython its
#: documentation, which is no UTF-8. That is the module's own exception.
REFUSED = {("raw", f"{name}, no LoadError") for name in ("SystemError", "UnicodeDecodeError")}

#: What a worker may take for one file: seconds of the processor's time, bytes of address space.
SECONDS = 60
MEMORY = 4 << 30

#: Seconds by the clock after which a file has hung its worker.
PATIENCE = 900


class Originals(NamedTuple):
    """The files that mutants are made of, by kind."""

    stamped: tuple[bytes, ...]
    raw: tuple[bytes, ...]


class Mutant(NamedTuple):
    """A spoilt file: one of ``KINDS``, what was done to it, and what it is now."""

    kind: str
    change: str
    data: bytes


class Result(NamedTuple):
    """What came of many mutants.

    Attributes:
        outcomes: how often (kind, outcome) occurred: ``LOADED`` or the name of an exception's
            class, or of what ended the process.
        dead: a line for each process that died.
        escaped: one for each exception that is neither a LoadError nor the module's own.
        silent: one for each stamped file that was loaded.
    """

    outcomes: Counter[tuple[str, str]]
    dead: list[str]
    escaped: list[str]
    silent: list[str]


def payload(stamped: bytes) -> bytes:
    """The bitcode in a file with LLVM's wrapper, whose words say where it is."""
    _, _, offset, size, _ = struct.unpack_from("<5I", stamped)
    return stamped[offset : offset + size]


def originals(files: Sequence[Path]) -> Originals:
    """Stamped files, and the bitcode in them."""
    stamped = tuple(file.read_bytes() for file in files)
    return Originals(stamped, tuple(map(payload, stamped)))


def mutant(seed: int, number: int, sound: Originals) -> Mutant:
    """The mutant ``number`` of the series ``seed``, which is none of the originals."""
    chance = random.Random(f"{seed}/{number}")
    kind = KINDS[number % 2]
    choices = sound.stamped if kind == "stamped" else sound.raw
    while True:
        index = chance.randrange(len(choices))
        data, other = choices[index], chance.choice(choices)
        # Half of the changes to stamped files hit the little that is not payload.
        head = len(data) - len(sound.raw[index])
        at = chance.randrange(head if head and chance.random() < 0.5 else len(data))
        change = chance.choice(["flip", "truncate", "splice", "zero"])
        if change == "flip":
            spoilt = bytearray(data)
            for _ in range(chance.choice([1, 1, 2, 8])):
                spoilt[at] ^= 1 << chance.randrange(8)
                at = chance.randrange(at, len(data))
        elif change == "truncate":
            spoilt = bytearray(data[:at])
        elif change == "splice":
            spoilt = bytearray(
                data[:at] + other[chance.choice([at, chance.randrange(len(other))]) :]
            )
        else:
            size = min(chance.choice([1, 4, 16, 64, 512]), len(data) - at)
            spoilt = bytearray(data[:at] + bytes(size) + data[at + size :])
        if bytes(spoilt) not in choices:
            return Mutant(kind, change, bytes(spoilt))


class Worker:
    """A process that loads one file after another, and another one once it has died of a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.joinpath("cache").mkdir(mode=0o700)
        self.folder.joinpath("tmp").mkdir()
        self.log = folder / "log"
        self._process = self._start()

    def load(self, file: Path) -> tuple[str, bool]:
        """What came of loading ``file``, and whether the process lives.

        What the process died of is the name of a signal, or its exit status.
        """
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        timer = threading.Timer(PATIENCE, process.kill)
        timer.start()
        try:
            process.stdin.write(f"{file}\n")
            process.stdin.flush()
            outcome = process.stdout.readline().rstrip("\n")
        except BrokenPipeError:  # it died of an earlier one, late
            outcome = ""
        finally:
            timer.cancel()
        if outcome:
            return outcome, True
        self.close()
        self._process = self._start()
        return ended(process.returncode), False

    def close(self) -> None:
        """Ends the process, once it has done what it was told."""
        self._process.communicate()

    def _start(self) -> subprocess.Popen[str]:
        with self.log.open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-I", __file__, "--serve"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={
                    **os.environ,
                    "HPYBC_CACHE_DIR": str(self.folder / "cache"),
                    "TMPDIR": str(self.folder / "tmp"),
                },
            )


def ended(status: int) -> str:
    """What a process ended by: the name of a signal, or its exit status."""
    return signal.Signals(-status).name if status < 0 else f"exit status {status}"


def serve() -> None:
    """What a worker does: loads each file that it reads the path of, and says what came of it."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what an extension prints is no answer
    faulthandler.enable()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _limit(resource.RLIMIT_AS, MEMORY)
    for line in sys.stdin:
        _limit(resource.RLIMIT_CPU, int(sum(os.times()[:2])) + SECONDS)
        answers.write(_outcome(line.rstrip("\n")) + "\n")


def _limit(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _outcome(path: str) -> str:
    try:
        hpybc.load(path)
    except hpybc.LoadError as error:
        return type(error).__name__
    except BaseException as error:  # also SystemExit, from an initialisation
        print(repr(error), file=sys.stderr)
        return f"{type(error).__name__}, no LoadError"
    return LOADED


def run(seed: int, count: int, jobs: int, sound: Originals, keep: Path) -> Result:
    """Loads ``count`` mutants in ``jobs`` processes; what none may do is kept in ``keep``."""
    result = Result(Counter(), [], [], [])
    numbers = iter(range(count))
    lock = threading.Lock()

    def work(folder: Path) -> None:
        worker = Worker(folder)
        try:
            for number in _shared(numbers, lock):
                kind, change, data = mutant(seed, number, sound)
                file = folder / f"{kind}{number}.bc"
                file.write_bytes(data)
                outcome, alive = worker.load(file)
                line = f"{file.name} ({change}): {outcome}"
                with lock:
                    result.outcomes[kind, outcome] += 1
                    if not alive:
                        result.dead.append(line)
                    elif outcome.endswith("no LoadError") and (kind, outcome) not in REFUSED:
                        result.escaped.append(line)
                    elif outcome == LOADED and kind == "stamped":
                        result.silent.append(line)
                    else:
                        file.unlink()
                        continue
                    keep.mkdir(parents=True, exist_ok=True)
                    file.rename(keep / file.name)
        finally:
            worker.close()

    with (
        tempfile.TemporaryDirectory(prefix="hpybc-fuzz-") as parent,
        ThreadPoolExecutor(jobs) as pool,
    ):
        folders = [Path(parent, str(job)) for job in range(jobs)]
        for folder in folders:
            folder.mkdir()
        list(pool.map(work, folders))
    return result


def _shared(numbers: Iterator[int], lock: threading.Lock) -> Iterator[int]:
    """``numbers`` for one of several threads, each number for one of them."""
    while True:
        with lock:
            number = next(numbers, None)
        if number is None:
            return
        yield number


def report(result: Result, keep: Path) -> int:
    """Prints a table and what is wrong; the exit status."""
    print(f"{'outcome':<32}" + "".join(f"{kind:>9}" for kind in KINDS))
    for name in sorted({outcome for _, outcome in result.outcomes}):
        print(f"{name:<32}" + "".join(f"{result.outcomes[kind, name]:>9}" for kind in KINDS))
    print(f"{'all':<32}" + "".join(f"{total(result, kind):>9}" for kind in KINDS))
    print(f"dead processes: {len(result.dead)}")
    print(f"stamped files that were loaded: {len(result.silent)}")
    print(f"errors that are no LoadError: {len(result.escaped)}")
    wrong = [*result.dead, *result.silent, *result.escaped]
    if wrong:
        print(f"kept in {keep}:", *wrong, sep="\n  ")
    return 1 if wrong else 0


def total(result: Result, kind: str) -> int:
    """How many files of a kind there were."""
    return sum(count for (of, _), count in result.outcomes.items() if of == kind)


def main(arguments: Sequence[str] | None = None) -> int:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=0, help="of the series (default: 0)")
    parser.add_argument("--count", type=int, default=1000, help="of files (default: 1000)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at once")
    parser.add_argument(
        "--keep",
        type=Path,
        default=Path("fuzz-failures"),
        metavar="DIR",
        help="for files that do what none may (default: fuzz-failures)",
    )
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.serve:
        serve()
        return 0
    from hpybc.toolchain.compile import compile_extension

    with tempfile.TemporaryDirectory(prefix="hpybc-fuzz-") as folder:
        files = [Path(folder, f"{source.stem}.bc") for source in SOURCES]
        for source, file in zip(SOURCES, files, strict=True):
            compile_extension([str(source)], str(file))
        sound = originals(files)
    keep = options.keep.absolute()
    return report(run(options.seed, options.count, options.jobs, sound, keep), keep)


if __name__ == "__main__":
    sys.exit(main())
