"""The command: its output, its exit statuses, and that no traceback reaches a user."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import llvmlite
import pytest

import hpybc
from hpybc import cli
from hpybc.cache import store
from hpybc.cli import status
from hpybc.cli.examples import EXAMPLES
from hpybc.jit.target import llvm_version
from hpybc.toolchain import clang

SOURCES = Path(__file__).parent.parent / "examples"
Compiled = Callable[..., Path]


@pytest.fixture
def quickstart(compiled: Compiled) -> Path:
    return compiled(SOURCES / "quickstart.c")


def hpybc_command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the installed command in a process of its own."""
    command = Path(sys.executable).with_name("hpybc")
    return subprocess.run([command, *arguments], capture_output=True, text=True)


def asked(argument: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What the command says to something that it answers by itself."""
    with pytest.raises(SystemExit) as exit_:
        cli.main(argument.split())
    assert exit_.value.code == 0
    return capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """That of all that takes part."""
    own, interpreter, llvm, compiler = asked("--version", capsys).splitlines()
    assert own == f"hpybc {hpybc.__version__}"
    assert interpreter == f"CPython {platform.python_version()}"
    assert llvm == f"LLVM {'.'.join(map(str, llvm_version()))} (llvmlite {llvmlite.__version__})"
    found = clang.find()
    assert compiler == f"clang {found.version} ({found.origin})"


def test_version_where_something_is_missing() -> None:
    code = (
        "import sys; sys.modules['llvmlite'] = None; from hpybc import cli; cli.main(sys.argv[1:])"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, "--version"],
        env={**os.environ, "HPYBC_CLANG": "/no/such/clang"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    own, _, llvm, compiler = done.stdout.splitlines()
    assert own == f"hpybc {hpybc.__version__}"
    assert llvm.startswith("LLVM none: llvmlite is needed")
    assert compiler.startswith("clang none: ")


#: The words of each command.
COMMANDS = [key.split() for key in EXAMPLES]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_has_examples(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    text = asked(" ".join([*command, "--help"]), capsys)
    assert text.startswith(f"usage: {' '.join(['hpybc', *command])} ")
    _, _, examples = text.partition("\nexamples:\n")
    assert [line.strip() for line in examples.splitlines()] == EXAMPLES[" ".join(command)]


def test_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that call hpybc, one after the other; what others call is in test_building.py.

    An example of two commands runs once.
    docs/reference/command.md has the same.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HPYBC_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "include").mkdir()
    (tmp_path / "shapes").mkdir()
    shutil.copy(SOURCES / "point.c", tmp_path)
    path = f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"
    ran = set()
    for lines in EXAMPLES.values():
        for line in lines:
            if line.startswith("hpybc ") and line not in ran:
                ran.add(line)
                done = subprocess.run(["sh", "-ec", line], env={**os.environ, "PATH": path})
                assert done.returncode == 0, line
        if (tmp_path / "point.bc").exists():
            shutil.copy("point.bc", "shapes")


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["compil"], "'compile'"),
        (["cache", "lst"], "'list'"),
        (["export", "point.bc", "--abi", "universe"], "'universal'"),
        (["inspect", "quikstart.bc"], "quickstart.bc"),
        (["inspect", "exmaples/quickstart.bc"], "examples/quickstart.bc"),
        (["compile", "quickstart.cc", "-o", "x.bc"], "quickstart.bc"),
        (["prebuild", "quickstart.b", "quickstart.bcc"], "quickstart.bc"),
    ],
)
def test_did_you_mean(arguments: list[str], meant: str, tmp_path: Path) -> None:
    (tmp_path / "examples").mkdir()
    for folder in (tmp_path, tmp_path / "examples"):
        (folder / "quickstart.bc").write_bytes(b"")
    command = Path(sys.executable).with_name("hpybc")
    done = subprocess.run([command, *arguments], capture_output=True, text=True, cwd=tmp_path)
    assert f"did you mean {meant}?\n" in done.stderr


@pytest.mark.parametrize("path", ["nothing.bc", "no/such/folder.bc", "quickstart.bc/point.bc"])
def test_nothing_like_it(path: str, tmp_path: Path) -> None:
    (tmp_path / "quickstart.bc").write_bytes(b"")
    command = Path(sys.executable).with_name("hpybc")
    done = subprocess.run([command, "inspect", path], capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, "did you mean" in done.stderr) == (status.FAILED, False)


#: Prints what bash would complete the words ``$@`` to.
COMPLETED = """
source /dev/stdin
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_shtab_hpybc
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["pre"], {"prebuild"}),
        (["cache", ""], {"info", "list", "clear", "prune"}),
        (["export", "--abi", ""], {"cpython", "universal"}),
        (["inspect", "po"], {"point.bc", "point.c"}),
        (["compile", "point.c", "po"], {"point.bc", "point.c"}),
        (["cc", "po"], {"point.bc", "point.c"}),
    ],
)
def test_completion(words: list[str], expected: set[str], tmp_path: Path) -> None:
    """bash does with the script what it should."""
    for name in ("point.c", "point.bc"):
        (tmp_path / name).write_bytes(b"")
    script = hpybc_command("--print-completion", "bash")
    assert (script.returncode, script.stderr) == (0, "")
    bash = ["bash", "-c", COMPLETED, "bash", "hpybc", *words]
    done = subprocess.run(bash, input=script.stdout, capture_output=True, text=True, cwd=tmp_path)
    assert expected <= set(done.stdout.split())
    assert not {"bench", "doctor"} & set(done.stdout.split())


@pytest.mark.parametrize("shell", ["zsh", "tcsh"])
def test_completion_of_other_shells(shell: str) -> None:
    done = hpybc_command("--print-completion", shell)
    assert (done.returncode, done.stderr) == (0, "")
    assert "prebuild" in done.stdout


def test_completion_without_shtab(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert cli.main(["--print-completion", "bash"]) == status.USAGE
    assert "pip install 'hpybc[completion]'" in capsys.readouterr().err


def test_every_exit_status_has_a_meaning() -> None:
    values = {
        value for name, value in vars(status).items() if name.isupper() and name != "STATUSES"
    }
    assert values == set(status.STATUSES)


def test_compile_writes_a_file_that_loads(tmp_path: Path) -> None:
    output = tmp_path / "q.bc"
    source = str(SOURCES / "quickstart.c")
    assert cli.main(["compile", source, "-O3", "-g", "--name", "renamed", "-o", str(output)]) == 0
    module = hpybc.load(output)
    assert module.__name__ == "renamed"
    assert module.add(20, 22) == 42


def test_compile_passes_diagnostics_through(tmp_path: Path) -> None:
    source = tmp_path / "broken.c"
    source.write_text('#include "hpy.h"\nint f(void) { return undeclared; }\n')
    done = hpybc_command("compile", str(source), "-o", str(tmp_path / "x.bc"))
    assert done.returncode == 1
    assert "broken.c:2:22: error: use of undeclared identifier 'undeclared'" in done.stderr
    assert "hpybc: error: " in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "x.bc").exists()


def test_compile_include_and_define(tmp_path: Path) -> None:
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "twice.h").write_text("#define TWICE(x) (2 * (x))\n")
    source = tmp_path / "answer.c"
    source.write_text("""
#include "hpy.h"
#include "twice.h"
HPyDef_METH(answer, "answer", HPyFunc_NOARGS)
static HPy answer_impl(HPyContext *ctx, HPy self) {
    (void)self;
    return HPyLong_FromLong(ctx, TWICE(HALF));
}
static HPyDef *defines[] = {&answer, NULL};
static HPyModuleDef def = {.defines = defines};
HPy_MODINIT(answer, def)
""")
    output = tmp_path / "answer.bc"
    arguments = ["-I", str(tmp_path / "include"), "-D", "HALF=21", "-o", str(output)]
    assert cli.main(["compile", str(source), *arguments]) == 0
    assert hpybc.load(output).answer() == 42


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ([], 2, "the following arguments are required"),
        (["frobnicate"], 2, "invalid choice"),
        (["compile", "a.c"], 2, "required: -o"),
        (["compile", "a.c", "-o", "a.bc", "-O", "0"], 2, "invalid choice: '0'"),
        (["compile", "a.c", "-o", "a.bc", "-O0"], 2, "LLVM never inlines"),
        (["compile", "a.c", "-o", "a.bc", "-march=native"], 2, "the loader compiles for"),
        (["compile", "a.c", "-o", "a.bc", "-E"], 2, "hpybc cc takes such options"),
        (["compile", "a.c", "-o", "a.bc", "-M"], 2, "hpybc cc takes such options"),
        (["compile", "-o", "a.bc"], 2, "no sources"),
        (["compile", "missing.c", "-o", "a.bc"], 1, "missing.c: no such file"),
        (["cc", "-c", "missing.c"], 1, "missing.c: no such file"),
        (["cc"], 2, "no input files"),
        (["inspect", "missing.bc"], 1, "missing.bc: no such file"),
        (["bench", "missing.bc", "-s", "m.f()"], 1, "missing.bc: no such file"),
        (["inspect", "/"], 1, "/: a directory"),
    ],
)
def test_errors(arguments: list[str], status: int, message: str, tmp_path: Path) -> None:
    command = Path(sys.executable).with_name("hpybc")
    done = subprocess.run([command, *arguments], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == status
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_unwritable_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "no such folder" / "q.bc"
    assert cli.main(["compile", str(SOURCES / "quickstart.c"), "-o", str(output)]) == 1
    assert capsys.readouterr().err.startswith("hpybc: error: ")


def test_inspect(quickstart: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["inspect", str(quickstart), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["module"] == "quickstart"
    assert found["size"] == quickstart.stat().st_size
    assert {"HPyLong_FromInt64_t", "_HPyArg_ParseArray", "HPy_Close"} <= set(found["api"])
    assert found["undefined"] == []
    assert found["manifest"]["entry"] == "PyInit_quickstart"
    assert cli.main(["inspect", str(quickstart)]) == 0
    text = capsys.readouterr().out
    assert "module:        quickstart" in text
    assert "sha256" in text


def test_doctor(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["ok", name]
        for name in (
            *("interpreter", "contexts", "llvmlite", "linker", "cache", "copies"),
            *("headers", "clang"),
        )
    ]


def test_doctor_names_the_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tmp_path.chmod(0o777)
    monkeypatch.setenv("HPYBC_CACHE_DIR", str(tmp_path))
    assert cli.main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "FAIL cache" in out
    assert "chmod 700" in out


def test_doctor_follows_a_link_to_the_cache(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And names both ends."""
    target, link = tmp_path / "target", tmp_path / "link"
    target.mkdir(mode=0o700)
    link.symlink_to(target)
    monkeypatch.setenv("HPYBC_CACHE_DIR", str(link))
    assert cli.main(["doctor"]) == 0
    assert f"{link}, a link to {target}: 0 files" in capsys.readouterr().out
    target.chmod(0o777)
    assert cli.main(["doctor"]) == 1
    assert f"FAIL cache        {link}, a link to {target}, is not a" in capsys.readouterr().out
    target.chmod(0o700)
    trusted = store.trusted
    monkeypatch.setattr(
        store, "trusted", lambda path, **o: None if path == str(link) else trusted(path, **o)
    )
    assert cli.main(["doctor"]) == 1
    assert f"{link} leads to {target} by a link that is neither" in capsys.readouterr().out


def test_doctor_without_a_home(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(store, "folder", lambda: "")
    assert cli.main(["doctor"]) == 1
    assert "FAIL cache        none: a user without a home" in capsys.readouterr().out


@pytest.fixture
def cache_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quickstart: Path) -> Path:
    """A cache with one image, and nothing in the user's own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HPYBC_CACHE_DIR", str(folder))
    hpybc.load(quickstart)
    return folder


def test_cache(
    cache_of_its_own: Path, quickstart: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*arguments: str) -> str:
        assert cli.main(["cache", *arguments]) == 0
        return capsys.readouterr().out

    (file,) = cache_of_its_own.iterdir()
    size = file.stat().st_size
    info = json.loads(said("info", "--json"))
    assert info == {
        "folder": str(cache_of_its_own),
        "usable": True,
        "files": 1,
        "size": size,
        "limit": 10**9,
        "shared": [],
    }
    assert said("info") == (
        f"folder: {cache_of_its_own}\nfiles:  1\nsize:   {size / 1e6:.1f} MB of 1000.0 MB\n"
    )
    (entry,) = json.loads(said("list", "--json"))
    assert (entry["name"], entry["size"], entry["unfinished"]) == (file.name, size, False)
    line = said("list")
    assert line.startswith(file.name[:12]) and line.endswith(f" {quickstart}\n")
    assert said("prune") == said("prune", "--size", "1G") == "removed 0 files, 0.0 MB\n"
    assert said("clear").startswith("removed 1 files, ")
    assert said("list") == ""
    assert list(cache_of_its_own.iterdir()) == []


def test_what_caches_share(
    cache_of_its_own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is shown, and stays where another cache is emptied; in the user's own it goes."""

    def said(*arguments: str) -> str:
        assert cli.main(["cache", *arguments]) == 0
        return capsys.readouterr().out

    home = Path(store.home())
    stored = store.store("0" * 64 + ".zip", b"x" * 10**6, "libc++ of clang 1.2.3", str(home))
    assert store.store("1" * 64 + ".so", b"image", "another cache's", str(home)) is not None
    assert json.loads(said("info", "--json"))["shared"] == [stored]
    assert said("info").endswith(f"shared: 1.0 MB of C++ libraries in {home}\n")
    assert said("list").endswith("  libc++ of clang 1.2.3 (shared)\n")
    assert [entry["shared"] for entry in json.loads(said("list", "--json"))] == [False, True]
    assert f"stay in {home}" in said("prune", "--size", "0")
    assert f"stay in {home}" in said("clear")
    assert len(list(home.iterdir())) == 2
    monkeypatch.setenv("HPYBC_CACHE_DIR", "")
    assert "shared" not in said("info") + said("list")
    assert said("clear") == "removed 2 files, 1.0 MB\n"
    assert list(home.iterdir()) == []


def test_cache_prune_to_a_size(cache_of_its_own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["cache", "prune", "--size", "10"]) == 0
    assert list(cache_of_its_own.iterdir()) == []
    assert cli.main(["cache", "prune", "--size", "ten"]) == 2
    assert "size=ten" in capsys.readouterr().err


def test_cache_that_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Others may write to it; and one that does not exist yet is no fault."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("HPYBC_CACHE_DIR", str(folder))
    assert cli.main(["cache", "info"]) == 0
    assert capsys.readouterr().out.startswith(f"folder: {folder}\nfiles:  0\n")
    folder.mkdir()
    folder.chmod(0o777)
    assert cli.main(["cache", "info"]) == 0
    assert "(not used: see hpybc doctor)" in capsys.readouterr().out


def test_damaged_and_unfinished_files_are_listed(
    cache_of_its_own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (file,) = cache_of_its_own.iterdir()
    file.write_bytes(b"")
    Path(f"{file}.1-00000000").write_bytes(b"")
    assert cli.main(["cache", "list"]) == 0
    assert {line.split()[-1] for line in capsys.readouterr().out.splitlines()} == {
        "damaged",
        "unfinished",
    }


def test_run_as_a_module(tmp_path: Path) -> None:
    """Where the script's folder is not on PATH, or another Python's comes first."""
    command = [sys.executable, "-I", "-m", "hpybc"]
    done = subprocess.run([*command, "--version"], capture_output=True, text=True)
    assert done.stdout.splitlines()[0] == f"hpybc {hpybc.__version__}"
    missing = str(tmp_path / "no.bc")
    done = subprocess.run([*command, "inspect", missing], capture_output=True, text=True)
    assert done.returncode == 1
    assert "no such file" in done.stderr
