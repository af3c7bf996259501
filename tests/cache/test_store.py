"""The cache: a file that is not exactly right is a miss, a folder that is not is none at all."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import platformdirs
import pytest

import hpybc
from hpybc.cache import sealed, store

#: The smallest module: most of these tests have it compiled once more.
ANSWER = Path(__file__).parent.parent / "loader" / "answer.c"


# Entries.


def test_nothing_is_found_in_an_empty_cache(folder: Path) -> None:
    """And looking changes nothing."""
    assert store.lookup("key.so") is None
    assert list(folder.iterdir()) == []


def test_what_is_stored_is_found(folder: Path) -> None:
    """With the path it is kept at."""
    path = store.store("key.so", b"image")
    assert path == str(folder / "key.so")
    assert path is not None and store.lookup("key.so") == path
    assert sealed.content(path) == b"image"


def test_an_entry_is_sealed(folder: Path) -> None:
    """A file of its own, readable by its owner only, that says whose it is."""
    store.store("key.so", b"image", "what")
    (file,) = folder.iterdir()
    assert file.read_bytes() == sealed.seal(b"image", "key.so what")
    assert file.stat().st_mode & 0o777 == 0o600


def test_another_images_entry_is_a_miss(folder: Path) -> None:
    """Whoever renames it."""
    store.store("key.so", b"image")
    (folder / "key.so").rename(folder / "other.so")
    assert store.lookup("other.so") is None


def test_storing_again_replaces(folder: Path) -> None:
    """The later one counts, and nothing else is left."""
    store.store("key.so", b"image")
    store.store("key.so", b"another")
    assert sealed.content(store.lookup("key.so") or "") == b"another"
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: data[:10],
        lambda data: data[:-1],
        lambda data: data + b"\0",
        lambda data: bytes(len(data)),
        lambda data: bytes([data[0] ^ 1]) + data[1:],
        lambda data: data[:-1] + bytes([data[-1] ^ 0x80]),
    ],
    ids=["empty", "short", "one byte less", "one byte more", "zeros", "first bit", "last bit"],
)
def test_an_entry_that_was_changed_is_a_miss(spoil: Callable[[bytes], bytes], folder: Path) -> None:
    """Cut short by a full disk, or damaged."""
    path = Path(store.store("key.so", b"image" * 100) or "")
    path.write_bytes(spoil(path.read_bytes()))
    assert store.lookup("key.so") is None


def test_an_entry_that_is_a_folder_is_a_miss(folder: Path) -> None:
    """It cannot be replaced either, which is no error."""
    (folder / "key.so").mkdir()
    assert store.lookup("key.so") is None
    assert store.store("key.so", b"image") is None
    assert [path.name for path in folder.iterdir()] == ["key.so"]


def test_a_full_disk_is_no_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The image is not kept, and no half of it stays."""

    def full(source: str, target: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert store.store("key.so", b"image") is None
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("spoilt", [b"", b"\x7fELF" + bytes(5000)], ids=["empty", "other"])
def test_a_load_repairs_a_spoilt_entry(
    spoilt: bytes, compiled: Callable[..., Path], folder: Path, engine: str
) -> None:
    """It builds again, and the cache has the right image afterwards."""
    file = compiled(ANSWER)
    hpybc.load(file)
    (entry,) = folder.iterdir()
    good = entry.read_bytes()
    # A new file: what is mapped from the old one is still in use.
    entry.unlink()
    entry.write_bytes(spoilt)
    assert hpybc.load(file).answer() == 42
    assert [path.name for path in folder.iterdir()] == [entry.name]
    assert entry.read_bytes() == good


# The folder.


def test_folder_is_made_for_its_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its parents, the first time something is kept."""
    path = tmp_path / "not" / "yet"
    monkeypatch.setenv("HPYBC_CACHE_DIR", str(path))
    assert store.lookup("key.so") is None
    assert not path.exists()
    assert store.store("key.so", b"image") is not None
    assert path.stat().st_mode & 0o777 == 0o700


def linked(path: Path) -> Path:
    """Puts a link in the place of a folder; returns where the folder is now."""
    target = path.parent / "elsewhere"
    path.rename(target)
    path.symlink_to(target)
    return target


def linked_and_open(path: Path) -> None:
    linked(path).chmod(0o770)


def linked_to_itself(path: Path) -> None:
    path.rmdir()
    path.symlink_to(path)


def a_file(path: Path) -> None:
    path.rmdir()
    path.write_bytes(b"")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.chmod(0o770),
        lambda path: path.chmod(0o707),
        lambda path: path.chmod(0o777),
        lambda path: path.chmod(0o1777),
        linked_and_open,
        linked_to_itself,
        a_file,
    ],
    ids=[
        *("group writes", "others write", "everybody writes", "like /tmp"),
        *("link to where the group writes", "link to itself", "file"),
    ],
)
def test_folder_that_cannot_be_trusted_is_not_used(
    spoil: Callable[[Path], None], folder: Path
) -> None:
    """Code from it would run in this process."""
    assert store.store("key.so", b"image") is not None
    (folder / "key.so").unlink()
    spoil(folder)
    assert store.trusted(str(folder)) is None
    assert store.store("key.so", b"image") is None
    assert store.lookup("key.so") is None
    assert not (folder / "key.so").exists()


def test_folder_that_is_a_link_to_the_users_own(folder: Path) -> None:
    """From a small disk to a large one, say; by its real name, which nobody can lead elsewhere."""
    target = linked(folder)
    assert store.trusted(str(folder)) == str(target)
    assert store.store("key.so", b"image") == str(target / "key.so")
    assert store.lookup("key.so") == str(target / "key.so")


def test_folder_behind_several_links(folder: Path) -> None:
    """Of folders on the way, too; relative ones, and up again."""
    target = linked(folder)
    (folder.parent / "home").mkdir()
    (folder.parent / "home" / "way").symlink_to("../elsewhere/..")
    folder.unlink()
    folder.symlink_to("home/./way/last")
    (folder.parent / "last").symlink_to(target)
    assert store.trusted(str(folder)) == str(target)


def test_folder_that_a_link_leads_to_is_made(folder: Path) -> None:
    """On a disk that is emptied at times."""
    target = linked(folder)
    target.rmdir()
    assert store.lookup("key.so") is None
    assert not target.exists()
    assert store.store("key.so", b"image") == str(target / "key.so")
    assert target.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("which", ["cache", "way"])
def test_link_of_another_user_is_not_followed(
    which: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not to a folder of this user's either: it may hold what came from anywhere."""
    target = linked(folder)
    (folder.parent / "way").symlink_to(target)
    folder.unlink()
    folder.symlink_to("way")
    assert store.trusted(str(folder)) == store.trusted(f"{folder}//") == str(target)
    lstat = os.lstat

    def foreign(path: str) -> os.stat_result:
        status = lstat(path)
        if os.path.basename(path) != which:
            return status
        return os.stat_result((*status[:4], os.geteuid() + 1, *status[5:10]))

    monkeypatch.setattr(os, "lstat", foreign)
    assert store.trusted(str(folder)) is store.trusted(f"{folder}/") is None


def test_folder_of_another_user_is_not_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever it is."""
    store.store("key.so", b"image")
    user = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    assert store.lookup("key.so") is None
    assert store.store("key.so", b"image") is None


@pytest.mark.parametrize("mode", [0o700, 0o755, 0o500])
def test_folder_that_only_its_owner_can_write_to_is_used(mode: int, folder: Path) -> None:
    """That others can read it does not matter."""
    store.store("key.so", b"image")
    folder.chmod(mode)
    assert store.lookup("key.so") is not None
    folder.chmod(0o700)


def test_folder_on_a_file_system_that_is_read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is kept, and nothing is wrong: /proc lets no one make folders."""
    monkeypatch.setenv("HPYBC_CACHE_DIR", "/proc/hpybc")
    assert store.lookup("key.so") is None
    assert store.store("key.so", b"image") is None


@pytest.mark.parametrize("variable", ["/dev/null/cache", "/proc/hpybc", "x" * 5000])
def test_a_load_needs_no_cache(
    variable: str,
    compiled: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    engine: str,
) -> None:
    """It builds each time; two modules are separate all the same."""
    monkeypatch.setenv("HPYBC_CACHE_DIR", variable)
    modules = [hpybc.load(compiled(ANSWER)) for _ in range(2)]
    assert [module.answer() for module in modules] == [42, 42]


def test_folder_by_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """$HPYBC_CACHE_DIR, else in $XDG_CACHE_HOME if that is absolute, else in the home."""
    monkeypatch.setenv("HPYBC_CACHE_DIR", "relative")
    assert store.folder() == str(Path.cwd() / "relative")
    monkeypatch.setenv("HPYBC_CACHE_DIR", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert store.folder() == str(tmp_path / "hpybc")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert store.folder() == str(tmp_path / "home" / ".cache" / "hpybc")


def test_relative_folder_stays_where_it_was(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A process that goes elsewhere, as daemons do, takes no other cache with it."""
    monkeypatch.setattr(store, "_meant", {})
    monkeypatch.setenv("HPYBC_CACHE_DIR", "some/cache")
    monkeypatch.chdir(tmp_path)
    assert store.folder() == str(tmp_path / "some" / "cache")
    monkeypatch.chdir("/")
    assert store.folder() == str(tmp_path / "some" / "cache")
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.setenv("HPYBC_CACHE_DIR", "another")
    assert store.folder() == ""
    assert store.lookup("key.so") is None
    assert store.store("key.so", b"image") is None


def test_home_that_does_not_exist(
    monkeypatch: pytest.MonkeyPatch, compiled: Callable[..., Path]
) -> None:
    """As for the users that services run as."""
    monkeypatch.delenv("HPYBC_CACHE_DIR")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", "/proc/nonexistent")
    assert store.folder() == "/proc/nonexistent/.cache/hpybc"
    assert hpybc.load(compiled(ANSWER)).answer() == 42


def test_folder_is_the_one_of_platformdirs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Which is not imported for it: that takes longer than a load."""
    monkeypatch.delenv("HPYBC_CACHE_DIR", raising=False)
    for name, value in (("HOME", "/home/me"), ("XDG_CACHE_HOME", str(tmp_path))):
        monkeypatch.setenv(name, value)
        assert store.folder() == platformdirs.user_cache_dir("hpybc")
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
        assert store.folder() == platformdirs.user_cache_dir("hpybc")


# Several at once.


def test_concurrent_stores(folder: Path) -> None:
    """Whoever comes last wins; nobody ever sees a part of an image."""
    images = [bytes([i]) * 100_000 for i in range(8)]

    def work(image: bytes) -> bool:
        for _ in range(20):
            assert store.store("key.so", image) is not None
            assert sealed.content(store.lookup("key.so") or "") in images
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, images))
    assert [path.name for path in folder.iterdir()] == ["key.so"]


def test_concurrent_processes(compiled: Callable[..., Path], folder: Path) -> None:
    """Several that load the same file for the first time all succeed, and leave one image."""
    code = f"import hpybc; print(hpybc.load({str(compiled(ANSWER))!r}).answer())"
    running = [
        subprocess.Popen([sys.executable, "-I", "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert [process.communicate()[0] for process in running] == ["42\n"] * 3
    assert len(list(folder.iterdir())) == 1


# Keys.


def test_key_depends_on_every_part_and_on_where_it_ends() -> None:
    """No two lists run into the same text."""
    lists: list[list[bytes | str]] = [
        [],
        [""],
        ["", ""],
        ["ab"],
        ["a", "b"],
        ["b", "a"],
        ["", "ab"],
        ["1:a"],
        ["a1:b"],
    ]
    keys = [store.key(parts) for parts in lists]
    assert len(set(keys)) == len(lists)
    assert store.key(["a", "b"]) == store.key([b"a", b"b"]) == store.key(iter(["a", "b"]))
