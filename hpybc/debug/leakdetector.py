"""``LeakDetector`` under the name that it has in HPy: ``hpy.debug.leakdetector``."""

from hpybc.debug import HPyDebugError, HPyLeakError, LeakDetector

__all__ = ["HPyDebugError", "HPyLeakError", "LeakDetector"]
