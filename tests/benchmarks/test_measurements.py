"""The benchmarks: that peers do the same work, and that the arithmetic of the results is right."""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import build
import chart
import compile_time
import counts
import growth
import loads
import measure
import microbench
import peers
import programs
import report
import results
from cases import Case, Statement
from hpybc.jit import target
from hpybc.jit.build import Options, build_ir
from hpybc.loader import contexts
from hpybc.loader.extension import read
from measure import Measurement, Worker, WorkerDiedError, WorkerError, empty
from peers import INLINED, TUNED_CLANG, TUNED_GCC
from rows import ROWS
from variants import Variant

#: No compiler but the one of the tests is needed for these.
OURS = (TUNED_CLANG, INLINED)

#: The beginning of a command that loads a file.
LOADS = (sys.executable, "-I", "-c", loads.LOAD)

#: What the model is called with in the tests of the measurement itself.
WAIT = """
import time
def wait(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
"""


def script(folder: Path, text: str) -> Variant:
    path = folder / "fake.py"
    path.write_text(text)
    return Variant("file", "fake", str(path))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Variant]:
    made, unavailable = peers.build_all(str(tmp_path_factory.mktemp("peers")), OURS)
    assert unavailable == {}
    return made


def test_peers_do_the_same_work(built: dict[str, Variant]) -> None:
    assert measure.disagreements(ROWS, built, peers.MODEL) == []
    assert all(case.checks and case.empty for case in ROWS)


def test_a_peer_that_does_something_else_is_found(tmp_path: Path) -> None:
    wrong = script(tmp_path, "def add_ints(a, b): return a - b\ndef onearg(): return 1")
    found = measure.disagreements(ROWS, {"wrong": wrong}, peers.MODEL)
    assert ("wrong", "add_ints: f(1, 2)", "-1 instead of 3") in found
    assert ("wrong", "onearg: f('x')", "TypeError instead of 'x'") in found
    assert {check.partition(":")[0] for _, check, _ in found} == {"add_ints", "onearg"}


def test_measures_what_can_be_expressed(built: dict[str, Variant], tmp_path: Path) -> None:
    built = {**built, "script": script(tmp_path, "def noargs(): pass")}
    chosen = [case for case in ROWS if case.needs in ("noargs", "add_ints")]
    measured = measure.measure(chosen, built, 3, 1, [TUNED_CLANG])
    assert {name for sample in measured.samples["no argument"] for name in sample} == {
        *OURS,
        "script",
        empty(TUNED_CLANG),
    }
    assert set(measured.samples["two ints"][0]) == {*OURS, empty(TUNED_CLANG)}
    assert measured.deaths == {}


def test_a_known_duration_is_measured(tmp_path: Path) -> None:
    case = Case("wait", Statement("m.wait(0.001)"), number=2)
    measured = measure.measure([case], {"it": script(tmp_path, WAIT)}, 3, 2)
    assert len(measured.samples["wait"]) == 4  # the quieter two of each process
    assert all(1e6 <= sample["it"] < 2e6 for sample in measured.samples["wait"])


def test_a_worker_that_dies_is_reported_and_replaced(tmp_path: Path) -> None:
    dying = script(tmp_path, "import os\ndef die(): os._exit(3)\ndef live(): pass")
    cases = [Case("die", Statement("m.die()")), Case("live", Statement("m.live()"))]
    measured = measure.measure(cases, {"it": dying, "other": dying}, 3, 1)
    assert set(measured.deaths) == {("die", "it"), ("die", "other")}
    assert "status 3" in measured.deaths["die", "it"]
    assert set(measured.samples["live"][0]) == {"it", "other"}


def test_a_statement_that_raises(tmp_path: Path) -> None:
    with Worker("it", script(tmp_path, "")) as worker:
        with pytest.raises(WorkerError, match="AttributeError") as caught:
            worker.calls(Statement("m.nothing()"), 1)
        assert not isinstance(caught.value, WorkerDiedError)
        assert worker.calls(Statement("m"), 1) >= 0  # and goes on


def test_programs_are_complete() -> None:
    for program in programs.discover():
        assert Path(program.hpy).is_file()
        assert Path(program.capi).is_file()


def test_a_missing_compiler_is_a_reason() -> None:
    with pytest.raises(build.Unavailable, match="no-such-compiler"):
        build.run(["no-such-compiler"])
    with pytest.raises(build.Unavailable, match="fails"):
        build.run(["false"])


def samples(**times: float) -> list[Mapping[str, float]]:
    names = {"gcc": TUNED_GCC, "clang": TUNED_CLANG, "empty": empty(TUNED_GCC), "ours": INLINED}
    return [{names[key]: value for key, value in times.items()}] * 6


def rows(**times: float) -> list[results.Row]:
    measured = Measurement({"a case": samples(**times)})
    return results.rows(results.CALLS, [Case("a case", Statement("x"))], measured)


def test_ratios_are_to_the_quicker_build() -> None:
    (row,) = rows(gcc=30, clang=20, ours=10, empty=4)
    assert row.reference == TUNED_CLANG
    assert {name: cell.ratio for name, cell in row.cells.items()} == {
        TUNED_GCC: 1.5,
        TUNED_CLANG: 1.0,
        INLINED: 0.5,
    }
    assert row.cells[INLINED].nanoseconds == 10
    assert row.cells[INLINED].boundary == 6
    assert row.cells[INLINED].boundary_ratio == 6 / 16


def test_boundary_costs_that_are_noise() -> None:
    (row,) = rows(gcc=4.5, clang=5, ours=6, empty=4)
    assert row.cells[INLINED].boundary == 2
    assert row.cells[INLINED].boundary_ratio is None
    assert results.boundary_ratio(3.0, 14.0, 4.0) == results.RESOLUTION / 10


def test_luck_does_not_choose_the_reference_that_ratios_are_taken_to() -> None:
    gcc_is_lucky, clang_is_lucky = samples(gcc=9, clang=10)[0], samples(gcc=11, clang=10)[0]
    lucky = [gcc_is_lucky, clang_is_lucky] * 3
    measured = Measurement({"a case": lucky})
    (row,) = results.rows(results.CALLS, [Case("a case", Statement("x"))], measured)
    assert row.reference == TUNED_GCC
    assert row.cells[TUNED_CLANG].ratio == 10 / 11


def test_targets() -> None:
    found = {target.what: target for target in results.targets(rows(gcc=20, clang=20, ours=10))}
    assert found["call rows, worst"].value == 0.5
    assert found["call rows, worst"].met is True
    assert found["real programs, worst"].met is None
    assert results.targets(rows(gcc=20, clang=20, ours=30))[0].met is False
    assert results.mean([1.0, None, 4.0]) == pytest.approx(2.0)
    assert results.mean([None]) is None


def test_a_mean_that_leans_on_one_row() -> None:
    even = {"a": 1.0, "b": 0.97, "c": 1.03, "d": 1.0}
    assert results.leaning(even) is None
    for odd in (0.25, 4.0):
        found = results.leaning({**even, "e": odd})
        assert found is not None
        assert found[0] == "e"
        assert found[1] == pytest.approx(1.0, abs=0.01)
    assert results.leaning({"a": 1.0, "b": 4.0}) is None  # neither is the extreme one


def test_report_and_targets_say_what_a_mean_leans_on() -> None:
    times = {"a": 20.0, "b": 20.0, "c": 20.0, "odd": 2.0}
    measured = Measurement({name: samples(gcc=20, clang=20, ours=t) for name, t in times.items()})
    cases = [Case(name, Statement("x")) for name in times]
    found = results.rows(results.CALLS, cases, measured)
    text = report.markdown(found, results.targets(found), {}, {}, {})
    assert "| call rows, geometric mean | 0.90 | 0.56, 1.00 without 'odd' | met |" in text
    assert "Means that lean on one row, by more than 3%: hpybc 1.00 without 'odd'." in text


def test_rows_as_json_and_back() -> None:
    found = rows(gcc=20, clang=40, ours=30, empty=10)
    data = json.loads(json.dumps(report.as_json(found, [], {}, {}, {}, {})))
    assert results.rows_of(data) == found


def test_where_a_peer_is_quicker() -> None:
    assert results.slower(rows(gcc=20, clang=40, ours=30)) == {"a case": {TUNED_GCC: 1.5}}
    assert results.slower(rows(gcc=20, clang=40, ours=10)) == {}


def test_same_convention() -> None:
    names = ["Module.noargs", "Module.varargs", "Module.call_with_tuple_and_dict"]
    assert microbench.same_convention(names) == ["Module.noargs"]


def test_report_names_what_is_missing() -> None:
    found = rows(gcc=20, clang=40, ours=30, empty=10)
    targets = results.targets(found)
    text = report.markdown(
        found, targets, {"python": "3"}, {"Cython": "not installed"}, {("a case", "x"): "x died"}
    )
    assert "- without Cython: not installed" in text
    assert "- without a time in 'a case': x died" in text
    assert "- a case: times the time of C API, tuned, gcc 1.50" in text
    assert "| call rows, worst | 1.03 | 1.50 | NOT MET |" in text
    lines = [line for line in text.splitlines() if line.startswith("| a case")]
    assert [line.split("|")[4].strip() for line in lines] == ["30.0 (1.50)", "20.0 (2.00)"]


def test_movement_between_two_runs() -> None:
    first, second = (
        report.as_json(rows(gcc=20, clang=40, ours=ours), [], {}, {}, {}, {}) for ours in (20, 30)
    )
    assert "| a case | 1.00 | 1.50 | +50.0% |" in report.movement(first, second)


def test_chart(tmp_path: Path) -> None:
    path = tmp_path / "chart.svg"
    chart.write(str(path), rows(gcc=20, clang=40, ours=30), "3.99")
    text = "".join(ElementTree.parse(path).getroot().itertext())
    assert "hpybc" in text
    assert "CPython 3.99" in text
    assert "1.50" in text
    assert path.stat().st_size < 60_000


def test_several_modules_in_one_file(tmp_path: Path) -> None:
    path = str(tmp_path / "extension.bc")
    compile_time.make([*compile_time.EXTENSIONS[0], *compile_time.EXTENSIONS[1]], path)
    options = Options(("PyInit_quickstart",))
    release = [read(contexts.stack("release")).payload]
    ir = build_ir(read(path).payload, release, target.host(), options)
    assert "@greet_trampoline(" in ir  # of the one
    assert "@parse_trampoline(" in ir  # and of the other


def test_cold_loads_are_measured_from_the_outside(
    compiled: Callable[[Path], Path], tmp_path: Path
) -> None:
    source = tmp_path / "growth.c"
    source.write_text(growth.CASES["formats"](1))
    load = loads.load(str(compiled(source)), 1)
    assert 0 < load.processor < 100
    assert load.wall > 0
    assert 10 < load.peak < 2000  # megabytes, those of LLVM
    assert {"parse", "link", "compile"} <= set(load.stages)
    assert min(load.stages.values()) >= 0


def test_a_load_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(loads.LoadFailedError, match="no such file"):
        loads.load(str(tmp_path / "none.bc"), 1)
    chosen = [compile_time.Case("none", lambda folder: [*LOADS, f"{folder}/none.bc"])]
    data = compile_time.as_json(compile_time.measure(chosen, 1), 1, {})
    assert "no such file" in data["missing"]["none"]
    assert len(compile_time.tables(data)) == 2


def test_what_other_processes_use_counts() -> None:
    spin = "import time; end = time.process_time() + 0.4\nwhile time.process_time() < end: pass"
    twice = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {spin!r}])\n{spin}"
    used = loads.run([sys.executable, "-c", twice])
    assert 0.8 <= used.processor < 2
    assert used.stages == {}


def test_growth_leaves_out_what_every_load_costs() -> None:
    found = {
        f"items {n}": loads.Load(0.5 + n / 100 + (n / 100) ** 2, 1, 1, {}) for n in (50, 100, 200)
    }
    found["123 lines"] = loads.Load(0.5, 1, 1, {})
    assert compile_time.factors(found, "items") == pytest.approx([2 / 0.75, 3])
    assert compile_time.factors(found, "keywords") == []
    data = compile_time.as_json(dict(found), 1, {})
    assert "| items | 50, 100, 200 | 2.7, 3.0 |" in compile_time.tables(data)
    assert "| items 50 | 1.25 | 1.00 | 1 | 0.5 | NOT MET |" in compile_time.tables(data)


def test_every_case_of_growth_has_three_sizes() -> None:
    assert set(compile_time.SIZES) == set(growth.CASES)
    assert all(c == 2 * b == 4 * a for a, b, c, *_ in compile_time.SIZES.values())
    names = {case.name for case in compile_time.cases(None)}
    assert set(compile_time.TARGETS) <= names


def test_counts_beyond_the_limits_are_found() -> None:
    before = {"call": {"a": 100.0, "b": 100.0, "gone": 1.0}, "program": {"p": 1000.0}}
    same = {"call": {"a": 102.0, "b": 98.0, "new": 1.0}, "program": {"p": 1000.0}}
    lines, good = counts.compared(before, same)
    assert good
    assert "| a | 100 | 102 | 1.020 |  |" in lines
    assert "| calls, geometric mean | | | 1.000 |  |" in lines
    lines, good = counts.compared(before, {"call": {"a": 103.0, "b": 90.0}})
    assert not good
    assert "| a | 100 | 103 | 1.030 | MORE |" in lines
    lines, good = counts.compared(before, {"program": {"p": 1010.0}})
    assert not good
    assert "| programs, geometric mean | | | 1.010 | MORE |" in lines
