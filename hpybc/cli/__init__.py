"""The ``hpybc`` command.

``parser`` says what a command line may be, and prints help, with ``examples``. ``commands`` and
``cache`` have a thin function for each command, ``version`` has what ``--version`` prints.
``status`` is what a command comes to: its exit status, and what it says of errors. ``suggestions``
knows what was meant by a name that is wrong.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from hpybc import log
from hpybc.cli import commands, parser, status
from hpybc.errors import HpybcError


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command line; returns the exit status, one of ``status.STATUSES``.

    Where ``hpybc cc`` and its like only call a compiler, it is that of the compiler.
    """
    arguments = sys.argv[1:] if arguments is None else [*arguments]
    try:
        if arguments and arguments[0] in parser.COMPILERS and arguments[1:] != ["--help"]:
            log.configure("info")
            return commands.compiler(arguments[0], arguments[1:])
        options = parser.parsed(arguments)
        log.configure("info")
        came_to: int = options.run(options)
        return came_to
    except BrokenPipeError:  # the reader of our output is gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return status.FAILED
    except (HpybcError, OSError) as error:
        return status.told(error)
    except KeyboardInterrupt:
        return status.INTERRUPTED
