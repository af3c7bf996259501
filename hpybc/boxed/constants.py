"""The constants of the context: None, the exceptions, the built-in types."""

from __future__ import annotations

import builtins
from typing import Any

from hpybc.boxed.capsules import PyCapsule
from hpybc.boxed.handles import FALSE, NONE, TRUE
from hpybc.boxed.state import handles, set_member
from hpybc.boxed.table import immortal

#: Those whose name in the context is not the one in ``builtins``.
_OTHERS: dict[str, Any] = {
    "BaseObjectType": object,
    "TypeType": type,
    "BoolType": bool,
    "LongType": int,
    "FloatType": float,
    "UnicodeType": str,
    "TupleType": tuple,
    "ListType": list,
    "DictType": dict,
    "ComplexType": complex,
    "BytesType": bytes,
    "MemoryViewType": memoryview,
    "CapsuleType": PyCapsule,
    "SliceType": slice,
    "Builtins": vars(builtins),
}

_HANDLES = {"None": NONE, "True": TRUE, "False": FALSE}


def _handle(name: str) -> int:
    if name in _HANDLES:
        return _HANDLES[name]
    return immortal(_OTHERS[name] if name in _OTHERS else getattr(builtins, name))


for _name, _index in handles.items():
    set_member(_index, _handle(_name.removeprefix("h_")))
