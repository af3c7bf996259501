"""What functions ask of the processor, in LLVM IR.

clang writes into every function the processor that it compiles for. What all functions have is of
no interest: the loader knows the processor better. What a function has besides, its author asked
for, with ``__attribute__((target("avx2")))`` or for a whole file with ``-mavx2``: it may use these
features wherever the code runs, because its callers have asked whether they are there.
"""

from __future__ import annotations

import re

from hpybc.jit.module import Module

_FEATURES = re.compile(r'"target-features"="([^"]*)"')

#: The attributes that tie a function to a processor, and override the target.
_PROCESSOR = re.compile(r' "(?:target-cpu|tune-cpu|target-features)"="[^"]*"')

_GROUP = re.compile("^attributes #", re.M)


def of(text: str) -> str:
    """The features in the first list of them in LLVM IR, ``+avx,-sse4a`` for example."""
    found = _FEATURES.search(text)
    return found[1] if found else ""


def of_function(module: Module, name: str) -> str:
    """Those of the function ``name`` of a module; none if there is no such function."""
    try:
        function = module.function(name)
    except NameError:
        return ""
    return of(" ".join(group.decode() for group in function.attributes))


def asked_for(module: Module) -> bool:
    """Whether a function of a module has a list of features."""
    return any(
        b'"target-features"=' in group
        for function in module.functions
        for group in function.attributes
    )


def name_processor(text: str) -> bool:
    """Whether functions of the LLVM IR ``text`` name a processor, or features."""
    return _PROCESSOR.search(text, *_groups(text)) is not None


def without(text: str, usual: str | None, target: str = "") -> str:
    """LLVM IR ``text`` without processors and without the features in ``usual``.

    Args:
        text: LLVM IR.
        usual: what a function has that asks for nothing; None if none of them asks.
        target: what the processor has. It goes before what is left, if anything is: LLVM takes a
            list of features for all there is, and inlines a function only where all of its own are.
    """
    known = set((usual or "").split(","))

    def left(attribute: re.Match[str]) -> str:
        features = [f for f in of(attribute[0]).split(",") if f and f not in known]
        if usual is None or not features:
            return ""
        return ' "target-features"="{}"'.format(",".join([*filter(None, [target]), *features]))

    begin, end = _groups(text)
    return text[:begin] + _PROCESSOR.sub(left, text[begin:end]) + text[end:]


def _groups(text: str) -> tuple[int, int]:
    """Where the groups of attributes begin and end in LLVM IR as LLVM prints it.

    All attributes of functions that are strings are in them. They stand together: debug information
    after them, and the functions before, may be longer by far.
    """
    first = _GROUP.search(text)
    if first is None:
        return 0, 0
    end = text.find("\n", text.rfind("\nattributes #") + 1)
    return first.start(), end if end > 0 else len(text)
