"""``python -s benchmarks/compile_time.py``: what a cold load costs, phase by phase.

The extensions are real code, several modules in one. Each load is in a process of its own with an
empty cache. Times are of the processor, user and system, other processes' included. The phases are
those of a load that compiles in its own process, as a frozen program does; the last but one is what
the process takes besides that compiles otherwise.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import programs
from hpybc import files
from hpybc.jit import link
from hpybc.loader.bitcode import read
from hpybc.toolchain.clang import find
from hpybc.toolchain.compile import compile_extension, stamped

_PEER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers", "hpy.c")
_PROGRAMS = {program.name: program.hpy for program in programs.discover()}

#: The sources of extensions of some 100, 300, 1000 and 3000 lines.
EXTENSIONS = (
    [_PROGRAMS["quickstart"]],
    [_PROGRAMS["csvparse"]],
    [_PROGRAMS[name] for name in ("csvparse", "point", "levenshtein", "wordcount")],
    [*_PROGRAMS.values(), _PEER],
)

#: What a process does and prints: seconds of each phase; hpybc.build logs the end of its own.
_LOAD = """
import json, resource, sys
sys.frozen = sys.argv[2] == "frozen"
phases, before = {}, 0
def end(phase):
    global before
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    now = sum(u.ru_utime + u.ru_stime for u in used)
    phases[phase], before = now - before, now
end("start of Python")
import hpybc.loader.build, hpybc.jit.build, logging
end("import of hpybc")
if sys.frozen:
    logging.getLogger("hpybc.build").debug = lambda text, phase, time: end(phase)
hpybc.load(sys.argv[1])
end("load")
print(json.dumps(phases))
"""


def make(sources: Sequence[str], path: str) -> None:
    """Compiles modules into the bitcode file ``path``: the first of them, with all others in it."""
    parts, kept = [], []
    for source in reversed(sources):
        name = compile_extension([source], path)["module"]
        with link.parsed(read(path).payload) as module:
            link.internalize(module, [f"HPyInit_{name}", f"PyInit_{name}"])  # several have a Point
            parts.append(module.as_bitcode())
        kept.append(f"ptr @HPyInit_{name}")
    used = f"@llvm.used = appending global [{len(kept)} x ptr] [{', '.join(kept)}]"
    declared = "".join(f"declare {entry}()\n" for entry in kept)
    with link.parsed(parts.pop()) as module:
        link.link(module, parts)
        link.add(module, f'{declared}{used}, section "llvm.metadata"')
        data, _ = stamped(module, find(), module=name, entry=f"PyInit_{name}")
    files.replace(path, data)


def measure(path: str, loads: int) -> dict[str, float]:
    """Seconds of each phase of a cold load of the bitcode file ``path``, medians of ``loads``."""
    found: dict[str, list[dict[str, float]]] = {"frozen": [], "usual": []}
    for kind in ("frozen", "usual") * loads:
        with tempfile.TemporaryDirectory(prefix="hpybc-") as cache:
            env = {**os.environ, "HPYBC_CACHE_DIR": cache}
            command = [sys.executable, "-I", "-c", _LOAD, path, kind]
            found[kind].append(json.loads(subprocess.check_output(command, env=env)))
    here, usual = (median(sum(times.values()) for times in found[kind]) for kind in found)
    phases = found["frozen"]
    medians = {phase: median(times[phase] for times in phases) for phase in phases[0]}
    return {**medians, "the other process": usual - here, "all": usual}


def main() -> None:
    """Prints a table in Markdown: milliseconds, medians of seven loads."""
    columns = {}
    with tempfile.TemporaryDirectory(prefix="hpybc-") as folder:
        for sources in EXTENSIONS:
            lines = sum(Path(source).read_text(encoding="utf-8").count("\n") for source in sources)
            path = os.path.join(folder, "extension.bc")
            make(sources, path)
            columns[lines] = measure(path, 7)
    print("| ms |", *(f"{lines} lines |" for lines in columns))
    print("|---|" + "---|" * len(columns))
    for phase in next(iter(columns.values())):
        print(f"| {phase} |", *(f"{1e3 * times[phase]:.0f} |" for times in columns.values()))


if __name__ == "__main__":
    main()
