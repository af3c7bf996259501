"""What compiles the extensions of HPy's own test suite.

    python -m conformance.compiler OUTPUT [-D NAME]... SOURCE...

The interpreter that runs the suite may be one without llvmlite. Then it calls this command of a
CPython, which prints what ``compile_module`` returns, as JSON. Errors go to stderr, with status 1.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from conformance.report import names_used
from hpybc.errors import HpybcError
from hpybc.toolchain.compile import Options, compile_extension

#: The suite's own, but for -O0. Some of its tests are of formats that do not fit, of which our
#: headers warn.
FLAGS = ("-Wfatal-errors", "-Werror", "-Wno-error=user-defined-warnings")


def compile_module(sources: Sequence[str], output: str, defines: Sequence[str]) -> list[str]:
    """Compiles ``sources`` to the bitcode file ``output``; returns the names of the API they use.

    Raises:
        HpybcError: as ``compile_extension``.
    """
    options = Options(defines=tuple(defines), debug=True, extra=FLAGS)
    compile_extension(list(sources), output, options)
    return sorted(names_used([Path(source) for source in sources], Path(output)))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("output")
    parser.add_argument("-D", dest="defines", action="append", default=[])
    parser.add_argument("sources", nargs="+")
    options = parser.parse_args()
    try:
        json.dump(compile_module(options.sources, options.output, options.defines), sys.stdout)
    except HpybcError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
