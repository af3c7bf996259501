"""Files that cannot be loaded: each is its own error, and none disturbs the process."""

from __future__ import annotations

import hashlib
import json
import os
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

import hpybc
from hpybc import errors
from hpybc.jit import identity
from hpybc.jit.module import parsed
from hpybc.loader import build, extension
from hpybc.loader.manifest import wrap
from hpybc.loader.recipe import Recipe
from hpybc.process import child

OTHER_ARCHITECTURE = "aarch64" if identity.architecture() == "x86_64" else "x86_64"

LETHAL = Path(__file__).parent / "lethal.c"


@pytest.fixture(autouse=True)
def undisturbed(answer: Callable[..., Path], capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """After every test nothing was printed, and a good file loads."""
    hpybc.load(answer())
    capfd.readouterr()
    yield
    assert capfd.readouterr() == ("", "")
    assert hpybc.load(answer()).answer() == 42


def refused(path: str | os.PathLike[str], kind: type[errors.LoadError]) -> errors.LoadError:
    """The error of loading ``path``, which is exactly a ``kind`` and says all it should."""
    with pytest.raises(ImportError) as caught:
        hpybc.load(path)
    error = caught.value
    assert type(error) is kind
    assert isinstance(error, errors.LoadError)
    assert isinstance(error, errors.HpybcError)
    assert error.path == os.fspath(path)
    assert error.what and error.needed and error.remedy
    lines = str(error).splitlines()
    assert lines[0] == f"{os.fspath(path)}: {error.what}"
    assert f"  needed:  {error.needed}" in lines
    assert f"  remedy:  {error.remedy}" in lines
    assert error.found == "" or f"  found:   {error.found}" in str(error)
    return error


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def with_bits(data: bytes, at: int, width: int, value: int) -> bytes:
    """``data`` with ``width`` bits at bit ``at`` replaced; bitcode is a little-endian stream."""
    whole = int.from_bytes(data, "little")
    whole &= ~(((1 << width) - 1) << at)
    return (whole | value << at).to_bytes(len(data), "little")


def char6(text: str) -> int:
    """``text`` in the six bit characters of bitcode."""
    alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._"
    return sum(alphabet.index(c) << 6 * i for i, c in enumerate(text))


def producer_at(data: bytes) -> int:
    """The bit at which the text "LLVM22.1.0" of the identification block begins."""
    head = int.from_bytes(data[:64], "little")
    return next(at for at in range(512) if head >> at & 0xFFFFFF == char6("LLVM"))


def with_producer(data: bytes, major: int) -> bytes:
    """``data`` as if LLVM ``major``, of two digits, had written it."""
    return with_bits(data, producer_at(data) + 24, 12, char6(str(major)))


def with_epoch(data: bytes, epoch: int) -> bytes:
    """``data`` in another epoch of the format, a number LLVM raises when it breaks with the past.

    Between the producer's text and the epoch lie the definition of an abbreviation (5 bits, the
    number of operands in 5, a literal in 1 + 8, an encoding in 1 + 3 + 5) and its number (5).
    """
    length = (int.from_bytes(data[:64], "little") >> producer_at(data) - 6) & 63
    return with_bits(data, producer_at(data) + 6 * length + 33, 6, epoch)


def with_module_version(data: bytes, version: int) -> bytes:
    """``data`` with another version of the module block, of which LLVM has known 0, 1 and 2.

    The block follows the one of 4 + 8 bytes and as many words as the last 4 of these say; after its
    own 8 bytes come an abbreviation's number (3 bits), a code (6), a length (6) and the version.
    """
    body = 12 + 4 * int.from_bytes(data[8:12], "little") + 8
    return with_bits(data, 8 * body + 15, 6, version)


# The path.


def test_missing_file(tmp_path: Path) -> None:
    """There is nothing at the path."""
    refused(tmp_path / "absent.bc", errors.FileMissingError)


def test_dangling_link(tmp_path: Path) -> None:
    """There is a link, and nothing behind it."""
    link = tmp_path / "link.bc"
    link.symlink_to(tmp_path / "absent.bc")
    refused(link, errors.FileMissingError)


def test_directory(tmp_path: Path) -> None:
    """The path names a folder."""
    refused(tmp_path, errors.FileIsDirectoryError)


def test_path_with_a_nul() -> None:
    """No file can have this name; the error is not open()'s ValueError."""
    error = refused("answer\0.bc", errors.FileUnreadableError)
    assert "null" in error.found


def test_path_that_goes_through_a_file(answer: Callable[..., Path]) -> None:
    """What would be the folder is a file."""
    error = refused(answer() / "answer.bc", errors.FileUnreadableError)
    assert "Not a directory" in error.found


def test_link_to_itself(tmp_path: Path) -> None:
    """The operating system gives up."""
    link = tmp_path / "link.bc"
    link.symlink_to(link)
    refused(link, errors.FileUnreadableError)


@contextmanager
def without_privileges() -> Iterator[None]:
    """Root reads files whatever their permissions say."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_file_without_read_permission(tmp_path: Path) -> None:
    """The operating system refuses."""
    file = written(tmp_path / "secret.bc", b"")
    file.chmod(0)
    with without_privileges(), pytest.raises(errors.FileUnreadableError) as caught:
        extension.read(file)
    assert "Permission denied" in caught.value.found
    assert caught.value.path == str(file)


# The wrapper.


def test_empty_file(tmp_path: Path) -> None:
    """As an interrupted copy leaves it."""
    refused(written(tmp_path / "empty.bc", b""), errors.EmptyFileError)


@pytest.mark.parametrize(
    "data",
    [b"\x7fELF\x02\x01\x01" + bytes(64), b"B", b"BC\xc0", b"#include <hpy.h>\n", bytes(100)],
    ids=["shared object", "one byte", "three bytes", "source", "zeros"],
)
def test_something_else(data: bytes, tmp_path: Path) -> None:
    """Neither wrapper nor bitcode."""
    error = refused(written(tmp_path / "other.bc", data), errors.NotBitcodeError)
    assert repr(data[:4]) in error.found


def test_truncated_in_the_wrapper(answer: Callable[..., Path], tmp_path: Path) -> None:
    """Even the five words are not all there."""
    refused(written(tmp_path / "short.bc", answer().read_bytes()[:12]), errors.NotBitcodeError)


@pytest.mark.parametrize("length", [20, 100, -1000, -1])
def test_truncated(length: int, answer: Callable[..., Path], tmp_path: Path) -> None:
    """In the manifest or in the payload: the header says how long the file was."""
    data = answer().read_bytes()
    error = refused(written(tmp_path / "short.bc", data[:length]), errors.TruncatedFileError)
    assert error.needed == f"{len(data)} bytes"
    assert error.found == f"{len(data[:length])} bytes"


def test_payload_in_the_header(answer: Callable[..., Path], tmp_path: Path) -> None:
    """An offset that points into the five words themselves."""
    data = bytearray(answer().read_bytes())
    data[8:12] = bytes(4)
    refused(written(tmp_path / "odd.bc", bytes(data)), errors.TruncatedFileError)


# The manifest.


@pytest.mark.parametrize(
    "manifest",
    [
        b"not JSON",
        b"\xff\xfe\xfd",
        b"{",
        b"null",
        b"1",
        b"[]",
        b'"format"',
        b"{}",
        b'{"format": 1}',
        b'{"format": null}',
        b"[" * 100_000,
        b'{"format": ' * 100_000,
        b'{"format": ' + b"9" * 10_000 + b"}",
    ],
    ids=lambda manifest: manifest[:12].decode("latin-1"),
)
def test_manifest_that_makes_no_sense(manifest: bytes, stamped: Callable[..., Path]) -> None:
    """Not JSON, or not an object with the keys of a manifest."""
    refused(stamped(b"BC\xc0\xde", manifest), errors.ManifestError)


@pytest.mark.parametrize("key", ["module", "entry", "hpy_abi", "llvm"])
@pytest.mark.parametrize("value", [None, 7, ["a"], {}], ids=repr)
def test_manifest_with_a_value_of_another_type(
    key: str, value: object, restamped: Callable[..., Path]
) -> None:
    """All these are texts."""
    refused(restamped(**{key: value}), errors.ManifestError)


@pytest.mark.parametrize("digest", ["null", "7", "[]", '""', '"12"', '"\\u0661"', '"\\ud800"'])
def test_manifest_without_a_digest(
    digest: str, answer: Callable[..., Path], stamped: Callable[..., Path]
) -> None:
    """Something else in its place, which no file can have as its digest."""
    source = extension.read(answer())
    manifest = {**(source.manifest or {}), "sha256": None}
    text = json.dumps(manifest).replace('"sha256": null', f'"sha256": {digest}')
    refused(stamped(source.payload, text.encode()), errors.ManifestError)


@pytest.mark.parametrize("llvm", ["", "new", "22a.1", "-1", "\u0662\u0662"])
def test_manifest_with_no_version_of_llvm(llvm: str, restamped: Callable[..., Path]) -> None:
    """A text, and not a version."""
    refused(restamped(llvm=llvm), errors.ManifestError)


@pytest.mark.parametrize(
    ("key", "value"),
    [("python", 3), ("python", "abi3-"), ("python", "abi3-0x3"), ("python", ["3.11"])]
    + [(key, value) for key in ("libraries", "runpath") for value in ("libm.so", 1, [1], None)],
)
def test_manifest_with_other_types(key: str, value: object, restamped: Callable[..., Path]) -> None:
    """What need not be there is a version, or a list of texts."""
    refused(restamped(**{key: value}), errors.ManifestError)


@pytest.mark.parametrize("module", ["", "a\0b", "\ud800", "."])
def test_manifest_with_no_name_of_a_module(module: str, restamped: Callable[..., Path]) -> None:
    """A text, and nothing Python could call a module."""
    refused(restamped(module=module), errors.ManifestError)


@pytest.mark.parametrize("number", [0, 1, 3, "2"])
def test_manifest_of_another_format(number: object, restamped: Callable[..., Path]) -> None:
    """A later hpybc may write what this one cannot read."""
    error = refused(restamped(format=number), errors.ManifestError)
    assert error.found == f"format {number}"
    assert error.needed == "format 2"


@pytest.mark.parametrize("name", [None, "answer", "other"])
@pytest.mark.parametrize("entry", ["PyInit_absent", "", "puts", "HPy_Dup"])
def test_manifest_with_an_entry_point_that_is_not_there(
    entry: str, name: str | None, restamped: Callable[..., Path]
) -> None:
    """A symbol the bitcode does not have, or does not define."""
    file = restamped(entry=entry, **({} if name is None else {"module": name}))
    error = refused(file, errors.ModuleInitError)
    assert error.name == (name or "answer")


def test_checksum(answer: Callable[..., Path], stamped: Callable[..., Path]) -> None:
    """The payload is another than the one the manifest was written for."""
    source, other = extension.read(answer()), extension.read(answer("ANSWER=1"))
    assert source.manifest is not None
    error = refused(
        stamped(other.payload, json.dumps(source.manifest).encode()), errors.ChecksumError
    )
    assert error.found.startswith("sha256 ")
    assert error.needed == f"sha256 {source.manifest['sha256']}"


def test_checksum_is_of_all_else_in_the_file(answer: Callable[..., Path], tmp_path: Path) -> None:
    """As sha256sum would say, once the digits are cut out."""
    data, manifest = answer().read_bytes(), extension.read(answer()).manifest
    assert manifest is not None
    digits = str(manifest["sha256"]).encode()
    assert data.count(digits) == 1
    assert hashlib.sha256(data.replace(digits, b"")).hexdigest().encode() == digits
    refused(written(tmp_path / "longer.bc", data + b"\0"), errors.ChecksumError)


def test_other_hpy_abi_in_the_manifest(restamped: Callable[..., Path]) -> None:
    """Another major version is another layout of everything."""
    error = refused(restamped(hpy_abi="7.0"), errors.AbiVersionError)
    assert error.found == "HPy ABI 7.0"
    assert error.needed == "HPy ABI 0.0"


def test_newer_llvm_in_the_manifest(restamped: Callable[..., Path]) -> None:
    """Known before LLVM sees a byte."""
    # No image of this bitcode is in the cache: one that is was not too new for LLVM.
    error = refused(restamped("ANSWER=2", llvm="99.1.0"), errors.NewerLLVMError)
    assert error.found == "LLVM 99.1.0"
    assert error.name == "answer"


# The bitcode.


def test_other_architecture(answer: Callable[..., Path], tmp_path: Path) -> None:
    """Compiled for another processor."""
    source = extension.read(answer())
    assert source.manifest is not None
    with parsed(source.payload) as module:
        module.triple = f"{OTHER_ARCHITECTURE}-unknown-linux-gnu"
        data = wrap(module.bitcode, source.manifest, OTHER_ARCHITECTURE)
    error = refused(written(tmp_path / "answer.bc", data), errors.ArchitectureError)
    assert error.found.startswith(OTHER_ARCHITECTURE)
    assert error.needed.startswith(identity.architecture())
    assert error.name == "answer"


def test_other_operating_system(raw: Callable[..., Path]) -> None:
    """Compiled for the same processor under another system, whose C library differs."""
    file = raw("-target", f"{identity.architecture()}-freebsd")
    error = refused(file, errors.ArchitectureError)
    assert "freebsd" in error.found


def test_not_optimized(raw: Callable[..., Path]) -> None:
    """LLVM would inline nothing of it."""
    error = refused(raw("-O0"), errors.NotOptimizedError)
    assert "optnone" in error.found
    assert error.name == "answer"


def test_raw_bitcode_of_a_newer_epoch(raw: Callable[..., Path], tmp_path: Path) -> None:
    """The format itself has changed since."""
    data = with_epoch(raw().read_bytes(), 1)
    error = refused(written(tmp_path / "newer.bc", data), errors.NewerLLVMError)
    assert error.name == "newer"


def test_raw_bitcode_with_something_newer_in_it(raw: Callable[..., Path], tmp_path: Path) -> None:
    """What this LLVM does not understand, and why: the producer is newer."""
    data = with_module_version(with_producer(raw().read_bytes(), 99), 3)
    error = refused(written(tmp_path / "newer.bc", data), errors.NewerLLVMError)
    assert error.found.startswith("LLVM 99.")


def test_raw_bitcode_with_something_odd_in_it(raw: Callable[..., Path], tmp_path: Path) -> None:
    """The same from an LLVM that is not newer is damage."""
    data = with_module_version(raw().read_bytes(), 3)
    refused(written(tmp_path / "odd.bc", data), errors.InvalidBitcodeError)


@pytest.mark.parametrize("keep", [4, 200, 0.5])
def test_raw_bitcode_that_ends_early(keep: float, raw: Callable[..., Path], tmp_path: Path) -> None:
    """LLVM's parser notices."""
    data = raw().read_bytes()
    length = int(keep if keep > 1 else len(data) * keep) & ~3
    refused(written(tmp_path / "short.bc", data[:length]), errors.InvalidBitcodeError)


def test_stamped_payload_that_is_no_bitcode(stamped: Callable[..., Path]) -> None:
    """Even a correct checksum makes no bitcode of it."""
    manifest: dict[str, object] = {
        "module": "m",
        "entry": "PyInit_m",
        "hpy_abi": "0.0",
        "llvm": "22.1.0",
    }
    file = stamped(b"", b"")
    file.write_bytes(wrap(b"BC\xc0\xdetruly", manifest, "x86_64"))
    error = refused(file, errors.InvalidBitcodeError)
    assert error.name == "m"


# The module.


def test_no_module(raw: Callable[..., Path]) -> None:
    """HPy_MODINIT was forgotten."""
    error = refused(raw("-DNO_MODINIT"), errors.ModuleInitError)
    assert "HPy_MODINIT" in error.needed


def test_two_modules(raw: Callable[..., Path], tmp_path: Path) -> None:
    """Two HPy_MODINIT, and a file name that chooses neither."""
    file = written(tmp_path / "both.bc", raw("-DTWO_MODINITS").read_bytes())
    error = refused(file, errors.ModuleInitError)
    assert error.found == "PyInit_answer, PyInit_second"


def test_other_hpy_abi_in_raw_bitcode(raw: Callable[..., Path]) -> None:
    """What HPy_MODINIT leaves behind says it."""
    error = refused(raw("-DOTHER_ABI"), errors.AbiVersionError)
    assert error.found == "HPy ABI 7.0"
    assert error.name == "answer"


def test_universal_module_of_hpy_itself(compiled: Callable[..., Path], tmp_path: Path) -> None:
    """Bitcode that HPy's own headers made has no PyInit function; the error says why."""
    source = tmp_path / "foreign.c"
    source.write_text("int HPyInit_foreign(void);\nint HPyInit_foreign(void) { return 0; }\n")
    with pytest.raises(errors.ModuleInitError) as caught:
        compiled(source)
    assert caught.value.found == "HPyInit_foreign, compiled with other HPy headers"


@pytest.mark.parametrize("symbol", ["defined_nowhere", "HPyFuture_Function"])
def test_undefined_symbol(symbol: str, answer: Callable[..., Path], engine: str) -> None:
    """A function of the author's that was not compiled, or one a later HPy may have."""
    error = refused(answer(f"UNDEFINED={symbol}"), errors.UndefinedSymbolError)
    assert isinstance(error, errors.UndefinedSymbolError)
    assert error.symbols == (symbol,)
    assert error.found == symbol
    assert error.name == "answer"


# Chance.


def mutated(data: bytes, payload_at: int, chance: random.Random) -> bytes:
    """``data`` with a few bits flipped, cut short, or with a part of itself somewhere else."""
    changed = bytearray(data)
    kind = chance.choice(["flip", "flip", "truncate", "splice", "insert", "delete"])
    # Half of the changes hit the little that is not payload.
    at = chance.randrange(*chance.choice([(0, payload_at), (payload_at, len(data))]))
    length = chance.randint(1, 64)
    start = chance.randrange(len(data))
    if kind == "flip":
        for _ in range(chance.choice([1, 1, 4])):
            changed[at] ^= 1 << chance.randrange(8)
            at = chance.randrange(at, len(data))
    elif kind == "truncate":
        del changed[at:]
    elif kind == "splice":
        changed[at : at + length] = data[start : start + length]
    elif kind == "insert":
        changed[at:at] = data[start : start + length]
    else:
        del changed[at : at + length]
    return bytes(changed)


def test_mutated_files(answer: Callable[..., Path], tmp_path: Path) -> None:
    """Of 300 spoilt files none crashes and none loads, wherever the change is."""
    data = answer().read_bytes()
    payload_at = len(data) - len(extension.read(answer()).payload)
    for seed in range(300):
        spoilt = mutated(data, payload_at, random.Random(seed))
        if spoilt != data:
            file = written(tmp_path / "answer.bc", spoilt)
            with pytest.raises(errors.LoadError) as caught:
                hpybc.load(file)
            assert caught.value.path == str(file)


def test_mutated_payload_under_a_good_header(answer: Callable[..., Path], tmp_path: Path) -> None:
    """Every byte of the payload counts: a flipped bit anywhere is found before LLVM sees it."""
    data = answer().read_bytes()
    size = len(extension.read(answer()).payload)
    chance = random.Random(0)
    for _ in range(100):
        spoilt = bytearray(data)
        spoilt[-chance.randint(1, size)] ^= 1 << chance.randrange(8)
        with pytest.raises(errors.ChecksumError):
            hpybc.load(written(tmp_path / "answer.bc", bytes(spoilt)))


def test_raw_bitcode_that_was_changed(raw: Callable[..., Path], tmp_path: Path) -> None:
    """LLVM takes it, refuses it, or aborts: in a process of its own."""
    data = raw().read_bytes()

    def outcome(seed: int) -> str:
        spoilt = mutated(data, 4, random.Random(seed))
        try:
            source = extension.read(written(tmp_path / f"{seed}.bc", spoilt))
            made = build.binary(Recipe(source, "release", "PyInit_answer", "memory"))
            return str(len(made.content) > 0)
        except errors.BuildProcessError as error:
            assert error.remedy == "compile the source with hpybc compile"
            return error.found.partition(";")[0]
        except errors.LoadError:
            return "refused"

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(outcome, range(24)))
    assert set(outcomes) <= {"True", "refused", "SIGABRT", "SIGSEGV", "SIGBUS", "SIGILL"}
    assert "refused" in outcomes


@pytest.mark.parametrize("mode", ["release", "debug"])
def test_raw_bitcode_that_the_process_does_not_survive(
    mode: str, engine: str, compiled: Callable[..., Path], tmp_path: Path
) -> None:
    """It is valid; the module is made on trial, in another process."""
    file = written(tmp_path / "lethal.bc", extension.read(compiled(LETHAL)).payload)
    with pytest.raises(errors.BuildProcessError) as caught:
        hpybc.load(file, mode=mode)
    assert caught.value.found.startswith("SIGABRT")
    assert (caught.value.path, caught.value.name) == (str(file), "lethal")


def test_only_what_nobody_vouches_for_has_limits(
    raw: Callable[..., Path], answer: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And is never compiled in this process."""
    asked = []

    def call(function: Callable[..., bytes], *arguments: object, **options: object) -> bytes:
        asked.append((options.get("limits"), options.get("here") is not None))
        return function(*arguments)

    monkeypatch.setattr(child, "call", call)
    for file in (raw(), answer()):
        build.binary(Recipe(extension.read(file), "release", "PyInit_answer"))
    assert asked == [(child.FOREIGN, False), (None, True)]


def test_manifest_is_readable_json(answer: Callable[..., Path]) -> None:
    """What the tests above spoil is there to begin with."""
    manifest = extension.read(answer()).manifest
    assert json.loads(json.dumps(manifest)) == manifest
