"""``hpybc_add_module`` of CMake: each of its arguments, and what other targets bring."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import textwrap
from pathlib import Path

import pytest

import hpybc
from hpybc.inspect import inspect
from tools import native

pytestmark = pytest.mark.long

HEAD = """
cmake_minimum_required(VERSION 3.21...3.31)
project(bag LANGUAGES {})
find_package(hpybc REQUIRED)
"""

SOURCE = """
#include "hpy.h"
#ifndef VALUE
#define VALUE 1
#endif
int far(void), near(void);
HPyDef_METH(value, "value", HPyFunc_NOARGS)
static HPy value_impl(HPyContext *ctx, HPy self) { return HPyLong_FromLong(ctx, VALUE); }
static HPyDef *defines[] = {&value, NULL};
static HPyModuleDef module = {.defines = defines};
HPy_MODINIT(_bag, module)
"""


@pytest.fixture(params=["Ninja", "Unix Makefiles"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    return Project(tmp_path, request.param)


class Project:
    """A project of CMake's with one source, ``bag.c``."""

    def __init__(self, folder: Path, generator: str) -> None:
        self.folder = folder
        self._generator = generator
        (folder / "bag.c").write_text(SOURCE)

    def run(self, *command: str, status: int = 0) -> str:
        """What a command prints, in the project's folder."""
        done = subprocess.run(
            command, cwd=self.folder, text=True, timeout=300,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"},
        )  # fmt: skip
        assert done.returncode == status, done.stdout
        return done.stdout

    def hpybc(self, *arguments: str) -> str:
        return self.run(sys.executable, "-I", "-m", "hpybc", *arguments)

    def configure(self, text: str, *options: str, languages: str = "NONE", status: int = 0) -> str:
        lists = HEAD.format(languages) + textwrap.dedent(text)
        (self.folder / "CMakeLists.txt").write_text(lists)
        found = self.hpybc("--cmake-dir").strip()
        own = (f"-Dhpybc_DIR={found}", f"-DPython_EXECUTABLE={sys.executable}")
        command = ("cmake", "-S", ".", "-B", "build", "-G", self._generator, *own, *options)
        return self.run(*command, status=status)

    def build(self) -> Path:
        """Builds what was configured; the folder it is in."""
        self.run("cmake", "--build", "build")
        return self.folder / "build" / "bag"

    def built(self, text: str, *options: str) -> Path:
        self.configure(text, *options)
        return self.build()

    def value(self) -> object:
        return hpybc.load(self.build() / "_bag.bc").value()

    def static(self, name: str, source: str, folder: str = "lib") -> Path:
        """A static library of bitcode."""
        (self.folder / folder).mkdir(exist_ok=True)
        (self.folder / f"{name}.c").write_text(source)
        self.hpybc("cc", "-c", f"{name}.c", "-o", f"{name}.o")
        library = self.folder / folder / f"lib{name}.a"
        library.unlink(missing_ok=True)
        self.hpybc("ar", "rcs", str(library), f"{name}.o")
        return library


def names(folder: Path) -> set[str]:
    """The files below a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_destination(project: Project) -> None:
    """By default the folder that the module's name says."""
    project.built("""
        hpybc_add_module(bag._bag bag.c)
        hpybc_add_module(bag.inner._bag bag.c DESTINATION elsewhere/inner)
        hpybc_add_module(_bag bag.c)
    """)
    project.run("cmake", "--install", "build", "--prefix", "installed")
    assert names(project.folder / "installed") == {
        *("bag/_bag.bc", "bag/_bag.py", "_bag.bc", "_bag.py"),
        *("elsewhere/inner/_bag.bc", "elsewhere/inner/_bag.py"),
    }


def test_prebuild(project: Project) -> None:
    """The image is made, installed, and used without a compiler or a cache."""
    project.built("hpybc_add_module(bag._bag bag.c PREBUILD)")
    project.run("cmake", "--install", "build", "--prefix", "installed")
    image = f"bag/_bag.bc{sysconfig.get_config_var('EXT_SUFFIX')}"
    assert names(project.folder / "installed") == {"bag/_bag.bc", "bag/_bag.py", image}
    code = """
import sys
sys.path.insert(0, "installed")
import bag._bag
print(bag._bag.value(), "llvmlite" in sys.modules)
print([line for line in open("/proc/self/maps") if "_bag.bc" in line])
"""
    said = project.run(sys.executable, "-I", "-c", code)
    assert said.startswith("1 False\n") and image in said


@pytest.mark.parametrize(
    ("module", "options", "has_lines"),
    [
        ("hpybc_add_module(bag._bag bag.c)", [], False),
        ("hpybc_add_module(bag._bag bag.c)", ["-DCMAKE_BUILD_TYPE=Release"], False),
        ("hpybc_add_module(bag._bag bag.c)", ["-DCMAKE_BUILD_TYPE=Debug"], True),
        ("hpybc_add_module(bag._bag bag.c DEBUG)", ["-DCMAKE_BUILD_TYPE=Release"], True),
    ],
)
def test_debug(module: str, options: list[str], has_lines: bool, tmp_path: Path) -> None:
    folder = Project(tmp_path, "Ninja").built(module, *options)
    # The folder of a source is named for debuggers alone.
    assert (str(tmp_path).encode() in (folder / "_bag.bc").read_bytes()) is has_lines


def test_depends(project: Project) -> None:
    """A file that no dependency of the compiler's names, of the folder of CMakeLists.txt."""
    (project.folder / "notes.txt").write_text("1")
    made = project.built("hpybc_add_module(bag._bag bag.c DEPENDS notes.txt)") / "_bag.bc"
    before = made.stat().st_mtime_ns
    project.build()
    assert made.stat().st_mtime_ns == before
    os.utime(project.folder / "notes.txt", ns=(before + 10**9, before + 10**9))
    project.build()
    assert made.stat().st_mtime_ns != before


def test_libraries(project: Project) -> None:
    """Static ones of bitcode are linked in, and the names of shared ones kept."""
    project.static("near", "int near(void) { return 5; }\n")
    shared = project.folder / "more libraries" / "libfar.so"
    shared.parent.mkdir()
    native.native("int far(void) { return 40; }\n", shared, "-shared", "-soname", "libfar.so.3")
    folder = project.built("""
        hpybc_add_module(bag._bag bag.c DEFINITIONS "VALUE=far() + near()"
          LIBRARIES near far m LIBRARY_DIRS lib "more libraries"
          OPTIONS "-Wl,-rpath,${CMAKE_SOURCE_DIR}/more libraries")
    """)
    manifest = inspect(str(folder / "_bag.bc")).as_dict()["manifest"]
    assert isinstance(manifest, dict) and manifest["libraries"] == ["libfar.so.3"]
    shutil.copy(shared, shared.with_name("libfar.so.3"))
    assert project.value() == 45


def test_libraries_of_target_link_libraries(project: Project) -> None:
    """By name, by path, and through targets, directly or not."""
    for number, name in enumerate(("one", "two", "three", "four"), 1):
        project.static(name, f"int {name}(void) {{ return {10**number}; }}\n")
    project.configure("""
        hpybc_add_module(bag._bag bag.c
          DEFINITIONS "VALUE=one()+two()+three()+four()" OPTIONS -include declared.h
          INCLUDE_DIRS .)
        target_link_directories(bag._bag INTERFACE lib)
        target_link_libraries(bag._bag INTERFACE
          one "${CMAKE_SOURCE_DIR}/lib/libtwo.a" debug none optimized m)
        add_library(deep STATIC IMPORTED)
        set_target_properties(deep PROPERTIES IMPORTED_LOCATION "${CMAKE_SOURCE_DIR}/lib/libfour.a")
        add_library(three INTERFACE)
        target_link_libraries(three INTERFACE -lthree deep three)
        target_link_libraries(bag._bag INTERFACE three)
    """)
    declared = "int one(void), two(void), three(void), four(void);\n"
    (project.folder / "declared.h").write_text(declared)
    assert project.value() == 11110
    # A library of a target is what the module is made from.
    later = (project.folder / "build" / "bag" / "_bag.bc").stat().st_mtime_ns + 10**9
    changed = project.static("four", "int four(void) { return 20000; }\n")
    os.utime(changed, ns=(later, later))
    assert project.value() == 21110


def test_a_library_that_the_project_builds(project: Project) -> None:
    """With hpybc as its C compiler: it is built first, and again when it has changed."""
    tools = {}
    for name in ("cc", "ar"):
        tools[name] = project.folder / name
        tools[name].write_text(f'#!/bin/sh\nexec {sys.executable} -I -m hpybc {name} "$@"\n')
        tools[name].chmod(0o700)
    options = [f"-DCMAKE_C_COMPILER={tools['cc']}", f"-DCMAKE_AR={tools['ar']}"]
    (project.folder / "near.c").write_text("int near(void) { return 7; }\n")
    project.configure(
        """
        add_library(near STATIC near.c)
        target_compile_definitions(near INTERFACE "VALUE=near()")
        hpybc_add_module(_bag bag.c)
        target_link_libraries(_bag INTERFACE near)
        """,
        *options,
        "-DCMAKE_RANLIB=/bin/true",
        languages="C",
    )
    made = project.folder / "build" / "_bag.bc"
    project.build()
    assert hpybc.load(made).value() == 7
    later = made.stat().st_mtime_ns + 10**9
    (project.folder / "near.c").write_text("int near(void) { return 8; }\n")
    os.utime(project.folder / "near.c", ns=(later, later))
    project.build()
    assert hpybc.load(made).value() == 8


def test_a_target_that_cannot_be_linked(tmp_path: Path) -> None:
    said = Project(tmp_path, "Ninja").configure(
        """
        hpybc_add_module(bag._bag bag.c)
        add_custom_target(none)
        target_link_libraries(bag._bag INTERFACE none)
        """,
        status=1,
    )
    assert "hpybc_add_module(bag._bag) cannot link none: its type is UTILITY" in said


@pytest.mark.parametrize(
    ("call", "what"),
    [
        ("hpybc_add_module(bag-bag bag.c)", "bag-bag is no name of a module; bag._bag is one"),
        ("hpybc_add_module(bag._bag)", "hpybc_add_module(bag._bag): no sources"),
        ("hpybc_add_module(bag._bag bag.c DEPENDS)", "nothing after DEPENDS"),
    ],
)
def test_calls_that_say_nothing(call: str, what: str, tmp_path: Path) -> None:
    assert what in Project(tmp_path, "Ninja").configure(call, status=1)
