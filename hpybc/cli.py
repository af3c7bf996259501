"""The ``hpybc`` command: one thin function for each subcommand."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence

import hpybc
from hpybc import log
from hpybc.errors import HpybcError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hpybc.cache.upkeep import Entry


#: What build systems call; the arguments are not for argparse.
_COMPILERS = {
    "cc": "what a build system calls as C compiler: hpybc cc -c, hpybc cc -shared",
    "c++": "likewise as C++ compiler",
    "ar": "likewise as archiver, for static libraries of bitcode",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command line; returns the exit status.

    0 for success, 2 for a command line that cannot be meant, 1 for everything else that fails.
    """
    arguments = sys.argv[1:] if arguments is None else [*arguments]
    try:
        if arguments and arguments[0] in _COMPILERS:
            return _cc(arguments[0], arguments[1:])
        options = _parsed(arguments)
        log.configure("info")
        status: int = options.run(options)
        return status
    except BrokenPipeError:  # the reader of our output is gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (HpybcError, OSError) as error:
        return _told(error)
    except KeyboardInterrupt:
        return 130


def _told(error: HpybcError | OSError) -> int:
    """Says what is wrong; returns the exit status."""
    print(f"hpybc: error: {error}", file=sys.stderr)
    return 2 if isinstance(error, UsageError) else 1


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line; with what is a compiler's in ``compiler_arguments``."""
    parser = _parser()
    if arguments[:1] != ["compile"]:
        return parser.parse_args(arguments)
    from hpybc.toolchain.arguments import expanded

    arguments = expanded(arguments)
    end = arguments.index("--") if "--" in arguments else len(arguments)
    options, rest = parser.parse_known_args(arguments[:end])
    level = [f"-O{options.level}"] if options.level else []
    options.compiler_arguments = [*rest, *level, *arguments[end + 1 :]]
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hpybc",
        description="Compile C extensions to bitcode, and look at what became of them.",
    )
    parser.add_argument("--version", action="version", version=f"hpybc {hpybc.__version__}")
    commands = parser.add_subparsers(metavar="command", required=True)

    compile_ = commands.add_parser(
        "compile",
        help="compile C or C++ sources to a bitcode file",
        usage="hpybc compile SOURCE... -o FILE [--name NAME] [--prebuild] [COMPILER OPTION]...",
        description="Compile C or C++ sources to a bitcode file. Objects and static libraries of "
        "bitcode may be among them. All options of a C compiler are taken that mean something for "
        "bitcode: -I, -D, -std=, -O1 to -O3, -g, -l and so on. What follows -- is the compiler's.",
        allow_abbrev=False,
    )
    compile_.add_argument("-o", dest="output", required=True, metavar="FILE", help="ext.bc")
    compile_.add_argument(
        "-O", dest="level", default="", metavar="LEVEL", help="1, 2, 3, s or z (default: 2)"
    )
    compile_.add_argument("--name", help="the module's name (default: that in HPy_MODINIT)")
    compile_.add_argument(
        "--prebuild", action="store_true", help="and make the image for this Python, as prebuild"
    )
    compile_.set_defaults(run=_compile)

    for name, text in _COMPILERS.items():  # see main
        commands.add_parser(name, help=text, add_help=False)

    prebuild = commands.add_parser(
        "prebuild", help="make the image for this Python, to be shipped next to a bitcode file"
    )
    prebuild.add_argument("files", nargs="+", metavar="FILE", help="a bitcode file")
    prebuild.add_argument(
        "-j", dest="jobs", type=_jobs, metavar="N",
        help="how many to make at a time (default: one for each processor)",
    )  # fmt: skip
    prebuild.set_defaults(run=_prebuild)

    export = commands.add_parser("export", help="make a binary that needs no hpybc")
    export.add_argument("file", metavar="FILE", help="a bitcode file")
    export.add_argument(
        "--abi", choices=["cpython", "universal"], required=True,
        help="an extension module for this Python's version, or one of HPy's universal ABI 0",
    )  # fmt: skip
    export.add_argument(
        "-o", dest="output", metavar="FILE", help="default: what Python imports the module by"
    )
    export.add_argument(
        "--cpu", default="generic", metavar="NAME",
        help="native, or LLVM's name of a CPU (default: generic, for all of the architecture)",
    )  # fmt: skip
    export.set_defaults(run=_export)

    bench = commands.add_parser("bench", help="time statements, inlined and dlopen'd")
    bench.add_argument("file", metavar="FILE", help="a bitcode file; statements see it as m")
    bench.add_argument(
        "-s", dest="statements", action="append", required=True, metavar="STMT",
        help="a statement to time; may be repeated",
    )  # fmt: skip
    bench.add_argument("--setup", default="pass", metavar="CODE", help="runs once before")
    bench.add_argument(
        "--against", action="append", default=[], metavar="MODULE",
        help="another module with the same functions; may be repeated",
    )  # fmt: skip
    bench.add_argument("--json", action="store_true", help="print JSON")
    bench.set_defaults(run=_bench)

    inspect = commands.add_parser("inspect", help="show what a bitcode file is and needs")
    inspect.add_argument("file", metavar="FILE")
    inspect.add_argument("--json", action="store_true", help="print JSON")
    inspect.set_defaults(run=_inspect)

    cache = commands.add_parser("cache", help="look at the cache of compiled images, or empty it")
    actions = cache.add_subparsers(metavar="action", required=True)
    for name, run, text in (
        ("info", _cache_info, "where it is, and how large"),
        ("list", _cache_list, "what is in it, the most recently used first"),
        ("clear", _cache_clear, "remove all of it"),
        ("prune", _cache_prune, "remove what was used least recently"),
    ):
        action = actions.add_parser(name, help=text)
        action.set_defaults(run=run)
        if name in ("info", "list"):
            action.add_argument("--json", action="store_true", help="print JSON")
    action.add_argument(
        "--size", metavar="SIZE", help="what may stay: 500M for example (default: the limit)"
    )

    doctor = commands.add_parser("doctor", help="check this installation")
    doctor.set_defaults(run=_doctor)
    return parser


def _cc(name: str, arguments: Sequence[str]) -> int:
    from hpybc.toolchain import cc

    log.configure("info")
    if name == "ar":
        return cc.ar(arguments)
    return cc.main(arguments, cxx=name == "c++")


def _compile(options: argparse.Namespace) -> int:
    from hpybc.loader import prebuilt
    from hpybc.toolchain import arguments, cc
    from hpybc.toolchain.compile import compile_extension

    parsed = arguments.parse(options.compiler_arguments)
    if parsed.query or parsed.action not in ("", "-c"):
        raise UsageError(
            "the compiler is asked for something else than bitcode",
            found=parsed.action or " ".join(options.compiler_arguments),
            needed="sources, and how to compile them",
            remedy="hpybc cc takes such options",
        )
    compile_extension(parsed.inputs, options.output, cc.options(parsed, options.name))
    if options.prebuild:
        prebuilt.make(options.output)
    return 0


def _prebuild(options: argparse.Namespace) -> int:
    """One file's error is told after those that can be made, and does not keep them from it."""
    from hpybc.loader import prebuilt
    from hpybc.process import programs, progress

    def attempt(file: str) -> str | HpybcError | OSError:
        try:
            return prebuilt.make(file)
        except (HpybcError, OSError) as error:
            return error

    files = list(dict.fromkeys(options.files))
    if len(files) == 1:
        print(prebuilt.make(files[0]))
        return 0
    results = []
    with progress.shown(f"compiling {len(files)} files"):
        for result in programs.each(attempt, files, options.jobs):
            results.append(result)
            progress.doing(f"{len(results)} of {len(files)}")
    for made in results:
        if isinstance(made, str):
            print(made)
    return max((_told(error) for error in results if not isinstance(error, str)), default=0)


def _jobs(text: str) -> int:
    count = int(text)
    if count < 1:
        raise ValueError
    return count


def _export(options: argparse.Namespace) -> int:
    from hpybc.loader.export import export

    print(export(options.file, options.abi, options.output, options.cpu))
    return 0


def _bench(options: argparse.Namespace) -> int:
    from hpybc import bench

    if not options.json:
        bench.require_rich()
    modules = bench.variants(options.file, options.against)
    rows = bench.measure(modules, options.statements, options.setup)
    if options.json:
        print(json.dumps(bench.report(options.file, rows), indent=2))
    else:
        bench.print_table(rows)
    return 0


def _inspect(options: argparse.Namespace) -> int:
    from hpybc.inspect import inspect

    found = inspect(options.file).as_dict()
    if options.json:
        print(json.dumps(found, indent=2))
        return 0
    manifest = found.pop("manifest")
    for name, value in found.items():
        print(f"{name + ':':<14}", ", ".join(value) if isinstance(value, list) else value)
    print("manifest:     ", "none: raw bitcode" if manifest is None else "")
    if isinstance(manifest, dict):
        for name, value in manifest.items():
            print(f"  {name + ':':<14}", ", ".join(value) if isinstance(value, list) else value)
    return 0


def _cache_info(options: argparse.Namespace) -> int:
    from hpybc.cache import store, upkeep

    folder = store.folder()
    usable = store.trusted(folder, create=False) is not None
    sizes = [entry.size for entry in upkeep.entries(folder)]
    size, limit = sum(sizes), upkeep.limit()
    shared = upkeep.shared(folder)
    if options.json:
        found = {"folder": folder, "usable": usable, "files": len(sizes)}
        libraries = [os.path.join(store.home(), entry.name) for entry in shared]
        print(json.dumps({**found, "size": size, "limit": limit, "shared": libraries}, indent=2))
        return 0
    trust = "" if usable or not os.path.lexists(folder) else " (not used: see hpybc doctor)"
    print(f"folder: {folder or 'none: no home'}{trust}")
    print(f"files:  {len(sizes)}")
    print(f"size:   {_megabytes(size)} of {_megabytes(limit)}")
    if shared:
        size = sum(entry.size for entry in shared)
        print(f"shared: {_megabytes(size)} of C++ libraries in {store.home()}")
    return 0


def _cache_list(options: argparse.Namespace) -> int:
    from datetime import datetime

    from hpybc.cache import store, upkeep

    folder = store.folder()
    rows = [(entry, upkeep.label(folder, entry), False) for entry in upkeep.entries(folder)]
    home = store.home()
    rows += [(entry, upkeep.label(home, entry), True) for entry in upkeep.shared(folder)]
    if options.json:
        found = [{**e.as_dict(), "label": label, "shared": shared} for e, label, shared in rows]
        print(json.dumps(found, indent=2))
        return 0
    for entry, label, shared in rows:
        used = datetime.fromtimestamp(entry.used).strftime("%Y-%m-%d %H:%M")
        what = "unfinished" if entry.unfinished else "damaged" if label is None else label
        where = " (shared)" if shared else ""
        print(f"{entry.name[:12]}  {used}  {_megabytes(entry.size):>10}  {what}{where}")
    return 0


def _cache_clear(options: argparse.Namespace) -> int:
    from hpybc.cache import store, upkeep

    return _removed(upkeep.clear(store.folder()))


def _cache_prune(options: argparse.Namespace) -> int:
    from hpybc.cache import store, upkeep

    return _removed(upkeep.prune(store.folder(), upkeep.limit(options.size)))


def _removed(entries: Sequence[Entry]) -> int:
    from hpybc.cache import store, upkeep

    size = _megabytes(sum(entry.size for entry in entries))
    print(f"removed {len(entries)} files, {size}")
    if upkeep.shared(store.folder()):
        print(f"C++ libraries that all caches share stay in {store.home()}")
        print("unset HPYBC_CACHE_DIR to remove them too")
    return 0


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def _doctor(options: argparse.Namespace) -> int:
    from hpybc.doctor import examine

    checks = examine()
    for check in checks:
        print(f"{'ok' if check.works else 'FAIL':<4} {check.name:<12} {check.detail}")
        if not check.works:
            print(f"{'':<18}without it no {check.needed_for}; remedy: {check.remedy}")
    return 0 if all(check.works for check in checks) else 1
