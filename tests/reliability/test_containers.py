"""Containers: processes with another /proc, or none, and disks that are read-only."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from reliability.loading import COMMON, answers, built, load, namespaced, said, start

ROOT = Path(__file__).parent.parent.parent

#: The home of a user that has none.
HOMELESS = "/dev/null/home"

#: What the shell runs first in a container, and options of ``unshare`` for it.
CONTAINERS = {
    "the outer /proc": ("", ("--pid", "--fork")),
    "a /proc of its own": ("mount -t proc none /proc", ("--pid", "--fork")),
    "no /proc": ("mount -t tmpfs none /proc", ()),
    "neither /proc nor /sys": ("mount -t tmpfs none /proc && mount -t tmpfs none /sys", ()),
}


@pytest.fixture(params=CONTAINERS)
def container(request: pytest.FixtureRequest) -> tuple[str, ...]:
    first, options = CONTAINERS[request.param]
    prefix = namespaced(*options, first=first or ":")
    if prefix is None:
        pytest.skip("this machine lets nobody make namespaces")
    return prefix


def test_with_a_cache(container: tuple[str, ...], file: Path, cache: Path) -> None:
    """The second module of a file is a copy of its image."""
    for built_first in (True, False):
        loads = load([file, file], cache, prefix=container)
        assert answers(loads) == [42, 42]
        assert built(loads) == [built_first, False]


def test_without_a_cache(container: tuple[str, ...], file: Path) -> None:
    """Nor a home: every module is loaded from memory, or a folder for temporary files."""
    loads = load([file, file], None, prefix=container, HOME=HOMELESS, XDG_CACHE_HOME=None)
    assert answers(loads) == [42, 42]
    assert built(loads) == [True, True]


#: A process outside, whose files from 3 on are all the image of a module that answers 43.
OUTSIDE = f"""{COMMON}
hpybc.load(arguments[0])
(image,) = (entry.path for entry in os.scandir(os.environ["HPYBC_CACHE_DIR"]))
with open(image, "rb") as file:
    content = file.read()
copy = os.memfd_create("outside")
os.write(copy, content)
for number in range(3, 64):
    if number != copy:
        os.dup2(copy, number)
say(os.getpid())
signal.pause()
"""

#: A process inside, and what two modules of a file answer there.
INSIDE = f"""{COMMON}
say(os.getpid(), *(hpybc.load(arguments[0]).answer() for _ in range(2)))
"""


def numbered(number: int) -> tuple[str, ...]:
    """The prefix of a process that has this number in a namespace, where /proc is the outer one."""
    last = f"echo {number - 1} > /proc/sys/kernel/ns_last_pid"
    prefix = namespaced("--pid", "--fork", first=f'{last} && "$@"; exit $?')
    if prefix is None or subprocess.run([*prefix, "true"], capture_output=True).returncode != 0:
        pytest.skip("this machine lets nobody choose the numbers of processes")
    return prefix


def test_the_number_of_a_process_outside(
    answering: Callable[[int], Path], file: Path, cache: Path, tmp_path: Path
) -> None:
    """What /proc shows under the number of the process that loads is another one's there.

    The image of its second module is a copy, which is found among its files. Those of the other
    one are images as well: by its number it had 43 instead of 42, and no error.
    """
    folder = tmp_path / "outside"
    folder.mkdir(mode=0o700)
    outside = start(OUTSIDE, [str(answering(43))], folder)
    try:
        assert outside.stdout is not None
        (number,) = json.loads(outside.stdout.readline())
        inside = start(INSIDE, [str(file)], cache, prefix=numbered(number))
        assert said(inside) == [[number, 42, 42]]
    finally:
        outside.kill()
        outside.communicate()


#: Folders that others may write to, hence those for temporary files.
WRITABLE = ("/tmp", "/var/tmp", "/dev/shm")


def read_only(*first: str) -> tuple[str, ...]:
    """The prefix of a process that cannot write to anything; before that come other mounts."""
    mounts = [*first]
    mounts += [f"mount --bind {place} {place}" for place in WRITABLE]  # if on the disk of the root
    mounts += [f"mount -o remount,bind,ro {place}" for place in (*WRITABLE, "/")]
    prefix = namespaced(first=" && ".join([*mounts, "cd /"]))
    if prefix is None:
        pytest.skip("this machine lets nobody make namespaces")
    return prefix


@pytest.mark.parametrize("linker", ["lld", "ld"])
def test_on_a_machine_that_is_read_only(linker: str, file: Path) -> None:
    """lld does without files; instead of another linker, LLVM links in memory."""
    mounts = []
    if linker == "ld":
        (ziglang,) = importlib.util.find_spec("ziglang").submodule_search_locations  # type: ignore[union-attr, misc]
        mounts.append(f"mount -t tmpfs -o ro none {ziglang}")
    prefix = read_only(*mounts)
    writing = subprocess.run(
        [*prefix, sys.executable, "-c", "import tempfile; tempfile.mkdtemp()"],
        stderr=subprocess.DEVNULL,
    )
    assert writing.returncode != 0
    loads = load([file] * 2, None, prefix=prefix, HOME=HOMELESS, XDG_CACHE_HOME=None, TMPDIR=None)
    assert answers(loads) == [42, 42]
    assert built(loads) == [True, True]


def doctor(prefix: tuple[str, ...], cache: Path | None) -> dict[str, str]:
    """What doctor says of each thing; its exit status says whether all of it works."""
    environment = {"PATH": os.environ["PATH"], "HOME": HOMELESS}
    if cache is not None:
        environment["HPYBC_CACHE_DIR"] = str(cache)
    done = subprocess.run(
        [*prefix, sys.executable, "-I", "-m", "hpybc", "doctor"],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    lines = [line for line in done.stdout.splitlines() if not line.startswith(" ")]
    assert done.returncode == any(line.startswith("FAIL") for line in lines)
    return {line.split()[1]: f"{line[:4]} {line[18:]}" for line in lines}


def test_doctor_on_a_machine_that_is_read_only(file: Path, cache: Path) -> None:
    """It says what a load has to do without, and why."""
    found = doctor(read_only(), None)
    assert found["cache"].startswith(
        f"FAIL {HOMELESS}/.cache/hpybc cannot be made (Not a directory"
    )
    assert found["copies"] == "ok   of images: in memory"
    found = doctor(read_only(), cache / "another")
    assert found["cache"].startswith(f"FAIL {cache}/another cannot be made (Read-only file system)")
    found = doctor(read_only(), cache)
    assert found["cache"].startswith(f"FAIL {cache}: 0 files, 0.0 MB, read-only: every process")
    load([file], cache)
    found = doctor(read_only(), cache)
    assert found["cache"].startswith(f"ok   {cache}: 1 files, 0.0 MB, read-only: every process")
    found = doctor(read_only("mount -t tmpfs none /proc"), cache)
    assert found["cache"].startswith("ok   ")
    assert found["copies"].startswith("FAIL ") and "temporary directory" in found["copies"]
    assert found["linker"].endswith("so images are linked in memory")


def test_doctor_without_proc() -> None:
    prefix = namespaced(first="mount -t tmpfs none /proc")
    if prefix is None:
        pytest.skip("this machine lets nobody make namespaces")
    found = doctor(prefix, None)["copies"]
    assert re.fullmatch("ok   of images: in /.*, as /proc is not this process's", found)
