"""Images: object code in a form that can be brought into this process.

The engine ``shared`` makes a shared object, which debuggers and profilers see as the ordinary file
it is. The engine ``memory`` leaves the object to LLVM's linker inside the process; it is for
machines without a linker, and needs llvmlite at every load.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from hpybc.errors import LinkError, is_handlers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hpybc.process import programs

#: Where a program finds its standard input, by a name.
STDIN = "/dev/stdin"


@cache
def linker() -> tuple[str, ...] | None:
    """The command that links shared objects, or None if this machine has none.

    lld as ziglang ships it, else an ``ld.lld`` or ``ld`` on PATH; or what was ``told``.
    """
    if _told is not None:
        return _told or None
    from importlib.machinery import PathFinder

    spec = PathFinder.find_spec("ziglang")
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        zig = os.path.join(folder, "zig")
        if os.access(zig, os.X_OK):
            return zig, "ld.lld"
    import shutil  # whose import takes a while

    for name in ("ld.lld", "ld"):
        found = shutil.which(name)
        if found is not None:
            return (found,)
    return None


_told: tuple[str, ...] | None = None


def told(command: tuple[str, ...] | None) -> None:
    """Has this process, which builds for another one, use the linker that that one has found."""
    global _told
    _told = command or ()


def can_link() -> bool:
    """Whether there is a linker, and if it needs one, a folder for temporary files."""
    command = linker()
    if command is None or _reads_pipes(command):
        return command is not None
    import tempfile

    try:
        tempfile.gettempdir()
    except OSError:
        return False
    return True


def _reads_pipes(command: Sequence[str]) -> bool:
    """Whether the linker is lld, which does without files."""
    return command[-1].endswith("lld") and os.path.exists(STDIN)


def make(
    code: bytes,
    engine: str,
    *,
    portable: bool = False,
    libraries: Sequence[str] = (),
    runpath: Sequence[str] = (),
) -> bytes:
    """The image for ``engine`` of one relocatable object file.

    Args:
        code: the object file.
        engine: one of ``ENGINES``.
        portable: whether it is for other machines too, whose C library may be older.
        libraries: files of shared libraries that a shared object is to name as needed.
        runpath: folders in which the dynamic linker is to look for them first.

    Raises:
        LinkError: the engine is ``shared`` and the linker is missing or failed.
    """
    if engine == "memory":
        return code
    if portable:
        from hpybc.jit import symbols

        code = symbols.unversioned(code)
    return shared(code, arguments(libraries, runpath, portable=portable))


#: Without a table of frames the unwinder finds no function of the image. Segments begin where pages
#: of the file do. Otherwise libunwind (in py-spy) does not know the image for what is mapped there,
#: and what the kernel logs of a fault, an offset in the file, is no address in the image. A section
#: whose begin and end are asked for is in use.
_SHARED = (
    *("-shared", "--eh-frame-hdr", "--gc-sections"),
    *("-z", "nostart-stop-gc", "-z", "now", "-z", "separate-code"),
)


def arguments(
    libraries: Sequence[str], runpath: Sequence[str], *, portable: bool = False
) -> tuple[str, ...]:
    """What a linker is told for a shared object, beside its input and output; see ``make``."""
    from hpybc.jit import runtime

    paths = [f"-rpath={path}" for path in runpath]
    return (*_SHARED, *libraries, *paths, "--as-needed", *runtime.paths(c_library=not portable))


def shared(code: bytes, arguments: Sequence[str]) -> bytes:
    """The shared object of one relocatable object file, by these ``arguments``.

    Raises:
        LinkError: the linker is missing or failed.
    """
    command = linker()
    if command is None:
        raise LinkError(
            "this machine has no linker",
            reason="no linker",
            needed="ziglang, or ld.lld or ld on PATH",
            remedy="pip install 'hpybc[compiler]', or set HPYBC_ENGINE=memory",
        )
    try:
        done = _linked(command, code, arguments)
        if done.status == 0 and done.output:
            return done.output
        said = done.said.decode(errors="replace").strip() or f"status {done.status}"
    # No program after all, no output, no room for it, or not in this interpreter.
    except (OSError, RuntimeError) as error:
        if is_handlers(error):
            raise
        said = str(error)
    raise LinkError(
        "the linker failed",
        reason="linker failed",
        found=said,
        needed=f"{' '.join(command)} to link one object file",
        remedy="set HPYBC_ENGINE=memory to do without it",
    )


def _linked(command: Sequence[str], code: bytes, arguments: Sequence[str]) -> programs.Done:
    """What a linker came to, with the shared object as its output."""
    from hpybc.process import folder, programs

    if _reads_pipes(command):
        return programs.run([*command, "-o", "-", STDIN, *arguments], given=code)
    with folder.temporary() as place:
        source, result = os.path.join(place, "image.o"), os.path.join(place, "image.so")
        with open(source, "wb") as file:
            file.write(code)
        done = programs.run([*command, "-o", result, source, *arguments])
        if done.status == 0:
            with open(result, "rb") as file:
                done = programs.Done(0, file.read(), done.said)
        return done


def link_memory(code: bytes, entry: str) -> int:
    """Links an object file into this process for good; the address of its symbol ``entry``.

    Raises:
        LinkError: LLVM refuses the object file, or cannot be had in this interpreter.
        LLVMMissingError: llvmlite cannot be imported.
    """
    from hpybc.jit.target import llvm, usable

    if not usable():
        raise LinkError(
            "images cannot be linked in memory in this interpreter",
            reason="no linker",
            found="it cannot import ctypes",
            needed="a linker, which makes images that every interpreter loads",
            remedy="install one (pip install 'hpybc[compiler]') and unset HPYBC_ENGINE",
        )
    from hpybc.jit import runtime, symbols

    binding = llvm()
    runtime.library()
    code, addresses = symbols.settled(code, _unique)
    unique = {symbol.name for symbol in symbols.symbols(code) if symbol.unique and symbol.defined}
    compiler = binding.create_lljit_compiler(use_jit_link=False, suppress_errors=True)
    library = binding.JITLibraryBuilder().add_object_img(code).add_current_process()
    for name, place in addresses.items():
        library.import_symbol(name, place)
    for name in unique:
        library.export_symbol(name)
    try:
        tracker = library.export_symbol(entry).link(compiler, "image")
    except RuntimeError as error:
        lacking = ", ".join(symbols.missing(symbols.needed(code)))
        raise LinkError(
            "LLVM cannot link the image",
            reason="linker failed",
            found=f"no symbol {lacking}" if lacking else str(error).strip(),
            needed=f"an object file that defines {entry} and needs only what this process has",
            remedy="install a linker (pip install 'hpybc[compiler]') and unset HPYBC_ENGINE",
        ) from None
    # From now on pointers into the image are everywhere: neither may ever be freed.
    _forever.append((compiler, tracker))
    _unique.update((name, tracker[name]) for name in unique)
    address: int = tracker[entry]
    return address


def try_memory(code: bytes, entry: str) -> None:
    """Links an object file into this process, which may not survive that.

    LLVM's linker ends the process of an object file that asks for what it cannot do, such as a
    relocation of an unusual kind. What it only complains about, the process that needs it is told.
    """
    try:
        link_memory(code, entry)
    except LinkError:
        pass


_forever: list[object] = []

#: Where the symbols lie that all images in memory have in common.
_unique: dict[str, int] = {}
