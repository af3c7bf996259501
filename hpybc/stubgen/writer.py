"""The text of a stub."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import Parameter as P
from inspect import _ParameterKind

from hpybc.stubgen.model import Class, Function, Module, Parameter

#: How a stub begins: it may be made again.
MADE = "# Made by hpybc stubgen from the bitcode of "


def text(module: Module) -> str:
    """The stub of ``module``."""
    lines = [f"{MADE}{module.name}.", ""]
    body = [line for each in module.classes for line in _class(each)]
    body += [f"{each.name}: {each.type}" for each in module.attributes]
    body += [_function(each, []) for each in module.functions]
    words = "\n".join(body)
    for source, *names in (
        ("typing", "Any", "ClassVar", "final"),
        ("typing_extensions", "Self", "disjoint_base"),
    ):
        used = [name for name in names if name in words]
        if used:
            lines.append(f"from {source} import {', '.join(used)}")
    return "\n".join([*lines, "", *body]).rstrip("\n") + "\n"


def _class(each: Class) -> Iterator[str]:
    if each.final:
        yield "@final"
    elif each.layout:
        yield "@disjoint_base"
    yield f"class {each.name}{f'({each.base})' if each.base else ''}:"
    body = []
    for attribute in each.attributes:
        if attribute.readonly:
            body += ["@property", f"def {attribute.name}(self) -> {attribute.type}: ..."]
        else:
            body.append(f"{attribute.name}: {attribute.type}")
    if each.unhashable:
        body.append("__hash__: ClassVar[None]  # type: ignore[assignment]")
    for method in each.methods:
        body.append(_function(method, ["cls" if method.name == "__new__" else "self"]))
    yield from (f"    {line}" for line in body or ["..."])
    yield ""


def _function(function: Function, first: list[str]) -> str:
    inside = ", ".join(_parameters(function.parameters, first))
    return f"def {function.name}({inside}) -> {function.result}: ..."


#: What goes before the names of parameters of these kinds.
_STARS: dict[_ParameterKind, str] = {P.VAR_POSITIONAL: "*", P.VAR_KEYWORD: "**"}


def _parameters(parameters: tuple[Parameter, ...], first: list[str]) -> Iterator[str]:
    yield from first
    before: _ParameterKind | None = None
    for each in parameters:
        if before == P.POSITIONAL_ONLY != each.kind:
            yield "/"
        if each.kind == P.KEYWORD_ONLY and before not in (P.KEYWORD_ONLY, P.VAR_POSITIONAL):
            yield "*"
        before = each.kind
        default = "" if each.default is None else f" = {each.default}"
        yield f"{_STARS.get(each.kind, '')}{each.name}: {each.type}{default}"
    if before == P.POSITIONAL_ONLY:
        yield "/"
