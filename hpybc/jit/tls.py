"""Thread-local variables for code that no dynamic linker loads.

LLVM's linker in memory has no room in threads to give, and ends the process when asked for some.
There a variable becomes an emulated one, as GCC and clang have it with ``-femulated-tls``: a block
that libgcc allocates for each thread at the first access, and fills from a template.
"""

from __future__ import annotations

import re

from hpybc.errors import InvalidBitcodeError, LinkError
from hpybc.jit import target as _target
from hpybc.jit.ir_text import WORD
from hpybc.jit.module import Module

_NAME = f"@({WORD})"

#: A variable's definition, up to the mark that it is thread-local.
_DEFINITION = re.compile(rf"^({_NAME} = (?!external )[\w ]*?)\bthread_local(?:\(\w+\))? ", re.M)

#: One that a library defines.
_FOREIGN = re.compile(rf"^{_NAME} = [\w ]*\b(?:external|extern_weak) [\w ]*\bthread_local\b", re.M)

_ALIGNMENT = re.compile(r"(?<=, align )\d+")

#: A function's body: its label if it has one, and the rest.
_BODY = re.compile(r"(?<=\{\n)(^[^ \n]+:.*\n)?((?:^(?!\}).*\n)+)(?=\})", re.M)

#: How most code gets the address of its thread's copy; code that initialises one names it.
_ACCESS = re.compile(rf"@llvm\.threadlocal\.address\.p0\(ptr [\w ]*{_NAME}\)")

_REFERENCE = re.compile(_NAME)

#: A constant made of an address, which is no constant any more.
_CONSTANT = re.compile(r'\b((?:getelementptr|ptrtoint)[\w ]*?) \(([^()]*%"tls\.[^()]*)\)')

_GET_ADDRESS = "declare ptr @__emutls_get_address(ptr)"


def emulated(module: Module) -> Module:
    """A copy of ``module``, beside it, with emulated thread-local variables.

    ``module`` itself if it defines none.

    Raises:
        LinkError: one is a library's, or the module does with one what this function does not
            understand.
    """
    text = str(module)
    foreign = [name.strip('"') for name in _FOREIGN.findall(text)]
    if foreign:
        raise _needs_linker(f"'{foreign[0]}', which another library defines")
    names = {name.strip('"') for _, name in _DEFINITION.findall(text)}
    if not names:
        return module
    layout = _target.llvm().create_target_data(module.data_layout)
    lines = [] if _GET_ADDRESS in text else [_GET_ADDRESS]
    for variable in module.variables:
        if variable.name in names:
            size = layout.get_abi_size(variable.global_value_type)
            alignment = _ALIGNMENT.search(str(variable))
            # GCC's struct __emutls_object: size, alignment, room for a key, template.
            lines.append(
                f'@"__emutls_v.{variable.name}" = internal global {{ i64, i64, ptr, ptr }} '
                f"{{ i64 {size}, i64 {alignment[0] if alignment else 16}, ptr null, "
                f'ptr @"{variable.name}" }}'
            )
    text = _BODY.sub(lambda body: (body[1] or "") + _emulated_body(body[2], names), text)
    text = _DEFINITION.sub(r"\1", text)
    try:
        return module.assemble("\n".join([text, *lines]))
    except InvalidBitcodeError as error:
        raise _needs_linker(str(error.found)) from None


def _needs_linker(found: str) -> LinkError:
    return LinkError(
        "the extension has thread-local variables that need a linker",
        reason="no linker",
        found=found,
        needed="ziglang, or ld.lld or ld on PATH",
        remedy="pip install 'hpybc[compiler]', and unset HPYBC_ENGINE",
    )


def _emulated_body(body: str, names: set[str]) -> str:
    """The body of a function, from its first instruction on."""
    body = _ACCESS.sub(lambda m: f"@__emutls_get_address(ptr {_control(m[1])})", body)
    entry: dict[str, str] = {}

    def local(reference: re.Match[str]) -> str:
        name = reference[1].strip('"')
        if name not in names:
            return reference[0]
        entry[f'%"tls.{name}"'] = f"call ptr @__emutls_get_address(ptr {_control(name)})"
        return f'%"tls.{name}"'

    def instruction(constant: re.Match[str]) -> str:
        entry[f'%"tls.{len(entry)}"'] = f"{constant[1]} {constant[2]}"
        return f'%"tls.{len(entry) - 1}"'

    body, found = _REFERENCE.sub(local, body), 1
    while found:
        body, found = _CONSTANT.subn(instruction, body)
    return "".join(f"  {name} = {value}\n" for name, value in entry.items()) + body


def _control(name: str) -> str:
    return '@"__emutls_v.{}"'.format(name.strip('"'))
