"""Builds extensions whose functions have attributes at random, and counts what comes of them.

    python tests/reliability/attributes.py --seed 1 --count 200
    python tests/reliability/attributes.py --each

Each file has functions with the attributes of a C compiler: features of the processor, calling
conventions, what may be inlined, and inline assembly that LLVM cannot always make code of. Every
one has a twin without attributes that computes the same. A process loads the file for this
processor, calls what this processor can run, and exports the file for the oldest processor.

Exit status 1 if such a process died, or printed anything, or a function and its twin differ. These
files are kept.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from hpybc.errors import CompileError
from hpybc.toolchain import clang
from hpybc.toolchain.compile import Options, compile_extension

HEAD = """
#include "hpy.h"
#include <immintrin.h>
#include <string.h>

typedef int ints __attribute__((vector_size(64)));
typedef double doubles __attribute__((vector_size(32)));
typedef unsigned long longs __attribute__((vector_size(16)));
"""

TAIL = """
static long (*const functions[])(HPyContext *, long) = {%s};

HPyDef_METH(call, "call", HPyFunc_VARARGS)
static HPy call_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    long index, number;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "ll", &index, &number)) {
        return HPy_NULL;
    }
    return HPyLong_FromLong(ctx, functions[index](ctx, number));
}

static HPyDef *defines[] = {&call, NULL};
static HPyModuleDef moduledef = {.defines = defines};
HPy_MODINIT(%s, moduledef)
"""

#: Bodies of functions of the parameters ``ctx`` and ``n``.
BODIES = (
    "double s = 0; for (long i = 0; i < 40; i++) s += (double)(i * n) * 0.5; return (long)s;",
    "ints v = {1, 2, 3}; for (int i = 0; i < 16; i++) v[i] += (int)n * i; v = v * v + 3;"
    " long s = 0; for (int i = 0; i < 16; i++) s += v[i]; return s;",
    "doubles v = {1, 2, 3, 4}; v = v * (double)n + 0.5; return (long)(v[0] + v[1] + v[2] + v[3]);",
    "longs v = {(unsigned long)n, 7}; v = (v << 3) ^ (v >> 5); return (long)(v[0] ^ v[1]);",
    "return __builtin_popcountl(n) + __builtin_ctzl(n | 8) + (long)__builtin_bswap64(n);",
    "HPy h = HPyLong_FromLong(ctx, n * 3); long r = HPyLong_AsLong(ctx, h); HPy_Close(ctx, h);"
    " return r;",
    "HPy l = HPyList_New(ctx, 0); HPy h = HPyLong_FromLong(ctx, n); HPyList_Append(ctx, l, h);"
    " HPy_Close(ctx, h); long r = HPy_Length(ctx, l) + n; HPy_Close(ctx, l); return r;",
    "char b[200]; memset(b, (int)n, sizeof b); long s = 0;"
    " for (int i = 0; i < 200; i++) s += b[i]; return s;",
    "__int128 x = (__int128)n * n * n; return (long)(x / 7 + (x >> 64));",
    'long x = n; __asm__("" : "+r"(x)); return x + 1;',
    "switch (n & 7) { case 0: return 3; case 1: return n; case 2: return -n; case 3: return 9;"
    " case 4: return n * 5; default: return n ^ 6; }",
)

#: Statements that not every clang compiles, and LLVM not for every processor.
DOUBTFUL = (
    '__asm__ volatile("vaddpd %%zmm0, %%zmm1, %%zmm2" ::: "xmm2");',
    '__asm__ volatile("no_such_instruction");',
    'int t; __asm__("movl %1, %0" : "=x"(t) : "r"(1));',
    'ints t = {0}; __asm__ volatile("" :: "x"(t));',
    'ints t = {0}; __asm__ volatile("" :: "v"(t));',
    '__asm__ volatile("" :: "Yk"(1L));',
    '__asm__ volatile("" ::: "rsp");',
    '__asm__ volatile(".section .mine; .previous");',
    '__asm__ volatile("" :: "{xmm31}"(1.0));',
    "__builtin_ia32_pause();",
    "(void)__builtin_return_address(0); (void)__builtin_frame_address(1);",
    "_Float16 t = (_Float16)n; if (t > 3) n += 0;",
    "__bf16 t = (__bf16)1.0f; (void)t;",
)

#: Attributes besides ``target``.
ATTRIBUTES = (
    "noinline", "always_inline", "minsize", "cold", "hot", "flatten",
    "no_sanitize(\"address\")", "ms_abi", "preserve_most", "preserve_all", "vectorcall", "regcall",
    "no_caller_saved_registers", "force_align_arg_pointer", "no_split_stack", "nocf_check",
    "zero_call_used_regs(\"all\")", "patchable_function_entry(5, 2)", "aligned(64)",
    "section(\".text.mine\")", "no_stack_protector", "returns_twice", "disable_tail_calls",
    "used", "no_builtin", "speculative_load_hardening", "pure", "regparm(3)", "cdecl", "nodebug",
    "noduplicate", "convergent", "retain", "leaf", "const", "noclone",
)  # fmt: skip

#: Those with which few files compile, and that go with no features.
RARE = (
    "optnone, noinline", "naked", "target(\"default\")",
    "target_clones(\"avx2\", \"default\")", "target(\"arch=haswell\")",
    "target(\"arch=znver5,tune=nocona\")", "target(\"arch=btver1\")",
)  # fmt: skip

#: What a process does with a file: see ``main``.
CHECK = """
import importlib.util, os, sys
import hpybc
from hpybc.errors import LoadError
from hpybc.loader import export
path, name, runs = sys.argv[1], sys.argv[2], eval(sys.argv[3])
def compare(m, indices):
    for i in indices:
        for n in (1, 7, -12345, 1 << 40):
            ours, plain = m.call(2 * i, n), m.call(2 * i + 1, n)
            if ours != plain:
                sys.exit(f"function {i} of {n} gives {ours}, not {plain}")
done = []
try:
    compare(hpybc.load(path), runs)
    done.append("loaded")
except LoadError as error:
    done.append(type(error).__name__)
try:
    made = export.export(path, "cpython", os.path.join(os.path.dirname(path), name + ".so"))
    spec = importlib.util.spec_from_file_location(name, made)
    m = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(m)
    compare(m, runs)
    done.append("exported")
except LoadError as error:
    done.append(type(error).__name__)
print(", ".join(done))
"""


class Source(NamedTuple):
    """A source, and the functions in it that this processor can run."""

    text: str
    runs: list[int]


def features() -> list[str]:
    """The features that this clang's LLVM has, and that ``target`` takes."""
    help_ = said("void f(void) {}", "-Xclang", "-target-feature", "-Xclang", "+help")
    every = re.findall(r"^ +([\w.-]+) +- ", help_.partition("Available features")[2], re.M)
    lines = [f'__attribute__((target("{f}"))) void f{i}(void) {{}}' for i, f in enumerate(every)]
    refused = re.findall(r"^<stdin>:(\d+):", said("\n".join(lines), "-ferror-limit=0"), re.M)
    return [feature for i, feature in enumerate(every, 1) if str(i) not in refused]


def said(text: str, *flags: str) -> str:
    """What clang prints when it compiles ``text``."""
    command = [*clang.find().c, *flags, "-S", "-x", "c", "-", "-o", os.devnull]
    return subprocess.run(command, input=text, capture_output=True, text=True).stderr


def source(seed: int, number: int, known: list[str], here: list[str]) -> Source:
    """The source ``number`` of the series ``seed``."""
    chance = random.Random(f"{seed}/{number}")
    parts, runs = [HEAD], []
    count = 6
    for i in range(count):
        body = chance.choice(BODIES)
        asked = chance.sample(known, chance.choice([0, 1, 1, 1, 2, 3]))
        asked = [chance.choice(["", "", "", "no-"]) + feature for feature in asked]
        given = chance.sample(ATTRIBUTES, chance.choice([0, 0, 1, 1, 2]))
        if chance.random() < 0.03:
            given = [chance.choice(RARE)]
            asked = []
        if asked:
            given.append('target("{}")'.format(",".join(asked)))
        doubtful = chance.choice(DOUBTFUL) if chance.random() < 0.06 else ""
        if "naked" in given:
            body, doubtful = '__asm__("xorl %eax, %eax; ret");', ""
        attributes = " ".join(f"__attribute__(({one}))" for one in given)
        parts.append(f"{attributes} static long own{i}(HPyContext *ctx, long n) {{")
        parts.append(f"    {doubtful} {body} }}")
        # A function of another convention can only be called by its own name.
        parts.append(f"static long call{i}(HPyContext *ctx, long n) {{ return own{i}(ctx, n); }}")
        parts.append(f"static long twin{i}(HPyContext *ctx, long n) {{ {body} }}")
        if (
            all(able(feature, here) for feature in asked)
            and not doubtful
            and not {*given} & {*RARE}
        ):
            runs.append(i)
    table = ", ".join(f"call{i}, twin{i}" for i in range(count))
    return Source("\n".join(parts) + TAIL % (table, f"fuzz{number}"), runs)


def able(asked: str, here: list[str]) -> bool:
    """Whether a processor with the features ``here`` can run a function with ``target(asked)``."""
    return asked.startswith("no-") or f"+{asked}" in here


def every(asked: list[str], here: list[str], name: str = "every") -> Source:
    """A source with a function for each of ``asked``, behind each its twin."""
    body = BODIES[0]
    parts = [HEAD, f"static long twin(HPyContext *ctx, long n) {{ {body} }}"]
    for i, feature in enumerate(asked):
        parts.append(f'__attribute__((target("{feature}")))')
        parts.append(f"static long own{i}(HPyContext *ctx, long n) {{ {body} }}")
    table = ", ".join(f"own{i}, twin" for i in range(len(asked)))
    runs = [i for i, feature in enumerate(asked) if able(feature, here)]
    return Source("\n".join(parts) + TAIL % (table, name), runs)


def outcome(folder: Path, number: int, made: Source) -> tuple[str, str]:
    """What came of a source, and what was wrong: nothing, or a line."""
    name = f"fuzz{number}"
    file, result = folder / f"{name}.c", folder / f"{name}.bc"
    file.write_text(made.text)
    try:
        compile_extension([str(file)], str(result), Options(extra=("-w",)))
    except CompileError:
        return "CompileError", ""
    (folder / "tmp").mkdir()
    (folder / "cache").mkdir(mode=0o700)
    done = subprocess.run(
        [sys.executable, "-I", "-c", CHECK, str(result), name, repr(made.runs)],
        env={
            **os.environ,
            "TMPDIR": str(folder / "tmp"),
            "HPYBC_CACHE_DIR": str(folder / "cache"),
        },
        capture_output=True,
        text=True,
    )
    if done.returncode or done.stderr:
        said = (done.stderr.strip().splitlines() or [""])[-1]
        return "dead", f"{name}: exit status {done.returncode}; {said}"
    if left := os.listdir(folder / "tmp"):
        return "litter", f"{name}: left {', '.join(left)}"
    return done.stdout.strip(), ""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number of the first file")
    parser.add_argument("--count", type=int, default=100, help="how many files")
    parser.add_argument("--each", action="store_true", help="not these: one for each feature")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", type=Path, default=Path("build/attributes"))
    chosen = parser.parse_args(arguments)
    from hpybc.jit.target import host

    known, here = features(), host().features.split(",")
    numbers = range(chosen.first, chosen.first + chosen.count)
    if chosen.each:
        numbers = range(len(known))
    outcomes: Counter[str] = Counter()
    faults: list[str] = []

    def one(number: int) -> None:
        if chosen.each:
            made = every([known[number], "no-" + known[number]], here, f"fuzz{number}")
        else:
            made = source(chosen.seed, number, known, here)
        with tempfile.TemporaryDirectory(prefix="attributes-") as folder:
            result, fault = outcome(Path(folder), number, made)
        outcomes[result] += 1
        if fault:
            faults.append(fault)
            chosen.keep.mkdir(parents=True, exist_ok=True)
            (chosen.keep / f"fuzz{number}.c").write_text(made.text)

    with open(os.devnull, "w") as nowhere, ThreadPoolExecutor(chosen.jobs) as pool:
        # clang's own diagnostics of sources that it refuses.
        saved = os.dup(2)
        os.dup2(nowhere.fileno(), 2)
        try:
            list(pool.map(one, numbers))
        finally:
            os.dup2(saved, 2)
            os.close(saved)
    for result, count in sorted(outcomes.items()):
        print(f"{count:6} {result}")
    for fault in faults:
        print(fault)
    dead = outcomes["dead"]
    print(f"{len(numbers)} files, {len(known)} features, {dead} dead hosts, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
