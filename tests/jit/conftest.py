"""Bitcode of the examples, of the contexts, and of IR written by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hpybc.jit import identity, stack, target
from hpybc.jit.build import Options, build
from hpybc.jit.module import parsed
from hpybc.loader import contexts, extension
from hpybc.loader.api import NAMES

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


@pytest.fixture(scope="session")
def example(compiled: Callable[..., Path]) -> Callable[[str], bytes]:
    """example(name) -> the bitcode of examples/<name>.c."""
    return lambda name: extension.read(compiled(EXAMPLES / f"{name}.c")).payload


@pytest.fixture(scope="session")
def release() -> list[bytes]:
    """The bitcode of the contexts of mode release."""
    return [extension.read(contexts.stack("release")).payload]


@pytest.fixture(scope="session")
def code(example: Callable[[str], bytes], release: list[bytes]) -> bytes:
    """The object code of quickstart."""
    return build(example("quickstart"), release, target.host(), Options(("PyInit_quickstart",)))


@pytest.fixture(scope="session")
def stacked() -> Callable[..., list[bytes]]:
    """stacked(layers) -> contexts that are one stack."""

    def join(*layers: bytes) -> list[bytes]:
        with parsed(layers[0]) as first:
            return [stack.joined(layers, first, NAMES.match).bitcode]

    return join


@pytest.fixture(scope="session")
def assembled() -> Callable[..., bytes]:
    """assembled(text) -> the bitcode of LLVM IR, for this machine unless ``triple`` says other."""

    def assemble(text: str, triple: str = identity.triple()) -> bytes:
        module = target.llvm().parse_assembly(text, target.llvm().create_context())
        module.triple = triple
        data: bytes = module.as_bitcode()
        return data

    return assemble
