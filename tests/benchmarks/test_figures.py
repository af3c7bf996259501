"""The figures in the documents are those in benchmarks/results."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import chart
import figures
import programs
import results
from report import has_instructions
from rows import ROWS

NAMES = [
    name
    for document in figures.DOCUMENTS
    for name in re.findall(r"<!-- made by benchmarks/figures.py: (.+) -->", document.read_text())
]


def test_documents_agree_with_the_results() -> None:
    for document in figures.DOCUMENTS:
        text = document.read_text()
        assert figures.filled(text) == text, f"{document.name}: run nox -s figures"
    assert sorted(NAMES) == sorted(figures.BLOCKS)


def test_charts_agree_with_the_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = {name: getattr(figures, name) for name in ("CHART", "LOOP", "START")}
    for name in drawn:
        monkeypatch.setattr(figures, name, tmp_path / name)
    figures.write_charts()
    for name, file in drawn.items():
        assert (tmp_path / name).read_text() == file.read_text(), "run nox -s figures"


def test_a_figure_changed_by_hand_is_put_right() -> None:
    text = figures.DOCUMENTS[0].read_text()
    wrong = re.sub(r"0\.\d\d of the time", "0.10 of the time", text)
    wrong = re.sub(r"0\.\d\d( \([^)]+\))? of the", "0.10 of the", wrong)
    assert wrong != text
    assert figures.filled(wrong) == text


def test_the_chart_is_of_the_newest_result(tmp_path: Path) -> None:
    data = figures.read(f"bench-{figures.PYTHONS[-1]}")
    assert data is not None
    path = tmp_path / "chart.svg"
    chart.write(str(path), results.rows_of(data), data["environment"]["python"].split()[0])
    assert path.read_bytes() == figures.CHART.read_bytes()


@pytest.mark.parametrize("python", figures.PYTHONS)
def test_results_say_where_they_come_from(python: str) -> None:
    data = figures.read(f"bench-{python}")
    assert data is not None
    known = data["environment"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", known["date"])
    assert known["python"].startswith(python)
    assert {"gcc", "clang", "hpybc", "cpu_count"} <= set(known)
    assert has_instructions(results.rows_of(data))


def test_what_is_not_measured_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(figures, "RESULTS", tmp_path)
    assert figures.loads("3.13") == ["CPython 3.13: not measured yet."]
    with pytest.raises(AssertionError, match="does not end"):
        figures.filled("<!-- made by benchmarks/figures.py: loads 3.13 -->\n")


@pytest.mark.parametrize("python", figures.PYTHONS)
def test_every_row_and_program_has_a_count(python: str) -> None:
    data = figures.read(f"counts-{python}")
    assert data is not None
    assert data["environment"]["python"].startswith(python)
    names = {
        results.CALLS: {case.name for case in ROWS},
        results.PROGRAMS: {program.name for program in programs.discover()},
    }
    assert {group: set(counts) for group, counts in data["counts"].items()} == names
    assert all(count > 100 for counts in data["counts"].values() for count in counts.values())
