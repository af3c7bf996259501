"""The text of a stub."""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import Parameter as P
from inspect import _ParameterKind

from hpybc.stubgen.model import Class, Function, Module, Parameter

#: How a stub begins: it may be made again.
MADE = "# Made by hpybc stubgen from the bitcode of "


#: The modules of the names that stubs use.
_MODULES = {
    **dict.fromkeys(("Any", "ClassVar", "final"), "typing"),
    **dict.fromkeys(("Self", "disjoint_base"), "typing_extensions"),
    **dict.fromkeys(
        ("bool", "bytes", "complex", "dict", "float", "int", "list", "memoryview", "object"),
        "builtins",
    ),
    **dict.fromkeys(("property", "str", "tuple", "type"), "builtins"),
}

#: What goes before the names of parameters of these kinds.
_STARS: dict[_ParameterKind, str] = {P.VAR_POSITIONAL: "*", P.VAR_KEYWORD: "**"}


def text(module: Module) -> str:
    """The stub of ``module``."""
    return _Writer(module).text()


class _Writer:
    """Writes a stub, and notes what it has to import."""

    def __init__(self, module: Module) -> None:
        self._module = module
        # Where a module or a type defines such a name, a checker would take it for that.
        self._taken = {each.name for each in module.functions}
        self._taken.update(attribute.name for attribute in module.attributes)
        for each in module.classes:
            self._taken.add(each.name)
            self._taken.update(attribute.name for attribute in each.attributes)
            self._taken.update(method.name for method in each.methods)
        self._whole: set[str] = set()
        self._names: dict[str, set[str]] = {}

    def text(self) -> str:
        module = self._module
        body = [line for each in module.classes for line in self._class(each)]
        body += [f"{each.name}: {self._said(each.type)}" for each in module.attributes]
        body += [self._function(each, []) for each in module.functions]
        lines = [f"{MADE}{module.name}.", ""]
        lines += [f"import {source} as _{source}" for source in sorted(self._whole)]
        for source, names in sorted(self._names.items()):
            lines.append(f"from {source} import {', '.join(sorted(names))}")
        return "\n".join([*lines, "", *body]).rstrip("\n") + "\n"

    def _said(self, annotation: str) -> str:
        """An annotation or a decorator as it has to be written here."""
        return re.sub(r"[A-Za-z_]\w*", self._name, annotation)

    def _name(self, found: re.Match[str]) -> str:
        name = found[0]
        source = _MODULES.get(name)
        if source is not None and name in self._taken:
            self._whole.add(source)
            return f"_{source}.{name}"
        if source not in (None, "builtins"):
            self._names.setdefault(str(source), set()).add(name)
        return name

    def _class(self, each: Class) -> Iterator[str]:
        if each.final:
            yield f"@{self._said('final')}"
        elif each.layout:
            yield f"@{self._said('disjoint_base')}"
        yield f"class {each.name}{f'({self._said(each.base)})' if each.base else ''}:"
        body = []
        for attribute in each.attributes:
            if attribute.readonly:
                body += [
                    f"@{self._said('property')}",
                    f"def {attribute.name}(self) -> {self._said(attribute.type)}: ...",
                ]
            else:
                body.append(f"{attribute.name}: {self._said(attribute.type)}")
        if each.unhashable:
            body.append(f"__hash__: {self._said('ClassVar[None]')}  # type: ignore[assignment]")
        for method in each.methods:
            body.append(self._function(method, ["cls" if method.name == "__new__" else "self"]))
        yield from (f"    {line}" for line in body or ["..."])
        yield ""

    def _function(self, function: Function, first: list[str]) -> str:
        inside = ", ".join(self._parameters(function.parameters, first))
        return f"def {function.name}({inside}) -> {self._said(function.result)}: ..."

    def _parameters(self, parameters: tuple[Parameter, ...], first: list[str]) -> Iterator[str]:
        yield from first
        before: _ParameterKind | None = None
        for each in parameters:
            if before == P.POSITIONAL_ONLY != each.kind:
                yield "/"
            if each.kind == P.KEYWORD_ONLY and before not in (P.KEYWORD_ONLY, P.VAR_POSITIONAL):
                yield "*"
            before = each.kind
            default = "" if each.default is None else f" = {each.default}"
            yield f"{_STARS.get(each.kind, '')}{each.name}: {self._said(each.type)}{default}"
        if before == P.POSITIONAL_ONLY:
            yield "/"
