"""What bitcode says of its module: definitions, their docs, and the formats of their functions."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Iterator
from typing import TypeVar

from hpybc.jit import ir_text
from hpybc.jit.module import parsed
from hpybc.loader import api, entry
from hpybc.stubgen import declarations, results, signatures, slots
from hpybc.stubgen.constants import Constants, Place
from hpybc.stubgen.model import Attribute, Class, Function, Module, Parameter

#: Kinds of an HPyDef (hpy/def.h).
_SLOT, _METHOD, _MEMBER, _GETSET = 1, 2, 3, 4

#: The Python type of each HPyMember_FieldType.
_MEMBERS = {
    **dict.fromkeys((0, 1, 2, 8, 9, 10, 11, 12, 17, 18, 19), "int"),
    **dict.fromkeys((3, 4), "float"),
    **dict.fromkeys((7, 13), "str"),
    5: "str | None",
    14: "bool",
    20: "None",
}

#: Those that nobody can set, whatever their definition says: C strings and None.
_READONLY = (5, 13, 20)

#: The built-in type of each HPyType_BuiltinShape that is not object.
_SHAPES = {1: "type", 2: "int", 3: "float", 4: "str", 5: "tuple[Any, ...]", 6: "list[Any]",
           7: "dict[Any, Any]"}  # fmt: skip

_BASETYPE = 1 << 10

_RETURNED = re.compile(rf"^  ret ptr ({ir_text.NAME})", re.M)
_CALL = re.compile(rf"^ +(?:(%\S+) = )?[^\n]*?\bcall [^\n@]*({ir_text.NAME})\(", re.M)


#: What sets an attribute of a module: the module, the name and the value or its spec follow.
_SETTERS = ("@HPy_SetAttr_s", "@HPyHelpers_AddType")


def _value(argument: str) -> str:
    """What an argument is, without its type and attributes."""
    return argument.rpartition(" ")[2]


def read(bitcode: bytes, name: str) -> Module:
    """The module in ``bitcode``; ``name`` is the one to take if there are several.

    Raises:
        LoadError: it cannot be read, or defines no module.
    """
    with parsed(bitcode) as module:
        symbol = entry.find(module, name)
        reader = _Reader(Constants(module), ir_text.functions(str(module)))
        return reader.module(entry.module_name(symbol))


_Named = TypeVar("_Named", Function, Class, Attribute)


def _usable(found: Iterable[_Named]) -> tuple[_Named, ...]:
    """Those whose names Python's grammar knows; others are for getattr alone."""
    return tuple(
        each for each in found if each.name.isidentifier() and not keyword.iskeyword(each.name)
    )


class _Reader:
    """Reads one module.

    Attributes:
        constants: what its variables hold.
        bodies: the definition of each of its functions.
    """

    def __init__(self, constants: Constants, bodies: dict[str, str]) -> None:
        self.constants = constants
        self.bodies = bodies
        self.kinds = {number: name for name, number in api.signatures().items()}

    def module(self, name: str) -> Module:
        init = self.bodies.get(f"@HPyInit_{name}", "")
        found = _RETURNED.search(init)
        functions: list[Function] = []
        filled: dict[str, Class | Attribute] = {}
        if found is not None:
            definition = self.constants.address(f"ptr {found[1]}")
            if definition is not None:
                for place, kind in self._defines(definition, 24):
                    if kind == _METHOD:
                        functions.append(self._method(place))
                    elif slots.names().get(self.constants.integer(place, 8)) == "mod_exec":
                        filler = self._function(place, 16)
                        if filler is not None:
                            filled.update(self._filled(filler))
        return Module(
            name,
            _usable(functions),
            _usable(each for each in filled.values() if isinstance(each, Class)),
            _usable(each for each in filled.values() if isinstance(each, Attribute)),
        )

    def _filled(self, name: str) -> dict[str, Class | Attribute]:
        """What the function ``name``, and those that it calls, set in the module they are given."""
        found: dict[str, Class | Attribute] = {}
        pending, seen = [name], {name}
        while pending:
            body = self.bodies[pending.pop(0)]
            head = ir_text.CALLEE.search(body)
            own = ir_text.arguments(body, head.end())[0] if head is not None else []
            parameters = {_value(each) for each in own}
            made: dict[str, Place | None] = {}
            for call in _CALL.finditer(body):
                values, _ = ir_text.arguments(body, call.end())
                if call[2] in self.bodies and call[2] not in seen:
                    seen.add(call[2])
                    pending.append(call[2])
                elif call[2] == "@HPyType_FromSpec":
                    made[call[1]] = self._place(values[1])
                elif call[2] in _SETTERS and _value(values[1]) in parameters:
                    attribute = self.constants.string(self._place(values[2]))
                    spec = made.get(_value(values[3])) or self._place(values[3])
                    if attribute is not None and spec is not None and self._string(spec, 0):
                        found[attribute] = self._class(spec, attribute)
                    elif attribute is not None:
                        found[attribute] = Attribute(attribute, "Any", readonly=False)
        return found

    def _place(self, argument: str) -> Place | None:
        """The variable that an argument of a call is the address of."""
        return self.constants.address(f"ptr {_value(argument)}")

    def _string(self, place: Place, offset: int) -> str | None:
        return self.constants.string(self.constants.pointer(place, offset))

    def _defines(self, owner: Place, offset: int) -> Iterator[tuple[Place, int]]:
        for place in self.constants.pointers(self.constants.pointer(owner, offset)):
            yield place, self.constants.integer(place)

    def _method(self, place: Place) -> Function:
        declared = declarations.of(self.constants, place.name)
        if declared is not None:
            return signatures.declared(declared)
        name = self._string(place, 8) or ""
        kind = self.kinds.get(self.constants.integer(place, 32), "")
        parameters = signatures.joined(
            signatures.written(self._string(place, 40), name), self._parsed(place, 16)
        )
        if parameters is None:
            parameters = signatures.BY_KIND.get(kind, signatures.UNKNOWN)
        return Function(name, parameters, self._result(place, 16))

    def _parsed(self, place: Place, offset: int) -> tuple[Parameter, ...] | None:
        """The parameters that the function at ``offset`` of a definition parses."""
        name = self._function(place, offset)
        return None if name is None else signatures.parsed(self.bodies[name], self.constants)

    def _result(self, place: Place, offset: int) -> str:
        """The type of what the function at ``offset`` of a definition returns."""
        name = self._function(place, offset)
        return "Any" if name is None else results.of(name, self.bodies)

    def _function(self, place: Place, offset: int) -> str | None:
        """The name of the function at ``offset`` of a definition, if its body is known."""
        function = self.constants.pointer(place, offset)
        if function is None:
            return None
        names = (f"@{function.name}", f'@"{function.name}"')
        return next((name for name in names if name in self.bodies), None)

    def _class(self, spec: Place, attribute: str) -> Class:
        """A type, as the module's ``attribute``."""
        name = (self._string(spec, 0) or "").rpartition(".")[2]
        attributes: list[Attribute] = []
        methods: dict[str, Function] = {}
        for place, kind in self._defines(spec, 40):
            if kind == _METHOD:
                found = [self._method(place)]
            elif kind == _SLOT:
                found = self._special(place, self._string(spec, 48), name)
            else:
                found = []
                attributes.append(self._attribute(place, kind))
            methods.update((each.name, each) for each in found)
        shape = self.constants.integer(spec, 24)
        return Class(
            attribute,
            _SHAPES.get(shape),
            final=not self.constants.integer(spec, 16, 8) & _BASETYPE,
            unhashable="__eq__" in methods and "__hash__" not in methods,
            layout=self.constants.integer(spec, 8) > 0,
            attributes=_usable(attributes),
            methods=_usable(methods.values()),
        )

    def _special(self, place: Place, doc: str | None, type_: str) -> list[Function]:
        slot = slots.names().get(self.constants.integer(place, 8), "")
        if slot not in ("tp_new", "tp_init"):
            return slots.methods(slot)
        # The doc of a type has the signature of its constructor.
        parameters = signatures.joined(signatures.written(doc, type_), self._parsed(place, 16))
        if parameters is None:
            parameters = signatures.UNKNOWN
        if slot == "tp_new":
            return [Function("__new__", parameters, "Self")]
        return [Function("__init__", parameters, "None")]

    def _attribute(self, place: Place, kind: int) -> Attribute:
        name = self._string(place, 8) or ""
        if kind == _MEMBER:
            number = self.constants.integer(place, 16)
            type_ = _MEMBERS.get(number, "Any")
            readonly = number in _READONLY or self.constants.integer(place, 32) != 0
            return Attribute(name, type_, readonly)
        if self.constants.pointer(place, 24) is not None:
            return Attribute(name, "Any", readonly=False)  # what it may be set to is not known
        return Attribute(name, self._result(place, 16), readonly=True)
