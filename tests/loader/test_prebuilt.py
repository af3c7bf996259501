"""Images next to bitcode files: with one, a load needs nothing else."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from importlib.machinery import EXTENSION_SUFFIXES, PathFinder
from pathlib import Path

import pytest

import hpybc
from hpybc import cli, errors
from hpybc.cache import sealed, upkeep
from hpybc.loader import prebuilt
from hpybc.toolchain.compile import Options, compile_extension
from tools import elf

ANSWER = Path(__file__).parent / "answer.c"

#: A load that may neither build nor keep anything, and the files it maps.
LOAD = """
import json, sys
sys.modules["llvmlite"] = sys.modules["subprocess"] = None
sys.path[:0] = {path!r}
import hpybc
hpybc.install()
{code}
with open("/proc/self/maps") as file:
    maps = sorted({{line.split(None, 5)[5].strip() for line in file if ".bc." in line}})
print(json.dumps([module.answer(), maps]))
"""


@pytest.fixture
def shipped(tmp_path: Path, answer: Callable[..., Path]) -> Path:
    """answer.bc with an image next to it."""
    file = tmp_path / "answer.bc"
    shutil.copy(answer(), file)
    assert cli.main(["prebuild", str(file)]) == 0
    return file


def load(file: Path, code: str = "module = hpybc.load({!r})") -> list[object]:
    """What a new process without llvmlite, linker or cache has of ``file``."""
    program = LOAD.format(path=[str(file.parent)], code=code.format(str(file)))
    env = {**os.environ, "HPYBC_CACHE_DIR": "/proc/nonexistent", "TMPDIR": "/proc/nonexistent"}
    done = subprocess.run(
        [sys.executable, "-I", "-c", program],
        env={**env, "PATH": "", "HPYBC_ENGINE": ""},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    result: list[object] = json.loads(done.stdout)
    return result


def test_the_command_prints_where_it_is(
    tmp_path: Path, answer: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "answer.bc"
    shutil.copy(answer(), file)
    assert cli.main(["prebuild", str(file)]) == 0
    image = tmp_path / f"answer.bc{EXTENSION_SUFFIXES[0]}"
    assert capsys.readouterr().out == f"{image}\n"
    assert sorted(tmp_path.iterdir()) == [file, image]


def test_compiled_and_prebuilt_at_once(tmp_path: Path, engine: str) -> None:
    """Whatever this process would do without it."""
    file = tmp_path / "answer.bc"
    assert cli.main(["compile", str(ANSWER), "--prebuild", "-o", str(file)]) == 0
    assert load(file) == [42, [prebuilt.path_of(str(file))]]


def test_a_load_maps_it(shipped: Path) -> None:
    assert load(shipped) == [42, [prebuilt.path_of(str(shipped))]]


def test_an_import_maps_it(shipped: Path) -> None:
    assert load(shipped, "import answer as module") == [42, [prebuilt.path_of(str(shipped))]]


def test_a_second_module_has_a_copy(shipped: Path) -> None:
    """In memory, as nothing can be written to."""
    code = "hpybc.load({0!r}); module = hpybc.load({0!r})"
    assert load(shipped, code) == [42, [prebuilt.path_of(str(shipped))]]


@pytest.mark.parametrize("name", ["core", "k\u00e9rn", "__init__"])
def test_a_file_of_another_name_than_its_modules(
    name: str, tmp_path: Path, compiled: Callable[..., Path]
) -> None:
    """An import goes by the file's, or the folder's of a package; a load by the module's own."""
    folder = tmp_path / "shapes"
    folder.mkdir()
    file = folder / f"{name}.bc"
    # With static constructors, which run once, whichever name the image is called by.
    shutil.copy(compiled(ANSWER.with_name("plusplus.cpp")), file)
    image = prebuilt.make(str(file))
    name = "shapes" if name == "__init__" else name
    path = f"sys.path.insert(0, {str(folder.parent if name == 'shapes' else folder)!r})\n"
    look = "module.answer = lambda: (module.__name__, module.constructed())"
    for code, expected in (
        (f"module = hpybc.load({str(file)!r})", "plusplus"),
        (f"import {name} as module", name),
    ):
        assert load(file, f"{path}{code}; {look}") == [[expected, 40], [image]]


def farm(shipped: Path, *, image: bool, hops: int = 1) -> Path:
    """A folder of links to the file and, if so wished, its image."""
    for number in range(hops):
        folder = shipped.parent / f"farm{number}"
        folder.mkdir()
        (folder / shipped.name).symlink_to(shipped)
        if image:
            own = prebuilt.path_of(str(shipped))
            Path(prebuilt.path_of(str(folder / shipped.name))).symlink_to(own)
        shipped = folder / shipped.name
    return shipped


@pytest.mark.parametrize("hops", [1, 2])
@pytest.mark.parametrize("image", [False, True], ids=["beside the target", "a link, too"])
def test_farms_of_links(shipped: Path, image: bool, hops: int) -> None:
    """As Bazel, Nix and uv make them. A second module has a copy there as well."""
    file = farm(shipped, image=image, hops=hops)
    code = "hpybc.load({0!r}); module = hpybc.load({0!r})"
    assert load(file, code) == [42, [prebuilt.path_of(str(shipped))]]


def test_image_beside_a_link(shipped: Path) -> None:
    """Whoever put the link there has prebuilt the file by that name."""
    link = farm(shipped, image=False)
    image = Path(prebuilt.path_of(str(link)))
    Path(prebuilt.path_of(str(shipped))).rename(image)
    assert load(link) == [42, [str(image)]]
    Path(prebuilt.path_of(str(shipped))).write_bytes(b"damaged")
    assert load(link) == [42, [str(image)]]


def test_damaged_image_beside_a_link(shipped: Path) -> None:
    """It is as if there were none, and the one beside the target is used."""
    link = farm(shipped, image=False)
    Path(prebuilt.path_of(str(link))).write_bytes(b"damaged")
    assert load(link) == [42, [prebuilt.path_of(str(shipped))]]


def test_it_comes_before_the_cache(
    shipped: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HPYBC_ENGINE", "shared")
    assert hpybc.load(shipped).answer() == 42
    assert list(folder.iterdir()) == []


def test_other_modes_do_not_use_it(shipped: Path, folder: Path) -> None:
    """They have contexts of their own."""
    assert hpybc.load(shipped, mode="debug").answer() == 42
    labels = [upkeep.label(str(folder), entry) for entry in upkeep.entries(str(folder))]
    assert any(label and label.startswith("answer debug ") for label in labels)


def test_the_engine_memory_does_not_use_it(
    shipped: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HPYBC_ENGINE", "memory")
    assert hpybc.load(shipped).answer() == 42
    assert [path.suffix for path in folder.iterdir()] == [".o"]


def other_source(shipped: Path, image: Path) -> None:
    compile_extension([str(ANSWER)], str(shipped), Options(defines=("ANSWER=7",)))


def bit_flipped(shipped: Path, image: Path) -> None:
    data = bytearray(image.read_bytes())
    data[len(data) // 2] ^= 1
    image.write_bytes(data)


def cut_short(shipped: Path, image: Path) -> None:
    image.write_bytes(image.read_bytes()[:-1])


def empty(shipped: Path, image: Path) -> None:
    image.write_bytes(b"")


def plain_extension(shipped: Path, image: Path) -> None:
    """What ``hpybc export`` makes says nothing of its source."""
    found = sealed.content(str(image))
    assert found is not None
    image.write_bytes(found)


def directory(shipped: Path, image: Path) -> None:
    image.unlink()
    image.mkdir()


def made_by(label: Callable[[str], str]) -> Callable[[Path, Path], None]:
    """A change of the label, which says who made an image and from what."""

    def change(shipped: Path, image: Path) -> None:
        found, content = sealed.check(str(image)), sealed.content(str(image))
        assert found is not None and content is not None
        image.write_bytes(sealed.seal(content, label(found.label)))

    return change


def another_interface(label: str) -> str:
    return label.replace(f"interface-{prebuilt.INTERFACE} ", "interface-0 ")


#: Ways to have an image that is not used, and the reason that the log has.
UNUSED = {
    "another source": (other_source, "it was made from another file, or for another name"),
    "damaged": (bit_flipped, "it is damaged, or no image"),
    "an earlier interface": (
        made_by(another_interface),
        f"hpybc-{hpybc.__version__} interface-0 made it, and this is "
        f"hpybc-{hpybc.__version__} interface-{prebuilt.INTERFACE}",
    ),
    "no word of hpybc": (
        made_by(lambda label: label.split(None, 2)[2]),
        "an hpybc that does not say which made it, and this is "
        f"hpybc-{hpybc.__version__} interface-{prebuilt.INTERFACE}",
    ),
    "no label": (made_by(lambda label: ""), "an hpybc that does not say which made it"),
}


@pytest.mark.parametrize("case", UNUSED)
def test_the_log_says_why_an_image_is_not_used(case: str, shipped: Path, folder: Path) -> None:
    """Once, and the load does what it would do without."""
    change, reason = UNUSED[case]
    image = Path(prebuilt.path_of(str(shipped)))
    change(shipped, image)
    program = f"import hpybc; print([hpybc.load({str(shipped)!r}).answer() for _ in range(2)])"
    done = subprocess.run(
        [sys.executable, "-I", "-c", program],
        env={**os.environ, "HPYBC_LOG": "debug", "HPYBC_ENGINE": ""},
        capture_output=True,
        text=True,
    )
    answer = 7 if change is other_source else 42
    assert (done.returncode, done.stdout) == (0, f"[{answer}, {answer}]\n")
    (line,) = (line for line in done.stderr.splitlines() if "not used" in line)
    assert line.startswith(f"hpybc.cache: {image} is not used: {reason}")


def test_an_image_of_another_version_with_the_same_interface(shipped: Path, folder: Path) -> None:
    """It is used: the version is for people."""
    image = Path(prebuilt.path_of(str(shipped)))
    made_by(lambda label: label.replace(hpybc.__version__, "9.8.7", 1))(shipped, image)
    assert load(shipped) == [42, [str(image)]]
    found = sealed.check(str(image))
    assert found is not None and found.label.startswith("hpybc-9.8.7 interface-")


def test_what_an_image_and_its_loader_agree_upon(shipped: Path) -> None:
    """If this changes, so does ``prebuilt.INTERFACE``: the loader could not use older images."""
    found = sealed.content(prebuilt.path_of(str(shipped)))
    assert found is not None
    sections = elf.Image(found).sections
    defined = {
        sections[".dynstr"][name:].partition(b"\0")[0]
        for name, _, _, section, _, _ in struct.iter_unpack("<IBBHQQ", sections[".dynsym"])
        if section
    }
    assert prebuilt.INTERFACE == 1
    assert defined == {b"PyInit_answer"}
    assert b"hpy" not in sections[".dynstr"].lower()
    assert b"this image already holds a module\0" in found


@pytest.mark.parametrize(
    "change", [other_source, bit_flipped, cut_short, empty, plain_extension, directory]
)
def test_what_does_not_belong_to_the_file_is_not_used(
    change: Callable[[Path, Path], None], shipped: Path, folder: Path
) -> None:
    """The load does what it would do without."""
    change(shipped, Path(prebuilt.path_of(str(shipped))))
    assert hpybc.load(shipped).answer() == (7 if change is other_source else 42)
    assert len(list(folder.iterdir())) == 1


def test_another_name_has_another_entry_point(shipped: Path, folder: Path) -> None:
    """The image has but one; in a package it is the same."""
    assert hpybc.load(shipped, name="other").answer() == 42
    assert len(list(folder.iterdir())) == 1
    module = hpybc.load(shipped, name="package.answer")
    assert (module.__name__, module.answer()) == ("package.answer", 42)
    assert len(list(folder.iterdir())) == 1


def test_python_does_not_import_it_by_itself(shipped: Path) -> None:
    """Nor list it: its name has a dot too many."""
    for name in ("answer", "answer.bc"):
        assert PathFinder.find_spec(name, [str(shipped.parent)]) is None


def test_a_file_that_cannot_be_compiled(tmp_path: Path, raw: Callable[..., Path]) -> None:
    """No image, and the error of a load."""
    file = tmp_path / "answer.bc"
    shutil.copy(raw("-DUNDEFINED=defined_nowhere"), file)
    with pytest.raises(errors.LoadError) as caught:
        prebuilt.make(str(file))
        hpybc.load(file)
    assert caught.value.path == str(file)


def test_no_room_for_the_image(
    tmp_path: Path, answer: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """The command says so, and leaves what was there."""
    file = tmp_path / "answer.bc"
    shutil.copy(answer(), file)
    image = Path(prebuilt.path_of(str(file)))
    image.mkdir()
    assert cli.main(["prebuild", str(file)]) == 1
    assert capsys.readouterr().err.startswith("hpybc: error: ")
    assert sorted(tmp_path.iterdir()) == [file, image]


def test_several_files(
    tmp_path: Path, answer: Callable[..., Path], capfd: pytest.CaptureFixture[str]
) -> None:
    """An error of one neither keeps the others from being made nor hides their errors."""
    files = [tmp_path / f"answer{number}.bc" for number in range(5)]
    for number, file in enumerate(files):
        if number == 1:
            file.write_bytes(b"BC\xc0\xde, and no more")
        elif number != 3:
            shutil.copy(answer(), file)
    capfd.readouterr()
    assert cli.main(["prebuild", "-j", "2", *map(str, files), str(files[0])]) == 1
    said, errors = capfd.readouterr()
    made = [files[number] for number in (0, 2, 4)]
    assert said.splitlines() == [prebuilt.path_of(str(file)) for file in made]
    assert errors.count("hpybc: error:") == 2
    assert str(files[1]) in errors and str(files[3]) in errors
    for file in made:
        assert load(file)[0] == 42


@pytest.mark.parametrize("count", ["0", "-1", "two"])
def test_a_number_of_jobs(count: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        cli.main(["prebuild", "-j", count, "ext.bc"])
    assert exit_.value.code == 2
    assert "-j" in capsys.readouterr().err
