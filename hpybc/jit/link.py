"""Joining modules: what goes in, what stays visible, what is still missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from hpybc.errors import (
    ArchitectureError,
    InvalidBitcodeError,
    ModuleInitError,
    NewerLLVMError,
    NotOptimizedError,
)
from hpybc.jit import features as _features
from hpybc.jit import identity as _identity
from hpybc.jit import target as _target

#: A ``llvmlite.binding.ModuleRef``; llvmlite has no type hints.
Module = Any

#: What LLVM IR begins with: a comment, and the source's name with its folder.
_FOLDER = re.compile(r'(?:;[^\n]*\n)*source_filename = "([^\n]*/)')

#: How names of the API begin. Names that begin so and are none of it are anybody's to use.
API = re.compile("_?HPy")

#: Linkages of definitions that no other module sees.
_LOCAL = ("internal", "private", "available_externally")

#: Linkages of definitions that give way to another.
_WEAK = ("weak_any", "weak_odr", "linkonce_any", "linkonce_odr")

#: Before the name of a function that another context defines again; see ``link_stack``.
BELOW = "_below_"


class Edit(NamedTuple):
    """A change of LLVM IR.

    Attributes:
        change: the change.
        concerns: whether a function or variable of that name makes it necessary. A module without
            one stays as it is.
    """

    change: Callable[[str], str]
    concerns: Callable[[str], object]


@contextmanager
def parsed(bitcode: bytes, *, verified: bool = False) -> Iterator[Module]:
    """The module in ``bitcode``, in an LLVM context of its own that ends with the block.

    LLVM's global context is shared by everything in the process that uses llvmlite, and two
    threads or interpreters in it at once abort the process.

    Args:
        bitcode: a module.
        verified: whether hpybc has verified it already, when it wrote the file that it is from.

    Raises:
        NewerLLVMError, InvalidBitcodeError: LLVM cannot read it.
    """
    context = _target.llvm().create_context()
    context.modules = []
    try:
        yield _parsed(bitcode, context) if verified else parse(bitcode, context)
    finally:
        # The frames of a traceback hold modules and context in a cycle, and Python's garbage
        # collector would free them in any order. LLVM crashes unless the context comes last.
        for module in context.modules:
            module.close()
        context.close()


def _adopt(module: Module, context: Any) -> Module:
    """Has ``module`` freed together with its context; see ``parsed``."""
    context.modules.append(module)
    return module


def parse(bitcode: bytes, context: Any) -> Module:
    """Parses and verifies ``bitcode`` in ``context``; see ``parsed``."""
    module = _parsed(bitcode, context)
    try:
        module.verify()
    except RuntimeError as error:
        raise _unreadable(str(error).strip()) from None
    return module


def _parsed(bitcode: bytes, context: Any) -> Module:
    try:
        return _adopt(_target.llvm().parse_bitcode(bitcode, context=context), context)
    except RuntimeError as error:
        raise _unreadable(str(error).strip()) from None


def assemble(text: str, context: Any) -> Module:
    """The module that LLVM IR describes, in ``context``; see ``parsed``."""
    return _adopt(_target.llvm().parse_assembly(text, context), context)


def assembled(text: str) -> bytes:
    """The bitcode of the module that LLVM IR describes.

    Raises:
        InvalidBitcodeError: LLVM cannot read it.
    """
    context = _target.llvm().create_context()
    context.modules = []
    try:
        module = assemble(text, context)
        module.verify()
        code: bytes = module.as_bitcode()
        return code
    except RuntimeError as error:
        raise _unreadable(str(error).strip()) from None
    finally:
        for module in context.modules:
            module.close()
        context.close()


def _unreadable(message: str) -> InvalidBitcodeError | NewerLLVMError:
    reader = ".".join(map(str, _target.llvm_version()))
    producer = re.search(r"Producer: '(?:LLVM|APPLE_\d+_)\s*([\d.]+)", message)
    if "Incompatible epoch" in message or (
        producer and int(producer[1].split(".")[0]) > _target.llvm_version()[0]
    ):
        return NewerLLVMError(
            "the bitcode was written by a newer LLVM than the one that reads it",
            found=f"LLVM {producer[1]}" if producer else message,
            needed=f"LLVM {reader} or older (the one in llvmlite)",
            remedy="compile it with hpybc compile, or upgrade llvmlite",
        )
    return InvalidBitcodeError(
        "LLVM cannot read the bitcode",
        found=message,
        needed=f"valid bitcode for LLVM {reader}",
        remedy="compile the extension again",
    )


def generic(
    module: Module,
    edit: Callable[[str], str] | None = None,
    *,
    usual: str | None = None,
    target: str = "",
) -> Module:
    """A copy of ``module`` (same context) that names neither a processor nor a folder.

    Functions then take the processor of the TargetMachine, and functions of an extension and of a
    context are inlined into each other; and the bitcode does not depend on where its source lies.
    llvmlite cannot edit either, hence the text.

    Args:
        module: the original.
        edit: changes the text after that.
        usual, target: which features of the processor stay, see ``features.without``.
    """
    original = text = str(module)
    if _features.name_processor(text):
        text = _without_folder(_features.without(text, usual, target))
    if edit is not None:
        text = edit(text)
    if text == original:
        return module
    # A group of attributes may not be empty; a name LLVM does not know has no effect.
    return assemble(text.replace(" = { }\n", ' = { "any-cpu" }\n'), module._context)


def _without_folder(text: str) -> str:
    found = _FOLDER.match(text)
    return text if found is None else text[: found.start(1)] + text[found.end(1) :]


def check_architecture(triple: str) -> None:
    """Raises ArchitectureError unless code for ``triple`` can run on this machine."""
    if not triple.startswith(_identity.architecture() + "-") or "linux" not in triple:
        raise ArchitectureError(
            "the bitcode was compiled for another platform",
            found=triple,
            needed=_identity.triple(),
            remedy="use the file for this platform, or compile the source here",
        )


def check_optimized(module: Module) -> None:
    """Raises NotOptimizedError if a function of ``module`` was compiled with -O0."""
    for function in module.functions:
        if not function.is_declaration and any(b"optnone" in a for a in function.attributes):
            raise NotOptimizedError(
                "the bitcode was compiled without optimisation",
                found=f"function '{function.name}' is marked optnone (-O0)",
                needed="-O1 or higher: LLVM never inlines -O0 code",
                remedy="compile the source with -O2",
            )


def link(module: Module, others: Iterable[bytes]) -> None:
    """Links the modules in ``others`` into ``module``, one after the other."""
    for bitcode in others:
        link_modules(module, parse(bitcode, module._context))


def link_modules(module: Module, other: Module) -> None:
    """Links ``other``, of the same LLVM context, into ``module``; ``other`` is empty then.

    Raises:
        InvalidBitcodeError: both define a symbol, or LLVM cannot link them.
    """
    # Same platform, other spelling: LLVM would print a warning for it.
    other.triple = module.triple
    try:
        module.link_in(other)
    except RuntimeError as error:
        raise InvalidBitcodeError(
            "the modules cannot be linked",
            found=str(error).strip(),
            needed="modules that define each symbol once",
            remedy="rename what the extension defines twice, or make it static",
        ) from None


def joined(layers: Sequence[bytes], context: Any) -> Module:
    """A stack: one module of ``layers``, where each calls what is defined in those after it.

    A layer that defines a function again stands between: what comes before it calls the layer's
    function, and the layer calls that of the next one as ``_below_`` and its name. A weak
    definition does not stand between: it gives way. Of what the layers define, an extension sees
    the API, and is linked with as much as it uses, see ``link_stack``; all other names are its own
    to use.
    """
    stack: Module | None = None
    for bitcode in reversed(layers):
        layer = parse(bitcode, context)
        if stack is not None:
            names = {v.name for v in definitions(layer) if v.linkage.name not in _WEAK}
            below = []
            for function in stack.functions:
                if function.name in names and not function.is_declaration:
                    function.name = BELOW + function.name
                    below.append(function.name)
            link_modules(layer, stack)
            # The layer before it may stand between as well.
            for name in below:
                layer.get_function(name).linkage = "internal"
        stack = layer
    assert stack is not None
    for value in definitions(stack):
        linkage, name = value.linkage.name, value.name
        if linkage not in _LOCAL and API.match(name):
            # What is weak gives way to an extension's.
            value.linkage = "linkonce_any" if linkage in _WEAK else "linkonce_odr"
        elif not name.startswith("llvm."):
            value.linkage = "internal"
    return stack


def link_stack(module: Module, bitcode: bytes, named: Collection[str] = ()) -> None:
    """Links what ``module`` uses of a stack (see ``joined``), which hpybc itself has made, into it.

    Args:
        module: the extension.
        bitcode: the stack.
        named: what is in use besides: names in assembly.

    Raises:
        InvalidBitcodeError: both define a function of the API.
    """
    # Not verified: it was when it was written, and what is in the file has not changed since.
    stack = _parsed(bitcode, module._context)
    # LLVM leaves out what is linkonce and not referred to, and would prefer the other definition.
    for name in filter(API.match, {*defined(module), *named}):
        for find in (stack.get_function, stack.get_global_variable):
            try:
                value = find(name)
            except NameError:
                continue
            if not value.is_declaration and value.linkage.name == "linkonce_odr":
                value.linkage = "external"
    link_modules(module, stack)


def strengthen(module: Module) -> None:
    """Makes the weak definitions of ``module`` as good as any other."""
    for value in definitions(module):
        if value.linkage.name in _WEAK:
            value.linkage = "external"


def rename(module: Module, old: str, new: str) -> None:
    """Gives the function ``old`` the name ``new``, and another to what had that name before."""
    check_exports(module, [old])
    for function in module.functions:
        if function.name == new:
            function.name = new + ".other"
    module.get_function(old).name = new


def forward(module: Module, name: str, function: str) -> None:
    """Defines the function ``name``, without parameters, which returns what ``function`` does."""
    call = f"  %result = call ptr @{function}()\n  ret ptr %result"
    add(module, f"declare ptr @{function}()\ndefine ptr @{name}() {{\n{call}\n}}")


def check_exports(module: Module, names: Iterable[str]) -> None:
    """Raises ModuleInitError unless ``module`` defines the functions ``names``."""
    defined = {function.name for function in module.functions if not function.is_declaration}
    for name in names:
        if name not in defined:
            raise ModuleInitError(
                "the bitcode does not define its entry point",
                found=f"no function '{name}'",
                needed="the entry point that HPy_MODINIT defines and the manifest names",
                remedy="compile the extension again",
            )


def add(module: Module, text: str) -> None:
    """Links the LLVM IR ``text`` into ``module``."""
    other = assemble(text, module._context)
    other.triple, other.data_layout = module.triple, module.data_layout
    module.link_in(other)


def internalize(module: Module, exports: Collection[str], kept: Collection[str] = ()) -> None:
    """Makes every definition but ``exports`` invisible from outside, hence free to be inlined.

    Those named in ``kept`` stay as they are for the rest of the object file.
    """
    for value in definitions(module):
        name = value.name
        if name in exports or name.startswith("llvm."):
            continue
        if name not in kept:
            value.linkage = "internal"
        elif value.linkage.name not in _LOCAL:
            value.visibility = "hidden"


def definitions(module: Module) -> Iterator[Any]:
    """The functions and variables that ``module`` defines, as ``llvmlite.binding.ValueRef``."""
    for values in (module.functions, module.global_variables):
        for value in values:
            if not value.is_declaration:
                yield value


def names(module: Module) -> Iterator[str]:
    """The names of all functions and variables of ``module``."""
    for values in (module.functions, module.global_variables):
        for value in values:
            yield value.name


def defined(module: Module, *, local: bool = False) -> set[str]:
    """Names of the symbols that ``module`` defines for others, or with ``local`` of all."""
    return {
        value.name
        for value in definitions(module)
        if (local or value.linkage.name not in _LOCAL) and not value.name.startswith("llvm.")
    }


def uses_api(module: Module) -> bool:
    """Whether an extension that is linked, and swept, has anything of the API in it."""
    return any(API.match(value.name) for value in definitions(module))


def undefined(module: Module) -> list[str]:
    """Names of the symbols that ``module`` needs and does not define, sorted.

    Not those that may be missing (weak ones). What assembly uses or defines LLVM does not know
    here; see ``symbols.undefined``.
    """
    return sorted(
        value.name
        for values in (module.functions, module.global_variables)
        for value in values
        if value.is_declaration
        and value.linkage.name != "external_weak"
        and not value.name.startswith("llvm.")
    )
