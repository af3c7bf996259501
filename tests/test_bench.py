"""The benchmark: what is compared, and that its numbers mean what they say."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import cast

import pyperf
import pytest

from hpybc import bench, cli
from hpybc.errors import UsageError
from hpybc.toolchain.compile import Options

EXAMPLES = Path(__file__).parent.parent / "examples"


def busy(seconds: float) -> ModuleType:
    """A module whose function wait() takes so much processor time."""

    def wait() -> None:
        end = time.process_time() + seconds
        while time.process_time() < end:
            pass

    return cast(ModuleType, SimpleNamespace(__name__="fake", wait=wait))


@pytest.fixture(scope="module")
def modules(compiled: Callable[..., Path]) -> dict[str, ModuleType]:
    return bench.variants(compiled(EXAMPLES / "quickstart.c"))


def test_variants_do_the_same_work(modules: dict[str, ModuleType]) -> None:
    assert list(modules) == ["inlined", "universal"]
    for module in modules.values():
        assert module.add(2, 3) == 5
        assert module.greet("you", greeting="Hi") == "Hi, you!"
        with pytest.raises(TypeError):
            module.add("2", 3)


@pytest.mark.parametrize(
    "name", ["package.inner.quickstart", "package.schnellstart\u00df", "x" * 200]
)
def test_modules_of_all_names(name: str, compiled: Callable[..., Path]) -> None:
    """With dots, as those in packages have, and of other letters; statements see the last part."""
    modules = bench.variants(compiled(EXAMPLES / "quickstart.c", Options(name=name)))
    assert [module.__name__ for module in modules.values()] == [name, name]
    (row,) = bench.measure(modules, [f"m.add(1, {name.rpartition('.')[2]}.add(2, 3))"], rounds=3)
    assert all(timing.nanoseconds > 0 for timing in row.timings.values())


def test_universal_variant_runs_types(compiled: Callable[..., Path]) -> None:
    point = bench.variants(compiled(EXAMPLES / "point.c"))["universal"].Point(3, 4)
    assert point.norm() == 5.0
    assert repr(point + point) == "Point(x=6.0, y=8.0)"


def test_a_known_duration_is_measured() -> None:
    (row,) = bench.measure({"inlined": busy(0.002)}, ["m.wait()"], rounds=3)
    timing = row.timings["inlined"]
    assert 2e6 <= timing.nanoseconds < 4e6
    assert timing.ratio == 1.0


def test_ratio_is_relative_to_inlined() -> None:
    modules = {"inlined": busy(0.002), "other": busy(0.008)}
    (row,) = bench.measure(modules, ["fake.wait()"], rounds=3)
    assert 3 < row.timings["other"].ratio < 5


def test_statement_that_raises(modules: dict[str, ModuleType]) -> None:
    with pytest.raises(UsageError, match="TypeError: two required") as caught:
        bench.measure({"inlined": modules["inlined"]}, ["raise TypeError('two required')"])
    assert "inlined" in caught.value.what


def test_json_and_against(
    compiled: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Two files for pyperf, which compares each statement in each variant."""
    (tmp_path / "pure_quickstart.py").write_text("def add(a, b):\n    return a + b\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")  # so that the table has no lines too long for it
    path = str(compiled(EXAMPLES / "quickstart.c"))
    arguments = ["bench", path, "-s", "add(1, 2)", "-s", "add(3, 4)", "--setup", "add = m.add"]
    for name in ("a.json", "b.json"):
        output = str(tmp_path / name)
        assert cli.main([*arguments, "--against", "pure_quickstart", "--json", output]) == 0
        assert "pure_quickstart ns" in capsys.readouterr().out
    sys.modules.pop("pure_quickstart")
    variants = ("inlined", "universal", "pure_quickstart")
    names = [f"{s} [{variant}]" for s in ("add(1, 2)", "add(3, 4)") for variant in variants]

    suite = pyperf.BenchmarkSuite.load(str(tmp_path / "a.json"))
    assert suite.get_benchmark_names() == names
    for benchmark in suite:
        assert benchmark.get_unit() == "second"
        assert len(benchmark.get_values()) == 41  # the quicker half of the rounds
        assert all(1e-9 < value < 1e-4 for value in benchmark.get_values())
        (run,) = benchmark.get_runs()
        assert 1e-4 < run.get_loops() * benchmark.median() < 1e-1  # about two milliseconds
        metadata = benchmark.get_metadata()
        assert metadata["hpybc_file"] == path
        assert metadata["python_version"].startswith(sys.version.partition(" ")[0])

    command = (sys.executable, "-m", "pyperf", "compare_to", "-v", "a.json", "b.json")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert all(name in done.stdout for name in names)
    assert "Skipped" not in done.stdout


def test_pyperf_has_what_the_table_shows(tmp_path: Path) -> None:
    rows = bench.measure({"inlined": busy(0.002)}, ["m.wait()", "m.wait()"], rounds=5)
    assert len(rows) == 1  # a statement that is given twice
    timing = rows[0].timings["inlined"]
    assert timing.nanoseconds == statistics.median(timing.samples)
    bench.write_json(tmp_path / "a.json", "a.bc", rows)
    (benchmark,) = pyperf.BenchmarkSuite.load(str(tmp_path / "a.json"))
    assert benchmark.get_name() == "m.wait() [inlined]"
    assert benchmark.median() * 1e9 == pytest.approx(timing.nanoseconds)


def test_pyperf_knows_no_time_that_is_not_positive(tmp_path: Path) -> None:
    timing = bench.summary([1.0, -0.1, 2.0], [1.0, 1.0, 1.0])
    row = bench.Row("pass", {"inlined": timing})
    with pytest.raises(UsageError, match="as long as the loop around it"):
        bench.write_json(tmp_path / "a.json", "a.bc", [row])
    assert not (tmp_path / "a.json").exists()


def test_table(compiled: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    path = str(compiled(EXAMPLES / "quickstart.c"))
    assert cli.main(["bench", path, "-s", "m.add(1, 2)", "-s", "m.noargs()"]) == 0
    out = capsys.readouterr().out
    assert "inlined ns" in out
    assert "universal ns" in out
    assert [line for line in out.splitlines() if "m.add(1, 2)" in line]
    assert [line for line in out.splitlines() if "m.noargs()" in line]


@pytest.mark.parametrize(("package", "options"), [("rich", []), ("pyperf", ["--json", "a.json"])])
def test_without_a_package(
    package: str,
    options: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is said before anything is measured."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == package else name)
    assert cli.main(["bench", "any.bc", "-s", "m.f()", *options]) == 2
    said = capsys.readouterr().err
    assert f"the result needs {package}" in said and "pip install 'hpybc[bench]'" in said


def test_against_a_missing_module(
    compiled: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(compiled(EXAMPLES / "quickstart.c"))
    arguments = ["bench", path, "-s", "m.noargs()", "--against", "no_such_module_anywhere"]
    assert cli.main(arguments) == 2
    assert "no_such_module_anywhere" in capsys.readouterr().err
