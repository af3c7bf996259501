"""Static objects: what runs before a module is initialised and when the process ends."""

from __future__ import annotations

import re

from hpybc.jit.module import Module

#: A function's priority and name, in one of the tables LLVM keeps of them.
_ENTRY = re.compile(r"\{ i32 (\d+), ptr @([^ ,]+), ptr ")


def call(module: Module, entry: str) -> None:
    """Has the function ``entry`` run the static constructors of ``module``, once and first of all.

    Also if interpreters with a GIL of their own call it at the same time. Functions to run when the
    process ends are registered before, as those run after all others. llvmlite emits the tables of
    both as ``.ctors`` and ``.dtors``, which neither lld nor the engine ``memory`` heeds.
    """
    constructors = _take_table(module, "llvm.global_ctors")
    destructors = _take_table(module, "llvm.global_dtors")
    if not constructors and not destructors:
        return
    module.function(entry).name = inner = entry + ".constructed"
    text = [f"declare void @{name}()" for name in dict.fromkeys(constructors + destructors)]
    calls = [f"call i32 @__cxa_atexit(ptr @{d}, ptr null, ptr @__dso_handle)" for d in destructors]
    if destructors:
        text.append("@__dso_handle = external hidden global i8")
        text.append("declare i32 @__cxa_atexit(ptr, ptr, ptr)")
    calls += [f"call void @{name}()" for name in constructors]
    body = "\n".join(f"  {call}" for call in calls)
    text.append(f"""
@constructed = internal global i32 0
declare i32 @pthread_once(ptr, ptr)
define internal void @construct() {{
{body}
  ret void
}}
declare ptr @{inner}()
define ptr @{entry}() {{
  call i32 @pthread_once(ptr @constructed, ptr @construct)
  %result = call ptr @{inner}()
  ret ptr %result
}}""")
    module.add("\n".join(text))


def _take_table(module: Module, name: str) -> list[str]:
    """The functions in the table ``name``, by priority and visible from now on; the table goes."""
    try:
        table = module.variable(name)
    except NameError:
        return []
    found = sorted(_ENTRY.findall(str(table)), key=lambda c: int(c[0]))
    table.name = "table"  # an ordinary variable then, and an unused one
    table.linkage = "internal"
    for _, function in found:
        module.function(function).linkage = "external"
    return [function for _, function in found]


def define_dso_handle(module: Module) -> None:
    """Defines ``__dso_handle``, which names the image that destructors are registered for.

    The linker's business otherwise, in files that only a compiler's driver would add.
    """
    if "__dso_handle" in module.undefined:
        module.add("@__dso_handle = hidden global i8 0")
