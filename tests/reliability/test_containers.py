"""Containers: processes with another /proc, or none, and disks that are read-only."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from reliability.loading import answers, built, load, namespaced

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


#: Folders that others may write to, hence those for temporary files.
WRITABLE = ("/tmp", "/var/tmp", "/dev/shm")


@pytest.mark.parametrize("linker", ["lld", "ld"])
def test_on_a_machine_that_is_read_only(linker: str, file: Path) -> None:
    """lld does without files; instead of another linker, LLVM links in memory."""
    mounts = []
    if linker == "ld":
        (ziglang,) = importlib.util.find_spec("ziglang").submodule_search_locations  # type: ignore[union-attr, misc]
        mounts.append(f"mount -t tmpfs -o ro none {ziglang}")
    mounts += [f"mount --bind {place} {place}" for place in WRITABLE]  # if on the disk of the root
    mounts += [f"mount -o remount,bind,ro {place}" for place in (*WRITABLE, "/")]
    prefix = namespaced(first=" && ".join([*mounts, "cd /"]))
    if prefix is None:
        pytest.skip("this machine lets nobody make namespaces")
    writing = subprocess.run(
        [*prefix, sys.executable, "-c", "import tempfile; tempfile.mkdtemp()"],
        stderr=subprocess.DEVNULL,
    )
    assert writing.returncode != 0
    loads = load([file] * 2, None, prefix=prefix, HOME=HOMELESS, XDG_CACHE_HOME=None, TMPDIR=None)
    assert answers(loads) == [42, 42]
    assert built(loads) == [True, True]
