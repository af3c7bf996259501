"""What decides over machine code besides its source: the machine, LLVM, and the pipeline.

Cheap to ask, because every warm load does: nothing here imports llvmlite.
"""

from __future__ import annotations

import os

#: Changes whenever the same input may give other code.
PIPELINE = "definitions; globaldce; always-inline,globalopt; default<O3>; 5"

#: LLVM's names of architectures, where the operating system has another.
_ARCHITECTURES = {"amd64": "x86_64", "arm64": "aarch64"}

#: The properties of a processor in /proc/cpuinfo from which LLVM derives CPU and features.
_PROCESSOR = ("vendor_id", "cpu family", "model", "stepping", "flags", "CPU ", "Features")


def architecture() -> str:
    """The first part of an LLVM triple for this machine, ``x86_64`` for example."""
    machine = os.uname().machine.lower()
    return _ARCHITECTURES.get(machine, machine)


def triple() -> str:
    """The LLVM triple of this machine."""
    return f"{architecture()}-unknown-linux-gnu"


def processor() -> str:
    """A text that differs between processors that LLVM would compile differently for."""
    lines = [triple()]
    try:
        with open("/proc/cpuinfo", encoding="latin-1") as file:
            for line in file:
                if line == "\n":  # the others are alike
                    break
                if line.startswith(_PROCESSOR):
                    lines.append(line)
    except OSError:  # no /proc: images then depend on the architecture alone
        pass
    return "".join(lines)


def llvmlite() -> str:
    """A text that differs between versions of llvmlite, ``""`` if it is not installed.

    llvmlite carries its LLVM, so that its version stands for LLVM's.
    """
    from importlib.machinery import PathFinder

    spec = PathFinder.find_spec("llvmlite")
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        try:
            with open(os.path.join(folder, "_version.py"), encoding="utf-8") as file:
                return file.read()
        except OSError:
            continue
    return ""
