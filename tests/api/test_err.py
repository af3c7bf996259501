"""Exceptions and warnings."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tools.support import assert_stable


class Own(Exception):
    def __init__(self, *args: object) -> None:
        super().__init__("own", *args)


def raising(error: BaseException | type[BaseException]) -> Callable[[], None]:
    def call() -> None:
        raise error

    return call


def test_set_string(module: ModuleType) -> None:
    for kind in (ValueError, KeyError, StopIteration, SystemExit, KeyboardInterrupt):
        with pytest.raises(kind) as caught:
            module.SetString(kind, "caf\xe9 \U0001f600")
        assert caught.value.args == ("caf\xe9 \U0001f600",)
    with pytest.raises(Own) as own:
        module.SetString(Own, "message")
    assert own.value.args == ("own", "message")


def test_set_string_of_what_is_no_exception(module: ModuleType) -> None:
    for wrong in (5, int, None, ValueError("instance")):
        with pytest.raises((SystemError, TypeError)):
            module.SetString(wrong, "message")


def test_set_object(module: ModuleType) -> None:
    value = object()
    for arguments, expected in (
        (value, (value,)),
        ((1, 2), (1, 2)),
        (None, ()),
        ("text", ("text",)),
    ):
        with pytest.raises(ValueError) as caught:
            module.SetObject(ValueError, arguments)
        assert caught.value.args == expected
    instance = ValueError("instance")
    with pytest.raises(ValueError) as caught:
        module.SetObject(ValueError, instance)
    assert caught.value is instance
    derived = UnicodeError("derived")
    with pytest.raises(UnicodeError) as caught:
        module.SetObject(ValueError, derived)
    assert caught.value is derived


def test_context_of_an_exception(module: ModuleType) -> None:
    try:
        try:
            raise KeyError("first")
        except KeyError:
            module.SetString(ValueError, "second")
    except ValueError as error:
        assert repr(error.__context__) == "KeyError('first')"


def test_no_memory(module: ModuleType) -> None:
    with pytest.raises(MemoryError) as caught:
        module.NoMemory()
    assert caught.value.args == ()
    # CPython has sixteen to give, then one that collects the traceback of every time it is raised.
    del caught


def test_errno(module: ModuleType) -> None:
    for number, kind in (
        (errno.ENOENT, FileNotFoundError),
        (errno.EPERM, PermissionError),
        (errno.EEXIST, FileExistsError),
        (errno.EINVAL, OSError),
    ):
        with pytest.raises(OSError) as caught:
            module.SetFromErrno(OSError, number)
        error = caught.value
        assert type(error) is kind
        assert (error.errno, error.strerror, error.filename) == (number, os.strerror(number), None)
    with pytest.raises(ValueError) as other:
        module.SetFromErrno(ValueError, errno.ENOENT)
    assert other.value.args == (errno.ENOENT, os.strerror(errno.ENOENT))


def test_errno_with_filename(module: ModuleType) -> None:
    name = object()
    for call, expected in (
        (module.SetFromErrnoWithFilename, "caf\xe9.txt"),
        (module.SetFromErrnoWithFilename, None),
        (module.SetFromErrnoWithFilenameObject, b"bytes"),
        (module.SetFromErrnoWithFilenameObject, name),
        (module.SetFromErrnoWithFilenameObject, None),
    ):
        with pytest.raises(FileNotFoundError) as caught:
            call(OSError, errno.ENOENT, expected)
        assert caught.value.filename is expected or caught.value.filename == expected
        assert caught.value.errno == errno.ENOENT
    with pytest.raises(FileNotFoundError) as two:
        module.SetFromErrnoWithFilenameObjects(OSError, "from", "to")
    assert (two.value.filename, two.value.filename2) == ("from", "to")


def test_new_exception(module: ModuleType) -> None:
    made = module.NewException("package.module.Name", None, None)
    assert (made.__module__, made.__name__) == ("package.module", "Name")
    assert made.__bases__ == (Exception,)
    assert module.NewException("m.E", KeyError, None).__bases__ == (KeyError,)
    both = module.NewException("m.E", (KeyError, ValueError), {"attribute": 5})
    assert both.__bases__ == (KeyError, ValueError)
    assert both.attribute == 5
    with pytest.raises(made, match=r"^message$"):
        module.SetString(made, "message")
    with pytest.raises(SystemError, match=r"name must be module\.class$"):
        module.NewException("NoDot", None, None)
    with pytest.raises(TypeError):
        module.NewException("m.E", 5, None)


def test_new_exception_with_doc(module: ModuleType) -> None:
    made = module.NewExceptionWithDoc("m.E", "The doc.", ValueError)
    assert (made.__doc__, made.__bases__) == ("The doc.", (ValueError,))
    assert module.NewExceptionWithDoc("m.E", None, None).__doc__ is None


def test_occurred_and_clear(module: ModuleType) -> None:
    assert module.occurred(lambda: 5) is False
    for error in (ValueError, KeyError("x"), SystemExit(), Own(1)):
        assert module.occurred(raising(error)) is True


def test_matches(module: ModuleType) -> None:
    for error, pattern, expected in (
        (ValueError(), ValueError, 1),
        (UnicodeError(), ValueError, 1),
        (ValueError(), UnicodeError, 0),
        (ValueError(), (KeyError, (ValueError, TypeError)), 1),
        (ValueError(), (), 0),
        (Own(), Own, 1),
        (Own(), Exception, 1),
        (SystemExit(), Exception, 0),
    ):
        assert module.matches(raising(error), pattern) == expected
    assert module.matches(lambda: 5, Exception) == 0


def test_warnings(module: ModuleType) -> None:
    with pytest.warns(DeprecationWarning, match=r"^caf\xe9$") as caught:
        assert module.WarnEx(DeprecationWarning, "caf\xe9", 1) is None
    assert caught[0].filename == __file__
    with pytest.warns(RuntimeWarning, match=r"^default$"):
        module.WarnEx(None, "default", 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match=r"^now an error$"):
            module.WarnEx(UserWarning, "now an error", 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module.WarnEx(UserWarning, "unseen", 1)


def test_write_unraisable(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda args: seen.append(args))
    for where in ("an object", None):
        assert module.WriteUnraisable(ValueError, where) is False
        args = seen.pop()
        assert (args.exc_type, str(args.exc_value), args.object) == (
            ValueError,
            "unraisable",
            where,
        )
    # It holds the traceback, hence this frame, and the collector does not know it.
    del args
    assert seen == []


def test_fatal_error(module: ModuleType) -> None:
    code = f"import hpybc; hpybc.load({str(Path(str(module.__file__)))!r}).fatal()"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True)
    assert done.returncode < 0
    assert "Fatal Python error" in done.stderr
    assert "the fatal message" in done.stderr


def test_nothing_is_kept(module: ModuleType) -> None:
    value, name = object(), "the name of a file"
    failing = raising(LookupError(value))

    def work() -> None:
        calls: list[Callable[[], object]] = [
            lambda: module.SetObject(ValueError, value),
            lambda: module.SetString(Own, name),
            lambda: module.SetFromErrnoWithFilenameObject(OSError, errno.EPERM, value),
            lambda: module.SetFromErrnoWithFilename(OSError, errno.EPERM, name),
            lambda: module.SetFromErrnoWithFilenameObjects(OSError, value, name),
            module.NoMemory,
        ]
        for call in calls:
            with pytest.raises((ValueError, OSError, Own, MemoryError)):
                call()
        module.occurred(lambda: value)
        module.matches(lambda: value, (LookupError, Own))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module.WarnEx(UserWarning, name, 1)

    assert_stable(work, value, name, failing, Own)
