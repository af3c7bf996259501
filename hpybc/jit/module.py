"""Modules: what LLVM has of a program in memory, and the LLVM context that they live in."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from hpybc.errors import InvalidBitcodeError, NewerLLVMError
from hpybc.jit import target as _target

#: A function or a variable, ``llvmlite.binding.ValueRef``; llvmlite has no type hints.
Value = Any

#: Linkages of definitions that no other module sees.
LOCAL = ("internal", "private", "available_externally")

#: Linkages of definitions that give way to another.
WEAK = ("weak_any", "weak_odr", "linkonce_any", "linkonce_odr")


class _Context:
    """An LLVM context, and its modules, which must end before it."""

    def __init__(self) -> None:
        self.reference: Any = _target.llvm().create_context()
        self._modules: list[Any] = []

    def module(self, read: Callable[..., Any], content: bytes | str) -> Module:
        """The module that a function of llvmlite's reads; raises as ``parsed``."""
        try:
            reference = read(content, context=self.reference)
        except RuntimeError as error:
            raise _unreadable(str(error).strip()) from None
        self._modules.append(reference)
        return Module(reference, self)

    def close(self) -> None:
        # The frames of a traceback hold modules and context in a cycle, and Python's garbage
        # collector would free them in any order. LLVM crashes unless the context comes last.
        for module in self._modules:
            module.close()
        self.reference.close()


class Module:
    """A module; it ends with the block of ``parsed`` or ``assembled``, and all made of it."""

    def __init__(self, reference: Any, context: _Context) -> None:
        """For ``_Context.module`` alone.

        Args:
            reference: a ``llvmlite.binding.ModuleRef``.
            context: what the module lives in.
        """
        self.reference = reference
        self._context = context

    def __str__(self) -> str:
        """The module as LLVM IR."""
        return str(self.reference)

    @property
    def bitcode(self) -> bytes:
        """The module as bitcode."""
        code: bytes = self.reference.as_bitcode()
        return code

    @property
    def triple(self) -> str:
        """The platform that the module is for."""
        return str(self.reference.triple)

    @triple.setter
    def triple(self, triple: str) -> None:
        self.reference.triple = triple

    @property
    def data_layout(self) -> str:
        """Sizes and alignments of LLVM's types; empty in a module that does not say."""
        return str(self.reference.data_layout)

    @data_layout.setter
    def data_layout(self, layout: str) -> None:
        self.reference.data_layout = layout

    @property
    def functions(self) -> Iterator[Value]:
        """Defined ones and declared ones."""
        functions: Iterator[Value] = self.reference.functions
        return functions

    @property
    def variables(self) -> Iterator[Value]:
        """Defined ones and declared ones."""
        variables: Iterator[Value] = self.reference.global_variables
        return variables

    def function(self, name: str) -> Value:
        """A function by its name; raises NameError if there is none."""
        return self.reference.get_function(name)

    def variable(self, name: str) -> Value:
        """A variable by its name; raises NameError if there is none."""
        return self.reference.get_global_variable(name)

    @property
    def names(self) -> Iterator[str]:
        """The names of all functions and variables."""
        for values in (self.functions, self.variables):
            for value in values:
                yield value.name

    @property
    def definitions(self) -> Iterator[Value]:
        """The functions and variables that the module defines."""
        for values in (self.functions, self.variables):
            for value in values:
                if not value.is_declaration:
                    yield value

    @property
    def undefined(self) -> list[str]:
        """Names of the symbols that the module needs and does not define, sorted.

        Not those that may be missing (weak ones). What assembly uses or defines LLVM does not know
        here; see ``symbols.undefined``.
        """
        return sorted(
            value.name
            for values in (self.functions, self.variables)
            for value in values
            if value.is_declaration
            and value.linkage.name != "external_weak"
            and not value.name.startswith("llvm.")
        )

    def defined(self, *, local: bool = False) -> set[str]:
        """Names of the symbols that the module defines for others, or with ``local`` of all."""
        return {
            value.name
            for value in self.definitions
            if (local or value.linkage.name not in LOCAL) and not value.name.startswith("llvm.")
        }

    def parse(self, bitcode: bytes, *, verified: bool = False) -> Module:
        """The module in ``bitcode``, beside this one; see ``parsed``."""
        module = self._context.module(_target.llvm().parse_bitcode, bitcode)
        if not verified:
            module.verify()
        return module

    def assemble(self, text: str) -> Module:
        """The module that LLVM IR describes, beside this one; see ``assembled``."""
        return self._context.module(_target.llvm().parse_assembly, text)

    def verify(self) -> None:
        """Raises InvalidBitcodeError unless the module keeps LLVM's rules."""
        try:
            self.reference.verify()
        except RuntimeError as error:
            raise _unreadable(str(error).strip()) from None

    def link(self, other: Module) -> None:
        """Links ``other``, which stands beside this module, into it; ``other`` is empty then.

        Raises:
            InvalidBitcodeError: both define a symbol, or LLVM cannot link them.
        """
        # Same platform, other spelling: LLVM would print a warning for it.
        other.triple = self.triple
        try:
            self.reference.link_in(other.reference)
        except RuntimeError as error:
            raise InvalidBitcodeError(
                "the modules cannot be linked",
                found=str(error).strip(),
                needed="modules that define each symbol once",
                remedy="rename what the extension defines twice, or make it static",
            ) from None

    def link_all(self, others: Iterable[bytes]) -> None:
        """Links the modules in ``others``, bitcode, into this one, one after the other."""
        for bitcode in others:
            self.link(self.parse(bitcode))

    def add(self, text: str) -> None:
        """Links the LLVM IR ``text`` into the module."""
        other = self.assemble(text)
        other.data_layout = self.data_layout
        self.link(other)

    def rename(self, old: str, new: str) -> None:
        """Gives the function ``old`` the name ``new``, and another to what had that name before."""
        for function in self.functions:
            if function.name == new:
                function.name = new + ".other"
        self.function(old).name = new

    def internalize(self, exports: Collection[str], kept: Collection[str] = ()) -> None:
        """Makes every definition but ``exports`` invisible from outside, hence free to be inlined.

        Those named in ``kept`` stay as they are for the rest of the object file.
        """
        for value in self.definitions:
            name = value.name
            if name in exports or name.startswith("llvm."):
                continue
            if name not in kept:
                value.linkage = "internal"
            elif value.linkage.name not in LOCAL:
                value.visibility = "hidden"

    def strengthen(self) -> None:
        """Makes the weak definitions of the module as good as any other."""
        for value in self.definitions:
            if value.linkage.name in WEAK:
                value.linkage = "external"


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
    context = _Context()
    try:
        module = context.module(_target.llvm().parse_bitcode, bitcode)
        if not verified:
            module.verify()
        yield module
    finally:
        context.close()


@contextmanager
def assembled(text: str) -> Iterator[Module]:
    """The module that LLVM IR describes, verified, in an LLVM context that ends with the block.

    Raises:
        InvalidBitcodeError: LLVM cannot read it.
    """
    context = _Context()
    try:
        module = context.module(_target.llvm().parse_assembly, text)
        module.verify()
        yield module
    finally:
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
