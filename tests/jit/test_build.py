"""build: from bitcode to object code, with nothing left behind."""

from __future__ import annotations

import hashlib
import logging
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hpybc import errors
from hpybc.jit import build as jit
from hpybc.jit import constructors, edits, identity, target
from hpybc.jit.build import Options, build, build_ir
from hpybc.jit.module import _unreadable, parsed

Assembled = Callable[..., bytes]

#: A module of one exported function, and of one that only it can see.
SMALL = """
define i32 @entry() { %x = call i32 @helper() ret i32 %x }
define i32 @helper() noinline { ret i32 7 }
@state = global i32 5
"""

OPTIONS = Options(("PyInit_quickstart",))


def visible(ir: str) -> set[str]:
    """The names that IR defines and that other objects could see."""
    module = target.llvm().parse_assembly(ir, target.llvm().create_context())
    return {
        value.name
        for values in (module.functions, module.global_variables)
        for value in values
        if not value.is_declaration
        and value.linkage.name not in ("internal", "private")
        and not value.name.startswith("llvm.")
    }


# Purity.


def test_same_arguments_give_the_same_bytes(
    code: bytes, example: Callable[[str], bytes], release: list[bytes]
) -> None:
    """Twice in one process."""
    assert code.startswith(b"\x7fELF")
    assert build(example("quickstart"), release, target.host(), OPTIONS) == code


def test_another_process_gives_the_same_bytes(
    code: bytes, example: Callable[[str], bytes], tmp_path: Path
) -> None:
    """Whatever its addresses and its hash seed are."""
    file = tmp_path / "quickstart.payload"
    file.write_bytes(example("quickstart"))
    script = f"""
import hashlib
from hpybc.jit import target
from hpybc.jit.build import Options, build
from hpybc.loader import contexts, extension
layers = [extension.read(contexts.stack("release")).payload]
with open({str(file)!r}, "rb") as source:
    code = build(source.read(), layers, target.host(), Options(("PyInit_quickstart",)))
print(hashlib.sha256(code).hexdigest())
"""
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == hashlib.sha256(code).hexdigest()


def test_failed_builds_leave_no_state(
    code: bytes, example: Callable[[str], bytes], release: list[bytes], assembled: Assembled
) -> None:
    """After errors at every stage the same build gives the same bytes."""
    undefined = assembled(
        "declare i32 @nowhere()\ndefine i32 @f() { %x = call i32 @nowhere() ret i32 %x }"
    )
    for broken, kind in (
        (b"BC\xc0\xde", errors.InvalidBitcodeError),
        (example("quickstart")[:4000], errors.InvalidBitcodeError),
        (assembled(SMALL), errors.ModuleInitError),
        (assembled(SMALL, "wasm32-unknown-wasi"), errors.ArchitectureError),
    ):
        with pytest.raises(kind):
            build(broken, release, target.host(), OPTIONS)
    with pytest.raises(errors.UndefinedSymbolError):
        build(undefined, release, target.host(), Options(("f",)))
    assert build(example("quickstart"), release, target.host(), OPTIONS) == code


def test_errors_can_be_garbage(assembled: Assembled, tmp_path: Path) -> None:
    """Python may free an error's frames, and the modules in them, in any order and at any time."""
    file = tmp_path / "undefined"
    # The attribute makes a copy of the module, whose end is not the one of the first.
    file.write_bytes(
        assembled(
            """
            declare void @no()
            define void @f() "target-cpu"="generic" { call void @no() ret void }
            """
        )
    )
    code = f"""
import gc
from hpybc.errors import UndefinedSymbolError
from hpybc.jit import target
from hpybc.jit.build import Options, build
with open({str(file)!r}, "rb") as source:
    data = source.read()
for _ in range(30):
    try:
        build(data, [], target.host(), Options(("f",)))
    except UndefinedSymbolError as error:
        error.cycle = error
    gc.collect()
print("alive")
"""
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "alive\n", "")


def test_builds_in_several_threads(example: Callable[[str], bytes], release: list[bytes]) -> None:
    """Each has an LLVM context of its own, so that they cannot meet."""
    names = ["quickstart", "levenshtein"] * 2
    with ThreadPoolExecutor(4) as pool:
        made = list(
            pool.map(
                lambda name: build(
                    example(name), release, target.host(), Options((f"PyInit_{name}",))
                ),
                names,
            )
        )
    assert made[:2] == made[2:]
    assert made[0] != made[1]


def test_stages_are_logged_and_nothing_is_printed(
    example: Callable[[str], bytes],
    release: list[bytes],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """With their times, at the level DEBUG. LLVM would warn about the spelling of triples."""
    with caplog.at_level(logging.DEBUG, "hpybc.build"):
        build(example("quickstart"), release, target.host(), OPTIONS)
    assert capfd.readouterr() == ("", "")
    stages = [record.getMessage().split() for record in caplog.records]
    assert [words[0] for words in stages] == ["parse", "link", "optimise", "emit"]
    assert all(float(words[1]) >= 0 and words[2] == "ms" for words in stages)


# What stays visible.


@pytest.fixture(scope="module")
def quickstart(example: Callable[[str], bytes], release: list[bytes]) -> str:
    """The IR of quickstart as it is in the end."""
    return build_ir(example("quickstart"), release, target.host(), OPTIONS)


def test_only_the_exports_stay_visible(quickstart: str) -> None:
    """Nothing else keeps a name that could collide with one in the process."""
    assert visible(quickstart) == {"PyInit_quickstart"}


def test_internalize(assembled: Assembled) -> None:
    """Functions and variables alike."""
    with parsed(assembled(SMALL)) as module:
        assert visible(str(module)) == {"entry", "helper", "state"}
        module.internalize(["entry"])
        assert visible(str(module)) == {"entry"}


def test_renamed_entry_point(example: Callable[[str], bytes], release: list[bytes]) -> None:
    """The definition has the new name and no other."""
    options = Options(("PyInit_other",), (("PyInit_quickstart", "PyInit_other"),))
    ir = build_ir(example("quickstart"), release, target.host(), options)
    assert visible(ir) == {"PyInit_other"}


def test_rename_onto_a_name_that_is_taken(assembled: Assembled) -> None:
    """The function that had it makes way."""
    text = "define i32 @a() { ret i32 1 }\ndefine i32 @b() { ret i32 2 }"
    options = Options(("b",), (("a", "b"),))
    ir = build_ir(assembled(text), [], target.host(), options)
    assert visible(ir) == {"b"}
    assert "ret i32 1" in ir and "ret i32 2" not in ir


@pytest.mark.parametrize(
    "options", [Options(("absent",)), Options(("entry",), (("absent", "entry"),))]
)
def test_export_that_is_not_there(options: Options, assembled: Assembled) -> None:
    """Noticed before anything is linked: a context's function does not stand in for it."""
    with pytest.raises(errors.ModuleInitError) as caught:
        build(
            assembled(SMALL),
            [assembled("define i32 @absent() { ret i32 0 }")],
            target.host(),
            options,
        )
    assert caught.value.found == "no function 'absent'"


# What is missing.


def test_undefined_lists_what_a_module_needs(
    example: Callable[[str], bytes], assembled: Assembled
) -> None:
    """Sorted, functions and variables, and no intrinsics of LLVM's."""
    with parsed(example("quickstart")) as module:
        names = module.undefined
    assert names == sorted(names)
    assert {"HPyErr_SetString", "_HPyArg_ParseArray", "_HPyModule_Init"} <= set(names)
    assert not [name for name in names if name.startswith("llvm.")]
    text = """
    @variable = external global i32
    declare void @function()
    declare void @llvm.trap()
    define void @f() { call void @function() call void @llvm.trap() unreachable }
    """
    with parsed(assembled(text)) as module:
        assert module.undefined == ["function", "variable"]


def test_undefined_symbol_that_nothing_reaches(assembled: Assembled) -> None:
    """What the optimiser removes is not missed."""
    text = """
    declare void @nowhere()
    define internal void @unused() { call void @nowhere() ret void }
    define i32 @f() { ret i32 0 }
    """
    assert build(assembled(text), [], target.host(), Options(("f",)))


# What goes in.


def test_contexts_define_what_those_before_them_call(
    assembled: Assembled, stacked: Callable[..., list[bytes]]
) -> None:
    """One after the other, until nothing is missing."""
    top = "declare i32 @HPy_middle()\ndefine i32 @top() { %x = call i32 @HPy_middle() ret i32 %x }"
    middle = (
        "declare i32 @bottom()\ndefine i32 @HPy_middle() { %x = call i32 @bottom() ret i32 %x }"
    )
    bottom = "define i32 @bottom() { ret i32 42 }"
    layers = stacked(assembled(middle), assembled(bottom))
    ir = build_ir(assembled(top), layers, target.host(), Options(("top",)))
    assert visible(ir) == {"top"}
    assert "ret i32 42" in ir and "call" not in ir


def test_symbol_that_two_modules_define(
    assembled: Assembled, stacked: Callable[..., list[bytes]]
) -> None:
    """What a context calls its own functions is its own affair."""
    other = SMALL.replace("i32 7", "i32 8").replace("@entry", "@_HPy_other")
    alone, linked = (
        build_ir(assembled(SMALL), layers, target.host(), Options(("entry",)))
        for layers in ([], stacked(assembled(other)))
    )
    assert linked == alone
    with pytest.raises(errors.UndefinedSymbolError, match="helper"):
        text = "declare i32 @helper()\ndefine i32 @entry() { %x = call i32 @helper() ret i32 %x }"
        build(assembled(text), stacked(assembled(other)), target.host(), Options(("entry",)))


def test_symbol_of_a_context_that_an_extension_defines_too(
    assembled: Assembled, release: list[bytes]
) -> None:
    """An extension cannot replace a part of the API by accident."""
    text = "define ptr @HPy_Dup(ptr %ctx, ptr %h) { ret ptr %h }\ndefine i32 @f() { ret i32 0 }"
    with pytest.raises(errors.InvalidBitcodeError) as caught:
        build(assembled(text), release, target.host(), Options(("f",)))
    assert caught.value.what == "the modules cannot be linked"
    assert "multiply defined" in caught.value.found and "HPy_Dup" in caught.value.found


def test_no_weak_definition_replaces_that_of_a_context(
    assembled: Assembled, stacked: Callable[..., list[bytes]]
) -> None:
    """A weak one gives way, as it would to any."""
    context = stacked(assembled("define i32 @HPy_answer() { ret i32 42 }"))
    for kind in ("weak", "linkonce_odr", "available_externally"):
        text = f"""
        define {kind} i32 @HPy_answer() noinline {{ ret i32 1 }}
        define i32 @f() {{ %x = call i32 @HPy_answer() ret i32 %x }}
        """
        ir = build_ir(assembled(text), context, target.host(), Options(("f",)))
        assert "ret i32 42" in ir
        assert "ret i32 1" not in ir


def test_a_context_is_linked_as_far_as_it_is_used(
    assembled: Assembled, stacked: Callable[..., list[bytes]]
) -> None:
    """By calls, and by assembly, which LLVM does not look into."""
    context = stacked(
        assembled(
            """
            @HPy_state = global i32 1
            @table = internal constant [1 x ptr] [ptr @HPy_c]
            define i32 @HPy_a() { %x = load i32, ptr @HPy_state ret i32 %x }
            define ptr @HPy_b() { ret ptr @table }
            define void @HPy_c() { ret void }
            define void @HPy_d() { ret void }
            """
        )
    )
    text = "declare ptr @HPy_b() define ptr @f() { %x = call ptr @HPy_b() ret ptr %x }"
    with jit.linked(assembled(text), context, target.host(), Options(("f",))) as module:
        assert module.defined(local=True) == {"f", "HPy_b", "table", "HPy_c"}
    text = """
    define void @f() { call void asm sideeffect "call HPy_a; call HPy_d@PLT", ""() ret void }
    """
    with jit.linked(assembled(text), context, target.host(), Options(("f",))) as module:
        assert module.defined(local=True) == {"f", "HPy_a", "HPy_state", "HPy_d"}


def test_generic_strips_the_processor(assembled: Assembled) -> None:
    """The three attributes that would override the TargetMachine; the others stay."""
    text = """
    define i32 @f() #0 { ret i32 0 }
    attributes #0 = { nounwind "target-cpu"="x86-64-v4" "tune-cpu"="generic" "kept"="yes"
                      "target-features"="+avx512f,-sse4a" }
    """
    with parsed(assembled(text)) as module:
        assert "x86-64-v4" in str(module)
        stripped = str(edits.generic(module))
    assert not any(word in stripped for word in ("target-cpu", "tune-cpu", "target-features"))
    assert '"kept"="yes"' in stripped and "nounwind" in stripped


def test_generic_with_nothing_but_the_processor(assembled: Assembled) -> None:
    """What is left when that is taken away still parses."""
    text = 'define i32 @f() "target-cpu"="x86-64" "target-features"="+sse2" { ret i32 3 }'
    with parsed(assembled(text)) as module:
        assert "target-" not in str(edits.generic(module))
    assert "ret i32 3" in build_ir(assembled(text), [], target.host(), Options(("f",)))


def test_generic_leaves_a_generic_module_alone(assembled: Assembled) -> None:
    """No second copy for what names no processor."""
    with parsed(assembled(SMALL)) as module:
        assert edits.generic(module) is module


def test_functions_are_compiled_for_the_target(quickstart: str) -> None:
    """No function of the result names the processor it was once compiled for."""
    assert '"target-cpu"' not in quickstart


@pytest.mark.parametrize(
    "triple",
    [
        "aarch64-unknown-linux-gnu" if identity.architecture() == "x86_64" else "x86_64-linux-gnu",
        f"{identity.architecture()}-apple-macosx13.0",
        f"{identity.architecture()}-pc-windows-msvc",
        "wasm32-unknown-unknown",
        "",
    ],
)
def test_other_platforms(triple: str, assembled: Assembled) -> None:
    """Another processor or another system: their code cannot run here."""
    with pytest.raises(errors.ArchitectureError) as caught:
        build(assembled(SMALL, triple), [], target.host(), Options(("entry",)))
    assert caught.value.found == triple


@pytest.mark.parametrize("vendor", ["unknown-linux-gnu", "pc-linux-gnu", "linux-gnu", "linux-musl"])
def test_other_spellings_of_this_platform(vendor: str, assembled: Assembled) -> None:
    """Compilers name it differently."""
    data = assembled(SMALL, f"{identity.architecture()}-{vendor}")
    assert build(data, [assembled("@x = global i32 0")], target.host(), Options(("entry",)))


def test_unoptimized_functions(assembled: Assembled) -> None:
    """One is enough, and it is named."""
    text = SMALL + "define i32 @slow() noinline optnone { ret i32 7 }"
    with pytest.raises(errors.NotOptimizedError) as caught:
        build(assembled(text), [], target.host(), Options(("entry",)))
    assert "'slow'" in caught.value.found


@pytest.mark.parametrize(
    ("message", "kind", "found"),
    [
        ("Invalid value (Producer: 'LLVM99.0.1' Reader: 'LLVM 22.1.0')", "newer", "LLVM 99.0.1"),
        ("Invalid record (Producer: 'APPLE_1_1700.0.1_0' Reader: 'LLVM 22.1.0')", "newer", None),
        ("Invalid value (Producer: 'LLVM15.0.7' Reader: 'LLVM 22.1.0')", "invalid", None),
        ("Incompatible epoch: Bitcode '1' vs current: '0'", "newer", None),
        ("file too small to contain bitcode header", "invalid", None),
        ("Invalid value (Producer: 'rustc' Reader: 'LLVM 22.1.0')", "invalid", None),
    ],
)
def test_what_llvm_says_of_bitcode_it_cannot_read(
    message: str, kind: str, found: str | None
) -> None:
    """That a newer LLVM wrote it is another matter than that it is damaged."""
    error = _unreadable(message)
    expected = errors.NewerLLVMError if kind == "newer" else errors.InvalidBitcodeError
    assert type(error) is expected
    if found is not None:
        assert error.found == found
    assert ".".join(map(str, target.llvm_version())) in error.needed


def test_module_that_does_not_verify(assembled: Assembled) -> None:
    """It parses and makes no sense; the verifier's words are passed on."""
    endless = assembled("define void @f() {\nentry:\n  br label %entry\n}")
    with pytest.raises(errors.InvalidBitcodeError) as caught, parsed(endless):
        pass
    assert "Entry block" in caught.value.found


# The constructors of C++.

CONSTRUCTED = """
@log = global i32 0
@llvm.global_ctors = appending global [2 x { i32, ptr, ptr }] [
  { i32, ptr, ptr } { i32 65535, ptr @late, ptr null },
  { i32, ptr, ptr } { i32 101, ptr @early, ptr null }]
define internal void @late() { store volatile i32 2, ptr @log ret void }
define internal void @early() { store volatile i32 1, ptr @log ret void }
define ptr @entry() { %x = load volatile i32, ptr @log %p = inttoptr i32 %x to ptr ret ptr %p }
"""


def test_constructors_run_in_the_entry_point(assembled: Assembled) -> None:
    """In the order of their priorities, before anything else, and once."""
    ir = build_ir(assembled(CONSTRUCTED), [], target.host(), Options(("entry",)))
    assert visible(ir) == {"entry"}
    assert "llvm.global_ctors" not in ir
    stores = [line for line in ir.splitlines() if "store volatile" in line]
    assert ["i32 1" in stores[0], "i32 2" in stores[1], len(stores)] == [True, True, 2]
    entry = ir[ir.index("define ptr @entry") :]
    assert entry.index("@pthread_once(") < entry.index("load volatile")


def test_module_without_constructors_is_left_alone(assembled: Assembled) -> None:
    """Which is every module in C."""
    with parsed(assembled(SMALL)) as module:
        before = str(module)
        constructors.call(module, "entry")
        assert str(module) == before


# The machine.


def test_host() -> None:
    """This processor, by LLVM's name, with its features spelled out."""
    here = target.host()
    assert here == target.host()
    assert here.triple == identity.triple()
    assert here.cpu
    assert all(feature[0] in "+-" for feature in here.features.split(","))


def test_llvm_version() -> None:
    """Three numbers."""
    assert target.llvm_version() >= (22, 0, 0)


def test_broken_llvmlite(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever importing it raises becomes one error with the reason in it."""
    monkeypatch.setitem(sys.modules, "llvmlite.binding", None)
    monkeypatch.delattr("llvmlite.binding", raising=False)
    with pytest.raises(errors.LLVMMissingError) as caught:
        target.llvm()
    assert "ImportError" in caught.value.found or "ModuleNotFoundError" in caught.value.found
    assert sys.executable in caught.value.remedy


def test_linked_ends_its_module(assembled: Assembled) -> None:
    """The LLVM module lives as long as the block, no longer."""
    with jit.linked(assembled(SMALL), [], target.host(), Options(("entry",))) as module:
        assert "@entry" in str(module)
