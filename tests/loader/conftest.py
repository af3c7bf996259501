"""Variants of answer.c, and files whose parts were exchanged."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

import hpybc
from hpybc.jit import identity
from hpybc.loader import extension
from hpybc.loader.manifest import wrap
from hpybc.toolchain import clang
from hpybc.toolchain.compile import Options
from hpybc.toolchain.sources import compile_sources

ANSWER = Path(__file__).parent / "answer.c"

WRAPPER = struct.Struct("<5I")


@pytest.fixture(scope="session")
def answer(compiled: Callable[..., Path]) -> Callable[..., Path]:
    """answer(*macros) -> the bitcode file of answer.c with these macros defined.

    What it leaves undefined is for the load to say.
    """
    return lambda *macros: compiled(ANSWER, Options(defines=macros, may_be_undefined=True))


@pytest.fixture(scope="session")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """raw(*flags) -> answer.c as any clang would compile it: bitcode without a wrapper."""
    folder = tmp_path_factory.mktemp("raw")
    made: dict[tuple[str, ...], Path] = {}

    def compile_raw(*flags: str) -> Path:
        if flags not in made:
            options = ["-O2", *flags, "-isystem", hpybc.include_path()]
            (payload,) = compile_sources(clang.find(), [str(ANSWER)], options)
            made[flags] = folder / str(len(made)) / "answer.bc"
            made[flags].parent.mkdir()
            made[flags].write_bytes(payload)
        return made[flags]

    return compile_raw


@pytest.fixture
def stamped(tmp_path: Path) -> Callable[..., Path]:
    """stamped(payload, manifest) -> a file of these two parts, whether they fit or not."""

    def write(payload: bytes, manifest: bytes) -> Path:
        words = WRAPPER.pack(0x0B17C0DE, 0, WRAPPER.size + len(manifest), len(payload), 0x01000007)
        file = tmp_path / "stamped.bc"
        file.write_bytes(words + manifest + payload)
        return file

    return write


@pytest.fixture
def restamped(answer: Callable[..., Path], tmp_path: Path) -> Callable[..., Path]:
    """restamped(*macros, **changes) -> answer.bc with these keys of the manifest changed."""

    def write(*macros: str, **changes: object) -> Path:
        source = extension.read(answer(*macros))
        manifest = {**(source.manifest or {}), **changes}
        file = tmp_path / "restamped.bc"
        file.write_bytes(wrap(source.payload, manifest, identity.architecture()))
        return file

    return write
