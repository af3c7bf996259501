"""What decides over machine code besides its source, as cheaply as it can be asked for."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from hpybc.errors import LLVMMissingError
from hpybc.jit import identity, image, target


def test_processor_says_what_llvm_would_compile_for() -> None:
    """The same each time: the triple, and the features by their numbers."""
    text = identity.processor()
    assert text == identity.processor()
    assert text.startswith(identity.triple().encode())
    assert b":feature:," in text


def test_processor_without_sys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The features by their names then, of the first processor."""
    monkeypatch.setattr(identity, "_MODALIAS", "/nonexistent")
    text = identity.processor()
    assert text.startswith(identity.triple().encode())
    assert len(re.findall(rb"^(?:flags|Features)\s*:", text, re.M)) == 1


def test_processor_without_sys_and_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    """LLVM is asked, which asks the processor. Without it, no image is for this one."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError("no /proc")

    def missing() -> None:
        raise LLVMMissingError("no llvmlite")

    found = repr(target.host()).encode()
    monkeypatch.setattr(os, "open", refuse)
    assert identity.processor() == identity.triple().encode() + found
    monkeypatch.setattr(target, "host", missing)
    assert identity.processor() != identity.processor()


def test_llvmlite_names_its_version() -> None:
    """As the installation states it, found without importing it."""
    import llvmlite

    assert identity.llvmlite() == str(llvmlite.__version__).encode()
    assert identity.loaded_llvmlite() == identity.llvmlite()


def test_llvmlite_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name all the same: an image in the cache needs none."""
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    assert identity.llvmlite() == b""


def test_linker_is_that_of_images(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """ziglang's, else lld or ld on PATH, and another if it is another file."""
    found = image.linker()
    assert found is not None
    size = os.path.getsize(found[0])
    assert identity.linker() == f"{os.path.basename(found[0])} {size}".encode()
    monkeypatch.setattr(sys, "path", ["", str(tmp_path / "nothing"), None])
    monkeypatch.setenv("PATH", f"{tmp_path}/nothing:{tmp_path}")
    assert identity.linker() == b""
    for name, content, expected in (
        ("ld", "1", b"ld 1"),
        ("ld.lld", "22", b"ld.lld 2"),
        ("ld.lld", "333", b"ld.lld 3"),
    ):
        (tmp_path / name).write_text(content)
        assert identity.linker() == expected


@pytest.mark.parametrize(
    ("machine", "name"), [("x86_64", "x86_64"), ("amd64", "x86_64"), ("arm64", "aarch64")]
)
def test_architecture_has_llvms_name(
    machine: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Operating systems have others."""
    uname = os.uname_result(("Linux", "host", "6", "1", machine))
    monkeypatch.setattr(os, "uname", lambda: uname)
    assert identity.architecture() == name
    assert identity.triple() == f"{name}-unknown-linux-gnu"
