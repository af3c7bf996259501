"""Types that an extension defines: a Python class of a specification (HPyType_FromSpec)."""

from __future__ import annotations

import sys
import weakref
from typing import Any

from hpybc.boxed import members, slots
from hpybc.boxed.calls import KEYWORDS, call, method
from hpybc.boxed.errors import docs, text
from hpybc.boxed.handles import (
    HEADER,
    IS_TYPE,
    MARK,
    METAMARK,
    SLOT,
    TYPE,
    Block,
    mro,
    open_block,
    peek,
    struct_of,
    types,
)
from hpybc.boxed.state import CHARS, WORD_ARRAY, WORDS, address, ffi

#: HPyDef_Kind.
_SLOT, METH, MEMBER, GETSET = range(1, 5)

#: HPyType_SpecParam_Kind.
BASE, BASES, METACLASS = range(1, 4)

_BASETYPE = 1 << 10
_HAVE_VECTORCALL = 1 << 11
_HAVE_GC = 1 << 14
_HEAPTYPE = 1 << 9

#: HPyType_BuiltinShape, and the class whose struct it extends.
_SHAPES = {0: object, 1: type, 2: int, 3: float, 4: str, 5: tuple, 6: list, 7: dict}
_LEGACY, _TYPE = -1, 1

#: How many instances C can make before it asks again.
_RESERVE = 16

#: Members by these names say what else an instance has.
_SPECIAL = {
    "__dictoffset__": "__dict__",
    "__weaklistoffset__": "__weakref__",
    "__vectorcalloffset__": "",
}


class Spec:
    """What is in an HPyType_Spec."""

    def __init__(self, where: int) -> None:
        words = ffi.cast(WORDS, where)
        sizes = ffi.cast("int *", where + 8)
        self.name = _text(words[0])
        self.basicsize = sizes[0]
        self.itemsize = sizes[1]
        self.flags = words[2]
        self.shape = ffi.cast("int *", where + 24)[0]
        self.legacy = words[4]
        self.defines = [Define(define) for define in defines(words[5])]
        self.doc = _text(words[6]) if words[6] else None
        self._check()

    def slots(self) -> list[int]:
        return [define.number for define in self.defines if define.kind == _SLOT]

    def _check(self) -> None:
        if self.shape not in _SHAPES and self.shape != _LEGACY:
            raise ValueError(f"invalid shape: {self.shape}")
        if self.basicsize < 0 or self.itemsize < 0:
            raise TypeError(f"{self.name}: basicsize and itemsize must not be negative")
        members = [define.name for define in self.defines if define.kind == MEMBER]
        if members and self.basicsize == 0:
            raise TypeError("Type claims to have basicsize==0 but defines members")
        if self.legacy and self.shape != _LEGACY:
            raise TypeError(
                "cannot specify .legacy_slots without setting "
                ".builtin_shape=HPyType_BuiltinShape_Legacy"
            )
        found = self.slots()
        if slots.TP_CALL in found:
            if "__vectorcalloffset__" in members:
                raise TypeError("an HPy_tp_call slot excludes a member __vectorcalloffset__")
            if self.itemsize:
                raise TypeError("Cannot use HPy call protocol with var objects")
            if self.shape == _LEGACY and self.basicsize == 0:
                raise TypeError(
                    "Cannot use HPy call protocol with legacy types that inherit the struct. "
                    "Either set the basicsize to a non-zero value or use legacy slot "
                    "'Py_tp_call'."
                )
        if self.flags & _HAVE_GC and slots.TP_TRAVERSE not in found:
            raise ValueError(
                "You must provide an HPy_tp_traverse slot if you specify HPy_TPFLAGS_HAVE_GC"
            )
        if self.legacy or self.shape == _LEGACY:
            raise TypeError(f"{self.name}: only CPython has legacy types")


class Define:
    """An HPyDef: its kind, its words, and the slot's number or the name."""

    def __init__(self, where: int) -> None:
        self.words = ffi.cast(WORDS, where)
        self.kind = self.words[0] & 0xFFFFFFFF
        self.number = self.words[1] & 0xFFFFFFFF if self.kind == _SLOT else -1
        self.name = _text(self.words[1]) if self.kind in (METH, MEMBER, GETSET) else ""


def _text(where: int) -> str:
    return text(ffi.cast(CHARS, where))


def defines(where: int) -> Any:
    """The addresses in an array that ends with a null pointer."""
    words = ffi.cast(WORDS, where)
    i = 0
    while where and words[i]:
        yield words[i]
        i += 1


class Instances:
    """What is to know of a class's instances; the attribute ``MARK`` of the class.

    Attributes:
        kind: the class.
        size: of the struct, in bytes.
        shape: HPyType_BuiltinShape.
        handle: of the class, where its struct is: of which C knows what is its instance.
        destroy: the functions HPy_tp_destroy, of the class and of its bases.
    """

    _get: Any = object.__getattribute__
    _set: Any = object.__setattr__
    _attribute = "_hpy_block"

    def __init__(self, size: int, shape: int, destroy: list[int]) -> None:
        self.kind: Any = None
        self.size = size
        self.shape = shape
        self.destroy = destroy
        self.handle = 0

    def block(self, x: Any) -> Block:
        """The struct of ``x``; a new one, whose bytes are zero, if it has none yet."""
        memory = ffi.new(WORD_ARRAY, self._words() + 1)
        where = (address(memory) + 15) // 16 * 16 + 8 * HEADER
        if self.destroy:
            functions, run = self.destroy, call("destroy")

            def destroy(_: Any) -> None:
                for function in functions:
                    run(function, where)

            memory = ffi.gc(memory, destroy)
        block = Block(where, memory)
        block.words[TYPE] = self.handle if type(x) is self.kind else 0
        object.__setattr__(x, "_hpy_block", block)
        return block

    def _words(self) -> int:
        """How many an instance takes, with its header: an even number, for alignment."""
        return (HEADER + (self.size + 7) // 8 + 1) // 2 * 2

    # ---- Instances that C makes by itself

    def prepare(self, kind: Any) -> None:
        """``kind`` is the class: it gets a struct of its own, ``Type`` in boxed.h."""
        self.kind = kind
        self._make = _solid(kind).__new__
        memory = ffi.new(WORD_ARRAY, HEADER + 3 + 1 + _RESERVE)
        where = (address(memory) + 15) // 16 * 16 + 8 * HEADER
        self._block = Block(where, memory)
        words = self._block.words
        words[TYPE] = IS_TYPE
        words[0] = 0
        words[1] = where + 24
        words[2] = self.size
        self.handle = where
        self._reserve: list[Any] = [None]
        types[where] = weakref.ref(self, lambda _: types.pop(where, None))

    def open(self) -> int:
        """A new handle of the class."""
        return open_block(self._block, self.kind)

    def refill(self) -> None:
        """Gives C some structs to make instances of; their memory is one piece, which they share.

        None if what they refer to has to be told when they are gone.
        """
        words = self._block.words
        if words[0] or self.destroy:
            return
        if len(self._reserve) > _RESERVE:
            self._reserve = [block for block in self._reserve if block is not None]
            self._reserve.insert(0, None)
            for slot, block in enumerate(self._reserve):
                if slot:
                    block.words[SLOT] = slot
        size = self._words()
        memory = ffi.new(WORD_ARRAY, _RESERVE * size + 1)
        start = (address(memory) + 15) // 16 * 16 + 8 * HEADER
        for i in range(_RESERVE):
            where = start + 8 * size * i
            block = Block(where, memory)
            block.words[TYPE] = self.handle
            block.words[SLOT] = len(self._reserve)
            self._reserve.append(block)
            words[3 + i] = where
        words[0] = _RESERVE

    def take(self, slot: int) -> tuple[Any, Block]:
        """The object of a struct that C has made an instance of, and the struct."""
        block = self._reserve[slot]
        self._reserve[slot] = None
        x = self._make(self.kind)
        object.__setattr__(x, "_hpy_block", block)
        return x, block


class Classes(Instances):
    """The same for a metaclass, whose instances are classes."""

    def block(self, x: Any) -> Block:
        found: Block | None = type.__getattribute__(x, "__dict__").get("_hpy_class_block")
        if found is not None:
            return found
        memory = ffi.new(WORD_ARRAY, self._words() + 1)
        where = (address(memory) + 15) // 16 * 16 + 8 * HEADER
        block = Block(where, memory)
        type.__setattr__(x, "_hpy_class_block", block)
        return block


def _parameters(params: int, name: str) -> tuple[tuple[Any, ...], Any]:
    """The bases and the metaclass, or None."""
    words = ffi.cast(WORDS, params)
    bases: list[Any] = []
    given: tuple[Any, ...] | None = None
    metaclass = None
    i = 0
    while params and words[i] & 0xFFFFFFFF:
        kind, x = words[i] & 0xFFFFFFFF, peek(words[i + 1])
        if kind == BASE:
            bases.append(x)
        elif kind == BASES:
            if given is not None:
                raise TypeError("multiple specifications of HPyType_SpecParam_BasesTuple")
            if not isinstance(x, tuple):
                raise TypeError(f"{name}: the bases must be a tuple, not {x!r}")
            given = x
        elif kind == METACLASS:
            if metaclass is not None:
                raise ValueError("metaclass was specified multiple times")
            if not isinstance(x, type) or type not in mro(x):
                raise TypeError(f"Metaclass '{x!r}' is not a subclass of 'type'.")
            metaclass = x
        else:
            raise TypeError(f"unknown HPyType_SpecParam specification for '{name}'")
        i += 2
    if given is None:
        given = tuple(bases) or (object,)
    elif bases:
        raise TypeError(
            "cannot specify both HPyType_SpecParam_Base and HPytype_SpecParam_BasesTuple"
        )
    if not given:
        raise TypeError(f"{name}: there must be a base")
    return given, metaclass


def _check_bases(spec: Spec, bases: tuple[Any, ...]) -> None:
    builtin: Any = _SHAPES[spec.shape]
    for base in bases:
        if not isinstance(base, type):
            raise TypeError(f"{spec.name}: a base must be a type, not {base!r}")
        instances = _instances(base)
        solid = _solid(base)
        has_layout = solid not in (object, builtin) or (
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


def _instances(kind: Any) -> Instances | None:
    """What is known of the instances of ``kind``, if an extension has defined it or a base."""
    for base in mro(kind):
        found = base.__dict__.get(MARK) or base.__dict__.get(METAMARK)
        if found is not None:
            return found  # type: ignore[no-any-return]
    return None


def _solid(kind: Any) -> Any:
    """The built-in class that makes instances of ``kind``."""
    return next(base for base in mro(kind) if not base.__flags__ & _HEAPTYPE)


def HPyType_FromSpec(where: int, params: int) -> Any:
    spec = Spec(where)
    bases, metaclass = _parameters(params, spec.name)
    _check_bases(spec, bases)
    inherited = [i for i in map(_instances, bases) if i is not None]
    size = max([spec.basicsize, *(i.size for i in inherited)])
    shape = inherited[0].shape if inherited and spec.basicsize == 0 else spec.shape
    destroy = [function for i in inherited for function in i.destroy]
    instances = (Classes if shape == _TYPE else Instances)(size, shape, destroy)
    own = _namespace(spec, instances)
    kind = _class(spec, bases, metaclass, own, bool(inherited))
    instances.prepare(kind)
    if spec.doc is not None:
        kind.__doc__ = docs(kind.__name__, spec.doc)[1]
    return kind


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
    slots.finish(own, spec.flags)
    if instances.size or instances.destroy or "_hpy_calls" in own:
        own[METAMARK if instances.shape == _TYPE else MARK] = instances
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
    if not spec.flags & _BASETYPE:
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
    if define.kind == _SLOT:
        if define.number == slots.TP_DESTROY:
            instances.destroy.insert(0, words[2])  # before those of the bases
        else:
            slots.define(define.number, words[2], own, check, instances)
    elif define.kind == METH:
        name = define.name
        made = method(name, words[2], words[4] & 0xFFFFFFFF, 0, check)
        made.__text_signature__, made.__doc__ = docs(name, _text(words[5]) if words[5] else None)
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
    return _solid(kind).__new__(kind)


def _HPy_New(kind: Any, data: int) -> Any:
    if not isinstance(kind, type):
        raise TypeError("HPy_New arg 1 must be a type")
    instances = type.__getattribute__(kind, "__dict__").get(MARK)
    if instances is not None:
        instances.refill()
    x = _solid(kind).__new__(kind)
    block = struct_of(x)
    ffi.cast(WORDS, data)[0] = address(_nothing) if block is None else block.address
    return x


#: The struct of an instance that has none.
_nothing = ffi.new(WORD_ARRAY, 1)


def _HPyType_GetBuiltinShape(kind: Any) -> int:
    if not isinstance(kind, type):
        raise TypeError("arg must be a type")
    instances = _instances(kind)
    return _LEGACY if instances is None else instances.shape


def HPy_SetCallFunction(x: Any, function: int) -> int:
    if getattr(type(x), "_hpy_calls", None) is None:
        raise TypeError(f"type '{type(x).__name__}' does not implement the HPy call protocol")
    implementation = ffi.cast(WORDS, function)[1]
    struct_of(x).call = method("__call__", implementation, KEYWORDS, 0, lambda self: None)
    return 0
