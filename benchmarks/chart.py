"""The chart in the README: one bar for each variant, as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from peers import INLINED
from results import CALLS, Row, means

_WIDTH, _LEFT, _RIGHT, _BAR, _TOP = 760, 230, 60, 24, 56
_OWN, _OTHERS, _TEXT, _LINE = "#c0392b", "#8796a5", "#57606a", "#8b949e"


def write(path: str, rows: Sequence[Row], python: str) -> None:
    """Writes the geometric mean of each variant over the call rows it can express, to a file.

    Args:
        path: the file.
        rows: those of a result.
        python: the interpreter's version.

    The scale is logarithmic: twice as long a bar from the line at 1, the hand-tuned C API, stands
    for the square of the ratio. Colours are readable on white and on black.
    """
    calls = [row for row in rows if row.group == CALLS]
    found = dict(sorted(means(rows).items(), key=lambda item: item[1]))
    height = _TOP + _BAR * len(found) + 12
    svg = Element("svg", xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {_WIDTH} {height}")
    svg.set("font-family", "sans-serif")
    svg.set("font-size", "12")
    _text(svg, 8, 18, "Time of a call relative to the hand-tuned C API: lower is better", size="15")
    _text(svg, 8, 36, f"CPython {python}, geometric mean over the rows that a "
          "peer can express, logarithmic scale")  # fmt: skip
    least = min([0.8, *found.values()]) * 0.9
    most = max([2.0, *found.values()])

    def x(ratio: float) -> float:
        width = _WIDTH - _LEFT - _RIGHT
        return _LEFT + width * math.log(ratio / least) / math.log(most / least)

    for number, (name, ratio) in enumerate(found.items()):
        y = _TOP + number * _BAR
        count = sum(name in row.cells for row in calls)
        label = name if count == len(calls) else f"{name} ({count} of {len(calls)} rows)"
        _text(svg, _LEFT - 8, y + 15, label, anchor="end")
        bar = SubElement(svg, "rect", x=f"{_LEFT}", y=f"{y + 3}", height=f"{_BAR - 6}")
        bar.set("width", f"{x(ratio) - _LEFT:.1f}")
        bar.set("fill", _OWN if name == INLINED else _OTHERS)
        _text(svg, x(ratio) + 5, y + 15, f"{ratio:.2f}")
    line = SubElement(svg, "line", x1=f"{x(1):.1f}", x2=f"{x(1):.1f}", y1=f"{_TOP - 8}")
    line.set("y2", f"{height - 6}")
    line.set("stroke", _LINE)
    line.set("stroke-dasharray", "4 3")
    ElementTree.ElementTree(svg).write(path, encoding="utf-8")


def _text(
    svg: Element, x: float, y: float, text: str, *, anchor: str = "start", size: str = "12"
) -> None:
    element = SubElement(svg, "text", x=f"{x:.1f}", y=f"{y}", fill=_TEXT)
    element.set("text-anchor", anchor)
    element.set("font-size", size)
    element.text = text
