"""What one file is while it is being read: its text and its definitions so far."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from grpc_backend.extract.lines import LineTable
from grpc_backend.model import Import

if TYPE_CHECKING:
    from tree_sitter import Node

Captures = dict[str, "list[Node]"]
_BLANKS: Final = re.compile(r"(?:\s++|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/)*+")


def readable(text: str) -> str:
    """Turn a piece of `Unit.text` into what it says: UTF-8, U+FFFD for what is not."""
    return text if text.isascii() else text.encode("latin-1").decode("utf-8", "replace")


class Unit:
    """A file under extraction.

    `text` has one character a byte (latin-1), so that offsets in it are byte offsets; `readable`
    turns pieces of it into real text. `role_at` has the role of the word at an offset, `roles` are ranges
    (start, end, role) in which words have that role, whatever their neighbours say; HIDDEN
    means that they are no references. `masks` are ranges that are no code, `holes` ranges inside them that are
    code after all (interpolations), `embedded` ranges (language, start, end) of code in another language.
    `plain` is the text without comments and what is in strings, where the rules made one; `directives` are ranges
    that are blank in it besides these.
    `hints` are the offsets where one of the language's hints stands, in order.
    `skipped` are ranges, in order, in which the parser need not see what takes the place of bodies (see skim.py).
    `warnings` are those of `Extraction`.
    """

    __slots__ = (
        "content", "decorations", "directives", "drafts", "embedded", "hints", "holes", "imports", "lines", "masks",
        "plain", "role_at", "roles", "seen", "skipped", "text", "warnings",
    )  # fmt: skip

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.text = content.decode("latin-1")
        self.lines = LineTable(content)
        self.drafts: list[Draft] = []
        self.imports: list[Import] = []
        self.role_at: dict[int, int] = {}
        self.roles: list[tuple[int, int, int]] = []
        self.masks: list[tuple[int, int]] = []
        self.holes: list[tuple[int, int]] = []
        self.embedded: list[tuple[str, int, int]] = []
        self.hints: list[int] = []
        self.plain = ""
        self.directives: list[tuple[int, int]] = []
        self.skipped: list[tuple[int, int]] = []
        self.seen: set[tuple[int, str]] = set()
        self.warnings: list[str] = []
        # Decorators that stand before what they decorate: end (blanks skipped) → start, and the other way round.
        self.decorations: dict[int, int] = {}

    def decorate(self, start: int, end: int) -> None:
        """Note a decorator; `Draft.attach` finds it. Comments may stand between it and what it decorates."""
        match = _BLANKS.match(self.text, end)
        end = match.end() if match else end
        self.decorations[end] = start
        self.decorations[~start] = end

    def is_first(self, draft: Draft) -> bool:
        """Whether no definition of that name in the same scope was asked about before."""
        key = (draft.parent.index if draft.parent else -1, draft.name)
        if key in self.seen:
            return False
        self.seen.add(key)
        return True

    def slice(self, node: Node) -> str:
        """The text of a node."""
        return readable(self.text[node.start_byte : node.end_byte])


class Span(NamedTuple):
    """A range of the text; stands for a syntax node where a language is read without a grammar."""

    start_byte: int
    end_byte: int

    @property
    def id(self) -> int:
        """Tells it from syntax nodes, whose numbers are positive, and from other ranges."""
        return ~self.start_byte


class Draft:
    """A definition that is being put together.

    Offsets are bytes: `start`/`end` of the whole, `head` where the signature starts (after
    decorators), `body` where it ends. `prefix` is a qualification that the nesting does not
    show (a Go receiver, an out-of-line C++ member), `around` the one that it does show. `kind`
    "scope" qualifies what is inside without being a symbol.
    """

    __slots__ = (
        "alias_of", "around", "bases", "body", "captures", "decorators", "doc", "end", "head", "index", "kind",
        "modifiers", "name", "name_end", "name_start", "node", "parent", "pattern", "prefix", "qualified",
        "signature", "start",
    )  # fmt: skip

    def __init__(self, kind: str, node: Node, captures: Captures, name: tuple[int, int, str]) -> None:
        self.kind = kind
        self.node = node
        self.captures = captures
        self.name_start, self.name_end, self.name = name
        self.start = self.head = node.start_byte
        self.end = self.body = node.end_byte
        self.parent: Draft | None = None
        self.index = -1
        self.pattern = 0
        self.prefix = self.around = self.qualified = self.signature = self.doc = self.alias_of = ""
        self.modifiers: list[str] = []
        self.decorators: list[str] = []
        self.bases: list[str] = []

    @classmethod
    def by_hand(cls, unit: Unit, kind: str, whole: tuple[int, int], name: tuple[int, int]) -> Draft:
        """A definition that no grammar found: the ranges of the whole and of its name."""
        return cls(kind, cast("Node", Span(*whole)), {}, (*name, readable(unit.text[slice(*name)])))

    def attach(self, unit: Unit) -> list[str]:
        """Take the decorators before and at the beginning of the definition into its range; return their texts."""
        found: list[str] = []
        while (end := unit.decorations.get(~self.head)) is not None and end <= self.name_start:
            found.append(readable(unit.text[self.head : end]).strip())
            self.head = end
        while (start := unit.decorations.get(self.start)) is not None:
            found.insert(0, readable(unit.text[start : self.start]).strip())
            self.start = start
        return found
