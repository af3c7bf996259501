"""Building the contexts: for one interpreter, completely, or not at all."""

from __future__ import annotations

import re
import sysconfig
from pathlib import Path

import pytest

from hpybc import errors
from hpybc.jit.module import parsed
from hpybc.loader import contexts, extension
from hpybc.toolchain import contexts as toolchain
from hpybc.toolchain.compile import python_flags


@pytest.fixture(scope="module")
def built(contexts_compiled_once: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of contexts, built just now."""
    folder = tmp_path_factory.mktemp("contexts")
    files = toolchain.build(str(folder))
    assert sorted(files) == sorted(str(path) for path in folder.iterdir())
    return folder


def test_a_file_for_each_stack(built: Path) -> None:
    """And each context that is in none; with the interpreter in its name if it is bound to one."""
    tag = contexts.interpreter_tag()
    assert sorted(path.name for path in built.iterdir()) == [
        "boxed.any.bc",
        "boxed_trace.any.bc",
        "cpu.any.bc",
        f"debug.{tag}.bc",
        "debugmod.any.bc",
        "exceptions.any.bc",
        f"host.{tag}.bc",
        f"legacy.{tag}.bc",
        "portable.any.bc",
        f"release.{tag}.bc",
        "runtime.any.bc",
        f"trace.{tag}.bc",
        "tracemod.any.bc",
        "universal.any.bc",
    ]


def test_installation_has_them_all(built: Path) -> None:
    """Under the names the loader looks for, and byte for byte.

    The same sources give the same digest, hence the same names in the cache. Where this fails, the
    sources have changed since they were installed.
    """
    installed = [Path(contexts.existing(name)) for name in (*toolchain.ALONE, *contexts.STACKS)]
    assert {path.name for path in installed} == {path.name for path in built.iterdir()}
    for path in installed:
        assert path.read_bytes() == (built / path.name).read_bytes(), "pip install -e . again"


def test_contexts_are_bitcode_files(built: Path) -> None:
    """With a manifest like any other."""
    for path in built.iterdir():
        manifest = extension.read(path).manifest
        assert manifest is not None
        assert manifest["module"] == path.name.partition(".")[0]
        assert manifest["hpy_abi"] == "0.0"
        assert manifest["optimization"] == "none"


def test_functions_of_contexts_can_be_inlined(built: Path) -> None:
    """Not marked as never to be, but for what runs once for each module or type, or raises."""
    for path in built.iterdir():
        with parsed(extension.read(path).payload) as module:
            text = str(module)
            done = {f.name for f in module.functions if any(b"optnone" in a for a in f.attributes)}
        assert '"target-cpu"' not in text
        names = contexts.STACKS.get(path.name.partition(".")[0], ())
        once = {"init_module", "from_spec", "draft_spec", "create_module"}
        assert done.issuperset(once) == ("cpython" in names)
        assert not any(name.lstrip("_").startswith("HPy") for name in done)
        if names and "cpython" not in names:
            assert all(name.removeprefix("hpyarg_").startswith("fail") for name in done)
        assert bool(done) == bool(names)


def test_a_stack_defines_the_whole_api(built: Path) -> None:
    """Every function that one context calls, and every one that api.def lists, or a subset known.

    Nobody sees any other, and nobody gets what he does not ask for.
    """
    for name in contexts.STACKS:
        (file,) = built.glob(f"{name}.*.bc")
        with parsed(extension.read(file).payload) as module:
            seen = module.defined()
            assert not [s for s in module.undefined if s.lstrip("_")[:3] == "HPy"]
            assert {module.function("HPy_Dup").linkage.name} == {"linkonce_odr"}
        assert {"HPy_Dup", "_HPyArg_ParseArray", "HPyErr_SetString"} <= seen
        assert all(symbol.lstrip("_").startswith("HPy") for symbol in seen)


def test_the_portable_context_ends_where_that_of_hpy_0_9_0_does(built: Path) -> None:
    """The helpers do not need the rest."""
    with parsed(extension.read(built / "portable.any.bc").payload) as module:
        assert {"HPyCapsule_New", "HPy_CallMethod"} <= module.defined()
        assert module.defined().isdisjoint({"_HPy_AsStruct_Dict", "HPy_GetIter", "HPySlice_New"})


def test_helpers_and_forwarders_know_no_python(built: Path) -> None:
    """They are the same for all interpreters, hence their names."""
    for path in built.glob("*.any.bc"):
        with parsed(extension.read(path).payload) as module:
            assert not [name for name in module.undefined if name.startswith("Py")]


def test_one_file_asks_what_this_python_is() -> None:
    """The others ask it for what they may do, so that a condition stands in one place."""
    asked = re.compile(r"Py_GIL_DISABLED|Py_DEBUG|Py_REF_DEBUG|Py_TRACE_REFS|PY_VERSION_HEX")
    asking = {
        str(file.relative_to(toolchain._SOURCES))
        for file in Path(toolchain._SOURCES).rglob("*.[ch]")
        if asked.search(file.read_text(encoding="utf-8"))
    }
    assert asking == {"cpython/layout.h"}


def test_missing_headers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One clear error with one line for each of its parts, before anything is compiled."""
    headers = tmp_path / "include"
    folder = tmp_path / "contexts"
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(headers))
    with pytest.raises(errors.ContextBuildError) as caught:
        toolchain.build(str(folder))
    error = caught.value
    assert error.found == f"no Python.h in {headers}"
    assert "python3-dev" in error.remedy
    assert str(error).splitlines() == [
        "the headers of this Python are not installed",
        f"  found:   {error.found}",
        f"  needed:  {error.needed}",
        f"  remedy:  {error.remedy}",
    ]
    assert not folder.exists()


def test_context_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loader lists those there are, and says which interpreter is without."""
    monkeypatch.setattr(contexts, "_FOLDER", str(tmp_path))
    (tmp_path / "release.cpython-399-x.bc").write_bytes(b"")
    with pytest.raises(errors.ContextMissingError) as caught:
        contexts.existing("release")
    assert caught.value.found == "release.cpython-399-x.bc"
    assert caught.value.needed == f"release.{contexts.interpreter_tag()}.bc"
    monkeypatch.setattr(contexts, "_FOLDER", str(tmp_path / "absent"))
    with pytest.raises(errors.ContextMissingError) as caught:
        contexts.stack("release")
    assert caught.value.found == "no context at all"


def test_context_that_is_damaged(tmp_path: Path) -> None:
    """The error is that of any damaged file, and names this one."""
    file = tmp_path / "cpython.bc"
    for data, kind in (
        (b"", errors.EmptyFileError),
        (b"text", errors.NotBitcodeError),
        (Path(contexts.existing("release")).read_bytes()[:100], errors.TruncatedFileError),
    ):
        file.write_bytes(data)
        with pytest.raises(kind) as caught:
            extension.read(str(file))
        assert caught.value.path == str(file)


def test_debian_keeps_a_header_for_each_architecture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its pyconfig.h includes, from the folder above, the one of an architecture."""
    folder = tmp_path / "python3.14"
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(folder))
    monkeypatch.setattr(sysconfig, "get_config_var", lambda name: "an-architecture")
    assert python_flags() == ["-idirafter", str(folder)]
    own = tmp_path / "an-architecture" / "python3.14"
    own.mkdir(parents=True)
    (own / "pyconfig.h").touch()
    assert python_flags() == ["-idirafter", str(folder), "-idirafter", str(tmp_path)]
