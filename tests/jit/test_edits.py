"""Edits: made once, when an extension is compiled; a load that needs no other prints no IR."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import hpybc
from hpybc.jit import edits, identity, target
from hpybc.jit.build import Options, build_ir, compiled
from hpybc.jit.edits import Edit
from hpybc.jit.module import Module, parsed
from hpybc.loader import compilation, extension
from hpybc.loader.manifest import wrap

#: All that edits are about: marks on loops, hints of the author's, an alias, and a type's name.
TEXT = """
@_ZTSN12_GLOBAL__N_11EE = internal constant [19 x i8] c"N12_GLOBAL__N_11EE\\00", align 1
@second = alias i32 (), ptr @first
@table = global ptr @_ZTSN12_GLOBAL__N_11EE
define i32 @first() { ret i32 7 }
define ptr @PyInit_m() #0 {
  br label %loop
loop:
  %round = phi i32 [ 0, %0 ], [ %next, %loop ]
  %next = add i32 %round, 1
  store volatile i32 %round, ptr @table
  call void asm sideeffect "nop", ""()
  %done = icmp eq i32 %next, 4
  br i1 %done, label %end, label %loop, !llvm.loop !0
end:
  ret ptr @second
}
attributes #0 = { nounwind "dontcall-warn"="no" }
!0 = distinct !{!0, !1, !2}
!1 = !{!"llvm.loop.unroll.disable"}
!2 = !{!"llvm.loop.vectorize.enable", i1 true}
"""


@pytest.fixture
def printed(assembled: Callable[..., bytes]) -> str:
    with parsed(assembled(TEXT)) as module:
        return str(module)


def test_lasting(printed: str) -> None:
    """All of it is changed, and a second time changes nothing."""
    text = edits.lasting(printed, "PyInit_m", b"file")
    for word in (
        "unroll.disable",
        "vectorize.enable",
        "dontcall",
        "alias",
        "12_GLOBAL__N_11EE\\00",
    ):
        assert word in printed and word not in text
    assert edits.lasting(text, "PyInit_m", b"another file") == text
    # The loops of another compiler keep its marks.
    assert "unroll.disable" in edits.lasting(printed, "PyInit_m", b"file", foreign=True)


def test_an_edited_module_is_not_printed(
    printed: str, assembled: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless it has a name that an edit of the build's own is about."""
    code = assembled(edits.lasting(printed, "PyInit_m", b"file"))
    ready = Options(("PyInit_m",), assembly=frozenset())
    again = build_ir(code, [], target.host(), ready._replace(assembly=None))
    calls: list[str] = []

    def generic(module: Module, *_: object, **__: object) -> Module:
        calls.append("generic")
        return module

    monkeypatch.setattr(edits, "generic", generic)
    assert build_ir(code, [], target.host(), ready) == again
    strange = Edit(str.upper, lambda name: name == "strange")
    build_ir(code, [], target.host(), ready._replace(edit=strange))
    assert not calls
    build_ir(code, [], target.host(), ready._replace(edit=Edit(str.upper, "first".__eq__)))
    assert calls == ["generic"]


def test_features_that_were_asked_for(assembled: Callable[..., bytes]) -> None:
    """The processor's own come before them, in an edited module too."""
    text = 'define ptr @PyInit_m() "target-features"="+avx2" { ret ptr null }'
    options = Options(("PyInit_m",), assembly=frozenset())
    host = target.host()._replace(features="+sse4.1")
    assert '"target-features"="+sse4.1,+avx2"' in build_ir(assembled(text), [], host, options)


@pytest.mark.parametrize("changes", [{"edits": edits.VERSION + 1}, {"edits": None}])
def test_files_of_other_versions(
    changes: dict[str, object], printed: str, assembled: Callable[..., bytes], tmp_path: Path
) -> None:
    """What another version has edited, or none, is edited at the load; every file loads."""
    own = {"module": "m", "entry": "PyInit_m", "hpy_abi": "0.0", "llvm": "22.1.0", "assembly": []}
    file = tmp_path / "m.bc"
    file.write_bytes(wrap(assembled(printed), {**own, **changes}, identity.architecture()))
    source = extension.read(file)
    assert compilation.assembly(source) is None
    options = Options(("PyInit_m",))
    ir = build_ir(source.payload, [], target.host(), options)
    assert ir.count("store volatile") == 4 and "12_GLOBAL__N_11EE\\00" not in ir
    assert compiled(source.payload, [], target.host(), options)


def test_what_compile_writes(compiled: Callable[..., Path]) -> None:
    """It is edited, and says which names its assembly has, some of which no other code has."""
    source = extension.read(compiled(Path(__file__).parent.parent / "loader" / "linking.c"))
    names = compilation.assembly(source)
    assert names is not None and {"known_inside", "local_to_assembly"} <= names
    with parsed(source.payload) as module:
        text = str(module)
    assert edits.lasting(text, "PyInit_linking", b"") == text
    assert hpybc.load(source.path)
