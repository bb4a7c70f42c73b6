"""Python's own parser (`ast`).

Counted: functions and classes at any depth; names that are assigned at module or class level (in the blocks
of `if`, `try`, `with`, `for`, `while`, `match` too); attributes of `self` that `__init__` or `__post_init__` assigns
in its own statements; type aliases. Names that are assigned more than once in a scope count where they first are; a
class and its `__init__` are one scope.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.truth.definition import Definition

FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
INITIALIZERS = ("__init__", "__post_init__")


def definitions(paths: list[Path]) -> dict[Path, list[Definition]]:
    found = {}
    for path in paths:
        try:
            with warnings.catch_warnings(action="ignore"):
                tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError, RecursionError):
            continue
        lines = path.read_bytes().split(b"\n")
        found[path] = [*_below(tree, "module", lines, set())]
    return found


def _below(owner: ast.AST, scope: str, lines: list[bytes], seen: set[str]) -> Iterator[Definition]:
    for node in _statements(owner):
        if isinstance(node, FUNCTIONS | ast.ClassDef):
            is_class = isinstance(node, ast.ClassDef)
            yield Definition(node.name, _line_of_name(node, lines), "class" if is_class else "function")
            inner = "class" if is_class else _function(scope, node)
            yield from _below(node, inner, lines, seen if inner == "initializer" else set())
        elif scope in ("module", "class"):
            for name, line in _assigned(node):
                if name not in seen:
                    seen.add(name)
                    yield Definition(name, line, "variable")
        elif scope == "initializer":
            for name, line in _attributes(node):
                if name not in seen:
                    seen.add(name)
                    yield Definition(name, line, "field")


def _function(scope: str, node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    return "initializer" if scope == "class" and node.name in INITIALIZERS else "function"


def _statements(owner: ast.AST) -> Iterator[ast.AST]:
    """All statements in a scope, those of nested blocks too, in order."""
    for _, value in ast.iter_fields(owner):
        for node in value if isinstance(value, list) else [value]:
            if isinstance(node, ast.stmt):
                yield node
                if not isinstance(node, FUNCTIONS | ast.ClassDef):
                    yield from _statements(node)
            elif isinstance(node, ast.ExceptHandler | ast.match_case):
                yield from _statements(node)


def _line_of_name(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, lines: list[bytes]) -> int:
    """`ast` tells where `def` stands; a name after a backslash is further down."""
    line = node.lineno
    while lines[line - 1].rstrip().endswith(b"\\") and node.name.encode() not in lines[line - 1]:
        line += 1
    return line


def _assigned(node: ast.AST) -> Iterator[tuple[str, int]]:
    if isinstance(node, ast.Assign):
        targets: Iterable[ast.expr] = node.targets
    elif isinstance(node, ast.AnnAssign | ast.For | ast.AsyncFor):
        targets = [node.target]
    elif isinstance(node, ast.With | ast.AsyncWith):
        targets = [item.optional_vars for item in node.items if item.optional_vars]
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.NamedExpr):
        targets = [node.value.target]
    elif type(node).__name__ == "TypeAlias":
        targets = [node.name]
    else:
        return
    for target in targets:
        yield from _names(target)


def _names(target: ast.expr) -> Iterator[tuple[str, int]]:
    if isinstance(target, ast.Name):
        yield target.id, target.lineno
    elif isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            yield from _names(element)
    elif isinstance(target, ast.Starred):
        yield from _names(target.value)


def _attributes(node: ast.AST) -> Iterator[tuple[str, int]]:
    targets: Iterable[ast.expr] = ()
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    for target in targets:
        yield from _own(target)


def _own(target: ast.expr) -> Iterator[tuple[str, int]]:
    if isinstance(target, ast.Attribute):
        if isinstance(target.value, ast.Name) and target.value.id == "self":
            yield target.attr, target.end_lineno or target.lineno
    elif isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            yield from _own(element)
    elif isinstance(target, ast.Starred):
        yield from _own(target.value)
