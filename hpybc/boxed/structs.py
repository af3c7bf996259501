"""The structs of instances: what C sees of an object of an extension's own type."""

from __future__ import annotations

from typing import Any

#: What an instance has before its struct, in words: ``Instance`` in boxed.h. The third word is two
#: counts: of handles that Python has opened, less those it has closed; and the same of C. The
#: fourth is two as well: how often it went to the ring of closed handles, and was seen there.
HEADER = 6
TYPE, INDEX, OPEN, QUEUED, SLOT = -6, -5, -4, -3, -2

#: What a type of an extension's has in the place of its own.
IS_TYPE = 1


class Block:
    """The struct of an instance, and what it refers to.

    Attributes:
        address: where the struct is.
        memory: what keeps it, and its header before it.
        fields: the objects in its HPyFields, for the interpreter's collector to see; None before
            there was one.
        call: the instance's own call function (HPy_SetCallFunction), or None.
    """

    __slots__ = ("address", "call", "fields", "memory")

    def __init__(self, where: int, memory: object) -> None:
        self.address = where
        self.memory = memory
        self.fields: list[Any] | None = None
        self.call = None


#: The attribute that a class has whose instances have structs, and its value, ``types.Instances``.
#: A metaclass has another: what it has, its instances, which are classes, seem to have as well.
MARK = "_hpy_type"
METAMARK = "_hpy_metatype"


_attribute_of_type = type.__getattribute__
_attribute = object.__getattribute__


def struct_of(x: Any) -> Any:
    """The ``Block`` of an instance, which gets one if it has none yet; None for other objects.

    Python code that overrides how attributes are found does not see it.
    """
    t = type(x)
    try:
        instances = _attribute_of_type(t, MARK)
    except AttributeError:
        # Classes are rare, and more so those of an extension's metaclass.
        return struct_of_class(x) if issubclass_of_type(t) else None
    try:
        return _attribute(x, "_hpy_block")
    except AttributeError:
        return instances.block(x)


def issubclass_of_type(t: Any) -> bool:
    return t is not type and type in mro(t)


def mro(t: Any) -> Any:
    return _attribute_of_type(t, "__mro__")


def struct_of_class(x: Any) -> Any:
    try:
        instances = _attribute_of_type(type(x), METAMARK)
    except AttributeError:
        return None
    return instances.block(x)
