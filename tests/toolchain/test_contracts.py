"""What functions of the API state about other code that they may run, and whether it is true.

The statements are in ``toolchain/context/cpython``, and ``deferred.h`` says what they mean. Here
the calls that a function makes, as clang has written them, are held against its statement.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Set
from pathlib import Path

import pytest

from hpybc import errors
from hpybc.jit.module import assembled, parsed
from hpybc.loader import contexts
from hpybc.toolchain import clang
from hpybc.toolchain import contexts as toolchain

#: What is outside and neither runs other code nor drops a reference, for any arguments that the
#: context passes.
QUIET = {
    # Memory, text and numbers: they know no objects.
    *("PyObject_Malloc", "PyObject_Free", "malloc", "free", "memcmp", "strlen"),
    "PyOS_string_to_double",
    # They make an object that the collector does not know, or raise MemoryError.
    *("PyLong_FromLong", "PyLong_FromLongLong", "PyLong_FromUnsignedLongLong"),
    *("PyFloat_FromDouble", "PyUnicode_New", "PyUnicode_InternFromString", "PyErr_NoMemory"),
    "PyUnicode_Concat",  # of two exact strs
    # They read: a type, its bases, the exception that is set, the size of an exact dict.
    *("PyType_IsSubtype", "PyCallable_Check", "PyErr_Occurred", "PyDict_Size"),
    # They count calls, and raise RecursionError.
    *("Py_EnterRecursiveCall", "Py_LeaveRecursiveCall"),
    *("Py_FatalError", "_Py_FatalErrorFunc"),  # they end the process
}

#: What is quiet in one function only, which says why.
QUIET_THERE = {
    ("short_ascii", "PyErr_Clear"),
    ("intern", "PyErr_Clear"),
    ("get_item_in_place", "PyErr_Clear"),
    ("hash_str", "PyObject_Hash"),
}

#: The functions of deferred.h that everything else is made of. They do as their comments say.
SETTLE = {"settle", "may_run_code", "settle_for_good"}
DEFER = {"borrow", "keep"}
GIVE_BACK = {"give_back"}
OTHERS = {"count_deferred", "take", "drop_str"}

_DEFINITION = re.compile(r"^define [^@]*@([\w.]+)\(.*?^\}", re.M | re.S)
_LABEL = re.compile(r"^([\w.]+):", re.M)
_CALL = re.compile(r"\bcall [^@%\n]*(?:@([\w.$]+)|(%[\w.]+))\(")
_TARGET = re.compile(r"label %([\w.]+)")

#: What is called on the way to other code, one function after the other.
Way = tuple[str, ...]


class Function:
    """The calls of a function in LLVM IR, block by block; a call by a pointer is ``None``."""

    def __init__(self, text: str) -> None:
        self.entry = "entry"
        self.calls: dict[str, list[str | None]] = {}
        self.next: dict[str, list[str]] = {}
        label = self.entry
        for line in text.splitlines()[1:-1]:
            if (found := _LABEL.match(line)) is not None:
                label = found[1]
            calls = self.calls.setdefault(label, [])
            self.next.setdefault(label, []).extend(_TARGET.findall(line))
            if (call := _CALL.search(line)) is not None:
                calls.append(plain(call[1]))


def plain(name: str | None) -> str | None:
    """Without the number that linking puts behind names of static functions."""
    return name if name is None or name.startswith("llvm.") else name.partition(".")[0]


class Model:
    """Which functions of a module reach other code while a reference may be deferred."""

    def __init__(self, text: str, settle: Set[str] = SETTLE, quiet: Set[str] = GIVE_BACK) -> None:
        self.functions = {str(plain(m[1])): Function(m[0]) for m in _DEFINITION.finditer(text)}
        self._settle = settle
        self._quiet = QUIET | OTHERS | quiet
        self._known: dict[tuple[str, bool], tuple[Way, bool]] = {}

    def way(self, name: str, settled: bool = False) -> Way:
        """How ``name`` reaches other code without having settled: what is called on the way there.

        Empty if it does not. ``settled``: whether nothing is deferred when it is called.
        """
        return self._outcome(name, settled)[0]

    def _outcome(self, name: str, settled: bool) -> tuple[Way, bool]:
        """The way to other code, and whether everything is settled when the function returns."""
        key = name, settled
        if key not in self._known:
            self._known[key] = (), settled  # where it calls itself
            self._known[key] = self._judged(name, settled)
        return self._known[key]

    def _judged(self, name: str, settled: bool) -> tuple[Way, bool]:
        function = self.functions[name]
        before = {function.entry: settled}
        waiting = [function.entry]
        at_the_end = {}
        while waiting:
            label = waiting.pop()
            state = before[label]
            for called in function.calls[label]:
                way, state = self._step(name, called, state)
                if way:
                    return way, False
            if not function.next[label]:
                at_the_end[label] = state
            for target in function.next[label]:
                merged = before.get(target, True) and state
                if merged != before.get(target):
                    before[target] = merged
                    waiting.append(target)
        return (), all(at_the_end.values())

    def _step(self, caller: str, called: str | None, settled: bool) -> tuple[Way, bool]:
        """The same of one call."""
        if called is None:
            return () if settled else ("a pointer",), settled
        if called in self._settle:
            return (), True
        if called in DEFER:
            return (), False
        if called in self._quiet | SETTLE or (caller, called) in QUIET_THERE:
            return (), settled
        if called.startswith("llvm."):
            return (), settled
        if called not in self.functions:
            return () if settled else (called,), settled
        way, after = self._outcome(called, settled)
        return (called, *way) if way else (), after


@pytest.fixture(scope="module")
def text(contexts_compiled_once: None) -> str:
    """The CPython context for this interpreter, as clang has left it."""
    first, *rest = toolchain.parts("cpython", clang.find())
    with parsed(first) as module:
        module.link_all(rest)
        return str(module)


@pytest.fixture(scope="module")
def stated(text: str) -> dict[str, str]:
    """The statement of each function."""
    with assembled(text) as module:
        return toolchain.contracts(module)


@pytest.mark.usefixtures("contexts_compiled_once")
def test_every_function_that_an_extension_calls_states_what_it_does(
    stated: dict[str, str],
) -> None:
    """Those that ../helpers writes in terms of others apart."""
    with parsed(toolchain.parts("helpers", clang.find())[0]) as module:
        module.link_all(toolchain.parts("helpers", clang.find())[1:])
        helpers = module.defined()
    variables = {"HPyStructSequence_UnnamedField"}
    assert contexts.api() - helpers - variables <= set(stated)
    assert set(stated.values()) == set(toolchain.CONTRACTS)


def test_no_function_reaches_other_code_before_it_has_settled(
    text: str, stated: dict[str, str]
) -> None:
    """Nor drops a reference. A way found is a use after free, or a line missing in QUIET."""
    model = Model(text)
    bound = {name for name, contract in stated.items() if contract != "nothing_is_deferred"}
    assert {name: way for name in bound if (way := model.way(name))} == {}


def test_statements_that_settle_are_needed(text: str, stated: dict[str, str]) -> None:
    """Without them, the test above would find every function that makes one: it is not blind."""
    model = Model(text, settle=frozenset(), quiet=frozenset())
    careful = {"HPyErr_NoMemory", "HPyType_IsSubtype", "HPy_FromPyObject", "HPy_AsPyObject"}
    settling = {name for name, found in stated.items() if found in toolchain.CONTRACTS[:2]}
    assert {name for name in settling if not model.way(name)} == careful
    assert not [name for name in stated if stated[name] == "runs_no_code" and model.way(name)]


def edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str) -> None:
    """Has the contexts built of sources in which one statement is replaced.

    Only that source is compiled again.
    """
    sources = tmp_path / "context"
    shutil.copytree(toolchain._SOURCES, sources)
    file = sources / "cpython" / "ctx_attribute.c"
    whole = file.read_text(encoding="utf-8")
    assert old in whole
    file.write_text(whole.replace(old, new, 1), encoding="utf-8")
    monkeypatch.setattr(toolchain, "_SOURCES", str(sources))


@pytest.mark.usefixtures("contexts_compiled_once")
def test_a_function_without_a_statement_is_not_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the function, and what is always right."""
    edited(tmp_path, monkeypatch, "    MAY_RUN_CODE;\n", "")
    with pytest.raises(errors.ContextBuildError) as caught:
        toolchain.build(str(tmp_path / "built"))
    assert caught.value.what == "HPy_GetAttr does not state whether it may run other code"
    assert caught.value.found == "no statement in its first line"
    assert "MAY_RUN_CODE is right" in caught.value.remedy


@pytest.mark.usefixtures("contexts_compiled_once")
def test_a_function_with_two_statements_is_not_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited(tmp_path, monkeypatch, "MAY_RUN_CODE;", "MAY_RUN_CODE;\n    RUNS_NO_CODE;")
    with pytest.raises(errors.ContextBuildError, match="HPy_GetAttr") as caught:
        toolchain.build(str(tmp_path / "built"))
    assert caught.value.found == "MAY_RUN_CODE and RUNS_NO_CODE"


@pytest.mark.usefixtures("contexts_compiled_once")
@pytest.mark.parametrize("name", ["RUNS_NO_CODE", "SETTLES_ITSELF"])
def test_a_wrong_statement_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    edited(tmp_path, monkeypatch, "MAY_RUN_CODE", name)
    first, *rest = toolchain.parts("cpython", clang.find())
    with parsed(first) as module:
        module.link_all(rest)
        assert toolchain.contracts(module)["HPy_GetAttr"] == name.lower()
        assert Model(str(module)).way("HPy_GetAttr") == ("PyObject_GetAttr",)
