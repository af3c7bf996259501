"""Machine code by lld: the same as llvmlite's, and the same errors where there is none."""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Callable, Iterator
from importlib.machinery import PathFinder
from pathlib import Path

import pytest

from hpybc import errors
from hpybc.jit import build, cpu, identity, image, lto, optimize, symbols, target
from hpybc.jit.build import Options
from hpybc.loader import contexts, extension
from tools.elf import Image

ROOT = Path(__file__).parent.parent.parent

Assembled = Callable[..., bytes]

x86 = pytest.mark.skipif(identity.architecture() != "x86_64", reason="the code is x86-64's")

#: Two roundings where `fma` makes one.
PRODUCT = """
define double @entry(double %a, double %b, double %c) {
  %product = fmul double %a, %b
  %sum = fadd double %product, %c
  ret double %sum
}
"""

#: Vectors of 256 and of 512 bits.
VECTORS = """
define void @plain(ptr %p) {
  %v = load <8 x float>, ptr %p
  %sum = fadd <8 x float> %v, %v
  store <8 x float> %sum, ptr %p
  ret void
}
define void @wide(ptr %p) #0 {
  %v = load <16 x float>, ptr %p
  %sum = fadd <16 x float> %v, %v
  store <16 x float> %sum, ptr %p
  ret void
}
attributes #0 = { "target-features"="+avx512f,+evex512" }
"""

LIBRARY_CALL = """
declare extern_weak i32 @nobody_has_this()
declare i32 @getpid()
define i128 @entry(i128 %a, i128 %b) {
  %1 = udiv i128 %a, %b
  %2 = call i32 @getpid()
  %3 = call i32 @nobody_has_this()
  %4 = add i32 %2, %3
  %5 = zext i32 %4 to i128
  %6 = add i128 %1, %5
  ret i128 %6
}
"""


@pytest.fixture(params=["lld", "llvmlite"])
def lld(request: pytest.FixtureRequest) -> tuple[str, ...] | None:
    """What makes machine code: both of them."""
    found = lto.command()
    assert found is not None, "the tests need ziglang"
    return found if request.param == "lld" else None


@pytest.fixture
def anew() -> Iterator[None]:
    """What there is is found out again, in the test and after it."""
    for cached in (image.linker, lto.command):
        cached.cache_clear()
    yield
    for cached in (image.linker, lto.command):
        cached.cache_clear()


@pytest.fixture
def on_path(monkeypatch: pytest.MonkeyPatch, anew: None, tmp_path: Path) -> Callable[..., str]:
    """A script in the place of the linker, and no ziglang."""
    find = PathFinder.find_spec
    monkeypatch.setattr(
        PathFinder,
        "find_spec",
        lambda name, *rest: None if name == "ziglang" else find(name, *rest),
    )

    def make(name: str, text: str) -> str:
        path = tmp_path / name
        path.write_text("#!/bin/sh\n" + text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.defpath}")
        return str(path)

    return make


# The code.


@pytest.mark.parametrize("name", ["native", "generic"])
def test_nothing_is_fused(
    name: str, lld: tuple[str, ...] | None, assembled: Assembled, tmp_path: Path
) -> None:
    """A product is rounded before it is added to, whatever the processor has."""
    made = build.build(assembled(PRODUCT), [], cpu.named(name), Options(("entry",), lld=lld))
    file = tmp_path / "image.so"
    file.write_bytes(image.make(made, "shared"))
    entry = ctypes.CDLL(str(file)).entry
    entry.argtypes, entry.restype = [ctypes.c_double] * 3, ctypes.c_double
    x = 1 + 2.0**-30
    assert entry(x, x, -(1 + 2.0**-29)) == 0.0  # 2**-60 if fused


@x86
@pytest.mark.parametrize(("features", "prefix"), [("+avx,+avx2", b"\xc5\xfc"), ("", b"\x0f")])
def test_the_targets_features_are_used_and_a_functions_own(
    features: str, prefix: bytes, lld: tuple[str, ...] | None, assembled: Assembled
) -> None:
    """The list of them counts, not the processor that lld runs on."""
    machine = target.Target(identity.triple(), "generic", features)
    options = Options(("plain", "wide"), lld=lld)
    found = Image(build.build(assembled(VECTORS), [], machine, options))
    code = found.sections[".text"] + found.sections.get(".text.plain", b"")
    wide = found.sections.get(".text.wide", code)
    plain = code.removesuffix(wide) if lld else code
    assert plain.startswith(prefix)
    assert b"\x62\xf1" in wide  # EVEX
    assert lld is None or b"\x62\xf1" not in plain


def test_every_build_gives_the_same_bytes(
    lld: tuple[str, ...] | None, example: Callable[[str], bytes], release: list[bytes]
) -> None:
    options = Options(("PyInit_quickstart",), lld=lld)
    made = {build.build(example("quickstart"), release, target.host(), options) for _ in range(2)}
    assert len(made) == 1


def test_position_independent_whatever_the_module_says(
    lld: tuple[str, ...] | None, assembled: Assembled, tmp_path: Path
) -> None:
    """Other compilers write code for programs, at addresses that are known."""
    text = """
    @state = internal global i32 41
    @table = internal global [2 x ptr] [ptr null, ptr @state]
    define i32 @entry(i64 %n) {
      %place = getelementptr [2 x ptr], ptr @table, i64 0, i64 %n
      %found = load volatile ptr, ptr %place
      %value = load i32, ptr %found
      %next = add i32 %value, 1
      store i32 %next, ptr @state
      ret i32 %next
    }
    """
    made = build.build(assembled(text), [], target.host(), Options(("entry",), lld=lld))
    file = tmp_path / "image.so"
    file.write_bytes(image.make(made, "shared"))
    entry = ctypes.CDLL(str(file)).entry
    assert [entry(ctypes.c_int64(1)), entry(ctypes.c_int64(1))] == [42, 43]


def test_what_machine_code_calls_by_itself(
    lld: tuple[str, ...] | None, assembled: Assembled
) -> None:
    """An object file shows it, and what may be missing."""
    options = Options(("entry",), lld=lld)
    made = build.build(assembled(LIBRARY_CALL), [], target.host(), options)
    assert symbols.needed(made) == ["__udivti3", "getpid"]
    assert "nobody_has_this" in {s.name for s in symbols.symbols(made) if s.weak}


def test_a_missing_symbol(lld: tuple[str, ...] | None, assembled: Assembled) -> None:
    """lld finds it missing no earlier than llvmlite."""
    text = "declare i32 @absent()\ndefine i32 @entry() { %x = call i32 @absent() ret i32 %x }"
    with pytest.raises(errors.UndefinedSymbolError) as caught:
        build.build(assembled(text), [], target.host(), Options(("entry",), lld=lld))
    assert caught.value.symbols == ("absent",)


# Who makes it.


def test_ziglangs_is_used(anew: None) -> None:
    assert lto.command() == image.linker()


@pytest.mark.parametrize(
    ("name", "says", "used"),
    [
        ("ld.lld", "LLD 99.1.0 (compatible with GNU linkers)", True),
        ("ld.lld", "Debian LLD 99.1.0", True),
        ("ld.lld", "LLD 14.0.6 (compatible with GNU linkers)", False),
        ("ld.lld", "I am no linker", False),
        ("ld", "GNU ld (GNU Binutils for Debian) 2.40", False),
    ],
)
def test_the_linker_must_know_the_bitcode(
    name: str, says: str, used: bool, on_path: Callable[..., str]
) -> None:
    """LLVM reads what earlier ones wrote. An image is linked by any."""
    path = on_path(name, f"echo '{says}'")
    assert lto.command() == ((path,) if used else None)
    if name == "ld.lld":
        assert image.linker() == (path,)


def test_a_program_that_does_not_start(on_path: Callable[..., str]) -> None:
    """Then llvmlite compiles, and the linker has its own error."""
    path = on_path("ld.lld", "")
    Path(path).write_text("#!/no/such/interpreter\n")
    assert lto.command() is None
    with pytest.raises(errors.LinkError):
        lto.object_code(b"", target.host(), identity.PASSES, (path,))


def test_its_end_is_an_error(on_path: Callable[..., str]) -> None:
    """With what it said is wrong, and not all the rest."""
    path = on_path(
        "ld.lld", "echo 'LLVM ERROR: out of luck' >&2; echo '#0 0x1 main' >&2; kill -6 $$"
    )
    with pytest.raises(errors.BuildProcessError) as caught:
        lto.object_code(b"", target.host(), identity.PASSES, (path,))
    assert caught.value.found == "SIGABRT; LLVM ERROR: out of luck"


def test_bitcode_that_it_cannot_read(capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing is printed."""
    command = lto.command()
    assert command is not None
    with pytest.raises(errors.BuildProcessError, match=r"exit status 1; ld\.lld: error: "):
        lto.object_code(b"no bitcode", target.host(), identity.PASSES, command)
    assert capfd.readouterr() == ("", "")


def for_this_machine(text: str) -> str:
    """LLVM IR that says what it is for, as lld needs to know."""
    host = target.host()
    layout = optimize.machine(host).target_data
    return f'target datalayout = "{layout}"\ntarget triple = "{host.triple}"\n{text}'


def in_one_run(code: bytes, *arguments: str) -> bytes:
    """The shared object that lld makes of the module ``code``."""
    command = lto.command()
    assert command is not None
    linking = (*image.arguments([], []), *arguments)
    return lto.shared_object(code, target.host(), identity.PASSES, command, linking)


def test_it_compiles_and_links_in_one_run(assembled: Assembled, tmp_path: Path) -> None:
    """The same as in two."""
    code = assembled(for_this_machine(PRODUCT))
    command = lto.command()
    assert command is not None
    made = lto.object_code(code, target.host(), identity.PASSES, command)
    results = []
    for number, content in enumerate((in_one_run(code), image.make(made, "shared"))):
        file = tmp_path / f"{number}.so"
        file.write_bytes(content)
        entry = ctypes.CDLL(str(file)).entry
        entry.argtypes, entry.restype = [ctypes.c_double] * 3, ctypes.c_double
        results.append((entry(2.0, 3.0, 0.5), symbols.needed(content)))
    assert results == [(6.5, [])] * 2


def test_what_it_cannot_link_and_what_it_cannot_compile(assembled: Assembled) -> None:
    """Each has the error that it has where these are two runs."""
    with pytest.raises(errors.LinkError, match="/no/such/library"):
        in_one_run(assembled(for_this_machine(PRODUCT)), "/no/such/library.so")
    with pytest.raises(errors.BuildProcessError, match=r"exit status 1; ld\.lld: error: "):
        in_one_run(b"no bitcode")


@pytest.mark.parametrize(
    ("source", "ahead", "expected"),
    [
        ("tests/loader/capi.c", True, identity.PASSES_AFTER_CLANG),
        ("tests/loader/answer.c", False, identity.PASSES),
    ],
    ids=["C API", "HPy"],
)
def test_what_is_optimised_already(
    source: str,
    ahead: bool,
    expected: tuple[str, ...],
    compiled: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By clang when it was compiled, if nothing of the API is inlined into it."""
    found = []

    def object_code(_: bytes, __: object, passes: tuple[str, ...], *___: object) -> bytes:
        found.append(passes)
        return b""

    monkeypatch.setattr(lto, "object_code", object_code)
    file = extension.read(str(compiled(ROOT / source)))
    assert file.manifest is not None
    assert file.manifest.get("ahead", False) is ahead
    entry = str(file.manifest["entry"])
    options = Options((entry,), ahead=ahead, lld=("ld.lld",))
    stack = extension.read(contexts.stack("release", legacy=True)).payload
    build.compiled(file.payload, [stack], target.host(), options)
    assert found == [expected]
