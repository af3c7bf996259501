"""Machine code by lld alone: it reads bitcode, and llvmlite is not everywhere.

The extension is linked with the stack ``boxed``, which was joined when the package was built, and
with what a linker adds. lld takes what is in use of each, optimises the whole and links it.
"""

from __future__ import annotations

import os

from hpybc.errors import LinkError, is_handlers
from hpybc.jit import identity, image, runtime
from hpybc.loader import contexts
from hpybc.process import programs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hpybc.loader.extension import Extension

#: What stays visible.
_EXPORTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "exports.map")


def make(extension: Extension, mode: str = "release", cpu: str = "native") -> bytes:
    """The shared object of ``extension`` and the contexts it uses, for LLVM's processor ``cpu``.

    Raises:
        LinkError: there is no lld, or it cannot compile the extension.
    """
    linker = image.linker()
    if linker is None or not linker[-1].endswith("lld"):
        raise LinkError(
            "this machine has no lld",
            reason="no linker",
            needed="lld of LLVM 22 or later, which reads bitcode",
            remedy="pip install ziglang",
        )
    libraries = [runtime.path_of(runtime.named(n, extension.runpath)) for n in extension.libraries]
    command = [
        *linker,
        *("-o", "-", image.STDIN, contexts.stack(mode)),
        *("--start-lib", *contexts.libraries(), "--end-lib"),
        *image.arguments(libraries, extension.runpath),
        *("--version-script", _EXPORTS, "-Bsymbolic"),
        *("--lto-O3", f"--lto-newpm-passes={','.join(identity.PASSES)}"),
        *("-mllvm", f"-mcpu={cpu}", "-mllvm", "-relocation-model=pic"),
    ]
    try:
        done = programs.run(command, given=extension.data)
    except (OSError, RuntimeError) as error:
        if is_handlers(error):
            raise
        said = str(error)
    else:
        if done.status == 0 and done.output:
            return done.output
        said = done.said.decode(errors="replace").strip() or f"status {done.status}"
    raise LinkError(
        "lld cannot compile the extension",
        path=extension.path,
        reason="linker failed",
        found=said,
        needed=f"{' '.join(linker)} to make an image",
        remedy="report it, with the file",
    )
