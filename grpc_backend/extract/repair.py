"""Takes half-typed lines out of a text, so that they do not cost what is around them.

A parser that recovers from `foo(` or `if (x) {` may take the rest of a file to be inside. Indentation tells
what the author means: what opens a bracket has its continuation further in, and what closes one stands further out.
The lines that break this are candidates only: what is left is used where it has fewer errors than the whole.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tree_sitter import Node

# What a line cannot end with unless the next one goes on.
_OPEN_ENDS: Final = (b".", b"=", b"(", b"[", b"<", b"{", b"::", b"->", b"&&", b"||", b"+", b"new")
_BLOCK_HEAD: Final = re.compile(rb"(?:\} *else +)?(?:if|while|for|match|switch)\b[^{;]*$")
# A line that begins so, or follows one that ends so, continues what began further out.
_GOING_ON: Final = (b"implements", b"extends", b"throws", b"where", b"&&", b"||", b".", b"+", b"->", b"?", b":")
_CONTINUED: Final = (b",", b"(", b"&&", b"||", b"=", b"+")
_TRAILING_COMMENT: Final = re.compile(rb"\s+//.*")
_COMMENT: Final = (b"//", b"*", b"/*", b"#")
_NO_QUOTES: Final = re.compile(rb"\\.|'\"'")


def without_half_typed_lines(source: bytes) -> bytes:
    """The source, as long as it was, with blanks for the lines that look half-typed."""
    lines = source.split(b"\n")
    stripped = ((index, _TRAILING_COMMENT.sub(b"", line).strip()) for index, line in enumerate(lines))
    written = [(index, text) for index, text in stripped if text and not text.startswith(_COMMENT)]
    indents = [len(lines[index]) - len(lines[index].lstrip()) for index, _ in written]
    last = b"{"
    for position, (index, text) in enumerate(written):
        before = indents[position - 1] if position else 0
        after = indents[position + 1] if position + 1 < len(written) else 0
        following = written[position + 1][1] if position + 1 < len(written) else b""
        if text == b"}":
            broken = before <= indents[position] and not last.endswith((b"{", b"}"))
        elif text.endswith(b"{") and following.startswith(b"}"):
            broken = after < indents[position]
        else:
            broken = after <= indents[position] and _is_half_typed(text, last, following)
        if broken:
            lines[index] = b" " * len(lines[index])
        else:
            last = text
    return b"\n".join(lines)


def _is_half_typed(text: bytes, previous: bytes, following: bytes) -> bool:
    """Whether a line is one that has to go on further in."""
    if _NO_QUOTES.sub(b"", text).count(b'"') % 2 and b'"""' not in text:
        return True
    if text.endswith(b"{") and (text.startswith(_GOING_ON) or previous.endswith(_CONTINUED)):
        return False
    if text.endswith(_OPEN_ENDS) or _BLOCK_HEAD.match(text):
        return not following.startswith((b"{", b".", b"?"))
    is_open = text.count(b"(") > text.count(b")") or (text.count(b"{") > text.count(b"}") and text[-1:] != b"{")
    return is_open and not following.startswith((b")", b"{"))


def damage(root: Node) -> int:
    """How much a parser could not make sense of, in bytes; 0 for a tree without errors."""
    total = 0
    cursor = root.walk()
    while True:
        node = cursor.node
        assert node is not None
        if node.is_error or node.is_missing:
            total += max(1, node.end_byte - node.start_byte)
        elif node.has_error and cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return total
