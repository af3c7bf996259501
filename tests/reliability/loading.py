"""Processes of their own that load extensions, and what they say."""

from __future__ import annotations

import functools
import json
import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from hpybc.cache import upkeep
from tools.support import unprivileged

#: What every such process begins with.
COMMON = """
import json, os, signal, sys
import hpybc
arguments = json.loads(sys.argv[1])

def say(*values):
    os.write(1, (json.dumps(values) + "\\n").encode())
"""

#: ``Moments(folder, act)`` calls ``act(n)`` at each moment n = 1, 2 ... at which this process is
#: about to touch files or processes, anywhere or in ``folder``: from one to the next, what others
#: see of it stays the same.
MOMENTS = """
class Moments:
    KINDS = ("fcntl.", "os.", "shutil.", "subprocess.", "tempfile.")

    def __init__(self, folder, act):
        self.passed, self.folder, self.act = 0, folder, act
        sys.addaudithook(self)

    def __call__(self, event, details):
        if event in ("os.kill", "os.putenv"):
            return  # the test's own doing
        if event.startswith(self.KINDS) or any(
            isinstance(detail, str) and detail.startswith(self.folder) for detail in details
        ):
            self.passed += 1
            self.act(self.passed)
"""

#: Has a process build by itself what it loads: for tests of what happens to images, of which it may
#: need many. A process for each takes 0.1 s.
BUILT_HERE = """
from hpybc.process import child
child.call = lambda function, *arguments, **_: function(*arguments)
"""

#: Loads the files that are its arguments, one after the other.
LOADS = (
    COMMON
    + """
import logging
records = []

class Handler(logging.Handler):
    def emit(self, record):
        records.append(record)

logging.getLogger("hpybc").addHandler(Handler())
logging.getLogger("hpybc").setLevel("DEBUG")
for path in arguments:
    answer = hpybc.load(path).answer()
    built = any(record.name == "hpybc.build" for record in records)
    say(answer, built, [r.getMessage() for r in records if r.name == "hpybc.cache"])
    records.clear()
"""
)


class Load(NamedTuple):
    """A load of an ``answer.bc``.

    Attributes:
        answer: what the module answers.
        built: whether this process compiled it.
        said: what was logged of the cache.
    """

    answer: int
    built: bool
    said: list[str]


def start(
    code: str,
    arguments: object,
    cache: Path | None,
    *,
    prefix: Sequence[str] = (),
    cwd: Path | None = None,
    **variables: str | None,
) -> subprocess.Popen[str]:
    """A new process that runs ``code``.

    Args:
        code: begins with ``COMMON``.
        arguments: what it finds in ``arguments``, through JSON.
        cache: its ``$HPYBC_CACHE_DIR``.
        prefix: a command that runs the command behind it.
        cwd: its folder.
        variables: of its environment; None is for one it does not have.
    """
    named = {"HPYBC_CACHE_DIR": None if cache is None else str(cache), "HPYBC_ENGINE": None}
    environment = {**os.environ, **named, **variables}
    return subprocess.Popen(
        [*prefix, sys.executable, "-I", "-c", code, json.dumps(arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env={name: value for name, value in environment.items() if value is not None},
    )


def said(process: subprocess.Popen[str]) -> list[Any]:
    """What a process says until it ends, which it does well and without a word to stderr."""
    try:
        out, err = process.communicate(timeout=300)
    finally:
        process.kill()
    assert err == ""
    assert process.returncode == 0
    return [json.loads(line) for line in out.splitlines()]


def start_loads(
    files: Sequence[Path],
    cache: Path | None,
    *,
    prefix: Sequence[str] = (),
    cwd: Path | None = None,
    **variables: str | None,
) -> subprocess.Popen[str]:
    """A new process that loads ``files``; see ``start``."""
    return start(LOADS, [str(f) for f in files], cache, prefix=prefix, cwd=cwd, **variables)


def loads(process: subprocess.Popen[str]) -> list[Load]:
    """The loads of a process that ``start_loads`` started."""
    return [Load(*values) for values in said(process)]


def load(
    files: Sequence[Path],
    cache: Path | None,
    *,
    prefix: Sequence[str] = (),
    cwd: Path | None = None,
    **variables: str | None,
) -> list[Load]:
    """The loads of ``files`` in one new process; see ``start``."""
    return loads(start_loads(files, cache, prefix=prefix, cwd=cwd, **variables))


def answers(loads: Sequence[Load]) -> list[int]:
    return [each.answer for each in loads]


def built(loads: Sequence[Load]) -> list[bool]:
    return [each.built for each in loads]


# What is in a cache.

_ENTRY = r"[0-9a-f]{64}(?:-[0-9a-f]*)?\.(?:so|o|zip)"
#: Files that whoever was killed may leave.
_LEFT = rf"{_ENTRY}\.\d+-[0-9a-f]{{8}}|{_ENTRY}\.lock"


def entries(cache: Path) -> list[Path]:
    """The entries of a cache, in no order; fails if one is damaged or another file is there."""
    names = os.listdir(cache)
    assert [n for n in names if not re.fullmatch(f"{_ENTRY}|{_LEFT}", n)] == []
    labels = {entry.name: upkeep.label(str(cache), entry) for entry in upkeep.entries(str(cache))}
    finished = [name for name in names if re.fullmatch(_ENTRY, name)]
    assert [name for name in finished if labels.get(name) is None] == []
    return [cache / name for name in finished]


# What a process may not do.


@functools.cache
def _unshare() -> tuple[str, ...] | None:
    """The prefix of a process that may mount for itself alone; None if this machine has none."""
    for prefix in (("unshare", "--mount"), ("unshare", "--mount", "--map-root-user")):
        command = [*prefix, "mount", "-t", "tmpfs", "none", "/mnt"]
        try:
            if subprocess.run(command, capture_output=True).returncode == 0:
                return prefix
        except FileNotFoundError:
            pass
    return None


def mounted(folder: Path, options: str) -> tuple[str, ...] | None:
    """The prefix of a process that has an empty file system in ``folder``; None if it cannot."""
    unshare = _unshare()
    if unshare is None:
        return None
    script = 'mount -t tmpfs -o "mode=0700,$0" none "$1" && shift && exec "$@"'
    return (*unshare, "sh", "-c", script, options, str(folder))


def full(folder: Path, size: int) -> tuple[str, ...]:
    """The prefix of a process that cannot write ``size`` bytes to a file in ``folder``.

    Where nothing can be mounted, to a file anywhere.
    """
    pages = (size - 1) // 4096
    assert pages > 0
    return mounted(folder, f"size={4 * pages}k") or ("prlimit", f"--fsize={size - 1}")


def read_only(folder: Path) -> tuple[str, ...]:
    """The prefix of a process that cannot write to ``folder``, nor, if possible, to any disk."""
    unshare = _unshare()
    if unshare is None:
        subprocess.run(["chmod", "-R", "a-w", str(folder)], check=True)
        return unprivileged()
    return (*unshare, "sh", "-c", 'mount -o remount,bind,ro / && exec "$@"', "sh")


def namespaced(*options: str, first: str = ":") -> tuple[str, ...] | None:
    """The prefix of a process in other namespaces; None if this machine lets nobody make such.

    Args:
        options: of ``unshare``.
        first: a command of the shell that runs before, and may mount.
    """
    unshare = _unshare()
    if unshare is None:
        return None
    return (*unshare, *options, "sh", "-c", f'{first} && exec "$@"', "sh")


# Builds that do not end.

#: Loads a file that is built by another program than Python.
_HANGING = f"""{COMMON}
path, sys.executable = arguments
try:
    hpybc.load(path)
except KeyboardInterrupt:
    say("interrupted")
"""

#: That program. It says its number once its parent waits for it.
_BUILDER = """#!/bin/sh
until read -r _ _ state _ < /proc/$PPID/stat && [ "$state" = S ]; do :; done
echo $$ > '{channel}'
exec sleep 1000
"""


@contextmanager
def hanging(raw: Path, cache: Path, folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process that waits for its child to build a raw file, and that child, as a pidfd."""
    program, channel = folder / "python", folder / "channel"
    os.mkfifo(channel)
    program.write_text(_BUILDER.format(channel=channel))
    program.chmod(0o700)
    process = start(_HANGING, [str(raw), str(program)], cache)
    builder = os.pidfd_open(int(channel.read_text()))
    try:
        yield process, builder
    finally:
        process.kill()
        process.communicate()
        if not has_ended(builder):
            signal.pidfd_send_signal(builder, signal.SIGKILL)
        os.close(builder)


def has_ended(pidfd: int, *, within: float = 0) -> bool:
    """Whether a process has ended, or does so within some seconds."""
    return bool(select.select([pidfd], [], [], within)[0])
