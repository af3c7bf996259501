"""``import`` of bitcode, and the cache, with the boxed context: each in a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hpybc.packaging import stub
from hpybc.toolchain.compile import Options
from tools.support import FREE_THREADED

# cffi has no wheel for these yet.
pytestmark = pytest.mark.skipif(
    FREE_THREADED or sys.version_info >= (3, 15), reason="cffi is not to be had"
)

SOURCE = Path(__file__).with_name("answer.c")
INSTALLED = "import hpybc; hpybc.install(); import answer; print(answer.answer())"


@pytest.fixture
def site(tmp_path: Path, compiled: Callable[..., Path]) -> Path:
    """A folder with answer.bc."""
    path = tmp_path / "site"
    path.mkdir()
    shutil.copy(compiled(SOURCE), path / "answer.bc")
    return path


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    path = tmp_path / "cache"
    path.mkdir(mode=0o700)
    return path


@pytest.fixture
def run(site: Path, cache: Path) -> Callable[..., str]:
    """run(code) -> what it prints in a new process with ``site`` on its path."""

    def run_(code: str, *, fails: bool = False, **variables: str) -> str:
        own = {"HPYBC_CONTEXT": "boxed", "HPYBC_CACHE_DIR": str(cache), **variables}
        begin = f"import sys; sys.path.insert(0, {str(site)!r})\n"
        command = [sys.executable, "-c", begin + code]
        done = subprocess.run(command, env={**os.environ, **own}, capture_output=True, text=True)
        assert (done.returncode != 0) == fails, done.stderr
        return (done.stderr if fails else done.stdout).strip()

    return run_


def images(cache: Path) -> dict[str, int]:
    """The images in a cache, and what tells one from another that replaced it."""
    return {file.name: file.stat().st_ino for file in cache.glob("*.so")}


def test_the_finder_finds_it(run: Callable[..., str], site: Path) -> None:
    code = f"{INSTALLED}; print(answer.__file__, answer.__spec__.origin, answer.__name__)"
    file = str(site / "answer.bc")
    assert run(code) == f"1\n{file} {file} answer"
    assert "No module named 'answer'" in run("import hpybc, answer", fails=True)


def test_modes_that_there_are_not_are_told_at_once(run: Callable[..., str]) -> None:
    said = run("import hpybc; hpybc.install(mode='debug')", fails=True)
    assert "hpybc.errors.UsageError: no mode debug for this interpreter" in said


def test_a_stub_finds_it(run: Callable[..., str], site: Path) -> None:
    package = site / "pack"
    package.mkdir()
    (package / "__init__.py").touch()
    (site / "answer.bc").rename(package / "answer.bc")
    (package / "answer.py").write_text(stub.TEXT)
    code = "from pack import answer; print(answer.answer(), answer.__name__, answer.__file__)"
    assert run(code) == f"1 pack.answer {package / 'answer.bc'}"


def test_the_second_process_builds_nothing(run: Callable[..., str], cache: Path) -> None:
    assert run(INSTALLED) == "1"
    made = images(cache)
    assert len(made) == 1
    code = f"{INSTALLED}; print(sorted(m for m in sys.modules if m == 'hpybc.boxed.image'))"
    assert run(code) == "1\n[]"
    assert images(cache) == made


def test_a_changed_file_is_built_anew(
    run: Callable[..., str], site: Path, cache: Path, compiled: Callable[..., Path]
) -> None:
    assert run(INSTALLED) == "1"
    shutil.copy(compiled(SOURCE, Options(defines=("ANSWER=2",))), site / "answer.bc")
    assert run(INSTALLED) == "2"
    assert len(images(cache)) == 2


@pytest.mark.parametrize("damage", [b"", b"no image at all", None], ids=["empty", "text", "bits"])
def test_a_damaged_image_is_built_anew(
    run: Callable[..., str], cache: Path, damage: bytes | None
) -> None:
    assert run(INSTALLED) == "1"
    made = images(cache)
    (image,) = cache.glob("*.so")
    content = bytearray(image.read_bytes())
    content[len(content) // 2] ^= 1
    other = cache / "other"
    other.write_bytes(content if damage is None else damage)
    other.replace(image)
    assert run(INSTALLED) == "1"
    assert images(cache).keys() == made.keys()
    assert bytes(content) != image.read_bytes() != damage


def test_a_cache_that_cannot_be_written(run: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert run(INSTALLED, HPYBC_CACHE_DIR=str(tmp_path / "file")) == "1"


def test_two_modules_of_one_file(run: Callable[..., str], site: Path, cache: Path) -> None:
    """The second has a copy of the image."""
    code = "import hpybc; a, b = (hpybc.load(sys.path[0] + '/answer.bc') for _ in range(2)); "
    assert run(code + "print(a is not b, a.answer(), b.answer())") == "True 1 1"
    assert len(images(cache)) == 1


def test_an_image_is_shipped(run: Callable[..., str], site: Path, cache: Path) -> None:
    """It is for whichever interpreter, and needs neither the cache nor a linker."""
    run("import hpybc.cli; hpybc.cli.main(['prebuild', sys.path[0] + '/answer.bc'])")
    (image,) = site.glob("*.so")
    assert image.name == f"answer.bc.boxed-{os.uname().machine}-linux.so"
    code = f"{INSTALLED}; print([line for line in open('/proc/self/maps') if 'answer.bc.' in line])"
    assert str(image) in run(code, PATH="")
    assert images(cache) == {}


def test_an_image_that_was_shipped_of_another_file(
    run: Callable[..., str], site: Path, cache: Path, compiled: Callable[..., Path]
) -> None:
    run("import hpybc.cli; hpybc.cli.main(['prebuild', sys.path[0] + '/answer.bc'])")
    shutil.copy(compiled(SOURCE, Options(defines=("ANSWER=2",))), site / "answer.bc")
    assert run(INSTALLED) == "2"
    assert len(images(cache)) == 1


def test_python_h_is_not_prebuilt(run: Callable[..., str], compiled: Callable[..., Path]) -> None:
    file = compiled(SOURCE.parent.parent / "api" / "test_legacy.c")
    said = run(
        f"import hpybc.cli; sys.exit(hpybc.cli.main(['prebuild', {str(file)!r}]))", fails=True
    )
    assert "the extension includes Python.h" in said and "hpybc export" in said


def test_calls_are_traced(run: Callable[..., str]) -> None:
    code = """
import hpybc, hpybc.trace
file = sys.path[0] + '/answer.bc'
released, traced = hpybc.load(file), hpybc.load(file, mode='trace')
announced = []
hpybc.trace.set_trace_functions(announced.append)
print(released.answer(), announced, traced.answer(), announced)
print({name: n for name, n in hpybc.trace.get_call_counts().items() if n})
"""
    made = ["ctx_Long_FromInt64_t"]
    assert run(code) == f"1 {made} 1 {made}\n{ {made[0]: 1} }"
