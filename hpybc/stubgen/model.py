"""What a stub says of a module."""

from __future__ import annotations

from dataclasses import dataclass
from inspect import _ParameterKind


@dataclass(frozen=True)
class Parameter:
    """Attributes: ``default`` is an expression, or None for a parameter that has to be given."""

    name: str
    kind: _ParameterKind
    type: str = "Any"
    default: str | None = None


@dataclass(frozen=True)
class Function:
    """A function, or a method; the parameters are without ``self``."""

    name: str
    parameters: tuple[Parameter, ...]
    result: str = "Any"


@dataclass(frozen=True)
class Attribute:
    """A member or a property of a type, or an attribute of a module that is no type."""

    name: str
    type: str
    readonly: bool


@dataclass(frozen=True)
class Class:
    """A type.

    Attributes:
        base: the built-in type that it extends, if one is known.
        final: whether it has no subclasses.
        unhashable: whether it compares, and has no hash.
        layout: whether instances have a struct, so that no other such type can be a base beside it.
    """

    name: str
    base: str | None
    final: bool
    unhashable: bool
    layout: bool
    attributes: tuple[Attribute, ...]
    methods: tuple[Function, ...]


@dataclass(frozen=True)
class Module:
    """A module."""

    name: str
    functions: tuple[Function, ...]
    classes: tuple[Class, ...]
    attributes: tuple[Attribute, ...]
