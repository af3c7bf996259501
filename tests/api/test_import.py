"""Import, compile, evaluate."""

from __future__ import annotations

import builtins
import os.path
import sys
import types
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tools.support import assert_stable

EXPRESSION, FILE, SINGLE = 0, 1, 2


def test_import(module: ModuleType) -> None:
    assert module.ImportModule("sys") is sys
    assert module.ImportModule("os.path") is os.path
    with pytest.raises(ModuleNotFoundError, match=r"^No module named 'no_such_module'$") as caught:
        module.ImportModule("no_such_module")
    assert caught.value.name == "no_such_module"
    with pytest.raises(ValueError, match=r"^Empty module name$"):
        module.ImportModule("")


def test_import_of_a_file(
    module: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "hpybc_caf\xe9.py").write_text("value = 5")
    (tmp_path / "hpybc_broken.py").write_text("raise LookupError('broken')")
    try:
        made = module.ImportModule("hpybc_caf\xe9")
        assert made.value == 5
        assert module.ImportModule("hpybc_caf\xe9") is made
    finally:
        sys.modules.pop("hpybc_caf\xe9", None)
    with pytest.raises(LookupError, match=r"^broken$"):
        module.ImportModule("hpybc_broken")


def test_expression(module: ModuleType) -> None:
    code = module.Compile_s("x + y", "<caf\xe9>", EXPRESSION)
    assert isinstance(code, types.CodeType)
    assert code.co_filename == "<caf\xe9>"
    assert module.EvalCode(code, {"x": 1, "y": 2}, None) == 3
    assert module.EvalCode(code, {"x": 1, "y": 2}, {"x": "a", "y": "b"}) == "ab"
    with pytest.raises(NameError, match=r"^name 'x' is not defined$"):
        module.EvalCode(code, {}, None)


def test_file(module: ModuleType) -> None:
    code = module.Compile_s("x = 1\ndef f():\n    return x\ny = f()\n", "file.py", FILE)
    names: dict[str, Any] = {}
    assert module.EvalCode(code, names, None) is None
    assert (names["x"], names["y"]) == (1, 1)
    own: dict[str, Any] = {"x": 7}
    module.EvalCode(module.Compile_s("z = x", "f", FILE), own, own)
    assert own["z"] == 7


def test_single(module: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    code = module.Compile_s("1 + 1\n", "<stdin>", SINGLE)
    assert module.EvalCode(code, {}, None) is None
    assert capsys.readouterr().out == "2\n"


def test_syntax_errors(module: ModuleType) -> None:
    for source, kind in (("1 +", EXPRESSION), ("x = 1", EXPRESSION), ("def", FILE)):
        with pytest.raises(SyntaxError) as caught:
            module.Compile_s(source, "name.py", kind)
        assert caught.value.filename == "name.py"
    for kind in (3, -1, 100):
        with pytest.raises(SystemError, match=r"^invalid source kind$"):
            module.Compile_s("1", "name.py", kind)


def test_errors_in_evaluated_code(module: ModuleType) -> None:
    code = module.Compile_s("\n\n1 / 0\n", "failing.py", FILE)
    with pytest.raises(ZeroDivisionError) as caught:
        module.EvalCode(code, {}, None)
    assert caught.traceback[-1].lineno == 2
    assert str(caught.traceback[-1].path).endswith("failing.py")


def test_nothing_is_kept(module: ModuleType) -> None:
    value = object()
    names = {"x": value, "__builtins__": builtins}
    code = module.Compile_s("x", "name", EXPRESSION)
    failing = module.Compile_s("1 / 0", "name", EXPRESSION)

    def work() -> None:
        module.ImportModule("sys")
        module.EvalCode(code, names, None)
        module.EvalCode(module.Compile_s("x, x", "name", EXPRESSION), names, None)
        with pytest.raises(ZeroDivisionError):
            module.EvalCode(failing, names, None)
        with pytest.raises(SyntaxError):
            module.Compile_s("1 +", "name", EXPRESSION)

    assert_stable(work, value, names, code, failing)
