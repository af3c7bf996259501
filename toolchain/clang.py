"""Finding clang, and the options every compilation has."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
from dataclasses import dataclass
from functools import cache

from hpybc.errors import CompilerNotFoundError, is_handlers
from hpybc.jit import features as _features
from hpybc.jit.identity import architecture
from hpybc.jit.target import llvm_version
from hpybc.process import programs

#: Bitcode of older versions has typed pointers.
_OLDEST = 15

#: The oldest C library that compiled extensions run on.
_GLIBC = "2.17"

#: What extensions and their libc++ have in common. llvmlite does not see aliases, so the library's
#: could neither be found nor made internal. Types are compared by their names (2), not by their
#: addresses: each extension has descriptions of types of its own, and an exception may go from one
#: extension to another.
_LIBCXX = (
    *("-Xclang", "-mno-constructor-aliases"),
    "-D_LIBCPP_TYPEINFO_COMPARISON_IMPLEMENTATION=2",
)

_CXX_SUFFIXES = (".cc", ".cpp", ".cxx", ".c++", ".C")

#: What has clang say which headers and macros it would compile a file with.
_VERBOSE = ("-O2", "-E", "-v", "-x", "c++", os.devnull)
_VERSION = re.compile(r"clang version (\d+\.\d+\.\d+)")
_FOLDERS = re.compile(r"^#include <\.\.\.> search starts here:\n((?: .*\n)+)", re.M)
_MACRO = re.compile(r" -D (\w+(?:=\w+)?)(?= )")

#: Folders below ziglang's with the headers of C++ alone.
_CXX_LIBRARIES = ("libcxx", "libcxxabi", "libunwind")

#: What every compilation has. -fno-plt: calls into the interpreter go through one indirection.
_COMMON = (
    "-c",
    "-emit-llvm",
    "-fPIC",
    "-fno-plt",
    "-fomit-frame-pointer",
    "-fno-stack-protector",
    "-fno-sanitize=all",
    "-fno-semantic-interposition",
    # DWARF 5 is more than valgrind 3.19 reads, that of Debian 12.
    "-fdebug-default-version=4",
    # What C means to extensions of CPython, which is compiled with these itself: ints wrap around,
    # and memory has no type. And a * b + c is rounded twice on every processor, not once on those
    # that have an instruction for it. Options of the author come later, and can change each.
    "-fwrapv",
    "-fno-strict-aliasing",
    "-ffp-contract=off",
)


@dataclass(frozen=True)
class Clang:
    """A usable clang.

    Attributes:
        c, cxx: the commands that compile C and C++.
        version: its version, ``22.1.8``.
        origin: where it comes from, for messages and manifests.
        libraries: the folder with the sources of libc++ and libc++abi that its headers belong to,
            None if it comes without.
    """

    c: tuple[str, ...]
    cxx: tuple[str, ...]
    version: str
    origin: str
    libraries: str | None = None

    def command(self, source: str) -> tuple[str, ...]:
        """The command for ``source``, with the options that every compilation has."""
        return (*(self.cxx if is_cxx(source) else self.c), *_COMMON)


@dataclass(frozen=True)
class Candidate:
    """A place where clang was looked for, and what came of it: ``clang`` or ``reason``."""

    where: str
    clang: Clang | None
    reason: str


def is_cxx(source: str) -> bool:
    """Whether ``source`` is C++, by its suffix."""
    return source.endswith(_CXX_SUFFIXES)


def find(*, cxx: bool = False) -> Clang:
    """The clang to compile with: ``$HPYBC_CLANG``, else one on PATH, else ziglang's.

    For C++, ziglang's goes before one on PATH: the standard library can only be linked in from
    its sources.

    Raises:
        CompilerNotFoundError: none can be used; it says why for each.
    """
    tried = candidates()
    usable = [candidate.clang for candidate in tried if candidate.clang is not None]
    if usable:
        return max(usable, key=lambda clang: cxx and clang.libraries is not None)
    raise CompilerNotFoundError(
        "no usable clang",
        found="; ".join(f"{c.where}: {c.reason}" for c in tried),
        needed=f"clang {_OLDEST} to {llvm_version()[0]}, the LLVM in llvmlite",
        remedy="pip install 'hpybc[compiler]', or set HPYBC_CLANG",
    )


@cache
def candidates() -> tuple[Candidate, ...]:
    """Every place clang is looked for, best first. ``$HPYBC_CLANG``, if set, is the only one."""
    chosen = os.environ.get("HPYBC_CLANG")
    if chosen:
        try:
            command = shlex.split(chosen)
        except ValueError as error:
            return (Candidate("$HPYBC_CLANG", None, f"{error}: {chosen}"),)
        return (_installed("$HPYBC_CLANG", command),)
    on_path = shutil.which("clang")
    return (
        _installed("PATH", [on_path]) if on_path else Candidate("PATH", None, "no clang"),
        _ziglang(),
    )


def _installed(where: str, command: list[str]) -> Candidate:
    found = _version(command)
    if found is None:
        return Candidate(where, None, f"'{shlex.join(command)}' is not a clang that runs")
    major = int(found.partition(".")[0])
    if major > llvm_version()[0]:
        return Candidate(
            where, None, f"clang {found} is newer than llvmlite's LLVM {llvm_version()[0]}"
        )
    if major < _OLDEST:
        return Candidate(where, None, f"clang {found} is older than {_OLDEST}")
    # The triple's short form keeps the C library's headers where this clang expects them.
    target = f"--target={architecture()}-linux-gnu"
    driver = (*command, target)
    plusplus = (*command, "--driver-mode=g++", target)
    return Candidate(where, Clang(driver, plusplus, found, f"clang on {where}"), "")


def _ziglang() -> Candidate:
    spec = importlib.util.find_spec("ziglang")
    if spec is None or not spec.submodule_search_locations:
        return Candidate("ziglang", None, "not installed")
    folder = spec.submodule_search_locations[0]
    zig = os.path.join(folder, "zig")
    works, said = _said([zig, "c++", "-target", f"{architecture()}-linux-gnu.{_GLIBC}", *_VERBOSE])
    version, folders = _VERSION.search(said), _FOLDERS.search(said)
    if not works or version is None or folders is None:
        # Where it can write to no folder, for example.
        why = "".join(said.strip().splitlines()[-1:]) or "it says nothing"
        return Candidate("ziglang", None, f"'{zig} c++ -v' fails: {why}")
    if int(version[1].partition(".")[0]) > llvm_version()[0]:
        return Candidate(
            "ziglang", None, f"clang {version[1]} is newer than llvmlite's LLVM {llvm_version()[0]}"
        )
    libraries = os.path.join(folder, "lib")
    cxx = [os.path.realpath(os.path.join(libraries, name)) + os.sep for name in _CXX_LIBRARIES]
    c: list[str] = []
    plusplus = ["--driver-mode=g++", "-nostdinc++", *_LIBCXX]
    # zig names folders below the current one by a relative path.
    for path in map(os.path.realpath, map(str.strip, folders[1].splitlines())):
        # After all that the user names, as a compiler has its own.
        flags = ("-Xclang", "-internal-isystem", "-Xclang", path)
        plusplus += flags
        if not path.startswith(tuple(cxx)):
            c += flags
    for macro in _MACRO.findall(said):
        plusplus.append(f"-D{macro}")
        if not macro.startswith("_LIBC"):
            c.append(f"-D{macro}")
    driver = (zig, "clang", f"--target={architecture()}-linux-gnu", "-nostdinc")
    clang = Clang((*driver, *c), (*driver, *plusplus), version[1], "ziglang", libraries)
    return Candidate("ziglang", clang, "")


@cache
def features(clang: Clang) -> str:
    """The features of a processor that ``clang`` lets every function use: ``+sse,+sse2,...``."""
    return _features.of(_output([*clang.c, "-S", "-emit-llvm", "-x", "c", "-", "-o", "-"], _EMPTY))


_EMPTY = "void empty(void) {}"


def _version(command: list[str]) -> str | None:
    found = _VERSION.search(_output([*command, "--version"]))
    return found[1] if found else None


def _output(command: list[str], text: str = "") -> str:
    """What a compiler prints when it is given ``text``; nothing if it fails."""
    works, said = _said(command, text)
    return said if works else ""


def _said(command: list[str], text: str = "") -> tuple[bool, str]:
    """Whether a compiler works that is given ``text``, and what it prints."""
    try:
        done = programs.run(command, given=text.encode(), seconds=60)
    except (OSError, programs.ExpiredError) as error:
        if isinstance(error, OSError) and is_handlers(error):
            raise
        return False, str(error)
    return done.status == 0, (done.output + done.said).decode(errors="replace")
