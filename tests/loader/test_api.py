"""Numbers of the API, as the lists in the headers have them."""

from __future__ import annotations

from pathlib import Path

import hpybc
from hpybc.loader import api

HEADERS = Path(hpybc.include_path()) / "hpy"


def test_handles_that_came_after_the_release() -> None:
    """Those behind the mark in api.def, which HPy 0.9.0 has not."""
    assert api.later_handles() == (("h_DictType", 263),)


def test_signatures() -> None:
    """Every line of signatures.def, with the numbers of HPy's universal ABI."""
    lines = (HEADERS / "signatures.def").read_text().splitlines()
    listed = [line for line in lines if line.startswith("HPY_SIGNATURE_")]
    found = api.signatures()
    assert len(found) == len(listed) == len(set(found.values()))
    assert (found["VARARGS"], found["NEWFUNC"], found["TRAVERSEPROC"]) == (1, 31, 35)
