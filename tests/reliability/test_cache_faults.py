"""Caches that are full, out of reach, spoilt or not to be trusted: loads go on without."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from reliability.loading import (
    BUILT_HERE,
    COMMON,
    LOADS,
    MOMENTS,
    Load,
    answers,
    built,
    entries,
    full,
    load,
    mounted,
    said,
    start,
)
from tools.support import unprivileged

NOBODY = 65534


@pytest.fixture(scope="session")
def sound(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The entry of ``file`` in some cache."""
    return stored(file, tmp_path_factory)


@pytest.fixture(scope="session")
def impostor(answering: Callable[[int], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The entry of a module that answers 13: under the name of ``sound`` it would be loaded."""
    return stored(answering(13), tmp_path_factory)


def stored(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stored")
    assert built(load([file], folder)) == [True]
    (entry,) = entries(folder)
    return entry


def put(cache: Path, name: str, data: bytes) -> Path:
    """A file in the cache that only its owner can read and write."""
    path = cache / name
    path.write_bytes(data)
    path.chmod(0o600)
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def assert_without_cache(loads: Sequence[Load]) -> None:
    """Two loads of a file that were built each, and said so once."""
    assert answers(loads) == [42, 42]
    assert built(loads) == [True, True]
    assert [len(each.said) for each in loads] == [1, 0]


# The folder.


def give_away(cache: Path) -> Path:
    """A folder of another user; without privileges one that is there."""
    if os.getuid() != 0:
        return Path("/")
    os.chown(cache, NOBODY, NOBODY)
    return cache


def with_mode(mode: int) -> Callable[[Path], Path]:
    def changed(cache: Path) -> Path:
        cache.chmod(mode)
        return cache

    return changed


def linked(cache: Path) -> Path:
    link = cache.with_name("link")
    link.symlink_to(cache)
    return link


def linked_and_open(cache: Path) -> Path:
    cache.chmod(0o777)
    return linked(cache)


@pytest.mark.parametrize(
    "spoil",
    [give_away, with_mode(0o777), with_mode(0o770), linked_and_open],
    ids=["of another user", "everybody writes", "group writes", "link to where everybody writes"],
)
def test_folder_that_others_may_have_written_to(
    spoil: Callable[[Path], Path], file: Path, cache: Path, sound: Path, impostor: Path
) -> None:
    """Nothing is taken from it, and nothing put there."""
    put(cache, sound.name, impostor.read_bytes())
    before = contents(cache)
    assert_without_cache(load([file, file], spoil(cache)))
    assert contents(cache) == before


def test_folder_that_is_a_link(file: Path, cache: Path) -> None:
    """It is used as the folder that it leads to."""
    link = linked(cache)
    assert built(load([file, file], link)) == [True, False]
    assert len(entries(cache)) == 1
    assert built(load([file], link)) == [False]


def a_file(cache: Path) -> Path:
    path = cache / "file"
    path.touch()
    return path


@pytest.mark.parametrize(
    "spoil",
    [a_file, lambda cache: Path("/proc/hpybc")],
    ids=["file", "cannot be made"],
)
def test_folder_that_is_none(spoil: Callable[[Path], Path], file: Path, cache: Path) -> None:
    """Nor can one be made."""
    assert_without_cache(load([file, file], spoil(cache)))


def test_folder_that_is_read_only(file: Path, cache: Path) -> None:
    """Nothing is stored."""
    cache.chmod(0o500)
    assert_without_cache(load([file, file], cache, prefix=unprivileged()))
    assert contents(cache) == {}


def test_file_system_that_is_read_only(file: Path, cache: Path) -> None:
    """Where nothing can be mounted, the one of the kernel, which is as good as that."""
    prefix = mounted(cache, "ro")
    folder = cache if prefix is not None else Path("/proc")
    assert_without_cache(load([file, file], folder, prefix=prefix or ()))


def test_file_system_without_programs(file: Path, cache: Path) -> None:
    """The image is kept there, and loaded from memory; an ordinary one where nothing is mounted."""
    loads = load([file] * 3, cache, prefix=mounted(cache, "noexec") or ())
    assert (answers(loads), built(loads)) == ([42] * 3, [True, False, False])


def test_folder_that_is_read_only_and_has_the_image(file: Path, cache: Path, sound: Path) -> None:
    """It is used, whatever its age."""
    entry = put(cache, sound.name, sound.read_bytes())
    os.utime(entry, (0, 0))
    cache.chmod(0o500)
    loads = load([file], cache, prefix=unprivileged())
    assert (answers(loads), built(loads)) == ([42], [False])


def test_folder_on_another_file_system_than_temporary_files(
    file: Path, cache: Path, tmp_path: Path
) -> None:
    """An image is stored and copied as ever."""
    other = tmp_path / "other"
    other.mkdir()
    prefix = mounted(other, "size=10m")
    folder = str(other) if prefix is not None else "/dev/shm"
    code = f"{LOADS}\nsay(os.stat(os.environ['TMPDIR']).st_dev)"
    process = start(code, [str(file)] * 2, cache, prefix=prefix or (), TMPDIR=folder)
    first, second, (device,) = said(process)
    assert [first[:2], second[:2]] == [[42, True], [42, False]]
    assert device != cache.stat().st_dev
    assert len(entries(cache)) == 1


def test_folder_that_is_deleted_meanwhile(
    file: Path, answering: Callable[[int], Path], cache: Path
) -> None:
    """What is loaded goes on, and what is loaded then is stored in a new one."""
    code = f"""{COMMON}
import shutil
modules = [hpybc.load(path) for path in arguments[:2]]
shutil.rmtree(os.environ["HPYBC_CACHE_DIR"])
modules += [hpybc.load(path) for path in arguments]
say(*(module.answer() for module in modules))
"""
    files = [str(path) for path in (file, answering(1), answering(2))]
    assert said(start(code, files, cache)) == [[42, 1, 42, 1, 2]]
    assert len(entries(cache)) == 3
    assert cache.stat().st_mode & 0o777 == 0o700


# The home.

#: A user that the system does not know, as containers are run as.
UNKNOWN = f"""
import pwd
def unknown(user):
    raise KeyError(user)
pwd.getpwuid = unknown
{LOADS}"""


def test_no_home(file: Path, tmp_path: Path) -> None:
    """No variable and no entry of the user: there is no cache, not even in the current folder."""
    folder = tmp_path / "current"
    folder.mkdir()
    files = [str(file)] * 2
    process = start(UNKNOWN, files, None, cwd=folder, HOME=None, XDG_CACHE_HOME=None)
    loads = [Load(*values) for values in said(process)]
    assert list(folder.iterdir()) == []
    assert_without_cache(loads)


def test_home_of_a_user_without_the_variable(file: Path, tmp_path: Path) -> None:
    """The system knows it."""
    entry = ["name", "x", os.getuid(), os.getgid(), "", str(tmp_path / "home"), ""]
    code = f"import pwd\npwd.getpwuid = lambda user: pwd.struct_passwd({entry})\n{LOADS}"
    process = start(code, [str(file)], None, HOME=None, XDG_CACHE_HOME=None)
    assert [values[:2] for values in said(process)] == [[42, True]]
    assert len(entries(tmp_path / "home" / ".cache" / "hpybc")) == 1


def test_home_that_does_not_exist(file: Path, tmp_path: Path) -> None:
    """As that of many a service, and nobody may make it."""
    assert_without_cache(load([file, file], None, HOME="/proc/absent", XDG_CACHE_HOME=None))


# Full disks.


def test_disk_that_is_full(file: Path, cache: Path, sound: Path) -> None:
    """A byte is missing, and no part of the image stays."""
    prefix = full(cache, sound.stat().st_size)
    code = f"{LOADS}\nsay(*os.listdir(os.environ['HPYBC_CACHE_DIR']))"
    *loads, left = said(start(code, [str(file)] * 2, cache, prefix=prefix))
    assert [name for name in left if not name.endswith(".lock")] == []
    assert_without_cache([Load(*values) for values in loads])


#: Loads its arguments; an error is as good as an answer if it is a LoadError.
CATCHING = f"""{COMMON}
for path in arguments:
    try:
        say(hpybc.load(path).answer())
    except hpybc.LoadError as error:
        say(str(error))
"""

NO_FOLDER = f"import tempfile\ntempfile._candidate_tempdir_list = lambda: []\n{CATCHING}"


def outcomes(process_said: Sequence[Sequence[object]], reason: str) -> list[object]:
    """The answers, and the reason in the place of errors that give it."""
    return [
        reason if isinstance(outcome, str) and reason in outcome else outcome
        for (outcome,) in process_said
    ]


@pytest.mark.parametrize("is_warm", [False, True], ids=["cold", "warm"])
def test_disk_of_temporary_files_that_is_full(
    is_warm: bool, file: Path, raw: Path, cache: Path, sound: Path, tmp_path: Path
) -> None:
    """Whatever needs it is a LoadError that says so; the cache does not need it."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    if is_warm:
        put(cache, sound.name, sound.read_bytes())
    process = start(
        CATCHING,
        [str(file), str(file), str(raw)],
        cache,
        prefix=full(folder, 4097),
        TMPDIR=str(folder),
    )
    reason = os.strerror(errno.ENOSPC if mounted(folder, "") else errno.EFBIG)
    found = outcomes(said(process), reason)
    assert set(found) <= {42, reason}
    if is_warm:
        assert found[0] == 42


@pytest.mark.parametrize("is_warm", [False, True], ids=["cold", "warm"])
def test_no_folder_for_temporary_files(
    is_warm: bool, file: Path, raw: Path, cache: Path, sound: Path
) -> None:
    """Whatever needs one is a LoadError that says so; the cache needs none."""
    if is_warm:
        put(cache, sound.name, sound.read_bytes())
    process = start(NO_FOLDER, [str(file), str(file), str(raw)], cache)
    reason = "No usable temporary directory"
    found = outcomes(said(process), reason)
    assert set(found) <= {42, reason}
    if is_warm:
        assert found[0] == 42


@pytest.mark.parametrize("exists", [False, True], ids=["missing", "unwritable"])
def test_folder_of_temporary_files_that_cannot_be_used(
    exists: bool, file: Path, cache: Path, tmp_path: Path
) -> None:
    """Python has others."""
    folder = tmp_path / "temporary"
    if exists:
        folder.mkdir(mode=0o500)
    for is_cold in (True, False):
        loads = load([file, file], cache, prefix=unprivileged(), TMPDIR=str(folder))
        assert (answers(loads), built(loads)) == ([42, 42], [is_cold, False])


# Entries.


def assert_repaired(file: Path, entry: Path, sound: Path) -> None:
    """A load does not take what is in the entry's place, and puts what belongs there."""
    loads = load([file], entry.parent)
    assert (answers(loads), built(loads)) == ([42], [True])
    assert not entry.is_symlink()
    status = entry.stat()
    assert (status.st_uid, status.st_mode & 0o777) == (os.getuid(), 0o600)
    assert entry.read_bytes() == sound.read_bytes()
    assert built(load([file], entry.parent)) == [False]


def test_planted_image_without_a_digest(
    file: Path, cache: Path, sound: Path, impostor: Path
) -> None:
    """Other code that the operating system would load."""
    image = impostor.read_bytes()[:-32]
    assert image.startswith(b"\x7fELF")
    assert_repaired(file, put(cache, sound.name, image), sound)


def test_planted_image_with_the_digest_of_the_right_one(
    file: Path, cache: Path, sound: Path, impostor: Path
) -> None:
    """It is that of other content."""
    image = impostor.read_bytes()[:-32] + sound.read_bytes()[-32:]
    assert_repaired(file, put(cache, sound.name, image), sound)


def give_file_away(path: Path) -> None:
    """Only root can give files away; for everybody else, one that others may write to."""
    if os.getuid() == 0:
        os.chown(path, NOBODY, NOBODY)
    else:
        path.chmod(0o602)


@pytest.mark.parametrize(
    "spoil",
    [give_file_away, lambda path: path.chmod(0o606), lambda path: path.chmod(0o660)],
    ids=["of another user", "everybody writes", "group writes"],
)
def test_planted_image_that_another_user_could_have_written(
    spoil: Callable[[Path], None], file: Path, cache: Path, sound: Path, impostor: Path
) -> None:
    """While the folder was open to them; the digest they can compute as well."""
    entry = put(cache, sound.name, impostor.read_bytes())
    spoil(entry)
    assert_repaired(file, entry, sound)


def test_link_in_an_entrys_place(
    file: Path, cache: Path, sound: Path, impostor: Path, tmp_path: Path
) -> None:
    """It is not followed, and what it names stays as it is."""
    outside = put(tmp_path, "outside.so", impostor.read_bytes())
    entry = cache / sound.name
    entry.symlink_to(outside)
    assert_repaired(file, entry, sound)
    assert outside.read_bytes() == impostor.read_bytes()


@pytest.mark.parametrize("years", [-50, 10])
def test_clock_that_was_moved(years: int, file: Path, cache: Path, sound: Path) -> None:
    """An image from another time is used, and its time set right."""
    entry = put(cache, sound.name, sound.read_bytes())
    then = time.time() + years * 365 * 86400
    os.utime(entry, (then, then))
    loads = load([file], cache)
    assert (answers(loads), built(loads)) == ([42], [False])
    assert abs(entry.stat().st_mtime - time.time()) < 3600


# What other processes do to the cache meanwhile.

#: Loads a file as often as a load from the cache has moments, with the cache spoilt at each.
PRUNED = f"""{COMMON}{MOMENTS}{BUILT_HERE}
import shutil
path, cache, spoil, is_second = arguments
at, kept = 0, cache + ".kept"

def prune():
    for name in os.listdir(cache):
        os.unlink(os.path.join(cache, name))

def remove():
    shutil.rmtree(cache)

def replace():
    remove()
    os.mkdir(cache, 0o700)

def act(n):
    global at
    if n == at:
        at = 0
        globals()[spoil]()

def filled():
    shutil.rmtree(cache, ignore_errors=True)
    shutil.copytree(kept, cache)
    if is_second:  # an image that is in use is read, to be copied
        hpybc.load(path)
    moments.passed = 0

moments = Moments(cache, act)
hpybc.load(path)  # imports what a build needs
shutil.copytree(cache, kept)
filled()
hpybc.load(path)
for moment in range(1, moments.passed + 1):
    filled()
    at = moment
    say(hpybc.load(path).answer(), at)
"""


@pytest.mark.parametrize("is_second", [False, True], ids=["first", "second"])
@pytest.mark.parametrize("spoil", ["prune", "remove", "replace"])
@pytest.mark.parametrize("engine", ["shared", "memory"])
def test_image_that_is_pruned_while_it_is_loaded(
    engine: str, spoil: str, is_second: bool, file: Path, cache: Path
) -> None:
    """At whichever moment: it is built again, as if it had never been there."""
    process = start(PRUNED, [str(file), str(cache), spoil, is_second], cache, HPYBC_ENGINE=engine)
    outcomes = said(process)
    assert len(outcomes) >= 3
    assert outcomes == [[42, 0]] * len(outcomes)
