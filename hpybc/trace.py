"""How often and for how long extensions loaded with ``mode="trace"`` call the API.

    module = hpybc.load("ext.bc", mode="trace")
    module.function()
    {name: n for name, n in hpybc.trace.get_call_counts().items() if n}

The functions go by the names of the context's members, ``ctx_Add`` for ``HPy_Add`` (HPy
documentation, Trace Mode). All modules of an interpreter share the numbers.
"""

from __future__ import annotations

from typing import Any

from hpybc.loader import contexts, importer

__all__ = ["get_call_counts", "get_durations", "get_frequency", "set_trace_functions"]

_module: Any = importer.load(contexts.existing("tracemod"), name="tracemod", mode="release")

#: What modules in trace mode find the state with (toolchain/context/trace/trace.c).
_state = _module._state

get_call_counts = _module.get_call_counts
get_durations = _module.get_durations
get_frequency = _module.get_frequency
set_trace_functions = _module.set_trace_functions
