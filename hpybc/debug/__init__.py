"""What extensions in debug mode do with their handles (HPy documentation, Debug Mode).

    module = hpybc.load("ext.bc", mode="debug")
    with hpybc.debug.LeakDetector():
        module.function()

raises HPyLeakError if ``function`` opens a handle and does not close it. A handle, builder or
context that is used when it is closed ends the process, unless there is a hook. Stderr then says
where it was opened, closed and used. Strings that the extension reads from a handle lie in memory
of their own, where writing to them, or reading them once the handle is closed, is a segmentation
fault.

All modules of an interpreter share this state.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

from hpybc.loader import contexts, importer

__all__ = [
    "DebugHandle",
    "HPyDebugError",
    "HPyLeakError",
    "LeakDetector",
    "disable_handle_stack_traces",
    "get_closed_handles",
    "get_closed_handles_queue_max_size",
    "get_open_handles",
    "get_protected_raw_data_max_size",
    "new_generation",
    "set_closed_handles_queue_max_size",
    "set_handle_stack_trace_limit",
    "set_on_invalid_builder_handle",
    "set_on_invalid_handle",
    "set_protected_raw_data_max_size",
]

_module: Any = importer.load(contexts.existing("debugmod"), name="debugmod", mode="release")

#: What modules in debug mode find the state with (toolchain/context/debug/context.c).
_state = _module._state

DebugHandle = _module.DebugHandle
new_generation = _module.new_generation
get_open_handles = _module.get_open_handles
get_closed_handles = _module.get_closed_handles
get_closed_handles_queue_max_size = _module.get_closed_handles_queue_max_size
set_closed_handles_queue_max_size = _module.set_closed_handles_queue_max_size
get_protected_raw_data_max_size = _module.get_protected_raw_data_max_size
set_protected_raw_data_max_size = _module.set_protected_raw_data_max_size
set_handle_stack_trace_limit = _module.set_handle_stack_trace_limit
set_on_invalid_handle = _module.set_on_invalid_handle
set_on_invalid_builder_handle = _module.set_on_invalid_builder_handle


def disable_handle_stack_traces() -> None:
    """No longer remembers where handles are opened."""
    set_handle_stack_trace_limit(None)


class HPyDebugError(Exception):
    """The base of what debug mode raises."""


class HPyLeakError(HPyDebugError):
    """Handles were opened and not closed.

    Its text says where they were opened, the newest first, and shows some of their values.

    Attributes:
        leaks: the handles, oldest first.
    """

    def __init__(self, leaks: list[Any]) -> None:
        super().__init__(leaks)
        self.leaks = leaks

    def __str__(self) -> str:
        from hpybc.debug import report

        return report.leaks(self.leaks)


def _describe(invalid: object) -> str:
    """What is said of the use of something invalid before the process ends."""
    from hpybc.debug import report

    said = report.invalid(*_module._invalid(invalid))
    return said.encode(errors="backslashreplace").decode()  # names of files may be no text


_module._set_describe(_describe)


class LeakDetector:
    """A context manager: raises HPyLeakError if handles opened within it are open at its end.

    If the block raises something itself, that stays, with the open handles as a note (PEP 678).

    ``start`` and ``stop`` do the same without ``with``; both raise ValueError out of order.
    """

    def __init__(self) -> None:
        self.generation: int | None = None

    def start(self) -> None:
        if self.generation is not None:
            raise ValueError("LeakDetector already started")
        self.generation = new_generation()

    def stop(self) -> None:
        if self.generation is None:
            raise ValueError("LeakDetector not started yet")
        leaks = get_open_handles(self.generation)
        if leaks:
            raise HPyLeakError(leaks)

    def __enter__(self) -> LeakDetector:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if value is None:
            self.stop()
            return
        # What was raised within is what happened first, and perhaps why handles are open.
        try:
            self.stop()
        except HPyLeakError as error:
            if hasattr(value, "add_note"):  # from Python 3.11 on
                value.add_note(str(error))
