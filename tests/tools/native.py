"""Machine code for tests, as libraries of others have it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from hpybc.jit import image
from hpybc.toolchain import clang


def native(source: str, output: Path, *options: str) -> Path:
    """Compiles ``source`` to machine code, and links it if ``options`` say how."""
    code = output.with_suffix(".o")
    command = [*clang.find().c, "-O1", "-fPIC", "-c", "-x", "c", "-", "-o", str(code)]
    subprocess.run(command, input=source, text=True, check=True)
    if options:
        linker = image.linker()
        assert linker is not None
        subprocess.run([*linker, *options, str(code), "-o", str(output)], check=True)
    return output
