"""The arguments of a C compiler, sorted: ``hpybc compile`` and ``hpybc cc`` take the same ones.

The names are those of GCC and clang (GCC's manual, "Option Summary"). What concerns the compiling
of a source goes to clang as it is and in its order; what concerns linking is understood here; what
cannot matter for bitcode is left out.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from hpybc.errors import UsageError

#: Options whose value may be the argument that follows.
_VALUED = (
    *("-I", "-D", "-U", "-L", "-l", "-o", "-x", "-T", "-u", "-z", "-R", "-B", "-G"),
    *("-include", "-imacros", "-isystem", "-idirafter", "-iquote", "-iprefix", "-iwithprefix"),
    *("-iwithprefixbefore", "-isysroot", "-MF", "-MT", "-MQ", "-Xclang", "-Xlinker"),
    *("-Xpreprocessor", "-Xassembler", "-mllvm", "-target", "-arch", "--param", "--sysroot"),
    *("-undefined", "-aux-info", "-dumpbase", "-dumpdir", "-wrapper"),
)

#: What bitcode is compiled without, or what is the loader's affair: code that is independent of
#: its position, a linker, a stack protector, link-time optimisation.
_IGNORED = re.compile(
    r"-f(?:no-)?(?:PIC|pic|PIE|pie|plt|semantic-interposition|stack-protector(?:-\w+)?"
    r"|stack-clash-protection|cf-protection(?:=\w+)?|lto(?:=.*)?|fat-lto-objects"
    r"|use-linker-plugin|asynchronous-unwind-tables|var-tracking(?:-assignments)?"
    r"|profile-(?:use|generate|correction|partial-training|update)(?:=.*)?)"
    r"|-fuse-ld=.*|-flto-.*|-f(?:no-)?fat-lto.*|-specs=.*|--specs=.*|-pipe|-s|-S?rdynamic|-no-pie"
    r"|-pie|-static(?:-.*)?|-shared-libgcc|-nostdlib|-nodefaultlibs|-nostartfiles"
    r"|-g(?:no-)?record-(?:gcc|command-line)-switches|-save-temps(?:=.*)?|-pass-exit-codes"
    r"|-Wa,.*|--?(?:no-)?canonical-prefixes"
)

#: Ignored together with the value that follows.
_IGNORED_VALUED = ("-T", "-u", "-B", "-G", "-Xassembler", "-aux-info", "-dumpbase", "-dumpdir")

#: What asks the compiler about itself. It is answered without a file.
_QUERY = re.compile(
    r"--?version|-dump(?:version|fullversion|machine|specs)|--?help.*|-###|-?-print-.*"
)

#: What is done instead of compiling and linking.
_ACTIONS = ("-c", "-E", "-S", "-fsyntax-only", "-M", "-MM")

#: The processor to compile for.
_PROCESSOR = re.compile(r"-m(?:arch|tune|cpu)=.*")

#: That symbols may be undefined, in the words of ELF's linkers and of Apple's.
_MAY_BE_UNDEFINED = re.compile(
    r"--unresolved-symbols=ignore-(?:all|in-object-files)|--warn-unresolved-symbols"
    r"|-?-undefined[= ](?:dynamic_lookup|suppress)"
)


class Input(NamedTuple):
    """A file to compile or to link.

    Attributes:
        path: the file.
        language: as after ``-x``; empty if the file's name says it.
        whole: whether all of an archive is to be linked, wanted or not.
    """

    path: str
    language: str = ""
    whole: bool = False


@dataclass
class Arguments:
    """What a command line says.

    Attributes:
        inputs: the files, in their order: sources, and what a linker takes.
        output: the file after ``-o``.
        action: one of ``-c``, ``-E``, ``-S``, ``-fsyntax-only``, ``-M``, ``-MM``; empty to link.
        shared: whether a shared object is to be linked, and no program.
        flags: what clang gets for each source.
        level: what follows ``-O``: ``0`` to ``3``, ``s``, ``z``, ``g``, or empty.
        processor: the last option that names a processor, or empty.
        libraries: what follows each ``-l``.
        library_dirs: what follows each ``-L``.
        runpath: folders in which the dynamic linker is to look for libraries first.
        may_be_undefined: whether symbols may be left that nothing defines.
        dependencies: whether ``-MD`` or ``-MMD`` asks for a list of headers, and which of them.
        dependency_file: the file after ``-MF``.
        dependency_targets: ``-MT`` and ``-MQ`` with their values, and ``-MP``.
        query: whether the compiler is asked about itself.
    """

    inputs: list[Input] = field(default_factory=list)
    output: str | None = None
    action: str = ""
    shared: bool = False
    flags: list[str] = field(default_factory=list)
    level: str = ""
    processor: str = ""
    libraries: list[str] = field(default_factory=list)
    library_dirs: list[str] = field(default_factory=list)
    runpath: list[str] = field(default_factory=list)
    may_be_undefined: bool = False
    dependencies: str = ""
    dependency_file: str | None = None
    dependency_targets: list[str] = field(default_factory=list)
    query: bool = False


def parse(arguments: Sequence[str]) -> Arguments:
    """Sorts a command line.

    Raises:
        UsageError: a value is missing.
    """
    result = Arguments()
    language, whole = "", False
    for name, value in _split(expanded(arguments)):
        if name == "":
            result.inputs.append(Input(value, language, whole))
        elif name == "-x":
            language = "" if value == "none" else value
        elif name in ("-Wl,--whole-archive", "-Wl,--no-whole-archive"):
            whole = name == "-Wl,--whole-archive"
        else:
            _sort(result, name, value)
    return result


def expanded(arguments: Sequence[str], depth: int = 0) -> list[str]:
    """The arguments, with those in the file in the place of each ``@file``.

    One that names no file stays as it is.
    """
    result: list[str] = []
    for argument in arguments:
        if argument.startswith("@") and depth < 10 and os.path.isfile(argument[1:]):
            with open(argument[1:], encoding="utf-8", errors="surrogateescape") as file:
                try:
                    inside = shlex.split(file.read())
                except ValueError as error:
                    raise UsageError(
                        "the file of arguments cannot be read",
                        path=argument[1:],
                        found=str(error),
                        needed="arguments, quoted as in a shell",
                        remedy="correct the file",
                    ) from None
            result += expanded(inside, depth + 1)
        else:
            result.append(argument)
    return result


def _split(arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pairs of an option and its value; of nothing and an input; of an option and nothing."""
    following = iter(arguments)
    for argument in following:
        if argument == "--":  # an input that begins with a dash can be written ./-x.c
            continue
        if argument == "-" or not argument.startswith("-"):
            yield "", argument
        elif argument in _VALUED:
            value = next(following, None)
            if value is None:
                raise UsageError(
                    f"{argument} has no value",
                    needed=f"an argument after {argument}",
                    remedy="add it",
                )
            yield argument, value
        elif argument[:2] in ("-I", "-D", "-U", "-L", "-l", "-o", "-x", "-R", "-z"):
            yield argument[:2], argument[2:]
        elif match := re.match("-(?:isystem|idirafter|iquote)(?=[^=])", argument):
            yield match[0], argument[match.end() :]
        else:
            yield argument, ""


def _sort(result: Arguments, name: str, value: str) -> None:
    if name in _ACTIONS:
        result.action = name
        if name in ("-M", "-MM"):
            result.flags.append(name)
    elif name == "-o":
        result.output = value
    elif name in ("-shared", "--shared", "-bundle", "-dynamiclib"):
        result.shared = True
    elif name.startswith("-O"):
        _level(result, name[2:])
    elif _PROCESSOR.fullmatch(name):
        result.processor = name
    elif name in ("-MD", "-MMD"):
        result.dependencies = name
    elif name == "-MF":
        result.dependency_file = value
    elif name in ("-MT", "-MQ", "-MP"):
        result.dependency_targets += [name, value] if value else [name]
    elif _QUERY.fullmatch(name):
        result.query = True
    elif _is_for_linking(result, name, value) or _is_ignored(name):
        pass
    elif name in ("-I", "-D", "-U"):
        result.flags.append(name + value)
    else:
        result.flags += [name, value] if value else [name]


def _is_ignored(name: str) -> bool:
    return name in _IGNORED_VALUED or _IGNORED.fullmatch(name) is not None


def _level(result: Arguments, level: str) -> None:
    if level == "fast":
        result.flags.append("-ffast-math")
    # GCC takes any number. What it does for a bare -O is what clang does for -O1.
    result.level = {"": "1", "g": "1", "fast": "3"}.get(level, level)
    if level.isdecimal() and int(level) > 3:
        result.level = "3"


def _is_for_linking(result: Arguments, name: str, value: str) -> bool:
    """Whether an option is for the linker alone; then ``result`` has it."""
    if name == "-l":
        result.libraries.append(value)
    elif name == "-L":
        result.library_dirs.append(value)
    elif name == "-R":
        result.runpath.append(value)
    elif name == "-undefined":
        _linker_option(result, f"--undefined={value}")
    elif name == "-Xlinker":
        _linker_option(result, value)
    elif name.startswith("-Wl,"):
        _linker_options(result, name.split(",")[1:])
    else:
        return name == "-z"
    return True


def _linker_options(result: Arguments, options: Sequence[str]) -> None:
    following = iter(options)
    for option in following:
        if option in ("-rpath", "--rpath", "-R", "-undefined"):
            option += "=" + next(following, "")
        _linker_option(result, option)


def _linker_option(result: Arguments, option: str) -> None:
    if _MAY_BE_UNDEFINED.fullmatch(option):
        result.may_be_undefined = True
    elif match := re.fullmatch(r"(?:--?rpath|-R)=(.+)", option):
        result.runpath += match[1].split(":")
    elif match := re.fullmatch(r"-l(.+)", option):
        result.libraries.append(match[1])
