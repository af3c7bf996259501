"""Which module of a package imports which, read from the sources: ``python tests/imports.py``.

Prints each module of hpybc with its lines and what it imports of hpybc. In parentheses is what it
imports inside a function, and behind a star what it imports by a name that it computes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

#: What imports a module by its name.
_BY_NAME = {"__import__", "import_module", "find_spec"}


class Import(NamedTuple):
    """One import of a module by another.

    Attributes:
        source: the module that imports.
        target: the module that it imports. One whose name is computed ends in ``*``.
        when: ``module``, when the source is imported itself; ``function``, when one is called;
            ``never``, as only type checkers do.
    """

    source: str
    target: str
    when: str


def modules(package: Path) -> dict[str, Path]:
    """The sources of ``package`` by the names of the modules."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        if not any(part.startswith("__") for part in parts[1:-1]):
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def hpybc() -> dict[str, Path]:
    """The sources of hpybc, in whose folder the toolchain is a link."""
    root = Path(__file__).resolve().parent.parent
    toolchain = {f"hpybc.{name}": path for name, path in modules(root / "toolchain").items()}
    return modules(root / "hpybc") | toolchain


def imports(sources: Mapping[str, Path]) -> list[Import]:
    """All imports in ``sources``, also of modules that are none of them."""
    result = []
    for name, path in sources.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node, when in _visited(tree, "module"):
            result += [Import(name, target, when) for target in _targets(node, sources)]
    return result


def _visited(node: ast.AST, when: str) -> Iterator[tuple[ast.AST, str]]:
    """``node`` and all in it, each with when it runs."""
    yield node, when
    if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        for inner_when, body in (("never", node.body), (when, node.orelse)):
            for statement in body:
                yield from _visited(statement, inner_when)
        return
    inner = when
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and when == "module":
        inner = "function"
    for child in ast.iter_child_nodes(node):
        yield from _visited(child, inner)


def _targets(node: ast.AST, sources: Iterable[str]) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.module is not None and node.level == 0, "imports are absolute"
        inner = [f"{node.module}.{alias.name}" for alias in node.names]
        return list(dict.fromkeys(n if n in sources else node.module for n in inner))
    if isinstance(node, ast.Call) and node.args:
        function = node.func
        called = function.attr if isinstance(function, ast.Attribute) else ""
        called = function.id if isinstance(function, ast.Name) else called
        return [_named(node.args[0])] if called in _BY_NAME else []
    return []


def _named(argument: ast.expr) -> str:
    """What a name is, as far as it is not computed."""
    if isinstance(argument, ast.Constant):
        return str(argument.value)
    if isinstance(argument, ast.BinOp):
        return _named(argument.left).removesuffix("*") + "*"
    if isinstance(argument, ast.JoinedStr) and isinstance(argument.values[0], ast.Constant):
        return str(argument.values[0].value) + "*"
    return "*"


def cycle(edges: Iterable[tuple[str, str]]) -> list[str]:
    """The members of one cycle, the first also last; nothing if there is none."""
    following: dict[str, set[str]] = {}
    for source, target in edges:
        following.setdefault(source, set()).add(target)
    done: set[str] = set()

    def found(path: list[str]) -> list[str]:
        for target in sorted(following.get(path[-1], ())):
            if target in path:
                return [*path[path.index(target) :], target]
            if target not in done and (way := found([*path, target])):
                return way
        done.add(path[-1])
        return []

    for start in sorted(following):
        if start not in done and (way := found([start])):
            return way
    return []


def main() -> None:
    """Prints the modules of hpybc."""
    sources = hpybc()
    found = imports(sources)
    for name, path in sources.items():
        own = [i for i in found if i.source == name and i.target.startswith("hpybc")]
        early = {i.target for i in own if i.when == "module"}
        late = {i.target for i in own if i.when == "function"} - early
        targets = [*sorted(early), *(f"({target})" for target in sorted(late))]
        lines = path.read_text(encoding="utf-8").count("\n")
        print(f"{lines:5} {name}: {' '.join(t.replace('hpybc.', '') for t in targets)}")


if __name__ == "__main__":
    main()
