"""``hpybc cc`` and ``hpybc c++``: what a build system takes for a compiler.

It compiles a source to an object of bitcode (``-c``) and links such objects to an extension
(``-shared``). All else, the programs with which build systems find out about the machine among
it, is left to clang.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import replace

from hpybc import files
from hpybc.errors import ModuleInitError, UsageError
from hpybc.jit.identity import architecture
from hpybc.loader import export
from hpybc.loader.extension import Extension
from hpybc.process import programs
from hpybc.toolchain import arguments as _arguments
from hpybc.toolchain import clang as _clang
from hpybc.toolchain import compile as _compile
from hpybc.toolchain import libraries, objects, python_h, sources
from hpybc.toolchain import output as _output
from hpybc.toolchain.arguments import Arguments, Input

_log = logging.getLogger("hpybc.cc")


def main(command: Sequence[str], *, cxx: bool = False) -> int:
    """Does what ``command`` says; returns the exit status.

    Args:
        command: the arguments of a C compiler, without its name.
        cxx: whether it is called as a C++ compiler, for which a ``.c`` is C++ too.

    Raises:
        HpybcError: see ``compile_extension``.
    """
    parsed = _arguments.parse(python_h.with_lines_alone(command))
    if cxx:
        parsed.inputs = [_as_cxx(file) for file in parsed.inputs]
    if not parsed.inputs or parsed.query:
        return _ask(command, cxx)
    if parsed.action == "-c":
        return _compile_objects(parsed)
    if parsed.action:
        return _preprocess(parsed)
    if parsed.shared:
        return _link(parsed, command, cxx)
    return _native(parsed, command, cxx)


def ar(command: Sequence[str]) -> int:
    """An archiver that knows this bitcode, as one of another version may not; as ``main``."""
    compiler = _clang.find(cxx=True)
    own = ["ar"] if compiler.libraries is None else [_zig(compiler.libraries), "ar"]
    return programs.run([*own, *command], output=False, said=False).status


def options(
    parsed: Arguments, name: str | None = None, *, lenient: bool = False
) -> _compile.Options:
    """What ``parsed`` says of how to compile.

    Args:
        parsed: the command line.
        name: see ``Options``.
        lenient: whether what cannot be done is left out, with a warning, and no error.

    Raises:
        UsageError: ``-O0``, or an option that names a processor.
    """
    level = parsed.level or "2"
    if parsed.processor:
        error = UsageError(
            f"{parsed.processor} has no effect on bitcode",
            needed="no processor: the loader compiles for the very one that it finds",
            remedy="leave it out; -mavx2 or __attribute__((target)) are for single features",
        )
        _answer(error, "left out", lenient)
    if level == "0":
        level = "1"
        error = UsageError(
            "argument -O: invalid choice: '0'",
            needed="1, 2, 3, s or z: LLVM never inlines what is compiled without optimisation",
            remedy="leave it out, or use -O1 -g to debug",
        )
        _answer(error, "taken for -O1", lenient)
    dependencies = None
    if parsed.dependencies:
        targets = tuple(parsed.dependency_targets)
        dependencies = sources.Dependencies(parsed.dependencies, parsed.dependency_file, targets)
    return _compile.Options(
        level=level,
        name=name,
        extra=tuple(parsed.flags),
        libraries=tuple(parsed.libraries),
        library_dirs=tuple(parsed.library_dirs),
        runpath=tuple(parsed.runpath),
        may_be_undefined=parsed.may_be_undefined,
        dependencies=dependencies,
    )


def _answer(error: UsageError, instead: str, lenient: bool) -> None:
    if not lenient:
        raise error
    _log.warning("%s; %s", error.what, instead)


def _as_cxx(file: Input) -> Input:
    if not file.language and file.path.endswith(".c"):
        return file._replace(language="c++")
    return file


def _ask(command: Sequence[str], cxx: bool) -> int:
    """What clang says of itself."""
    if not command:
        raise UsageError("no input files", needed="a C or C++ source", remedy="name one")
    compiler = _clang.find(cxx=True)
    own = _native_driver(compiler, cxx)
    if compiler.libraries is not None and not any("-Wl," in argument for argument in command):
        # Of the target's name zig understands more than the clang in it.
        own = [*own[:1], "clang", f"--target={architecture()}-linux-gnu"]
    return programs.run([*own, *command], output=False, said=False).status


def _compile_objects(parsed: Arguments) -> int:
    """``-c``: an object of bitcode for each source."""
    if parsed.output is not None and len(parsed.inputs) > 1:
        raise UsageError(
            "one output for several objects",
            found=f"-o {parsed.output}",
            needed="one source",
            remedy="leave -o out, or compile one after the other",
        )
    chosen = options(parsed, lenient=True)
    for file in parsed.inputs:
        if file.path != "-" and not objects.is_source(file):
            objects.check_exists(file.path)
            continue
        stem = os.path.splitext(os.path.basename(file.path))[0]
        output = parsed.output or f"{stem}.o"
        compiler = _clang.find(cxx=sources.is_cxx(file))
        (part,) = sources.compile_sources(
            compiler,
            [file],
            _compile.flags(chosen),
            dependencies=chosen.dependencies,
            output=output,
        )
        files.replace(output, part)
    return 0


def _preprocess(parsed: Arguments) -> int:
    """``-E``, ``-M`` and the like: clang's own output. ``-S`` writes LLVM IR."""
    chosen = options(parsed, lenient=True)
    flags = _compile.flags(chosen)
    if chosen.dependencies is not None:
        list_ = chosen.dependencies.file or f"{parsed.output or 'a'}.d"
        flags += chosen.dependencies.flags(parsed.output or "-", list_)
    else:
        flags += parsed.dependency_targets
    for file in parsed.inputs:
        if file.path != "-":
            objects.check_exists(file.path)
        output = parsed.output
        if output is None and parsed.action == "-S":
            output = os.path.splitext(os.path.basename(file.path))[0] + ".s"
        whole = sources.command_for(_clang.find(cxx=sources.is_cxx(file)), file, flags)
        unwanted = {"-c", "-M", "-MM"} | ({"-emit-llvm"} if parsed.action != "-S" else set())
        command = [argument for argument in whole if argument not in unwanted]
        command += [parsed.action] if output is None else [parsed.action, "-o", output]
        run = sources.run(command, parsed.flags)
        sources.show(run.said)
        if run.status != 0:
            return run.status
    return 0


def _link(parsed: Arguments, command: Sequence[str], cxx: bool) -> int:
    """``-shared``: a bitcode file, and under a name of a shared object an extension module as well.

    What defines no module is a library for programs, which clang links.
    """
    output = parsed.output or "a.out"
    is_bitcode = output.endswith(".bc")
    _output.check(output, parsed.inputs, bitcode=is_bitcode)
    folder, name = os.path.split(output)
    stem = name.partition(".")[0]
    chosen = options(parsed, lenient=True)
    try:
        data, _ = _compile.linked(parsed.inputs, output, chosen)
    except ModuleInitError:
        try:  # of several modules, the one that the file is called
            data, _ = _compile.linked(parsed.inputs, output, replace(chosen, name=stem))
        except ModuleInitError:
            if is_bitcode:
                raise
            return _native(parsed, command, cxx)
    if is_bitcode:
        files.replace(output, data)
        return 0
    beside = os.path.join(folder, stem + ".bc")
    files.replace(output, export.cpython(Extension(data, beside)), 0o777)
    files.replace(beside, data)
    return 0


def _native(parsed: Arguments, command: Sequence[str], cxx: bool) -> int:
    """A program, or a shared library that is no extension, by clang and its linker."""
    compiler = _clang.find(cxx=True)
    found = libraries.Found()
    arguments: list[str] = []
    for argument in _arguments.expanded(command):
        # The linker is given no folders of the system's, so that it takes no other C library.
        if argument.startswith("-l") and len(argument) > 2:
            before = len(found.paths)
            archives = libraries.find(found, argument[2:], parsed.library_dirs)
            arguments += archives or found.paths[before:]
        elif not argument.startswith(_NOT_FOR_PROGRAMS):
            arguments.append(argument)
    flags = [*_compile.python_flags(), *_compile.system_flags()]
    if "-v" in arguments:  # by which CMake knows where libraries are, as linkers are called
        sources.show(f" ld {' '.join(f'-L{folder}' for folder in libraries.system_folders())}\n")
    driver = _native_driver(compiler, cxx or any(map(sources.is_cxx, parsed.inputs)))
    whole = [*driver, *_compile.QUIET, "-g0", *flags, *arguments, "-Wl,--allow-shlib-undefined"]
    run = sources.run(whole, arguments)
    sources.show(run.said)
    return run.status


#: What zig does not take, and what can make no difference to a program that finds something out.
_NOT_FOR_PROGRAMS = ("-flto", "-march=", "-mtune=", "-mcpu=", "-specs=", "-fuse-ld=")


def _native_driver(compiler: _clang.Clang, cxx: bool) -> list[str]:
    """The command that links programs."""
    if compiler.libraries is None:
        return [*(compiler.cxx if cxx else compiler.c)]
    zig = _zig(compiler.libraries)
    return [zig, "c++" if cxx else "cc", "-target", f"{architecture()}-linux-gnu.2.17"]


def _zig(libraries_of_zig: str) -> str:
    return os.path.join(os.path.dirname(libraries_of_zig), "zig")
