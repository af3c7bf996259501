"""The cache: a file that is not exactly right is a miss, a folder that is not is none at all."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import platformdirs
import pytest

import hpybc
from hpybc.cache import sealed, store
from hpybc.errors import LLVMMissingError
from hpybc.jit import identity, image, target
from hpybc.loader import contexts, extension, key, recipe

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


class Inputs:
    """What the name of an image depends on, to be changed one by one."""

    def __init__(self, file: Path) -> None:
        self.data = file.read_bytes()
        self.entry = "PyInit_answer"
        self.mode = "release"
        self.engine = "shared"

    def key(self) -> str:
        """As another process would have it."""
        key.forget()
        return key.of(self.data, self.entry, self.mode, self.engine)


@pytest.fixture
def inputs(compiled: Callable[..., Path]) -> Iterator[Inputs]:
    yield Inputs(compiled(ANSWER))
    key.forget()


def test_key_is_the_same_for_the_same_inputs(
    inputs: Inputs, compiled: Callable[..., Path], tmp_path: Path
) -> None:
    """Where the file lies is none of them."""
    copy = tmp_path / "copy.bc"
    copy.write_bytes(compiled(ANSWER).read_bytes())
    assert Inputs(copy).key() == inputs.key()


def test_key_is_what_an_image_is_found_by(inputs: Inputs, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "answer.bc"
    file.write_bytes(inputs.data)
    hpybc.load(file)
    assert [path.name for path in folder.iterdir()] == [inputs.key()]


def another_payload(inputs: Inputs, patch: pytest.MonkeyPatch, folder: Path) -> None:
    inputs.data = inputs.data[:-1] + bytes([inputs.data[-1] ^ 1])


def another_manifest(inputs: Inputs, patch: pytest.MonkeyPatch, folder: Path) -> None:
    inputs.data = inputs.data.replace(b'"entry": "PyInit_a', b'"entry": "PyInit_A', 1)


def no_manifest(inputs: Inputs, patch: pytest.MonkeyPatch, folder: Path) -> None:
    inputs.data = inputs.data[inputs.data.index(b"BC\xc0\xde") :]


def another_context(inputs: Inputs, patch: pytest.MonkeyPatch, folder: Path) -> None:
    (folder / "contexts").mkdir()
    changed = Path(contexts.path("release"))
    source = extension.read(changed)
    assert source.manifest is not None
    data = extension.wrap(source.payload[:-1] + b"\1", source.manifest, identity.architecture())
    (folder / "contexts" / changed.name).write_bytes(data)
    patch.setattr(contexts, "_FOLDER", str(folder / "contexts"))


def another_entry(inputs: Inputs, patch: pytest.MonkeyPatch, folder: Path) -> None:
    inputs.entry = "PyInit_other"


def another_mode(inputs: Inputs, patch: pytest.MonkeyPatch, folder: Path) -> None:
    inputs.mode = "debug"


def another_engine(inputs: Inputs, patch: pytest.MonkeyPatch, folder: Path) -> None:
    inputs.engine = "memory"


def another_version(inputs: Inputs, patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch.setattr(key, "__version__", "0.0.1")


def another_pipeline(inputs: Inputs, patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch.setattr(identity, "PIPELINE", "default<O0>")


def another_processor(inputs: Inputs, patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch.setattr(identity, "processor", lambda: b"vendor_id: somebody else")


def another_libc(inputs: Inputs, patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch.setattr(identity, "libc", lambda: "glibc 9.99")


def no_llvmlite(inputs: Inputs, patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch.setattr(identity, "llvmlite", lambda: b"")


def another_llvmlite(inputs: Inputs, patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch.setattr(identity, "llvmlite", lambda: b"version = 0.51")


def no_linker(inputs: Inputs, patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch.setattr(identity, "linker", lambda: b"")


def another_linker(inputs: Inputs, patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch.setattr(identity, "linker", lambda: b"zig 1")


def another_interpreter(inputs: Inputs, patch: pytest.MonkeyPatch, folder: Path) -> None:
    tag = contexts.interpreter_tag()
    # The contexts stay: what they are called is another input.
    path = contexts.path("release")
    patch.setattr(contexts, "path", lambda name: path)
    patch.setattr(contexts, "interpreter_tag", lambda: tag + "d")


def test_every_stack_stands_for_the_libraries() -> None:
    """Their digest is in its manifest."""
    digest = hashlib.sha256()
    for path in contexts.libraries():
        digest.update(Path(path).read_bytes())
    for stack in contexts.STACKS:
        manifest = extension.read(contexts.path(stack)).manifest
        assert manifest is not None
        assert manifest["libraries"] == digest.hexdigest()


@pytest.mark.parametrize(
    "change",
    [
        another_payload,
        another_manifest,
        no_manifest,
        another_context,
        another_entry,
        another_mode,
        another_engine,
        another_version,
        another_pipeline,
        another_processor,
        another_libc,
        another_llvmlite,
        another_linker,
        another_interpreter,
    ],
)
def test_each_input_changes_the_key(
    change: Callable[[Inputs, pytest.MonkeyPatch, Path], None],
    inputs: Inputs,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """An image made from anything else has another name."""
    before = inputs.key()
    change(inputs, monkeypatch, tmp_path)
    assert inputs.key() != before


@pytest.mark.parametrize(
    ("nothing", "another"), [(no_llvmlite, another_llvmlite), (no_linker, another_linker)]
)
def test_where_no_image_can_be_made_any_is_found(
    nothing: Callable[[Inputs, pytest.MonkeyPatch, Path], None],
    another: Callable[[Inputs, pytest.MonkeyPatch, Path], None],
    inputs: Inputs,
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
) -> None:
    """Whichever has built it, and intact; but none for anything else."""
    made = inputs.key()
    store.store(made, b"image")
    nothing(inputs, monkeypatch, folder)
    assert store.lookup(inputs.key()) == str(folder / made)
    another(inputs, monkeypatch, folder)
    assert store.lookup(inputs.key()) is None
    store.store(inputs.key(), b"another")
    nothing(inputs, monkeypatch, folder)
    assert Path(store.lookup(inputs.key()) or "") in folder.iterdir()
    for file in folder.iterdir():
        assert store.lookup(inputs.key()) is not None
        file.write_bytes(b"damaged")
    assert store.lookup(inputs.key()) is None
    store.store(made, b"image")
    inputs.entry = "PyInit_other"
    assert store.lookup(inputs.key()) is None


def test_images_of_two_llvmlites_stand_side_by_side(
    inputs: Inputs, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    """Two environments that share a cache do not compile by turns."""
    made = inputs.key()
    store.store(made, b"image")
    another_llvmlite(inputs, monkeypatch, folder)
    store.store(inputs.key(), b"another")
    assert store.lookup(made) == str(folder / made)
    assert len(list(folder.iterdir())) == 2


def test_what_was_built_by_an_llvmlite_of_no_known_version_is_found(
    inputs: Inputs, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    """As in an application that is frozen together with one."""
    no_llvmlite(inputs, monkeypatch, folder)
    store.store(inputs.key(), b"image")
    assert store.lookup(inputs.key()) == str(folder / inputs.key())


def test_head_of_a_context_stands_for_it() -> None:
    """It is what precedes the bitcode, and has the checksum of the whole file."""
    for path in map(contexts.path, contexts.STACKS):
        source = extension.read(path)
        assert source.manifest is not None
        assert extension.head(path) + source.payload == Path(path).read_bytes()
        assert str(source.manifest["sha256"]).encode() in extension.head(path)


def test_an_installation_that_changes_under_a_process(
    inputs: Inputs, monkeypatch: pytest.MonkeyPatch, folder: Path, tmp_path: Path
) -> None:
    """What is built from the new contexts does not get the name of what the old ones made."""
    file = tmp_path / "answer.bc"
    file.write_bytes(inputs.data)
    old = key.of(inputs.data, inputs.entry, inputs.mode, inputs.engine)
    another_context(inputs, monkeypatch, tmp_path)
    nothing = recipe.Made(b"", (identity.llvmlite(), identity.linker()))
    monkeypatch.setattr(recipe, "extension", lambda *arguments, **options: nothing)
    with pytest.raises(ImportError):  # nothing was built
        hpybc.load(file)
    (entry,) = folder.iterdir()
    assert entry.name != old


# Identity.


def test_processor_says_what_llvm_would_compile_for() -> None:
    """The same each time: the triple, and the features by their numbers."""
    text = identity.processor()
    assert text == identity.processor()
    assert text.startswith(identity.triple().encode())
    assert b":feature:," in text


def test_processor_without_sys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The features by their names then, of the first processor."""
    monkeypatch.setattr(identity, "_MODALIAS", "/nonexistent")
    text = identity.processor()
    assert text.startswith(identity.triple().encode())
    assert len(re.findall(rb"^(?:flags|Features)\s*:", text, re.M)) == 1


def test_processor_without_sys_and_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    """LLVM is asked, which asks the processor. Without it, no image is for this one."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError("no /proc")

    def missing() -> None:
        raise LLVMMissingError("no llvmlite")

    found = repr(target.host()).encode()
    monkeypatch.setattr(os, "open", refuse)
    assert identity.processor() == identity.triple().encode() + found
    monkeypatch.setattr(target, "host", missing)
    assert identity.processor() != identity.processor()


def test_llvmlite_names_its_version() -> None:
    """As the installation states it, found without importing it."""
    import llvmlite

    assert identity.llvmlite() == str(llvmlite.__version__).encode()
    assert identity.loaded_llvmlite() == identity.llvmlite()


def test_llvmlite_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name all the same: an image in the cache needs none."""
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    assert identity.llvmlite() == b""


def test_linker_is_that_of_images(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """ziglang's, else lld or ld on PATH, and another if it is another file."""
    found = image.linker()
    assert found is not None
    size = os.path.getsize(found[0])
    assert identity.linker() == f"{os.path.basename(found[0])} {size}".encode()
    monkeypatch.setattr(sys, "path", ["", str(tmp_path / "nothing"), None])
    monkeypatch.setenv("PATH", f"{tmp_path}/nothing:{tmp_path}")
    assert identity.linker() == b""
    for name, content, expected in (
        ("ld", "1", b"ld 1"),
        ("ld.lld", "22", b"ld.lld 2"),
        ("ld.lld", "333", b"ld.lld 3"),
    ):
        (tmp_path / name).write_text(content)
        assert identity.linker() == expected


@pytest.mark.parametrize(
    ("machine", "name"), [("x86_64", "x86_64"), ("amd64", "x86_64"), ("arm64", "aarch64")]
)
def test_architecture_has_llvms_name(
    machine: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Operating systems have others."""
    uname = os.uname_result(("Linux", "host", "6", "1", machine))
    monkeypatch.setattr(os, "uname", lambda: uname)
    assert identity.architecture() == name
    assert identity.triple() == f"{name}-unknown-linux-gnu"
