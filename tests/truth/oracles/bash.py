"""shfmt's parser of POSIX shells and Bash (`pip install shfmt-py`).

Counted: functions at any depth; variables that are assigned by a statement outside all else, or declared (`declare`,
`export`, `readonly`, `typeset`) outside functions, in functions where that reaches beyond them, each where it first is;
aliases at any depth.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tests.truth.definition import Definition

_GLOBAL: Final = re.compile(r"-\w*[gx]")


def definitions(paths: list[Path]) -> dict[Path, list[Definition]]:
    return {path: found for path in paths if (found := _read(path)) is not None}


def _read(path: Path) -> list[Definition] | None:
    command = ["shfmt", "--to-json", "--language-dialect=bash"]
    answer = subprocess.run(command, input=path.read_bytes(), capture_output=True, check=False)
    if answer.returncode != 0:
        return None
    finder = _Finder()
    finder.file(json.loads(answer.stdout))
    return finder.found


class _Finder:
    def __init__(self) -> None:
        self.found: list[Definition] = []
        self._seen: set[str] = set()

    def file(self, root: dict[str, Any]) -> None:
        for statement in root.get("Stmts", ()):
            command = statement.get("Cmd") or {}
            if command.get("Type") == "CallExpr" and not command.get("Args"):
                self._assigned(command.get("Assigns", ()))
            self._visit(statement, inside=False)

    def _visit(self, node: Any, *, inside: bool) -> None:
        if isinstance(node, dict):
            kind = node.get("Type")
            if kind == "FuncDecl":
                self._add(node["Name"], "function")
            elif kind == "DeclClause" and _reaches(node, inside):
                self._assigned(node.get("Args", ()))
            elif kind == "CallExpr":
                self._aliases(node.get("Args", ()))
            inside = inside or kind == "FuncDecl"
        for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            self._visit(child, inside=inside)

    def _assigned(self, assigns: list[dict[str, Any]]) -> None:
        for assign in assigns:
            is_assigned = "Name" in assign and "Index" not in assign and not assign.get("Naked")
            if is_assigned and (name := assign["Name"])["Value"] not in self._seen:
                self._seen.add(name["Value"])
                self._add(name, "variable")

    def _aliases(self, words: list[dict[str, Any]]) -> None:
        literals = list(map(_literal, words))
        if literals[:1] and literals[0].get("Value") == "alias":
            for literal in literals[1:]:
                name, separator, _ = literal.get("Value", "").partition("=")
                if name and separator:
                    self._add({**literal, "Value": name}, "alias")

    def _add(self, literal: dict[str, Any], kind: str) -> None:
        self.found.append(Definition(literal["Value"], literal["ValuePos"]["Line"], kind))


def _literal(word: dict[str, Any]) -> dict[str, Any]:
    """The literal that a word begins with."""
    first: dict[str, Any] = word["Parts"][0]
    return first if first["Type"] == "Lit" else {}


def _reaches(clause: dict[str, Any], inside: bool) -> bool:
    """Whether a declaration is of variables that are known outside of the function that it is in."""
    variant = clause["Variant"]["Value"]
    if variant in ("export", "readonly"):
        return True
    if variant not in ("declare", "typeset") or not inside:
        return variant not in {"local", "nameref"}
    return any(_GLOBAL.match(literal) for literal in _options(clause))


def _options(clause: dict[str, Any]) -> Iterator[str]:
    for argument in clause.get("Args", ()):
        if "Name" not in argument:
            yield _literal(argument["Value"]).get("Value", "")
