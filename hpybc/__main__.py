"""``python -m hpybc``: the command ``hpybc``, of the very interpreter that runs it."""

import sys

from hpybc.cli import main

if __name__ == "__main__":
    sys.exit(main())
