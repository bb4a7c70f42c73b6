"""markdown-it, which passes the tests of CommonMark (`pip install markdown-it-py`).

Counted: headings outside quotes and lists, by what a reader sees of them: without emphasis, targets of links, images,
markup and an anchor in braces at the end; at most as many characters as a name has. Front matter between `---` is
skipped.
"""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.truth.definition import Definition

_FRONT: Final = re.compile(r"\A(---|\+\+\+)[ \t]*\n.*?^\1[ \t]*$", re.DOTALL | re.MULTILINE)
# As many characters of a title are a name.
_TITLE_CHARACTERS: Final = 200
_ANCHOR: Final = re.compile(r"\s*\{[^{}]*\}\s*\Z")


def definitions(paths: list[Path]) -> dict[Path, list[Definition]]:
    return {path: _headings(path) for path in paths}


def _headings(path: Path) -> list[Definition]:
    text = path.read_bytes().decode("utf-8-sig", "replace").replace("\r\n", "\n")
    text = _FRONT.sub(lambda front: "\n" * front[0].count("\n"), text)
    tokens = MarkdownIt().parse(text)
    found = []
    for heading, title in pairwise(tokens):
        if heading.type == "heading_open" and heading.level == 0:
            name = " ".join(_ANCHOR.sub("", _seen(title)).split())[:_TITLE_CHARACTERS]
            if name and heading.map is not None:
                found.append(Definition(name, heading.map[0] + 1, f"heading {heading.tag[1]}"))
    return found


def _seen(title: Token) -> str:
    shown = {"text", "code_inline", "text_special"}
    parts = (" " if one.type.endswith("break") else one.content * (one.type in shown) for one in title.children or ())
    return "".join(parts)
