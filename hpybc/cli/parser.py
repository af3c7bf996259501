"""What a command line may be, and the help that is printed of it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

from hpybc.cli import cache, commands, suggestions
from hpybc.cli.examples import EXAMPLES

#: What build systems call. Their arguments are those of a compiler, and not for argparse.
COMPILERS = {
    "cc": "what a build system calls as C compiler: hpybc cc -c, hpybc cc -shared",
    "c++": "likewise as C++ compiler",
    "ar": "likewise as archiver, for static libraries of bitcode",
}

SHELLS = ("bash", "zsh", "tcsh")


class Parser(argparse.ArgumentParser):
    """One whose help ends with examples, and which says what was meant by a word it does not know.

    The commands below it are of the same kind.

    Attributes:
        examples: command lines.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.examples = EXAMPLES[self.prog.partition(" ")[2]]
        self.suggest_on_error = False  # which CPython has from 3.14 on

    def format_help(self) -> str:
        """As argparse has it, and the examples."""
        return "\n  ".join([f"{super().format_help()}\nexamples:", *self.examples]) + "\n"

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as error:
            meant = suggestions.name(str(value), map(str, action.choices or ()))
            if meant is not None:
                error.message += f"; did you mean {meant!r}?"
            raise


class _Version(argparse.Action):
    """Finds out about versions when it is asked, and not before."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(commands.version())
        parser.exit()


class _CMakeDir(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from hpybc.packaging import cmake

        print(cmake.folder())
        parser.exit()


class _Completion(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, _: object, shell: Any, *__: object) -> None:
        print(commands.completion(of_hpybc(completed=True), shell))
        parser.exit()


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line; with what is a compiler's in ``compiler_arguments``."""
    parser = of_hpybc()
    if arguments[:1] != ["compile"]:
        return parser.parse_args(arguments)
    from hpybc.toolchain.arguments import expanded

    arguments = expanded(arguments)
    end = arguments.index("--") if "--" in arguments else len(arguments)
    options, rest = parser.parse_known_args(arguments[:end])
    level = [f"-O{options.level}"] if options.level else []
    options.compiler_arguments = [*rest, *level, *arguments[end + 1 :]]
    return options


def of_hpybc(*, completed: bool = False) -> Parser:
    """The parser of all command lines.

    ``completed`` says that it is for a shell to complete them. It has files then for those commands
    as well that leave their arguments to a compiler.
    """
    parser = Parser(
        prog="hpybc",
        description="Compile C extensions to bitcode, and look at what became of them.",
    )
    parser.add_argument(
        "--version", action=_Version, nargs=0, help="print the versions of all that takes part"
    )
    parser.add_argument(
        "--print-completion", action=_Completion, choices=SHELLS,
        help="print a script with which the shell completes command lines; needs shtab",
    )  # fmt: skip
    parser.add_argument(
        "--cmake-dir", action=_CMakeDir, nargs=0, help="print the folder for CMake's hpybc_DIR"
    )
    add = _adding(parser, "command")
    _add_new(add)
    of_compilers = [_add_compile(add)]
    for name, text in COMPILERS.items():  # main calls these
        of_compilers.append(add(name, help=text, usage=f"hpybc {name} ARGUMENT..."))
    if completed:
        for each in of_compilers:
            _add_file(each, "sources", nargs="*")
    _add_prebuild(add)
    _add_export(add)
    _add_bench(add)
    _add_inspect(add)
    _add_stubgen(add)
    _add_cache(add)
    doctor = add("doctor", help="check what of this installation works, and how to mend the rest")
    doctor.set_defaults(run=commands.doctor)
    return parser


#: Adds a command.
_Add = Callable[..., argparse.ArgumentParser]


def _adding(parser: argparse.ArgumentParser, what: str) -> _Add:
    """``add_parser`` of argparse, which describes a command by its help if nothing is said."""
    actions = parser.add_subparsers(metavar=what, required=True)

    def add(name: str, *, help: str, **options: Any) -> argparse.ArgumentParser:
        described = {"description": f"{help[:1].upper()}{help[1:]}.", **options}
        return actions.add_parser(name, help=help, **described)

    return add


def _add_file(parser: argparse.ArgumentParser, *names: str, **options: Any) -> None:
    """An argument that is a file, for completion as well."""
    action = parser.add_argument(*names, metavar="FILE", **options)
    # What shtab.FILE is: how each shell completes the name of one.
    action.complete = {  # type: ignore[attr-defined]
        "bash": "_shtab_compgen_files", "zsh": "_files", "tcsh": "f"
    }  # fmt: skip


def _add_new(add: _Add) -> None:
    new = add("new", help="make a project: a package with an extension, tests and a pyproject.toml")
    new.add_argument("name", metavar="NAME", help="the package's name, and the folder's")
    new.add_argument("--c++", dest="cxx", action="store_true", help="in C++ rather than C")
    new.set_defaults(run=commands.new)


def _add_compile(add: _Add) -> argparse.ArgumentParser:
    compile_ = add(
        "compile",
        help="compile C or C++ sources to a bitcode file",
        usage="hpybc compile SOURCE... -o FILE [--name NAME] [--prebuild] [--stub]"
        " [COMPILER OPTION]...",
        description="Compile C or C++ sources to a bitcode file. Objects and static libraries of "
        "bitcode may be among them. All options of a C compiler are taken that mean something for "
        "bitcode: -I, -D, -std=, -O1 to -O3, -g, -l and so on. What follows -- is the compiler's.",
        allow_abbrev=False,
    )
    _add_file(compile_, "-o", dest="output", required=True, help="ext.bc")
    compile_.add_argument(
        "-O", dest="level", default="", metavar="LEVEL", help="1, 2, 3, s or z (default: 2)"
    )
    compile_.add_argument("--name", help="the module's name (default: that in HPy_MODINIT)")
    compile_.add_argument(
        "--prebuild", action="store_true", help="and make the image for this Python, as prebuild"
    )
    compile_.add_argument(
        "--stub", action="store_true", help="and write ext.py, by which import finds ext.bc"
    )
    compile_.set_defaults(run=commands.compile_)
    return compile_


def _add_prebuild(add: _Add) -> None:
    prebuild = add(
        "prebuild", help="make the image for this Python, to be shipped next to a bitcode file"
    )
    _add_file(prebuild, "files", nargs="+", help="a bitcode file")
    prebuild.add_argument(
        "-j", dest="jobs", type=_jobs, metavar="N",
        help="how many to make at a time (default: one for each processor)",
    )  # fmt: skip
    prebuild.set_defaults(run=commands.prebuild)


def _add_export(add: _Add) -> None:
    export = add("export", help="make a binary that needs no hpybc")
    _add_file(export, "file", help="a bitcode file")
    export.add_argument(
        "--abi", choices=["cpython", "universal"], required=True,
        help="an extension module for this Python's version, or one of HPy's universal ABI 0",
    )  # fmt: skip
    _add_file(export, "-o", dest="output", help="default: what Python imports the module by")
    export.add_argument(
        "--cpu", default="generic", metavar="NAME",
        help="native, or LLVM's name of a CPU (default: generic, for all of the architecture)",
    )  # fmt: skip
    export.set_defaults(run=commands.export)


def _add_bench(add: _Add) -> None:
    bench = add("bench", help="time statements, inlined and dlopen'd")
    _add_file(bench, "file", help="a bitcode file; statements see it as m")
    bench.add_argument(
        "-s", dest="statements", action="append", required=True, metavar="STMT",
        help="a statement to time; may be repeated",
    )  # fmt: skip
    bench.add_argument("--setup", default="pass", metavar="CODE", help="runs once before")
    bench.add_argument(
        "--against", action="append", default=[], metavar="MODULE",
        help="another module with the same functions; may be repeated",
    )  # fmt: skip
    _add_file(bench, "--json", help="also write what was measured, for pyperf compare_to")
    bench.set_defaults(run=commands.bench)


def _add_inspect(add: _Add) -> None:
    inspect = add("inspect", help="show what a bitcode file is and needs")
    _add_file(inspect, "file", help="a bitcode file")
    inspect.add_argument("--json", action="store_true", help="print JSON")
    inspect.set_defaults(run=commands.inspect)


def _add_stubgen(add: _Add) -> None:
    stubgen = add("stubgen", help="print the type stub of a bitcode file, for type checkers")
    _add_file(stubgen, "file", help="a bitcode file")
    _add_file(stubgen, "-o", dest="output", help="ext.pyi (default: print it)")
    stubgen.set_defaults(run=commands.stubgen)


def _add_cache(add: _Add) -> None:
    parser = add("cache", help="look at the cache of compiled images, or empty it")
    add_action = _adding(parser, "action")
    for name, run, text in (
        ("info", cache.info, "where it is, and how large"),
        ("list", cache.entries, "what is in it, the most recently used first"),
        ("clear", cache.clear, "remove all of it"),
        ("prune", cache.prune, "remove what was used least recently"),
    ):
        action = add_action(name, help=text)
        action.set_defaults(run=run)
        if name in ("info", "list"):
            action.add_argument("--json", action="store_true", help="print JSON")
    action.add_argument(
        "--size", metavar="SIZE", help="what may stay: 500M for example (default: the limit)"
    )


def _jobs(text: str) -> int:
    count = int(text)
    if count < 1:
        raise ValueError
    return count
