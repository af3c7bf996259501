"""HPYBC_LOG: who sees what hpybc logs."""

from __future__ import annotations

import logging

import pytest

from hpybc import errors, log


@pytest.fixture
def logger(monkeypatch: pytest.MonkeyPatch) -> logging.Logger:
    """A logger as ``hpybc`` is in a new process, in a program that logs nothing."""
    made, others = logging.Logger("hpybc"), logging.getLogger
    monkeypatch.setattr(
        logging, "getLogger", lambda name=None: made if name == "hpybc" else others(name)
    )
    return made


def test_nothing_is_changed_unasked(
    logger: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HPYBC_LOG", raising=False)
    log.configure()
    assert (logger.level, logger.handlers) == (logging.NOTSET, [])


@pytest.mark.parametrize("text", ["debug", "DEBUG", "Debug"])
def test_a_level(text: str, logger: logging.Logger, monkeypatch: pytest.MonkeyPatch) -> None:
    """In either case, and once however often it is asked for."""
    monkeypatch.setenv("HPYBC_LOG", text)
    log.configure("info")
    log.configure()
    assert logger.level == logging.DEBUG
    assert len(logger.handlers) == 1


def test_a_default(logger: logging.Logger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HPYBC_LOG", "")
    log.configure("info")
    assert logger.level == logging.INFO


def test_a_program_with_a_handler_of_its_own(
    logger: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written twice."""
    monkeypatch.setenv("HPYBC_LOG", "debug")
    own = logging.NullHandler()
    logger.handlers.append(own)
    log.configure()
    assert (logger.level, logger.handlers) == (logging.DEBUG, [own])


@pytest.mark.parametrize("text", ["loud", "10", " debug"])
def test_no_such_level(text: str, logger: logging.Logger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HPYBC_LOG", text)
    with pytest.raises(errors.UsageError, match="no such level") as caught:
        log.configure()
    assert caught.value.found == f"HPYBC_LOG={text}"
