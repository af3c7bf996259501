"""The peers: each implements the functions of ``rows.py``, and one function here builds it."""

from __future__ import annotations

import dataclasses
import importlib
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

import build
from build import Unavailable
from variants import Variant

_FOLDER = os.path.dirname(os.path.abspath(__file__))

#: The module that each of them makes.
MODULE = "calls"


def _source(name: str) -> str:
    return os.path.join(_FOLDER, name)


#: What all others have to agree with.
MODEL = Variant("file", MODULE, _source("pure.py"))

TUNED_GCC = "C API, tuned, gcc"
TUNED_CLANG = "C API, tuned, clang"
INLINED = "hpybc"
DLOPENED = "hpybc, dlopened"
UPSTREAM = "HPy universal"
CYTHON = "Cython"

#: The peers that ratios are taken to: the quicker of both in each row.
REFERENCE = (TUNED_GCC, TUNED_CLANG)


#: Where a peer is known to differ from the model: label and the beginning of the check to why.
DIFFERENCES: Mapping[tuple[str, str], str] = {
    ("HPy", "weigh"): "HPy 0.9.0 ignores keywords it does not know and arguments too many",
    ("Cython", "add_ints: f(1, 2.5)"): "Cython's conversion to a C integer truncates a float",
    ("nanobind", "sum_list"): "a failed cast is a RuntimeError",
    ("pybind11", "sum_list"): "a failed cast is a RuntimeError",
    ("ctypes", "noargs: f(1)"): "the C calling convention lets arguments be too many",
}


def difference(label: str, check: str) -> str | None:
    """Why the peer ``label`` may differ from the model in ``check``; None if it may not."""
    for (peer, beginning), reason in DIFFERENCES.items():
        if label.startswith(peer) and check.startswith(beginning):
            return reason
    return None


def _require(package: str) -> object:
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise Unavailable(f"{package} is not installed: {error}") from error


def _native(source: str, folder: str, *flags: str, clang_: bool = False) -> Variant:
    path = _source(source)
    compiler = build.clang_(path) if clang_ else build.gcc(path)
    return build.native(compiler, [path], MODULE, folder, flags)


def _tuned_gcc(folder: str) -> Variant:
    return _native("capi_tuned.c", folder)


def _tuned_clang(folder: str) -> Variant:
    return _native("capi_tuned.c", folder, clang_=True)


def _naive(folder: str) -> Variant:
    return _native("capi_naive.c", folder)


def _limited(folder: str) -> Variant:
    return _native("capi_naive.c", folder, "-DPy_LIMITED_API=0x030A0000")


def _inlined(folder: str) -> Variant:
    return build.bitcode(_source("hpy.c"), MODULE, folder)


def _dlopened(folder: str) -> Variant:
    return build.bitcode(_source("hpy.c"), MODULE, folder, "dlopened")


def _hpy_cpython(folder: str) -> Variant:
    return build.hpy_cpython(_source("hpy.c"), MODULE, folder)


def _hpy_universal(folder: str) -> Variant:
    return build.hpy_universal(_source("hpy.c"), MODULE, folder)


def _cython(folder: str) -> Variant:
    _require("Cython")
    source = os.path.join(folder, MODULE + ".pyx")
    shutil.copy(_source("cython_calls.pyx"), source)
    build.run([sys.executable, "-m", "cython", "-3", source])
    return build.native(build.gcc("x.c"), [source.replace(".pyx", ".c")], MODULE, folder)


def _nanobind(folder: str, *flags: str) -> Variant:
    package = _require("nanobind")
    include: str = package.include_dir()  # type: ignore[attr-defined]
    above = os.path.dirname(include)
    flags = ("-std=c++17", "-fvisibility=hidden", "-fno-strict-aliasing", "-DNB_COMPACT_ASSERTIONS",
             f"-I{include}", f"-I{above}/ext/robin_map/include", *flags)  # fmt: skip
    sources = [os.path.join(above, "src", "nb_combined.cpp"), _source("nanobind_calls.cpp")]
    return build.native(build.gcc("x.cpp"), sources, MODULE, folder, flags)


def _nanobind_stable(folder: str) -> Variant:
    if sys.version_info < (3, 12):
        raise Unavailable("nanobind's stable ABI mode needs CPython 3.12")
    return _nanobind(folder, "-DPy_LIMITED_API=0x030C0000")


def _pybind11(folder: str) -> Variant:
    package = _require("pybind11")
    include = package.get_include()  # type: ignore[attr-defined]
    flags = ("-std=c++17", "-fvisibility=hidden", f"-I{include}")
    return _native("pybind11_calls.cpp", folder, *flags)


def _cffi(folder: str) -> Variant:
    package = _require("cffi")
    ffi = package.FFI()  # type: ignore[attr-defined]
    with open(_source("plain.h"), encoding="utf-8") as file:
        ffi.cdef(file.read())
    ffi.set_source("_plain", '#include "plain.h"')
    generated = os.path.join(folder, "_plain.c")
    ffi.emit_c_code(generated)
    sources = [generated, _source("plain.c")]
    flags = build.native(build.gcc("x.c"), sources, "_plain", folder, [f"-I{_FOLDER}"]).flags
    return _script("cffi_calls.py", folder, flags)


def _ctypes(folder: str) -> Variant:
    flags = build.native(build.gcc("x.c"), [_source("plain.c")], "plain", folder).flags
    return _script("ctypes_calls.py", folder, flags)


def _script(source: str, folder: str, flags: str) -> Variant:
    path = os.path.join(folder, MODULE + ".py")
    shutil.copy(_source(source), path)
    return Variant("file", MODULE, path, flags)


def _pure(folder: str) -> Variant:
    return MODEL


#: Label to what builds it in a folder, in the order of the report. Each raises Unavailable, with
#: the reason, where its package or the interpreter does not permit it.
PEERS: Mapping[str, Callable[[str], Variant]] = {
    TUNED_GCC: _tuned_gcc,
    TUNED_CLANG: _tuned_clang,
    INLINED: _inlined,
    DLOPENED: _dlopened,
    "HPy CPython ABI": _hpy_cpython,
    UPSTREAM: _hpy_universal,
    "C API, naive": _naive,
    "limited API": _limited,
    CYTHON: _cython,
    "nanobind": _nanobind,
    "nanobind, stable ABI": _nanobind_stable,
    "pybind11": _pybind11,
    "cffi": _cffi,
    "ctypes": _ctypes,
    "pure Python": _pure,
}


def build_all(
    folder: str, labels: Iterable[str] = tuple(PEERS)
) -> tuple[dict[str, Variant], dict[str, str]]:
    """Builds the peers of ``labels``, each in a folder of its own in ``folder``.

    Returns:
        Those that can be built here by label, and why the others cannot.
    """
    wanted = list(labels)

    def attempt(label: str) -> Variant | str:
        own = os.path.join(folder, label.replace(", ", "-").replace(" ", "-"))
        os.makedirs(own, exist_ok=True)
        try:
            return PEERS[label](own)
        except Unavailable as error:
            return str(error)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        made = dict(zip(wanted, pool.map(attempt, wanted), strict=True))
    built = {label: result for label, result in made.items() if isinstance(result, Variant)}
    return built, {label: result for label, result in made.items() if isinstance(result, str)}


def twins(capi: tuple[str, str], hpy: tuple[str, str], folder: str) -> dict[str, Variant]:
    """Two sources of the same functions, by label: for the C API with both compilers, and for HPy
    inlined and dlopened.

    Args:
        capi, hpy: a source and the name of its module.
        folder: where to put what is built.
    """
    made: dict[str, Variant] = {}
    source, module = capi
    for label, compiler in ((TUNED_GCC, build.gcc(source)), (TUNED_CLANG, build.clang_(source))):
        own = os.path.join(folder, label)
        os.makedirs(own)
        made[label] = build.native(compiler, [source], module, own)
    made[INLINED] = build.bitcode(*hpy, folder)
    made[DLOPENED] = dataclasses.replace(made[INLINED], kind="dlopened")
    return made
