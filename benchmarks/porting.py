"""``python -s benchmarks/porting.py``: what each step of the porting guide executes for a call.

Compiles ``examples/porting/step*.c``, counts instructions under valgrind as ``counts.py`` does, and
puts the table into the guide.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile

import build
import count
from cases import Case, Statement

HERE = os.path.dirname(os.path.abspath(__file__))
PAGE = os.path.join(HERE, "..", "docs", "porting", "index.md")
STEPS = ("step1_capi", "step2_module", "step3_functions", "step4_type", "step5_hpy")
BEGIN, END = "<!-- made by benchmarks/porting.py -->\n", "<!-- end -->\n"

_SIGNAL = "s = m.Signal('a')\nfor i in range(100): s.append(i)\n"
CASES = (
    Case("`total(list of 100 floats)`", Statement("f(x)", "f = m.total; x = [0.5] * 100")),
    Case("`peak(signal)`", Statement("f(s)", f"{_SIGNAL}f = m.peak")),
    Case("`signal.append(1.0)`", Statement("s.append(1.0)", _SIGNAL)),
    Case("`signal[5]`", Statement("s[5]", _SIGNAL)),
    Case("`len(signal)`", Statement("len(s)", _SIGNAL)),
    Case('`Signal("a")`', Statement("f('a')", "f = m.Signal")),
)


def counted() -> list[list[float]]:
    """The instructions of each case, of each step.

    Raises:
        Unavailable: there is no valgrind, or no compiler.
    """
    with tempfile.TemporaryDirectory(prefix="hpybc-") as folder:
        columns = []
        for step in STEPS:
            source = os.path.join(HERE, "..", "examples", "porting", f"{step}.c")
            own = os.path.join(folder, step)
            os.mkdir(own)
            module = build.bitcode(source, "signals", own)
            columns.append(count.each([(case, module) for case in CASES], processes=2))
    return [list(row) for row in zip(*columns, strict=True)]


def table(rows: list[list[float]]) -> str:
    """The counts in Markdown."""
    lines = ["| call | " + " | ".join(f"step {n}" for n, _ in enumerate(STEPS, 1)) + " |"]
    lines.append("|---" * (len(STEPS) + 1) + "|")
    for case, row in zip(CASES, rows, strict=True):
        lines.append(f"| {case.name} | " + " | ".join(f"{number:.0f}" for number in row) + " |")
    head = "Instructions of a call, with those of the interpreter around it (CPython {}.{}):\n\n"
    return head.format(*sys.version_info) + "\n".join(lines) + "\n"


def main() -> None:
    """Counts, and rewrites the table in the guide."""
    made = f"{BEGIN}{table(counted())}{END}"
    with open(PAGE, encoding="utf-8") as file:
        text = file.read()
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(re.sub(f"{BEGIN}.*?{END}", lambda _: made, text, flags=re.S))


if __name__ == "__main__":
    main()
