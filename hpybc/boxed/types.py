"""Types that an extension defines: a Python class of a specification (HPyType_FromSpec)."""

from __future__ import annotations

import sys
from typing import Any

from hpybc.boxed import members, slots
from hpybc.boxed.calls import method
from hpybc.boxed.errors import docs
from hpybc.boxed.instances import Classes, Instances, instances_of, solid
from hpybc.boxed.spec import (
    BASETYPE,
    GETSET,
    LEGACY,
    MEMBER,
    METH,
    SHAPES,
    SLOT,
    TYPE,
    Define,
    Spec,
    name_of,
    parameters,
)
from hpybc.boxed.state import WORD_ARRAY, WORDS, address, ffi
from hpybc.boxed.structs import MARK, METAMARK, mro, struct_of

#: Members by these names say what else an instance has.
_SPECIAL = {
    "__dictoffset__": "__dict__",
    "__weaklistoffset__": "__weakref__",
    "__vectorcalloffset__": "",
}


def HPyType_FromSpec(where: int, params: int) -> Any:
    spec = Spec(where)
    bases, metaclass = parameters(params, spec.name)
    _check_bases(spec, bases)
    inherited = [i for i in map(instances_of, bases) if i is not None]
    size = max([spec.basicsize, *(i.size for i in inherited)])
    shape = inherited[0].shape if inherited and spec.basicsize == 0 else spec.shape
    destroy = [function for i in inherited for function in i.destroy]
    instances = (Classes if shape == TYPE else Instances)(size, shape, destroy)
    own = _namespace(spec, instances)
    kind = _class(spec, bases, metaclass, own, bool(inherited))
    instances.prepare(kind)
    if spec.doc is not None:
        kind.__doc__ = docs(kind.__name__, spec.doc)[1]
    return kind


def _check_bases(spec: Spec, bases: tuple[Any, ...]) -> None:
    builtin: Any = SHAPES[spec.shape]
    for base in bases:
        if not isinstance(base, type):
            raise TypeError(f"{spec.name}: a base must be a type, not {base!r}")
        instances = instances_of(base)
        own = solid(base)
        has_layout = own not in (object, builtin) or (
            instances is not None and instances.size and instances.shape != spec.shape
        )
        if spec.basicsize and has_layout:
            raise TypeError(
                f"{spec.name}: the struct of a type of this shape follows that of "
                f"'{builtin.__name__}', and base '{base.__name__}' has another layout"
            )
        if instances is not None and spec.basicsize and spec.basicsize < instances.size:
            raise TypeError(f"{spec.name}: the struct is smaller than that of a base")
    is_plain = all(base is object for base in bases) and spec.shape not in (2, 5)
    if not is_plain and not any(builtin in mro(base) for base in bases):
        raise TypeError(
            f"{spec.name}: a type of this shape needs '{builtin.__name__}' among its bases"
        )


def _namespace(spec: Spec, instances: Instances) -> dict[str, Any]:
    module, _, name = spec.name.rpartition(".")
    own: dict[str, Any] = {}
    if module:
        own["__module__"] = module
    own["__doc__"] = spec.doc  # of which CPython takes the text signature
    signature = docs(name, spec.doc)[0]
    if signature is not None and sys.implementation.name != "cpython":
        own["__text_signature__"] = signature

    def check(self: Any) -> None:
        if instances.kind not in mro(type(self)):
            raise TypeError(
                f"descriptor requires a '{instances.kind.__name__}' object"
                f" but received a '{type(self).__name__}'"
            )

    for define in spec.defines:
        _define(define, spec, own, instances, check)
    named = (d for d in spec.defines if d.name == "__vectorcalloffset__")
    slots.finish(own, spec.flags, next((d.words[3] for d in named), slots.BESIDE))
    if instances.size or instances.destroy or slots.CALLS in own:
        own[METAMARK if instances.shape == TYPE else MARK] = instances
    return own


def _class(spec: Spec, bases: Any, metaclass: Any, own: dict[str, Any], inherits: bool) -> Any:
    name = spec.name.rpartition(".")[2]
    special = {_SPECIAL[d.name] for d in spec.defines if d.name in _SPECIAL} - {""}
    if not any(hasattr(base, name) for base in bases for name in special):
        inherits = inherits or MARK not in own
        slots_ = [*special, *(() if inherits else ("_hpy_block",))]
        is_variable = any(issubclass(base, (int, tuple, bytes, type)) for base in bases)
        if inherits or not is_variable:  # which cannot have any
            own["__slots__"] = tuple(slots_)
    else:
        own["__slots__"] = () if inherits else ("_hpy_block",)
    meta = type(bases[0]) if metaclass is None else metaclass
    for base in bases:
        if issubclass(type(base), meta):
            meta = type(base)
    if meta.__new__ is not type.__new__:
        raise TypeError("Metaclasses with custom tp_new are not supported.")
    if not spec.flags & BASETYPE:
        own["__init_subclass__"] = classmethod(_sealed(spec.name))
    return type.__new__(meta, name, bases, own)


def _sealed(name: str) -> Any:
    def __init_subclass__(cls: Any, **kw: Any) -> None:
        raise TypeError(f"type '{name}' is not an acceptable base type")

    return __init_subclass__


def _define(
    define: Define, spec: Spec, own: dict[str, Any], instances: Instances, check: Any
) -> None:
    words = define.words
    if define.kind == SLOT:
        if define.number == slots.TP_DESTROY:
            instances.destroy.insert(0, words[2])  # before those of the bases
        else:
            slots.define(define.number, words[2], own, check, instances)
    elif define.kind == METH:
        name = define.name
        made = method(name, words[2], words[4] & 0xFFFFFFFF, 0, check)
        made.__text_signature__, doc = docs(name, name_of(words[5]) if words[5] else None)
        made.__doc__ = doc or None
        made.__qualname__ = f"{spec.name.rpartition('.')[2]}.{name}"
        own[name] = made
    elif define.kind == MEMBER:
        if define.name in _SPECIAL:
            _check_special(define, spec)
        else:
            members.member(words, own, check)
    elif define.kind == GETSET:
        members.getset(words, own, check)
    else:
        raise SystemError(f"{spec.name}: unknown kind of HPyDef: {define.kind}")


def _check_special(define: Define, spec: Spec) -> None:
    words = define.words
    if words[2] & 0xFFFFFFFF != 19 or not words[4] & 0xFFFFFFFF:
        raise TypeError(f"{spec.name}: member {define.name} must be a readonly HPyMember_HPYSSIZET")
    if spec.shape in (2, 5):
        raise TypeError(
            f"{spec.name}: a type that extends int or tuple cannot have a member {define.name}, "
            "because its struct has no fixed place"
        )


# ---- Instances -----------------------------------------------------------------------------------


def _HPyType_GenericNew(kind: Any, args: int, n: int, kw: Any) -> Any:
    if not isinstance(kind, type):
        raise TypeError("HPyType_GenericNew arg 1 must be a type")
    return solid(kind).__new__(kind)


def _HPy_New(kind: Any, data: int) -> Any:
    if not isinstance(kind, type):
        raise TypeError("HPy_New arg 1 must be a type")
    instances = type.__getattribute__(kind, "__dict__").get(MARK)
    if instances is not None:
        instances.refill()
    x = solid(kind).__new__(kind)
    block = struct_of(x)
    ffi.cast(WORDS, data)[0] = address(_nothing) if block is None else block.address
    return x


#: The struct of an instance that has none.
_nothing = ffi.new(WORD_ARRAY, 1)


def _HPyType_GetBuiltinShape(kind: Any) -> int:
    if not isinstance(kind, type):
        raise TypeError("arg must be a type")
    instances = instances_of(kind)
    return LEGACY if instances is None else instances.shape


def HPy_SetCallFunction(x: Any, function: int) -> int:
    offset = getattr(type(x), slots.CALLS, None)
    if offset is None:
        raise TypeError(f"type '{type(x).__name__}' does not implement the HPy call protocol")
    given, block = ffi.cast(WORDS, function), struct_of(x)
    if offset == slots.BESIDE:
        block.call = slots.own_call(given[1])
    else:
        slots.implementations[given[0]] = given[1]
        ffi.cast(WORDS, block.address + offset)[0] = given[0]
    return 0
