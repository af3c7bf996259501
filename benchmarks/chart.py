"""The charts in the README and in the tutorial: one bar for each variant, as SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from peers import INLINED
from results import CALLS, Row, means

_WIDTH, _LEFT, _RIGHT, _BAR, _TOP = 760, 230, 60, 24, 56
_SPACE = _WIDTH - _LEFT - _RIGHT
_OWN, _OTHERS, _TEXT, _LINE = "#c0392b", "#8796a5", "#57606a", "#8b949e"


def write(path: str, rows: Sequence[Row], python: str) -> None:
    """Writes the geometric mean of each variant over the call rows it can express, to a file.

    Args:
        path: the file.
        rows: those of a result.
        python: the interpreter's version.

    The scale is logarithmic: twice as long a bar from the line at 1, the hand-tuned C API, stands
    for the square of the ratio.
    """
    calls = [row for row in rows if row.group == CALLS]
    found = dict(sorted(means(rows).items(), key=lambda item: item[1]))
    counts = {name: sum(name in row.cells for row in calls) for name in found}
    labels = {
        name: name if count == len(calls) else f"{name} ({count} of {len(calls)} rows)"
        for name, count in counts.items()
    }
    least = min([0.8, *found.values()]) * 0.9
    most = max([2.0, *found.values()])

    def length(ratio: float) -> float:
        return _SPACE * math.log(ratio / least) / math.log(most / least)

    svg = _bars(
        "Time of a call relative to the hand-tuned C API: lower is better",
        f"CPython {python}, geometric mean over the rows that a peer can express, "
        "logarithmic scale",
        [Bar(labels[name], length(ratio), f"{ratio:.2f}", name == INLINED, length(max(ratio, 1)))
         for name, ratio in found.items()],
    )  # fmt: skip
    x = _LEFT + length(1)
    line = SubElement(svg, "line", x1=f"{x:.1f}", x2=f"{x:.1f}", y1=f"{_TOP - 8}")
    line.set("y2", f"{_TOP + _BAR * len(found) + 6}")
    line.set("stroke", _LINE)
    line.set("stroke-dasharray", "4 3")
    _save(svg, path)


def write_times(
    path: str, title: str, below: str, times: Mapping[str, float], unit: str, own: str
) -> None:
    """Writes one bar for each time, on a scale that begins at nothing.

    Args:
        path: the file.
        title: above all.
        below: the line below the title.
        times: by what takes them, in the order of the bars.
        unit: of the times.
        own: which of them are ours begins with this.
    """
    most = max(times.values())
    bars = [
        Bar(name, length, f"{value:.3g} {unit}", name.startswith(own), length)
        for name, value in times.items()
        for length in [_SPACE * value / most]
    ]
    _save(_bars(title, below, bars), path)


class Bar(NamedTuple):
    """One bar: what it is, how long, its figure, whether it is ours, and where the figure is."""

    label: str
    length: float
    figure: str
    is_own: bool
    end: float


def _bars(title: str, below: str, bars: Sequence[Bar]) -> Element:
    """A chart without its lines. Colours are readable on white and on black."""
    height = _TOP + _BAR * len(bars) + 12
    svg = Element("svg", xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {_WIDTH} {height}")
    svg.set("font-family", "sans-serif")
    svg.set("font-size", "12")
    _text(svg, 8, 18, title, size="15")
    _text(svg, 8, 36, below)
    for number, bar in enumerate(bars):
        y = _TOP + number * _BAR
        _text(svg, _LEFT - 8, y + 15, bar.label, anchor="end")
        box = SubElement(svg, "rect", x=f"{_LEFT}", y=f"{y + 3}", height=f"{_BAR - 6}")
        box.set("width", f"{bar.length:.1f}")
        box.set("fill", _OWN if bar.is_own else _OTHERS)
        _text(svg, _LEFT + bar.end + 5, y + 15, bar.figure)
    return svg


def _save(svg: Element, path: str) -> None:
    ElementTree.ElementTree(svg).write(path, encoding="utf-8")


def _text(
    svg: Element, x: float, y: float, text: str, *, anchor: str = "start", size: str = "12"
) -> None:
    element = SubElement(svg, "text", x=f"{x:.1f}", y=f"{y}", fill=_TEXT)
    element.set("text-anchor", anchor)
    element.set("font-size", size)
    element.text = text
