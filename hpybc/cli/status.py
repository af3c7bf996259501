"""What a command comes to: an exit status, and what it says of an error."""

from __future__ import annotations

import os
import sys

from hpybc.cli import suggestions
from hpybc.errors import HpybcError, UsageError

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130

#: What each exit status says. The documentation of the command has this table.
STATUSES = {
    OK: "all went well",
    FAILED: "anything else fails; the message on stderr says what was found and needed",
    USAGE: "the command line or an environment variable has no meaning",
    INTERRUPTED: "the user has interrupted it",
}


def told(error: HpybcError | OSError) -> int:
    """Says what is wrong; returns the exit status."""
    print(f"hpybc: error: {error}", file=sys.stderr)
    missing = error.filename if isinstance(error, FileNotFoundError) else None
    folder = os.path.dirname(missing) if isinstance(missing, str) else ""
    if folder and not os.path.isdir(folder):
        print(f"  found:   no folder {folder}\n  remedy:  mkdir -p {folder}", file=sys.stderr)
    path = error.path if isinstance(error, HpybcError) else error.filename
    if isinstance(path, str) and not os.path.lexists(path):
        meant = suggestions.file(path)
        if meant is not None:
            print(f"hpybc: did you mean {meant}?", file=sys.stderr)
    return USAGE if isinstance(error, UsageError) else FAILED
