"""Recipes: which engines there are, and what an image is found by in the cache."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import hpybc
from hpybc import errors
from hpybc.cache import store
from hpybc.jit import identity
from hpybc.loader import build, contexts, extension, recipe
from hpybc.loader.extension import Extension
from hpybc.loader.manifest import wrap
from hpybc.loader.recipe import Recipe
from hpybc.toolchain.contexts import build_digest

ANSWER = Path(__file__).parent / "answer.c"


def test_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both, or the one the variable names; an empty variable is none."""
    monkeypatch.delenv("HPYBC_ENGINE", raising=False)
    assert recipe.engines() == ("shared", "memory")
    monkeypatch.setenv("HPYBC_ENGINE", "")
    assert recipe.engines() == ("shared", "memory")
    for name in ("shared", "memory"):
        monkeypatch.setenv("HPYBC_ENGINE", name)
        assert recipe.engines() == (name,)
    monkeypatch.setenv("HPYBC_ENGINE", "Shared")
    with pytest.raises(errors.UsageError):
        recipe.engines()


# Keys.


class Inputs:
    """What the name of an image depends on, to be changed one by one."""

    def __init__(self, file: Path) -> None:
        self.data = file.read_bytes()
        self.entry = "PyInit_answer"
        self.mode = "release"
        self.engine = "shared"

    def key(self) -> str:
        """As another process would have it."""
        recipe.forget()
        return Recipe(Extension(self.data, ""), self.mode, self.entry, self.engine).key()


@pytest.fixture
def inputs(compiled: Callable[..., Path]) -> Iterator[Inputs]:
    yield Inputs(compiled(ANSWER))
    recipe.forget()


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
    data = wrap(source.payload[:-1] + b"\1", source.manifest, identity.architecture())
    (folder / "contexts" / changed.name).write_bytes(data)
    patch.setattr(contexts, "_FOLDER", str(folder / "contexts"))


def another_entry(inputs: Inputs, patch: pytest.MonkeyPatch, folder: Path) -> None:
    inputs.entry = "PyInit_other"


def another_mode(inputs: Inputs, patch: pytest.MonkeyPatch, folder: Path) -> None:
    inputs.mode = "debug"


def another_engine(inputs: Inputs, patch: pytest.MonkeyPatch, folder: Path) -> None:
    inputs.engine = "memory"


def another_version(inputs: Inputs, patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch.setattr(recipe, "__version__", "0.0.1")


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


def test_every_stack_stands_for_all_that_makes_an_image() -> None:
    """A digest in its manifest does: of the libraries, and of the code.

    If it differs, the sources have changed since they were installed: pip install -e .
    """
    digest = build_digest(Path(path).read_bytes() for path in contexts.libraries())
    for stack in contexts.STACKS:
        manifest = extension.read(contexts.path(stack)).manifest
        assert manifest is not None
        assert manifest["build_sha256"] == digest


def test_the_digest_of_what_makes_an_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every byte of the libraries and of the code counts, and the name of each file."""
    sources = [tmp_path / "jit" / "a.py", tmp_path / "loader" / "b.py"]
    for source in sources:
        source.parent.mkdir()
        source.write_text("1")
    monkeypatch.setattr(hpybc, "__file__", str(tmp_path / "__init__.py"))
    digests = [build_digest([b"x"]), build_digest([b"y"])]
    for source in sources:
        source.write_text("2")
        digests.append(build_digest([b"x"]))
    sources[0].rename(sources[0].with_name("c.py"))
    digests.append(build_digest([b"x"]))
    assert len(set(digests)) == len(digests)


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
    old = inputs.key()
    another_context(inputs, monkeypatch, tmp_path)
    nothing = build.Made(b"", (identity.llvmlite(), identity.linker()))
    monkeypatch.setattr(build, "binary", lambda recipe: nothing)
    with pytest.raises(ImportError):  # nothing was built
        hpybc.load(file)
    (entry,) = folder.iterdir()
    assert entry.name != old
