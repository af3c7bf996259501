"""Builds that are interrupted, or whose process is killed, at twelve points from begin to end."""

from __future__ import annotations

import json
import os
import select
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from hpybc.toolchain.compile import compile_extension
from reliability import fuzz
from reliability.loading import COMMON, entries

POINTS = 12

#: The functions of the large file.
COUNT = 40

#: Loads a file, and says when it begins, when a handler runs, and what came of it.
LOADING = f"""{COMMON}
import time

def stop(number, frame):
    say("handled", time.monotonic())
    raise SystemExit(0)

for number in arguments[1]:
    signal.signal(number, stop)
sys.frozen = arguments[2]  # an application that is frozen builds by itself
say("begins", time.monotonic())
answer = hpybc.load(arguments[0]).f0(2, 3)
say("answer", answer)
"""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bitcode file of many functions, which takes long to build; f0(2, 3) is 5."""
    folder = tmp_path_factory.mktemp("large")
    source, file = folder / "large.c", folder / "large.bc"
    text = ['#include "hpy.h"', *map(_function, range(COUNT))]
    defines = ", ".join(f"&f{number}" for number in range(COUNT))
    text.append(f"static HPyDef *defines[] = {{{defines}, NULL}};")
    text.append("static HPyModuleDef definition = {NULL, 0, NULL, defines, NULL};")
    text.append("HPy_MODINIT(large, definition)")
    source.write_text("\n".join(text))
    compile_extension([str(source)], str(file))
    return file


def _function(number: int) -> str:
    return (
        f'HPyDef_METH(f{number}, "f{number}", HPyFunc_VARARGS)\n'
        f"static HPy f{number}_impl(HPyContext *ctx, HPy self, const HPy *args, size_t n) {{\n"
        "    long a, b;\n"
        '    if (!HPyArg_Parse(ctx, NULL, args, n, "ll", &a, &b)) return HPy_NULL;\n'
        f"    return HPyLong_FromLong(ctx, a + b + {number});\n}}"
    )


class Place(NamedTuple):
    """Where a process leaves what it leaves: its cache, and its folder for temporary files."""

    cache: Path
    temporary: Path

    def left(self) -> list[str]:
        """What of a build is there and no entry of the cache."""
        unfinished = [name for name in os.listdir(self.cache) if not name.endswith((".so", ".o"))]
        return [*unfinished, *os.listdir(self.temporary)]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path / "cache", tmp_path / "temporary")
    place.cache.mkdir(mode=0o700)
    place.temporary.mkdir()
    return place


class Process(NamedTuple):
    """A process that loads.

    Attributes:
        itself: the process.
        family: what can be read to its end once it and all that it has started are gone.
    """

    itself: subprocess.Popen[str]
    family: int

    def says(self, what: str, within: float = 120) -> float:
        """The value of the next thing it says, which is ``what``."""
        said, value = self.next(within)
        assert said == what
        return value

    def next(self, within: float = 120) -> tuple[str, float]:
        """What it says next, and a value."""
        output = self.itself.stdout
        assert output is not None
        assert select.select([output], [], [], within)[0]
        said, value = json.loads(output.readline())
        return said, float(value)

    def gone(self, within: float = 10) -> bool:
        """Whether nothing of the family is left, or will be soon."""
        return bool(select.select([self.family], [], [], within)[0])


class Kind(NamedTuple):
    """Who builds: the process that loads, or another one; and for which engine."""

    by_itself: bool
    engine: str


USUAL = Kind(by_itself=False, engine="shared")


@contextmanager
def loading(
    file: Path, place: Place, handled: tuple[signal.Signals, ...] = (), kind: Kind = USUAL
) -> Iterator[Process]:
    ours, theirs = os.pipe()
    folders = {"HPYBC_CACHE_DIR": str(place.cache), "TMPDIR": str(place.temporary)}
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", LOADING, json.dumps([str(file), handled, kind.by_itself])],
        env={**os.environ, **folders, "HPYBC_ENGINE": kind.engine},
        stdout=subprocess.PIPE,
        pass_fds=[theirs],
        text=True,
    )
    os.close(theirs)
    try:
        yield Process(process, ours)
    finally:
        process.kill()
        process.communicate()
        os.close(ours)


def seconds(file: Path, place: Place, kind: Kind = USUAL) -> float:
    """How long a load takes, which is right."""
    with loading(file, place, kind=kind) as process:
        begin = process.says("begins")
        assert process.says("answer") == 5
        took = time.monotonic() - begin
        assert process.itself.wait(60) == 0
        assert process.gone()
    return took


def clear(place: Place) -> None:
    for file in place.cache.iterdir():
        file.unlink()


KINDS = [USUAL, Kind(by_itself=True, engine="shared"), Kind(by_itself=True, engine="memory")]


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS, ids=lambda k: f"{k.engine}{' by itself' * k.by_itself}")
def test_handlers_run_at_once(kind: Kind, large: Path, place: Place) -> None:
    """Ctrl-C and others; the process that they end has nothing running or written after that."""
    whole = seconds(large, place, kind)
    clear(place)
    waited: list[float] = []
    ended: list[float] = []
    while len(waited) < POINTS:
        point = len(waited)
        number = (signal.SIGINT, signal.SIGTERM)[point % 2]
        with loading(large, place, (signal.SIGINT, signal.SIGTERM), kind) as process:
            process.says("begins")
            time.sleep(whole * point / POINTS)
            sent = time.monotonic()
            process.itself.send_signal(number)
            said, value = process.next()
            assert process.itself.wait(60) in (0, -number)
            if said == "handled":
                waited.append(value - sent)
                ended.append(time.monotonic() - sent)
            else:  # it was built before, by a machine that has less to do now
                assert (said, value) == ("answer", 5)
                whole *= 0.8
            assert process.gone()
        assert place.left() == []
        clear(place)
    print([f"{handled:.3f} {end:.3f}" for handled, end in zip(waited, ended, strict=True)])
    # A machine that has much else to do may be late now and then.
    assert statistics.median(waited) < 0.1
    assert statistics.median(ended) < 0.5
    assert max(waited) < 1


def raw(file: Path) -> Path:
    """The same bitcode without manifest and checksum."""
    path = file.parent / "raw" / file.name
    path.parent.mkdir()
    path.write_bytes(fuzz.payload(file.read_bytes()))
    return path


@pytest.mark.long
@pytest.mark.parametrize("kind", ["stamped", "raw"])
def test_killed_builds_leave_nothing(kind: str, large: Path, place: Place) -> None:
    """No process; and no file once the next load has been, which is right."""
    file = large if kind == "stamped" else raw(large)
    whole = seconds(file, place)
    clear(place)
    killed = 0
    for point in range(POINTS):
        number = (signal.SIGTERM, signal.SIGKILL, signal.SIGHUP)[point % 3]
        with loading(file, place) as process:
            process.says("begins")
            time.sleep(whole * point / POINTS)
            process.itself.send_signal(number)
            killed += process.itself.wait(60) == -number
            assert process.gone()
        if entries(place.cache):  # it was built before, by a machine that has less to do now
            clear(place)
    assert killed > POINTS // 2
    seconds(file, place)
    assert place.left() == []
    assert len(entries(place.cache)) == 1
