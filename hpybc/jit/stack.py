"""Stacks: contexts that are one module, of which an extension is linked with what it uses."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from hpybc.jit.module import LOCAL, WEAK, Module

#: Before the name of a function that another context defines again; see ``joined``.
BELOW = "_below_"


def joined(layers: Sequence[bytes], beside: Module, api: Callable[[str], object]) -> Module:
    """A stack: one module of ``layers``, where each calls what is defined in those after it.

    A layer that defines a function again stands between: what comes before it calls the layer's
    function, and the layer calls that of the next one as ``_below_`` and its name. A weak
    definition does not stand between: it gives way. Of what the layers define, an extension sees
    the interface, and is linked with as much as it uses, see ``link``; all other names are its own
    to use.

    Args:
        layers: the contexts.
        beside: a module in the LLVM context where the stack is to be.
        api: whether a name is of the interface.
    """
    stack: Module | None = None
    for bitcode in reversed(layers):
        layer = beside.parse(bitcode)
        if stack is not None:
            names = {value.name for value in layer.definitions if value.linkage.name not in WEAK}
            below = []
            for function in stack.functions:
                if function.name in names and not function.is_declaration:
                    function.name = BELOW + function.name
                    below.append(function.name)
            layer.link(stack)
            # The layer before it may stand between as well.
            for name in below:
                layer.function(name).linkage = "internal"
        stack = layer
    assert stack is not None
    for value in stack.definitions:
        linkage, name = value.linkage.name, value.name
        if linkage not in LOCAL and api(name):
            # What is weak gives way to an extension's.
            value.linkage = "linkonce_any" if linkage in WEAK else "linkonce_odr"
        elif not name.startswith("llvm."):
            value.linkage = "internal"
    return stack


def link(module: Module, bitcode: bytes, named: Collection[str] = ()) -> None:
    """Links what ``module`` uses of a stack (see ``joined``), which hpybc itself has made, into it.

    Args:
        module: the extension.
        bitcode: the stack.
        named: what is in use besides: names in assembly.

    Raises:
        InvalidBitcodeError: both define a function of the interface.
    """
    # Not verified: it was when it was written, and what is in the file has not changed since.
    stack = module.parse(bitcode, verified=True)
    # LLVM leaves out what is linkonce and not referred to, and would prefer the other definition.
    for name in {*module.defined(), *named}:
        for find in (stack.function, stack.variable):
            try:
                value = find(name)
            except NameError:
                continue
            # The interface is linkonce_odr, see ``joined``, and nothing else in a stack is.
            if not value.is_declaration and value.linkage.name == "linkonce_odr":
                value.linkage = "external"
    module.link(stack)
