"""Contexts: which bitcode stands behind the API, for a mode and the running interpreter."""

from __future__ import annotations

import os
import sys
from _imp import extension_suffixes

from hpybc.errors import ContextMissingError, UsageError
from hpybc.loader import extension

#: Every context, a folder of sources in toolchain/context, and what is to know of it:
#:
#: - bound: it is compiled against one interpreter's headers.
#: - between: it stands between others. In its sources, definitions made from a list give way to
#:   those written out; in a stack all of them count.
#: - contracts: each of its functions states whether it may run other code (cpython/deferred.h).
#: - simplified: what is in it is simplified when the package is built.
#: - library: it is linked like a static library, which a compiler adds to every shared object. Its
#:   manifest has what it defines, and those of all stacks have the digest of all libraries.
#: - module: it is an extension module of hpybc's own.
#:
#: All others are parts of stacks.
CONTEXTS: dict[str, tuple[str, ...]] = {
    "helpers": (),
    "deferred": ("bound",),
    "cpython": ("bound", "contracts", "simplified"),
    "debug": ("between",),
    "trace": ("between",),
    "universal": (),
    "portable": (),
    "boxed": ("between",),
    "runtime": ("library",),
    "cpu": ("library",),
    "exceptions": ("library",),
    "debugmod": ("module",),
    "tracemod": ("module",),
    "host": ("module", "bound"),
}

#: The contexts of each stack: the extension comes on top, and each context defines what those above
#: it call. Joined when the package is built, a stack is one file. ``legacy`` is release for what
#: counts references by itself. ``universal`` is for the peer that ``hpybc bench`` compares with,
#: ``portable`` what ``hpybc export`` makes binaries of HPy's universal ABI with; ``boxed`` for
#: interpreters other than CPython (``hpybc.boxed``).
STACKS = {
    "release": ("helpers", "deferred", "cpython"),
    "legacy": ("helpers", "cpython"),
    "debug": ("helpers", "debug", "cpython"),
    "trace": ("helpers", "trace", "cpython"),
    "universal": ("helpers", "universal"),
    "portable": ("helpers", "portable"),
    "boxed": ("helpers", "boxed"),
    "boxed_trace": ("helpers", "trace", "boxed"),
}

#: The stacks that are modes of ``load``.
MODES = ("release", "debug", "trace")

#: Modes whose modules find their state in the Python module of that name, ``hpybc.debug`` for one,
#: which is made of the context with this ending.
STATEFUL = tuple(mode for mode in MODES if mode + "mod" in CONTEXTS)


#: The environment variable that chooses ``boxed`` where there is a choice.
CONTEXT = "HPYBC_CONTEXT"


def is_boxed() -> bool:
    """Whether extensions are linked with the context ``boxed``: the only one outside CPython.

    Raises:
        UsageError: the environment names no context that this interpreter has.
    """
    chosen = os.environ.get(CONTEXT, "")
    own = sys.implementation.name
    if chosen not in ("", "boxed", "cpython") or chosen == "cpython" != own:
        raise UsageError(
            "no such context for this interpreter",
            found=f"{CONTEXT}={chosen}",
            needed="boxed or cpython" if own == "cpython" else "boxed",
            remedy="unset the variable",
        )
    return chosen == "boxed" or own != "cpython"


def those(trait: str) -> tuple[str, ...]:
    """The contexts with a trait, see ``CONTEXTS``."""
    return tuple(name for name, traits in CONTEXTS.items() if trait in traits)


_FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "contexts")


def interpreter_tag() -> str:
    """What names this interpreter's binary interface: ``cpython-311-x86_64-linux-gnu``."""
    return extension_suffixes()[0].strip(".").rpartition(".")[0]


def path(name: str) -> str:
    """The file of a stack or another context for the running interpreter, if it exists or not."""
    is_bound = any("bound" in CONTEXTS[part] for part in STACKS.get(name, (name,)))
    tag = interpreter_tag() if is_bound else "any"
    return os.path.join(_FOLDER, f"{name}.{tag}.bc")


def stack(mode: str, *, legacy: bool = False) -> str:
    """The file of the contexts of ``mode``.

    ``legacy`` says that the extension counts references by itself as well, with Python.h: then none
    may be deferred behind its back.

    Raises:
        UsageError: there is no such mode, or not for this interpreter.
        ContextMissingError: this installation was not built for this interpreter.
    """
    check(mode)
    if legacy and mode == "release":
        return existing("legacy")
    if not is_boxed():
        return existing(mode)
    return existing(boxed(mode))


def boxed(mode: str) -> str:
    """The stack of ``mode`` with the context ``boxed``; raises UsageError if there is none."""
    if mode == "debug":
        raise UsageError(
            "no mode debug for this interpreter",
            found="mode debug",
            needed="release or trace",
            remedy="use CPython for the mode debug",
        )
    return "boxed" if mode == "release" else "boxed_" + mode


def libraries() -> tuple[str, ...]:
    """The files of the libraries; raises ContextMissingError if there is none of one."""
    return tuple(map(existing, those("library")))


def defined(context: extension.Extension) -> frozenset[str]:
    """What a context defines for others: a library, or a stack."""
    assert context.manifest is not None  # hpybc's own file
    return frozenset(context.manifest["defines"])


def api() -> frozenset[str]:
    """The functions of the API, all that any stack defines for an extension.

    Raises:
        ContextMissingError: this installation is not complete.
    """
    return defined(extension.read(existing("universal")))


def head(mode: str) -> bytes:
    """What stands for the contents of all contexts of a stack; raises as ``existing``."""
    try:
        return extension.head(path(mode))
    except OSError:
        existing(mode)  # says what is missing
        raise


def check(mode: str) -> None:
    """Raises UsageError unless ``mode`` is one of ``MODES``."""
    if mode not in MODES:
        raise UsageError(
            "no such mode",
            found=repr(mode),
            needed=" or ".join(MODES),
            remedy="pass one of these as mode=",
        )


def existing(name: str) -> str:
    """The file of the context ``name``; raises ContextMissingError if there is none."""
    file = path(name)
    if not os.path.exists(file):
        built = sorted(os.listdir(_FOLDER)) if os.path.isdir(_FOLDER) else []
        found = ", ".join(built) or "no context at all"
        remedy = f"install hpybc with this interpreter: {sys.executable} -m pip install hpybc"
        archive = getattr(globals()["__loader__"], "archive", None)  # zipimport's
        if archive is not None:
            found = f"hpybc inside the archive {archive}, where contexts are no files"
            remedy = "unpack it, or ship images (hpybc prebuild); see docs/frozen.md"
        elif getattr(sys, "frozen", False):
            remedy = "collect the contexts or ship images; see docs/frozen.md"
        raise ContextMissingError(
            f"this installation of hpybc has no '{name}' context for this interpreter",
            path=file,
            found=found,
            needed=os.path.basename(file),
            remedy=remedy,
        )
    return file
