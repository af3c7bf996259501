"""The porting guide's table of functions names what there is."""

from __future__ import annotations

import re
from pathlib import Path

from hpybc.toolchain.compile import Options, compile_extension
from reference import definitions, guide

#: What C has for a name that is no macro: a type has a size, anything else a value.
TYPES = ("PyObject", "PyTypeObject", "PyMemberDef", "PyGetSetDef", "PyMethodDef", "PyType_Slot",
         "PyModuleDef", "Py_buffer")  # fmt: skip


def test_names_of_hpy_exist() -> None:
    known = {*definitions.names(), *definitions.signatures()}
    known |= {handle.name for handle in definitions.handles()}
    known |= {slot.name for slot in definitions.slots()}
    known |= {f"HPyType_SpecParam_{kind}" for kind in ("Base", "BasesTuple", "Metaclass")}
    named = {
        n for row in guide.rows() for n in re.findall(r"\b(?:HPy\w*|h_[A-Z]\w+)", " ".join(row[1:]))
    }
    assert named <= known
    assert len(named) > 150


def test_names_of_the_c_api_exist(tmp_path: Path) -> None:
    cells = [row[0] for row in guide.rows()]
    assert len(cells) == len(set(cells)) >= 250
    names = sorted({name for cell in cells for name in re.findall(r"\b(?:Py|METH_)\w+", cell)})
    lines = ["#define PY_SSIZE_T_CLEAN", "#include <Python.h>", "#include <structmember.h>"]
    for name in names:
        check = f"(void)sizeof({name})" if name in TYPES else f"(void){name}"
        lines.append(f"#ifndef {name}\nvoid check_{name}(void) {{ {check}; }}\n#endif")
    lines.append("PyMODINIT_FUNC PyInit_names(void) { return NULL; }")
    source = tmp_path / "names.c"
    source.write_text("\n".join([*lines, ""]))
    extra = ("-Wno-deprecated-declarations", "-Werror=implicit-function-declaration")
    compile_extension([str(source)], str(tmp_path / "names.bc"), Options(extra=extra))


def test_every_function_of_hpy_is_on_the_page() -> None:
    """So that whoever adds one says what it replaces."""
    page = guide.text()
    public = [f.name for f in definitions.context_functions() if not f.name.startswith("_")]
    assert [name for name in public if not re.search(rf"\b{name}\b", page)] == []
