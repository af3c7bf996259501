"""Building the variants: one function for each way to build, all into one folder."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from collections.abc import Sequence

from hpybc.toolchain import clang
from hpybc.toolchain.compile import Options, compile_extension, python_flags
from variants import Variant

_PEERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers")

#: What every native module is compiled with, by gcc and clang alike.
FLAGS = ("-O3", "-DNDEBUG", "-fPIC", "-shared")


class Unavailable(Exception):
    """Why a peer cannot be built here."""


def gcc(source: str) -> list[str]:
    """The command of gcc for ``source``."""
    return ["g++" if clang.is_cxx(source) else "gcc", *FLAGS]


def clang_(source: str) -> list[str]:
    """The command of the clang that hpybc compiles with, for the same processor as gcc's."""
    found = clang.find()
    command = found.cxx if clang.is_cxx(source) else found.c
    # zig would add sanitizers, frame pointers and debug information of its own.
    own = ("-fno-sanitize=all", "-fomit-frame-pointer", "-fno-stack-protector", "-g0")
    return [*command, *FLAGS, *own]


def run(command: Sequence[str], folder: str | None = None) -> None:
    """Runs a command; what it prints is shown if it fails.

    Raises:
        Unavailable: it is not installed, or fails.
    """
    try:
        done = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
    except FileNotFoundError as error:
        raise Unavailable(f"no {command[0]}") from error
    if done.returncode != 0:
        raise Unavailable(f"{' '.join(command)} fails:\n{done.stdout}{done.stderr}")


def native(
    compiler: Sequence[str],
    sources: Sequence[str],
    module: str,
    folder: str,
    flags: Sequence[str] = (),
    libraries: Sequence[str] = (),
) -> Variant:
    """The extension module ``module`` of the C API, compiled from ``sources`` by a command."""
    path = os.path.join(folder, module + ".so")
    run([*compiler, *flags, *python_flags(), *sources, "-o", path, *libraries, "-lm"])
    return Variant("file", module, path, " ".join([*FLAGS, *flags]))


def bitcode(source: str, module: str, folder: str, kind: str = "inlined") -> Variant:
    """The HPy source as bitcode, loaded ``inlined`` or ``dlopened``."""
    path = os.path.join(folder, module + ".bc")
    compile_extension([source], path, Options(level="3", defines=("HAVE_ITERATION",)))
    return Variant(kind, module, path, "-O3, at load for this processor")


def hpy_cpython(source: str, module: str, folder: str) -> Variant:
    """The HPy source compiled with upstream's headers for CPython's ABI."""
    include, sources, contexts = _upstream()
    flags = ("-DHPY", "-DHPY_ABI_CPYTHON", f"-I{include}")
    return native(gcc(source), [source, *sources, *contexts], module, folder, flags)


def hpy_universal(source: str, module: str, folder: str) -> Variant:
    """The HPy source compiled with upstream's headers for HPy's universal ABI."""
    include, sources, _ = _upstream()
    flags = ("-DHPY", "-DHPY_ABI_UNIVERSAL", f"-I{include}")
    made = native(gcc(source), [source, *sources], module, folder, flags)
    path = os.path.join(folder, module + ".hpy0.so")
    os.replace(made.path, path)
    return Variant("upstream", module, path, made.flags)


def _upstream() -> tuple[str, list[str], list[str]]:
    """Upstream's headers, what every extension is linked with, and what one for CPython's ABI is.

    Raises:
        Unavailable: there is no upstream HPy, or it does not work here.
    """
    try:
        # Importing it patches distutils; its folder is all that is needed.
        spec = importlib.util.find_spec("hpy.universal")
        found = importlib.util.find_spec("hpy")
    except ImportError:
        spec = found = None
    if spec is None or found is None or not found.submodule_search_locations:
        raise Unavailable("hpy is not installed")
    folder = os.path.join(found.submodule_search_locations[0], "devel")
    runtime = os.path.join(folder, "src", "runtime")
    names = sorted(name for name in os.listdir(runtime) if name.endswith(".c"))
    paths = {name: os.path.join(runtime, name) for name in names}
    contexts = [path for name, path in paths.items() if name.startswith("ctx_")]
    extra = [path for name, path in paths.items() if not name.startswith("ctx_")]
    return os.path.join(folder, "include"), extra, contexts
