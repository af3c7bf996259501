"""The module of an image."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import _cffi_backend

from hpybc.boxed import constants, containers, functions, state
from hpybc.boxed.calls import fixed, method
from hpybc.boxed.errors import docs
from hpybc.boxed.spec import METH, SLOT, defines, name_of
from hpybc.boxed.state import WORDS, ffi
from hpybc.boxed.table import immortal

_RTLD_NOW, _RTLD_LOCAL = 2, 0
_MOD_CREATE, _MOD_EXEC = 2000, 2001

_DEFAULTS_ONLY = (
    "Either do not define HPy_mod_create slot and let the runtime create a default module object, "
    "or do not define anything else but the HPy_mod_create slot."
)


class Definition:
    """An HPyModuleDef, by its words."""

    def __init__(self, where: int) -> None:
        words = ffi.cast(WORDS, where)
        self.doc = _text(words[0])
        self.size = words[1]
        self.legacy = words[2]
        self.globals = words[4]
        self.methods: list[Any] = []
        self.create: list[int] = []
        self.execute: list[int] = []
        for define in defines(words[3]):
            own = ffi.cast(WORDS, define)
            kind = own[0] & 0xFFFFFFFF
            number = own[1] & 0xFFFFFFFF if kind == SLOT else -1
            if kind == METH:
                self.methods.append(own)
            elif number == _MOD_CREATE:
                self.create.append(own[2])
            elif number == _MOD_EXEC:
                self.execute.append(own[2])
            else:
                raise SystemError(f"Unsupported slot in HPyModuleDef.defines (value: {number}).")
        self._check()

    def _check(self) -> None:
        if self.size < 0:
            raise SystemError("HPy does not permit HPyModuleDef.size < 0")
        if self.size:
            raise SystemError(
                "Module state is not supported yet in HPy, set HPyModuleDef.size = 0 if module "
                "state is not needed"
            )
        if len(self.create) > 1:
            raise SystemError(
                "Multiple definitions of the HPy_mod_create slot in HPyModuleDef.defines."
            )
        if self.create and (self.execute or self.methods):
            raise SystemError(
                "HPyModuleDef defines a HPy_mod_create slot and some other slots or methods. "
                + _DEFAULTS_ONLY
            )
        if self.create and (self.doc is not None or self.globals or self.legacy):
            raise SystemError(
                "HPyModuleDef defines a HPy_mod_create slot and some of the other fields are not "
                "set to their default value. " + _DEFAULTS_ONLY
            )


def _text(where: int) -> str | None:
    return name_of(where) if where else None


def create(path: str, entry: str, spec: Any) -> Any:
    """The module in the image ``path``, whose functions end in ``entry``: created, not executed.

    Raises:
        OSError: the image cannot be mapped.
    """
    library = _cffi_backend.load_library(path, _RTLD_NOW | _RTLD_LOCAL)
    state.forever.append(library)
    start = library.load_function(ffi.typeof("void(*)(void *)"), f"HPyInitGlobalContext_{entry}")
    start(state.context)
    init = library.load_function(ffi.typeof("intptr_t(*)(void)"), f"HPyInit_{entry}")
    definition = Definition(init())
    if definition.create:
        module = fixed(definition.create[0], "h")(spec)
        if isinstance(module, ModuleType):
            raise SystemError(
                "HPy_mod_create slot returned a builtin module object. This is currently not "
                "supported."
            )
        return module
    module = ModuleType(spec.name, definition.doc)
    handle = immortal(module)
    for words in definition.methods:
        name = _text(words[1]) or ""
        function = method(name, words[2], words[4] & 0xFFFFFFFF, handle, None)
        function.__module__ = spec.name
        function.__text_signature__, doc = docs(name, _text(words[5]))
        function.__self__ = module  # or inspect would take it for a parameter
        function.__doc__ = doc or None
        setattr(module, name, function)
    _to_execute[id(module)] = (module, definition.execute)
    return module


_to_execute: dict[int, tuple[ModuleType, list[int]]] = {}


def awaits(module: ModuleType) -> bool:
    """Whether ``module`` has been created here, and not yet executed."""
    return id(module) in _to_execute


def execute(module: ModuleType) -> None:
    """Runs what the extension has for when the module is there (HPy_mod_exec)."""
    _, todo = _to_execute.pop(id(module), (module, []))
    for function in todo:
        fixed(function, "h", "i")(module)


assert functions and containers and constants
