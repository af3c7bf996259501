"""Results of packages as JSON, one file for each interpreter, and the table made from them."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

from packages.pins import PACKAGES
from packages.run import Result

RESULTS = Path(__file__).with_name("results")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "packages.md"

#: Where the table begins and ends in docs/packages.md.
BEGIN, END = "<!-- made by nox -s packages -->\n", "<!-- end -->\n"

HEAD = (
    "| package | Python | tests, `.bc` | tests, `.so` "
    "| only `.so` | cold load, s | size, KB | time |\n"
    "|---|---|---|---|---|---|---|---|\n"
)


def record(result: Result, python: str) -> None:
    """Keeps ``result``, in the place of an earlier one of that package and interpreter."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{python}.json"
    results = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    results[result.package] = result.as_json()
    file.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def write() -> None:
    """Rewrites the table in docs/packages.md from all results there are."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}{table()}{END}{after}", encoding="utf-8")


def table() -> str:
    runs = {
        file.stem: json.loads(file.read_text(encoding="utf-8"))
        for file in sorted(RESULTS.glob("*.json"))
    }
    rows = [
        _row(run[package.name], python)
        for package in PACKAGES
        for python, run in runs.items()
        if package.name in run
    ]
    remarks = {
        "\n" + textwrap.fill(f"- {package.name}: {package.remark}", 100, subsequent_indent="  ")
        for package in PACKAGES
        if package.remark and any(package.name in run for run in runs.values())
    }
    return HEAD + "".join(rows) + "".join(sorted(remarks)) + ("\n" if remarks else "")


def _row(result: dict[str, Any], python: str) -> str:
    name = f"{result['package']} {result['version']}".strip()
    so = _tests(result["so"]) + (" (gcc)" if result["against"] == "build" else "")
    sizes = " / ".join(f"{size / 1000:.0f}" for size in result["sizes"])
    cells = (name, python, _tests(result["bc"]), so, str(len(result["only_so"])),
             f"{result['cold']:.1f}", sizes, f"{result['speed']:.2f}")  # fmt: skip
    return f"| {' | '.join(cells)} |\n"


def _tests(counts: dict[str, int]) -> str:
    return f"{counts['passed']} / {counts['failed']} / {counts['skipped']}"
