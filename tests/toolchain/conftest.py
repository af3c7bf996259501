"""Programs that pretend to be clang, and contexts of which each source is compiled once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from hpybc import files
from hpybc.toolchain import clang as _clang
from hpybc.toolchain import contexts, sources

_CONTEXT = Path(contexts._SOURCES)


@pytest.fixture(scope="module")
def contexts_compiled_once(run_dir: Path) -> Iterator[None]:
    """Has clang compile each source of the contexts once in a run; all else of a build is done.

    A test may build contexts of a copy of the sources: what it has not changed there is the same.
    """
    folder = run_dir / "contexts"
    folder.mkdir(exist_ok=True)

    def compile_once(
        compiler: _clang.Clang, paths: Sequence[str], flags: Sequence[str]
    ) -> list[bytes]:
        wanted = [_original(Path(path)) for path in paths]
        made = {path: folder / _digest(path, compiler, flags) for path in wanted}
        missing = [path for path in wanted if not made[path].exists()]
        results = sources.compile_sources(compiler, [str(path) for path in missing], flags)
        for path, bitcode in zip(missing, results, strict=True):
            files.replace(str(made[path]), bitcode)
        return [made[path].read_bytes() for path in wanted]

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(contexts, "compile_sources", compile_once)
        yield


def _original(path: Path) -> Path:
    """The installed source of the same name, if ``path`` is a copy of it."""
    installed = _CONTEXT / path.parent.name / path.name
    return installed if installed.read_bytes() == path.read_bytes() else path


def _digest(path: Path, compiler: _clang.Clang, flags: Sequence[str]) -> str:
    made_of = (str(path), path.read_bytes(), compiler.version, compiler.origin, flags)
    return hashlib.sha256(repr(made_of).encode()).hexdigest()


@pytest.fixture
def fake(tmp_path: Path) -> Callable[..., Path]:
    """fake(name, version, text) -> a script that says it is this clang, and else runs ``text``."""

    def make(name: str, version: str, text: str = "exit 1") -> Path:
        file = tmp_path / "bin" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(
            "#!/bin/sh\n"
            f'case "$*" in *--version) echo "Debian clang version {version} (1)"; exit 0;; esac\n'
            f"{text}\n"
        )
        file.chmod(0o755)
        return file

    return make
