"""What debuggers, profilers and faulthandler find in an image.

The tools themselves need not be installed: tests/tools/elf.py reads what they read.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import hpybc
from hpybc.toolchain.compile import Options
from tools.elf import Image

TALLY = Path(__file__).parent / "tally.c"
SOURCE = TALLY.read_text().splitlines()


def line_of(text: str) -> int:
    """The number of the line of tally.c that contains ``text``."""
    (number,) = (i for i, line in enumerate(SOURCE, 1) if text in line)
    return number


FAULT = line_of("*counter += by;")


@pytest.fixture
def make_image(
    compiled: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Image]:
    """make_image(options) -> the image in the cache after tally.c, so compiled, was loaded."""
    monkeypatch.setenv("HPYBC_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("HPYBC_ENGINE", "shared")

    def make(options: Options) -> Image:
        before = set(tmp_path.glob("*.so"))
        hpybc.load(compiled(TALLY, options), name="tally")
        (path,) = set(tmp_path.glob("*.so")) - before
        return Image(path.read_bytes())

    return make


@pytest.mark.parametrize("level", ["1", "2", "3"])
def test_code_leads_to_lines(make_image: Callable[..., Image], level: str) -> None:
    image = make_image(Options(debug=True, level=level))
    code = image.functions["add_trampoline"]
    lines = {line for address, line in image.lines().items() if address in code}
    assert {line_of("HPyDef_METH(add,"), line_of("HPyArg_Parse"), FAULT} <= lines


def test_debug_information_names_the_source(make_image: Callable[..., Image]) -> None:
    """In full: a debugger finds it from wherever it is started."""
    sections = make_image(Options(debug=True)).sections
    assert sections[".debug_info"]
    strings = sections[".debug_str"] + sections.get(".debug_line_str", b"")
    assert os.fsencode(TALLY) in strings.split(b"\0")
    assert b"tally.c\0" in sections[".debug_line"] + strings


def test_without_debug_information(make_image: Callable[..., Image]) -> None:
    """Not even of the contexts; names are there all the same."""
    image = make_image(Options())
    assert [name for name in image.sections if name.startswith(".debug")] == []
    assert {"start_trampoline", "add_trampoline", "PyInit_tally"} <= set(image.functions)


def test_machine_code_is_the_same(make_image: Callable[..., Image]) -> None:
    plain, debuggable = make_image(Options()), make_image(Options(debug=True))
    assert plain.sections[".text"] == debuggable.sections[".text"]


@pytest.mark.parametrize("debug", [True, False])
def test_segments_begin_where_they_are_mapped(
    make_image: Callable[..., Image], debug: bool
) -> None:
    """libunwind, in py-spy, takes no other segment for the code at an address it has found.

    And what the kernel logs of a fault, an offset in the file, is an address for addr2line.
    """
    image = make_image(Options(debug=debug))
    start = image.functions["add_trampoline"].start
    *_, text = (segment for segment in image.segments if segment.address <= start)
    assert text.offset % text.alignment == 0
    assert text.offset == text.address


CRASH = """
import resource
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
import hpybc
m = hpybc.load({path!r})

def main():
    m.start(0)
    m.add(0, 5)
    m.add(1, 5)

main()
"""


def test_crash(
    compiled: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = compiled(TALLY, Options(debug=True))
    variables = {"HPYBC_CACHE_DIR": str(tmp_path), "HPYBC_ENGINE": "shared"}
    done = subprocess.run(
        [sys.executable, "-I", "-X", "faulthandler", "-c", CRASH.format(path=str(path))],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
    )
    assert done.returncode == -11
    assert "Segmentation fault" in done.stderr
    assert 'File "<string>", line 10 in main' in done.stderr
    (image,) = tmp_path.glob("*.so")
    frames = re.findall(rf'"{re.escape(str(image))}", at \+(0x\w+)', done.stderr)
    if sys.version_info < (3, 14):  # Python's frames only
        assert frames == []
        return
    address = int(frames[0], 16)
    found = Image(image.read_bytes())
    assert found.function_at(address) == "add_trampoline"
    lines = found.lines()
    assert lines[max(a for a in lines if a <= address)] == FAULT
