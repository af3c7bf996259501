"""What an extension becomes: the values of ``--hpy-abi`` (HPy documentation, Target ABIs)."""

from __future__ import annotations

from dataclasses import dataclass

from hpybc.errors import UsageError
from hpybc.loader.export import SUFFIXES
from hpybc.packaging import stub


@dataclass(frozen=True)
class Abi:
    """A form in which an extension is built.

    Attributes:
        options: options of a C compiler, by which the headers know.
        suffix: how the name of its file ends.
        stub: the Python file that imports it; None if Python does so by itself.
        exported: the binary interface that the bitcode is exported to, a key of ``SUFFIXES``; None
            if it stays bitcode.
    """

    options: tuple[str, ...]
    suffix: str
    stub: str | None
    exported: str | None = None

    @property
    def bound(self) -> bool:
        """Whether it is for the interpreter that builds, whatever the sources include."""
        return self.exported == "cpython"


#: Every form by its name; the first one is the usual.
ABIS = {
    "bitcode": Abi((), ".bc", stub.TEXT),
    "universal": Abi(
        ("-DHPY_ABI_UNIVERSAL",), SUFFIXES["universal"][0], stub.UNIVERSAL, "universal"
    ),
    "cpython": Abi(("-DHPY_ABI_CPYTHON",), SUFFIXES["cpython"][0], None, "cpython"),
    "hybrid": Abi(("-DHPY_ABI_HYBRID",), ".bc", stub.TEXT),
}

DEFAULT = "bitcode"


def named(name: str) -> Abi:
    """The form with this name.

    Raises:
        UsageError: there is none.
    """
    if name not in ABIS:
        raise UsageError(
            "no such ABI",
            found=f"--hpy-abi={name}",
            needed=" or ".join(ABIS),
            remedy="correct it, or leave it out to build bitcode",
        )
    return ABIS[name]
