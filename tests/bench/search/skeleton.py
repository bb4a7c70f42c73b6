"""Sources that define the symbols of a table, whatever their languages: Python, at its paths (and `.py`)."""

from __future__ import annotations

import keyword
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

WORD = re.compile(r"[^\W\d]\w*")
FUNCTIONS = {"function", "method", "constructor", "macro"}
VALUES = {"constant", "variable", "field", "property"}


class Skeleton(NamedTuple):
    """A made-up file. `ids`: which symbol of the table is defined on which line."""

    path: str
    source: str
    ids: dict[int, Any]


def skeletons(symbols: list[dict[str, Any]], prefix: str = "") -> Iterator[Skeleton]:
    """A file for each path of a table. With a prefix, paths and ids are those of several tables in one index."""
    by_path: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in symbols:
        by_path[one["path"]].append(one)
    for path, found in by_path.items():
        writer = _Writer(prefix)
        writer.write(sorted(found, key=lambda one: (one["line"], one["id"])))
        yield Skeleton(
            (f"{prefix}/tree/{path}" if prefix else path) + ".py", "\n".join(writer.lines) + "\n", writer.ids
        )


class _Writer:
    def __init__(self, prefix: str) -> None:
        self.lines: list[str] = []
        self.ids: dict[int, Any] = {}
        self._prefix = prefix

    def write(self, symbols: list[dict[str, Any]]) -> None:
        """All symbols, each inside the last one before it whose qualified name encloses it."""
        inside: dict[int, list[int]] = defaultdict(list)
        stack: list[int] = []
        for number, one in enumerate(symbols):
            while stack and not _encloses(symbols[stack[-1]], one):
                stack.pop()
            inside[stack[-1] if stack else -1].append(number)
            stack.append(number)
        self._define(symbols, inside, -1, 0)

    def _define(self, symbols: list[dict[str, Any]], inside: dict[int, list[int]], outer: int, depth: int) -> None:
        for number in inside[outer]:
            one = symbols[number]
            around = _parts(one["qual"])[:-1] if outer < 0 else []
            for extra, name in enumerate(around):
                self.lines.append("    " * (depth + extra) + f"class {name}:")
            self.lines.append("    " * (depth + len(around)) + _head(one, is_empty=not inside[number]))
            self.ids[len(self.lines)] = f"{self._prefix}:{one['id']}" if self._prefix else one["id"]
            self._define(symbols, inside, number, depth + len(around) + 1)


def _head(one: dict[str, Any], *, is_empty: bool) -> str:
    """A definition's first line, with all words of its signature."""
    name = _name(one["name"])
    said = [_name(word) for word in dict.fromkeys(WORD.findall(one.get("signature", ""))) if word != one["name"]]
    body = " pass" if is_empty else ""
    if one["kind"] in FUNCTIONS:
        return f"def {name}({', '.join(said)}):{body}"
    if one["kind"] in VALUES and is_empty:
        return f"{name} = ({' , '.join(said)})"
    return f"class {name}({', '.join(said)}):{body}"


def _encloses(outer: dict[str, Any], one: dict[str, Any]) -> bool:
    return len(_parts(one["qual"])) > len(_parts(outer["qual"])) and one["qual"].startswith(outer["qual"])


def _parts(qualified: str) -> list[str]:
    return [_name(part) for part in re.split(r"::|[.#]", qualified) if part]


def _name(text: str) -> str:
    """A text as a name that Python takes."""
    word = re.sub(r"\W", "_", text) or "_"
    return f"{word}_" if keyword.iskeyword(word) else f"_{word}" if word[0].isdigit() else word
