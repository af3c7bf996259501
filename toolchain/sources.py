"""C and C++ sources to bitcode, several at a time."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from hpybc import files
from hpybc.errors import CompileError
from hpybc.process import folder, programs, progress
from hpybc.toolchain import clang as _clang
from hpybc.toolchain import objects
from hpybc.toolchain.arguments import Input

_log = logging.getLogger("hpybc.compile")

#: What clang, and zig before it, say of an option that they do not have.
_UNKNOWN = re.compile(
    r"error: (?:unknown argument(?: ignored)?:? '(?P<a>[^']+)'"
    r"|unknown clang option: \"(?P<b>[^\"]+)\""
    r"|unsupported option '(?P<c>[^']+)'"
    r"|(?:unsupported|invalid) (?:argument|value) '(?P<value>[^']*)'"
    r" (?:to|in) (?:option )?'(?P<d>[^']+)')"
)

#: The options that compilers have of their own. GCC's are in the configuration of many a Python.
_OWN = ("-f", "-m", "--param")

#: A dialect of C++, or of C.
_DIALECT = re.compile(r"-?-std=(?:c|gnu)(\+\+)?")


class Dependencies(NamedTuple):
    """A list of the headers that were read, in the words of ``make``.

    Attributes:
        option: ``-MD``, or ``-MMD`` for one without the system's headers.
        file: where it goes; by default beside the output, with the suffix ``.d``.
        arguments: ``-MT`` and ``-MQ`` with their values, which name what depends on them, and
            ``-MP``; by default the output depends on them.
    """

    option: str
    file: str | None = None
    arguments: tuple[str, ...] = ()

    def write(self, output: str, found: Iterable[str]) -> None:
        """Writes the lists ``found`` of what ``output`` was made from, into one file."""
        files.replace(self.file or os.path.splitext(output)[0] + ".d", "".join(found).encode())

    def flags(self, output: str, file: str) -> list[str]:
        """What has clang write the list of one source into ``file``."""
        named = {"-MT", "-MQ"} & {*self.arguments}
        target = () if named else ("-MT", output)
        return [self.option, "-MF", file, *self.arguments, *target]


def is_cxx(source: Input) -> bool:
    """Whether ``source`` is C++, by the language it is given or else by its suffix."""
    if source.language:
        return source.language.startswith("c++")
    return source.path.endswith(".ii") or _clang.is_cxx(source.path)


def compile_sources(
    compiler: _clang.Clang,
    sources: Sequence[str | Input],
    flags: Sequence[str],
    *,
    dependencies: Dependencies | None = None,
    output: str = "",
) -> list[bytes]:
    """The bitcode of each of ``sources``.

    clang's diagnostics go to stderr as they are, those of one source after those of another.

    Args:
        compiler: the clang.
        sources: the files.
        flags: arguments for clang; of dialects (``-std=``) a source gets those of its language.
        dependencies: the list of headers to write, if any.
        output: what that list is for.

    Raises:
        CompileError: clang rejected a source.
        FileMissingError: a source does not exist.
    """
    inputs = [file if isinstance(file, Input) else Input(file) for file in sources]
    for source in inputs:
        if source.path != "-":
            objects.check_exists(source.path)
    colour = ("-fdiagnostics-color=always",) if _is_terminal() else ()
    with folder.temporary() as place:

        def compile_one(number: int) -> _Run:
            result = os.path.join(place, f"{number}.bc")
            own = [*colour, *flags]
            if dependencies is not None:
                own += dependencies.flags(output, os.path.join(place, f"{number}.d"))
            command = command_for(compiler, inputs[number], own)
            return run([*command, "-o", result], flags)

        done = []
        for run_ in programs.each(compile_one, range(len(inputs))):
            show(run_.said)
            done.append(run_)
            progress.doing(f"{len(done)} of {len(inputs)} sources")
        dropped = {flag for run_ in done for flag in run_.dropped}
        if dropped:
            _log.warning("clang does not know %s: left out", " ".join(sorted(dropped)))
        results = [os.path.join(place, f"{number}.bc") for number in range(len(inputs))]
        for source, run_, result in zip(inputs, done, results, strict=True):
            if run_.status != 0 or not os.path.exists(result):
                error = rejected(source.path, run_.status)
                error.said = run_.said
                raise error
        if dependencies is not None:
            dependencies.write(output, (_text(r[: -len("bc")] + "d") for r in results))
        return [_bytes(result) for result in results]


def rejected(path: str, status: int) -> CompileError:
    """The CompileError for a source at which clang ended with ``status``."""
    return CompileError(
        "clang reported errors",
        path=path,
        found=f"exit status {status}; see above",
        needed="a source that compiles",
        remedy="correct the source",
    )


def command_for(compiler: _clang.Clang, source: Input, flags: Iterable[str]) -> list[str]:
    """The command that compiles ``source`` to bitcode, all but its output."""
    cxx = is_cxx(source)
    own = []
    for flag in flags:
        dialect = _DIALECT.match(flag)
        if dialect is None or bool(dialect[1]) is cxx:
            own.append(flag)
    language = ("-x", source.language) if source.language else ()
    return [*compiler.command("x.cpp" if cxx else "x.c"), *own, *language, source.path]


class _Run(NamedTuple):
    status: int
    said: str
    dropped: frozenset[str]


def run(command: Sequence[str], own: Collection[str]) -> _Run:
    """Runs clang, without those of the options ``own`` that are another compiler's."""
    dropped: set[str] = set()
    given = sys.stdin.buffer.read() if "-" in command and sys.stdin is not None else b""
    while True:
        arguments = [argument for argument in command if argument not in dropped]
        done = programs.run(arguments, given=given, output=False)
        said = done.said.decode(errors="replace")
        unknown = _unknown(said).intersection(own) - dropped
        if done.status == 0 or not unknown:
            return _Run(done.status, said, frozenset(dropped))
        dropped |= unknown


def _unknown(said: str) -> set[str]:
    """The options in clang's messages that it does not have."""
    found = set()
    for match in _UNKNOWN.finditer(said):
        name = match["a"] or match["b"] or match["c"] or match["d"] + match["value"]
        if name.startswith(_OWN):
            found.add(name)
    return found


def _is_terminal() -> bool:
    """Whether what clang said will be seen on a terminal, unlike what is written to a file."""
    return sys.stderr is not None and sys.stderr.isatty()


def show(text: str) -> None:
    """Prints what clang said."""
    if text and sys.stderr is not None:
        sys.stderr.write(text)
        sys.stderr.flush()


def _text(path: str) -> str:
    return _bytes(path).decode("utf-8", "surrogateescape") if os.path.exists(path) else ""


def _bytes(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
