"""Every exception hpybc raises on purpose.

Each message says what went wrong, with which file, what was found, what was needed, and what to do
about it. The parts are attributes as well, for programs that show them their own way.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

#: Symbols of the C++ standard library and run-time, in the ABI's mangling: what belongs to std, new
#: and delete, exceptions.
_CXX_LIBRARY = r"_Z(?:N?K?St|T[ISV]N?(?:St|10__cxxabiv1)|nw|na|dl|da)|__cxa_|__gxx_"


class HpybcError(Exception):
    """Base of all hpybc errors.

    Attributes:
        what: one sentence naming the problem.
        path: the file concerned, or None.
        found, needed, remedy: one line each, or "" where there is nothing to say.
        PARTS: the names of what an error of the class is made of; another process gets these.
    """

    PARTS: tuple[str, ...] = ("what", "path", "found", "needed", "remedy")

    def __init__(
        self,
        what: str,
        *,
        path: str | os.PathLike[str] | None = None,
        found: str = "",
        needed: str = "",
        remedy: str = "",
    ) -> None:
        # First of all: ImportError, a base of LoadError, resets path here.
        super().__init__(what)
        self.what = what
        self.path = None if path is None else os.fspath(path)
        self.found = found
        self.needed = needed
        self.remedy = remedy

    def __str__(self) -> str:
        lines = [self.what if self.path is None else f"{self.path}: {self.what}"]
        for label in ("found", "needed", "remedy"):
            text = getattr(self, label)
            if text:
                lines.append(f"  {label + ':':<8} {text}")
        return "\n".join(lines)


class UsageError(HpybcError):
    """A call or a command line that cannot be meant: an unknown mode, a missing option."""


class CompileError(HpybcError):
    """clang rejected a source, and said why on stderr; or a file cannot become bitcode.

    Attributes:
        said: what clang said, if it was clang.
    """

    said = ""


class CompilerNotFoundError(HpybcError):
    """No usable clang; ``found`` lists each candidate and why it was not taken."""


class ContextBuildError(HpybcError):
    """A context could not be compiled for an interpreter, for want of its headers for example."""


class LoadError(HpybcError, ImportError):
    """Base of everything that can go wrong between a file and a module.

    Also an ImportError, with its ``name`` (the module's, if known) and ``path``.
    """

    def __init__(
        self,
        what: str,
        *,
        path: str | os.PathLike[str] | None = None,
        found: str = "",
        needed: str = "",
        remedy: str = "",
        name: str | None = None,
    ) -> None:
        super().__init__(what, path=path, found=found, needed=needed, remedy=remedy)
        self.name = name


class FileMissingError(LoadError):
    """There is no such file."""


class FileIsDirectoryError(LoadError):
    """The path names a directory."""


class FileUnreadableError(LoadError):
    """The operating system refuses to read the file."""


class EmptyFileError(LoadError):
    """The file has no content."""


class NotBitcodeError(LoadError):
    """The file begins neither with LLVM's bitcode wrapper nor with bitcode."""


class TruncatedFileError(LoadError):
    """The file ends before the length its header announces."""


class ManifestError(LoadError):
    """The manifest in the wrapper is missing or cannot be understood."""


class ChecksumError(LoadError):
    """The payload is not the one the manifest was written for."""


class ArchitectureError(LoadError):
    """The bitcode was compiled for another architecture or operating system."""


class NewerLLVMError(LoadError):
    """The bitcode was written by an LLVM newer than the one that would read it."""


class InvalidBitcodeError(LoadError):
    """LLVM cannot parse or verify the bitcode."""


class ModuleInitError(LoadError):
    """The file defines no module, or more than one: no single HPy_MODINIT."""


class UndefinedSymbolError(LoadError):
    """The extension uses symbols that neither the context nor the process defines.

    Attributes:
        symbols: their names.
    """

    PARTS = (*LoadError.PARTS, "symbols")

    def __init__(self, what: str, *, symbols: Sequence[str] = (), **parts: Any) -> None:
        super().__init__(what, **{"found": ", ".join(symbols), **parts})
        self.symbols = tuple(symbols)


def undefined_symbols(symbols: Sequence[str]) -> UndefinedSymbolError:
    """The UndefinedSymbolError that names ``symbols``."""
    import re

    needed = "functions of the HPy API that this version implements, of the C library, or defined "
    needed += "in the extension"
    remedy = "check the spelling, or compile the source that defines it together with the others"
    if any(re.match(_CXX_LIBRARY, symbol) for symbol in symbols):
        needed += "; the C++ standard library is linked in where ziglang compiles C++"
        remedy = "compile it with hpybc compile, hpybc[compiler] installed and HPYBC_CLANG unset"
    elif any(symbol.endswith("_impl") for symbol in symbols):
        remedy = "define the function: HPyDef_METH(f, ...) and the like have declared f_impl"
    return UndefinedSymbolError(
        "undefined symbol" + "s" * (len(symbols) > 1),
        symbols=symbols,
        needed=needed,
        remedy=remedy,
    )


class LibraryMissingError(LoadError):
    """The dynamic linker does not find a shared library that the extension names."""


def missing_library(name: str, found: str) -> LibraryMissingError:
    """The LibraryMissingError for the library ``name``, with the dynamic linker's words."""
    return LibraryMissingError(
        f"the library {name} cannot be loaded",
        found=found,
        needed=f"{name}, which the extension was linked with (-l)",
        remedy="install the package that has it, or name its folder in LD_LIBRARY_PATH",
    )


class AbiVersionError(LoadError):
    """The extension was compiled against another HPy ABI."""


class InterpreterError(LoadError):
    """The bitcode has another interpreter's Python.h, or needs a GIL that cannot be turned on."""


class NotOptimizedError(LoadError):
    """The bitcode was compiled with -O0, whose functions LLVM never inlines."""


class ContextMissingError(LoadError):
    """This installation has no context for the running interpreter, or not that one."""


class LLVMMissingError(LoadError):
    """A build is needed and llvmlite cannot be imported."""


class BuildProcessError(LoadError):
    """The process that compiles an extension could not be started, or LLVM did not survive it."""


class RebuildError(LoadError):
    """A module of an editable install has changed and cannot be compiled; ``found`` says why.

    Or nothing says what it was made from, because its record is lost.
    """


class LinkError(LoadError):
    """A finished build cannot be brought into the process.

    Attributes:
        reason: ``no linker``: this machine has none, and the image needs one. ``linker failed``:
            it could not be started or refused the object file; LLVM's in memory is one, too.
            ``not mapped``: the system maps no file with the image, or has no room for one.
            ``aliases``: they stand for one another.
    """

    PARTS = (*LoadError.PARTS, "reason")

    def __init__(self, what: str, *, reason: str = "", **parts: Any) -> None:
        super().__init__(what, **parts)
        self.reason = reason


class RefusedError(LoadError):
    """A hook (PEP 578) or a sandbox refused an operation that a load needs."""


class InstallationError(LoadError):
    """hpybc was removed or replaced while this process ran."""


def explained(error: Exception) -> LoadError | None:
    """What an exception means that hpybc did not expect where it does not run a module's code.

    None if it is not hpybc's to explain: a signal's handler raised it, or memory ran out.
    """
    if isinstance(error, MemoryError | RecursionError) or _is_from_handler(error):
        return None
    if isinstance(error, ImportError) and str(error.name).partition(".")[0] == "hpybc":
        return InstallationError(
            "hpybc was removed or replaced while this process ran",
            found=str(error),
            needed="the hpybc that the process has imported",
            remedy="restart the process",
        )
    return RefusedError(
        "an operation that the load needs was refused, or failed",
        found=f"{type(error).__name__}: {error}, at: {_operation(error)}",
        needed="leave for it from audit hooks (PEP 578) and the sandbox, if this is in one",
        remedy="allow it, or ship an image (hpybc prebuild), which needs the fewest operations; if"
        " nothing refuses it, report it as a fault of hpybc",
    )


def _is_from_handler(error: Exception) -> bool:
    """Whether the function that handles some signal is among the frames that ``error`` has left."""
    import signal

    handlers = [signal.getsignal(number) for number in signal.valid_signals()]
    codes = {getattr(getattr(h, "__func__", h), "__code__", None) for h in handlers} - {None}
    frame = error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code in codes:
            return True
        frame = frame.tb_next
    return is_handlers(error)


def _operation(error: Exception) -> str:
    """The last line of hpybc's that ran, or if there is no source the function."""
    import traceback

    folder = os.path.dirname(os.path.abspath(__file__)) + os.sep
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if os.path.abspath(frame.filename).startswith(folder)]
    last = (own or frames)[-1]
    return last.line or last.name


def is_handlers(error: Exception) -> bool:
    """Whether an OSError is not the operating system's, but what a signal's handler raised.

    As many do with TimeoutError. That is for the program, wherever it is raised.
    """
    return isinstance(error, OSError) and error.errno is None
