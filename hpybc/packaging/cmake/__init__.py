"""What CMake's ``find_package(hpybc)`` finds: the folder of this module, with the files in it.

scikit-build-core finds it by the entry point of the group ``cmake.root``, and any other build by
``hpybc --cmake-dir``.
"""

from __future__ import annotations

import os


def folder() -> str:
    """The folder, for CMake's variable ``hpybc_DIR``."""
    return os.path.dirname(os.path.abspath(__file__))
