"""A thin function for each command: it calls what does the work, and prints what comes of it.

What does the work is imported when it is needed: the parser that names these functions is made for
each command line.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from hpybc.cli import status
from hpybc.errors import HpybcError, UsageError


def new(options: argparse.Namespace) -> int:
    from hpybc.packaging import new

    folder = new.create(options.name, cxx=options.cxx)
    print(f"made the folder {folder}; its README.md says how to build and test it")
    return status.OK


def compiler(name: str, arguments: Sequence[str]) -> int:
    """``hpybc cc``, ``hpybc c++`` and ``hpybc ar``."""
    from hpybc.toolchain import cc

    if name == "ar":
        return cc.ar(arguments)
    return cc.main(arguments, cxx=name == "c++")


def compile_(options: argparse.Namespace) -> int:
    from hpybc.loader import prebuilt
    from hpybc.packaging import stub
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
    if options.stub:
        stub.write(options.output)
    if options.prebuild:
        prebuilt.make(options.output)
    return status.OK


def prebuild(options: argparse.Namespace) -> int:
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
        return status.OK
    results = []
    with progress.shown(f"compiling {len(files)} files"):
        for result in programs.each(attempt, files, options.jobs):
            results.append(result)
            progress.doing(f"{len(results)} of {len(files)}")
    for made in results:
        if isinstance(made, str):
            print(made)
    return max(
        (status.told(error) for error in results if not isinstance(error, str)), default=status.OK
    )


def export(options: argparse.Namespace) -> int:
    from hpybc.loader.export import export

    print(export(options.file, options.abi, options.output, options.cpu))
    return status.OK


def bench(options: argparse.Namespace) -> int:
    from hpybc import bench

    for package in ("rich", "pyperf")[: 1 if options.json is None else 2]:
        bench.require(package)
    modules = bench.variants(options.file, options.against)
    rows = bench.measure(modules, options.statements, options.setup)
    bench.print_table(rows)
    if options.json is not None:
        bench.write_json(options.json, options.file, rows)
    return status.OK


def inspect(options: argparse.Namespace) -> int:
    from hpybc.inspect import inspect

    found = inspect(options.file).as_dict()
    if options.json:
        print(json.dumps(found, indent=2))
        return status.OK
    manifest = found.pop("manifest")
    for name, value in found.items():
        print(f"{name + ':':<14}", ", ".join(value) if isinstance(value, list) else value)
    print("manifest:     ", "none: raw bitcode" if manifest is None else "")
    if isinstance(manifest, dict):
        for name, value in manifest.items():
            print(f"  {name + ':':<14}", ", ".join(value) if isinstance(value, list) else value)
    return status.OK


def stubgen(options: argparse.Namespace) -> int:
    from hpybc import files
    from hpybc.stubgen import stub

    text = stub(options.file)
    if options.output is None:
        print(text, end="")
    else:
        files.replace(options.output, text.encode())
    return status.OK


def doctor(options: argparse.Namespace) -> int:
    from hpybc.doctor import examine

    checks = examine()
    for check in checks:
        print(f"{'ok' if check.works else 'FAIL':<4} {check.name:<12} {check.detail}")
        if not check.works:
            print(f"{'':<18}without it no {check.needed_for}; remedy: {check.remedy}")
    return status.OK if all(check.works for check in checks) else status.FAILED


def version() -> str:
    """What ``--version`` prints."""
    from hpybc.cli import version

    return "\n".join(version.lines())


def completion(parser: argparse.ArgumentParser, shell: str) -> str:
    """What ``--print-completion`` prints: a script of ``shell`` that completes command lines.

    Raises:
        UsageError: shtab, which writes it, is not installed.
    """
    try:
        import shtab
    except ImportError:
        raise UsageError(
            "completion needs shtab, which is not installed",
            needed="shtab",
            remedy=f"{sys.executable} -m pip install 'hpybc[completion]'",
        ) from None
    script: str = shtab.complete(parser, shell)
    return script
