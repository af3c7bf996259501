"""`python benchmarks`: measures hpybc against every other way to write an extension."""

from __future__ import annotations

import sys

import worker

if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        worker.main(sys.argv[2])
