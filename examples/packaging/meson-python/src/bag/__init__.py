"""Numbers in steps."""

from bag._bag import after

__all__ = ["after"]
