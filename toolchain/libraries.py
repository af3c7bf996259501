"""Libraries that an extension names: which files are meant by ``-l`` and ``-L``."""

from __future__ import annotations

import os
import re
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass, field

from hpybc.errors import CompileError
from hpybc.toolchain import elf, objects

#: What needs no name: the C library's parts, which images name if they use them, what is linked in
#: as bitcode, and the interpreter.
_IMPLIED = re.compile(
    r"c|m|pthread|dl|rt|util|gcc|gcc_s|gcc_eh|stdc\+\+|supc\+\+|c\+\+|c\+\+abi|python[\d.]*[a-z]*"
)

#: The words of a linker's script that name files (GNU ld's manual, "File Commands").
_SCRIPT = re.compile(r"/\*.*?\*/|\b(?:OUTPUT_FORMAT|OUTPUT_ARCH|TARGET)\s*\([^)]*\)", re.S)


@dataclass
class Found:
    """Shared libraries, each once and in the order in which they were found.

    Attributes:
        names: those that the dynamic linker is to find them by.
        paths: where they were found.
    """

    names: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def add(self, path: str) -> list[str]:
        """Notes the library ``path``; returns the archives that it stands for as well, if any.

        Raises:
            CompileError: it is none.
        """
        kind = objects.kind(path)
        if kind == "archive":
            return [path]
        if kind == "script":
            return self._script(path)
        name = elf.name(path) or os.path.basename(path)
        if name not in self.names and not _is_implied(name):
            self.names.append(name)
            self.paths.append(os.path.abspath(path))
        return []

    def _script(self, path: str) -> list[str]:
        with open(path, encoding="utf-8") as file:
            words = re.findall(r"[^\s(),]+", _SCRIPT.sub(" ", file.read()))
        archives = []
        folder = os.path.dirname(path)
        for word in words:
            if word.startswith("-l"):
                archives += find(self, word[2:], [folder])
            elif ".so" in word or word.endswith(".a"):
                file_ = word if os.path.exists(word) else os.path.join(folder, word)
                if not _is_implied(os.path.basename(word)) and os.path.exists(file_):
                    archives += self.add(file_)
        return archives


def find(found: Found, name: str, folders: Sequence[str]) -> list[str]:
    """Adds the library that ``-lname`` means to ``found``; or returns the archive that it means.

    In each folder a shared library goes before a static one, and ``folders`` go before the
    system's.

    Raises:
        CompileError: there is none, or only one of machine code.
    """
    if _IMPLIED.fullmatch(name):
        return []
    exact = name.startswith(":")
    names = [name[1:]] if exact else [f"lib{name}.so", f"lib{name}.a"]
    searched = [*folders, *system_folders()]
    for folder in searched:
        for file in names:
            path = os.path.join(folder, file)
            if os.path.exists(path):
                return found.add(path)
    raise CompileError(
        f"there is no library for -l{name}",
        found=f"no {' and no '.join(names)} in {', '.join(searched)}",
        needed="a shared library, or a static one of bitcode",
        remedy="install the package with its headers, or name its folder with -L",
    )


def system_folders() -> list[str]:
    """Where a linker of this machine looks for libraries, those in $LIBRARY_PATH first."""
    folders = [f for f in os.environ.get("LIBRARY_PATH", "").split(":") if f]
    architecture = sysconfig.get_config_var("MULTIARCH") or f"{os.uname().machine}-linux-gnu"
    for root in ("/usr/local", "/usr", ""):
        folders += [f"{root}/lib/{architecture}", f"{root}/lib64", f"{root}/lib"]
    return [folder for folder in folders if os.path.isdir(folder)]


def _is_implied(file: str) -> bool:
    """Whether the name of a library's file is that of one that needs no name."""
    short = re.match(r"lib(.+?)(?:-[\d.]+)?\.(?:so|a)\b|ld-linux", file)
    return short is not None and (short[1] is None or bool(_IMPLIED.fullmatch(short[1])))
