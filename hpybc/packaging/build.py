"""One extension module of a project to a bitcode file, as ``hpybc compile`` makes it."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import replace

from hpybc.packaging.settings import ExtModule
from hpybc.toolchain import arguments, cc, compile, headers, libraries, objects
from hpybc.toolchain.arguments import Arguments, Input
from hpybc.toolchain.sources import Dependencies, is_cxx


def build(module: ExtModule, output: str, *, extra: Sequence[str] = ()) -> list[str]:
    """Compiles ``module`` to the bitcode file ``output``; returns the files that it was made from.

    These are absolute paths, without repetitions: the sources, every header that clang has read,
    the system's among them, static libraries, and what ``depends`` names. clang's diagnostics go to
    ``sys.stderr``.

    Args:
        module: what to compile.
        output: the file to write; it is replaced as a whole, or left as it was.
        extra: further options of a C compiler, before those of the module.

    Raises:
        HpybcError: see ``compile_extension``.
    """
    parsed = _arguments(module, extra)
    with tempfile.TemporaryDirectory(prefix="hpybc-") as folder:
        file = os.path.join(folder, "list.d")
        options = replace(cc.options(parsed, module.name), dependencies=Dependencies("-MD", file))
        compile.compile_extension(parsed.inputs, output, options)
        with open(file, encoding="utf-8", errors="surrogateescape") as list_:
            read = dependencies(list_.read())
    found = libraries.Found()
    for name in parsed.libraries:
        read += libraries.find(found, name, parsed.library_dirs)
    return list(dict.fromkeys(map(os.path.abspath, (*module.sources, *read, *module.depends))))


def header_folders(module: ExtModule) -> tuple[list[str], list[str]]:
    """Where clang looks for the headers of ``module``: in the module's folders, and in all others.

    The latter are those of hpybc, of the compiler, of Python and of the system. Folders that do not
    exist are among them.

    Raises:
        HpybcError: see ``cc.options``; there may be no clang.
    """
    parsed = _arguments(module)
    own: dict[str, None] = {}
    others: dict[str, None] = {}
    for cxx in {is_cxx(file) for file in parsed.inputs if objects.is_source(file)}:
        usual = headers.folders(cxx, compile.flags(compile.Options()))
        others.update(dict.fromkeys(usual))
        flags = compile.flags(cc.options(parsed, module.name))
        own.update(dict.fromkeys(f for f in headers.folders(cxx, flags) if f not in usual))
    return list(own), list(others)


def _arguments(module: ExtModule, extra: Sequence[str] = ()) -> Arguments:
    """What ``module`` is compiled with and from."""
    parsed = arguments.parse(command(module, extra))
    parsed.flags = _resolved(parsed.flags, module.root)
    parsed.inputs = [_input(module, path) for path in module.sources]
    return parsed


#: Options of a compiler whose values are files or folders.
_PATHS = ("-include", "-imacros", "-isystem", "-idirafter", "-iquote")


def _resolved(flags: Sequence[str], root: str) -> list[str]:
    """``flags`` with whole paths: an import may compile where another folder is the current one."""
    result: list[str] = []
    for flag in flags:
        if result and result[-1] in _PATHS:
            path = os.path.join(root, flag)
            result.append(path if os.path.exists(path) else flag)
        elif flag.startswith("-I"):
            result.append("-I" + os.path.normpath(os.path.join(root, flag[2:])))
        else:
            result.append(flag)
    return result


def command(module: ExtModule, extra: Sequence[str] = ()) -> list[str]:
    """The options of ``module`` as a C compiler takes them, in the order of distutils' compilers.

    Raises:
        UsageError: see ``hpybc.toolchain.arguments.parse``.
    """
    # A message or an assert that has the name of a file is the same wherever the project lies.
    result = [f"-fmacro-prefix-map={module.root}{os.sep}=", *extra]
    result += ["-g"] if module.debug else []
    for name, value in module.define_macros:
        result.append(f"-D{name}" if value is None else f"-D{name}={value}")
    result += [f"-U{name}" for name in module.undef_macros]
    result += [f"-I{folder}" for folder in module.include_dirs]
    result += module.extra_compile_args
    result += [f"-L{folder}" for folder in module.library_dirs]
    result += [f"-l{name}" for name in module.libraries]
    return [*result, *module.extra_link_args]


def _input(module: ExtModule, path: str) -> Input:
    """A source, in the module's language unless its suffix says what it is."""
    file = Input(path)
    if module.language is None or objects.is_source(file) or path.endswith(_LINKED):
        return file
    return Input(path, module.language)


#: How the names end of what is linked as it is.
_LINKED = (".bc", ".ll", ".o", ".a", ".so")

#: A name in a rule of ``make``: what is not white space, or white space and other characters that
#: a backslash or a second dollar sign makes part of it.
_WORD = re.compile(r"(?:\\[ \t#\\]|\$\$|[^\s])+")
_ESCAPED = re.compile(r"\\([ \t#])|\$(\$)")


def dependencies(text: str) -> list[str]:
    """The files that rules in the words of ``make``, as clang writes them, depend on."""
    rules = text.replace("\\\n", " ").splitlines()
    words = [word for rule in rules for word in _WORD.findall(rule.partition(": ")[2])]
    return [_ESCAPED.sub(lambda match: match[1] or match[2], word) for word in words]
