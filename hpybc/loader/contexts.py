"""Contexts: which bitcode stands behind the API, for a mode and the running interpreter."""

from __future__ import annotations

import os
import sys
from _imp import extension_suffixes

from hpybc.errors import ContextMissingError, UsageError
from hpybc.loader import bitcode

#: Mode to stack: the extension comes on top, and each context defines what those above it call.
STACKS = {
    "release": ("helpers", "deferred", "cpython"),
    "debug": ("helpers", "debug", "cpython"),
    "trace": ("helpers", "trace", "cpython"),
}

#: Modes whose modules find their state in the Python module of that name, ``hpybc.debug`` for one.
STATEFUL = ("debug", "trace")

#: Not a mode of ``load``: the peer that ``hpybc bench`` compares with.
UNIVERSAL = ("helpers", "universal")

#: What ``hpybc export`` makes binaries of HPy's universal ABI with.
PORTABLE = ("helpers", "portable")

#: Linked like static libraries: what a compiler adds to every shared object, of the C library and
#: of its own. Their digest is in the manifest of ``helpers``, which is in all stacks, and their
#: manifests have what they define.
LIBRARIES = ("runtime", "cpu", "exceptions")

#: Contexts that are compiled against one interpreter's headers.
BOUND = ("deferred", "cpython", "host")

_FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "contexts")


def interpreter_tag() -> str:
    """What names this interpreter's binary interface: ``cpython-311-x86_64-linux-gnu``."""
    return extension_suffixes()[0].strip(".").rpartition(".")[0]


def path(name: str) -> str:
    """The file of the context ``name`` for the running interpreter, whether it exists or not."""
    tag = interpreter_tag() if name in BOUND else "any"
    return os.path.join(_FOLDER, f"{name}.{tag}.bc")


def stack(mode: str, *, legacy: bool = False) -> tuple[str, ...]:
    """The files of the contexts of ``mode``.

    ``legacy`` says that the extension counts references by itself as well, with Python.h: then none
    may be deferred behind its back.

    Raises:
        UsageError: there is no such mode.
        ContextMissingError: this installation was not built for this interpreter.
    """
    return tuple(existing(name) for name in names(mode) if not (legacy and name == "deferred"))


def libraries() -> tuple[str, ...]:
    """The files of ``LIBRARIES``; raises ContextMissingError if there is none of one."""
    return tuple(map(existing, LIBRARIES))


def defined(context: bitcode.Bitcode) -> frozenset[str]:
    """What a context defines for others: one of ``LIBRARIES``, or one of ``UNIVERSAL``."""
    assert context.manifest is not None  # hpybc's own file
    names = context.manifest["defines"]
    assert isinstance(names, list)
    return frozenset(names)


def api() -> frozenset[str]:
    """The functions of the API, all that any stack defines for an extension.

    Raises:
        ContextMissingError: this installation is not complete.
    """
    helpers, others = (defined(bitcode.read(existing(name))) for name in UNIVERSAL)
    return helpers | others


def heads(mode: str) -> list[bytes]:
    """What stands for the contents of all contexts of ``mode``; raises as ``stack``."""
    try:
        return [bitcode.head(path(name)) for name in names(mode)]
    except OSError:
        stack(mode)  # says what is missing
        raise


def names(mode: str) -> tuple[str, ...]:
    """The contexts of ``mode``, in the order in which they are linked.

    Raises:
        UsageError: there is no such mode.
    """
    try:
        return STACKS[mode]
    except (KeyError, TypeError):
        raise UsageError(
            "no such mode",
            found=repr(mode),
            needed=" or ".join(STACKS),
            remedy="pass one of these as mode=",
        ) from None


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
