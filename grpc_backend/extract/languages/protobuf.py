"""How Protocol Buffers are read: by hand, since there is no grammar to install.

A file is a row of statements, each up to its `;` or `{`, in blocks that end with `}`. What a statement is
follows from its first words and the block it stands in; one that makes no sense is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar, Final, NamedTuple

from grpc_backend.extract import words
from grpc_backend.extract.docs import clean, doc_before, uncommented
from grpc_backend.extract.draft import Draft, Unit
from grpc_backend.extract.rules import HIDDEN, Rules
from grpc_backend.model import Import, Role

_KEYWORDS: Final = (
    "syntax edition import public weak package option message enum service rpc returns stream extend extensions "
    "reserved oneof map group optional required repeated to true false inf nan double float int32 int64 uint32 uint64 "
    "sint32 sint64 fixed32 fixed64 sfixed32 sfixed64 bool string bytes export local"
)
_TOKEN: Final = re.compile(
    r"//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?+"
    rf'|"{words.DOUBLE_QUOTED}|\'{words.SINGLE_QUOTED}'
    r"|\.?+[A-Za-z_][A-Za-z0-9_]*+(?:\.[A-Za-z_][A-Za-z0-9_]*+)*+|[0-9][A-Za-z0-9_.]*+|\S",
    re.DOTALL,
)
_KINDS: Final = {"message": "struct", "enum": "enum", "service": "interface"}
_LABELS: Final = frozenset({"optional", "required", "repeated"})
_VISIBILITIES: Final = {"export": "exported", "local": "private"}
# After these, a name follows and nothing else: what begins so begins a statement, whatever is open.
_OPENING: Final = frozenset({"message", "enum", "service", "oneof", "rpc", "extend"})
_OPENED: Final = re.compile(r"\s+[A-Za-z_.][A-Za-z0-9_.]*+\s*[{(]")
# A file whose braces do not match is read again with these at the start of a line closing all that is open.
_TOP_LEVEL: Final = frozenset({"message", "enum", "service", "extend", "import", "package", "syntax", "option"})
_TRAILING_DOC: Final = re.compile(r"[ \t]*+(//[^\n]*+)")
_DEPRECATED: Final = re.compile(r"[\[,]\s*deprecated\s*=\s*true\b")


class Token(NamedTuple):
    """One word or sign and where it is."""

    text: str
    start: int
    end: int


class Block(NamedTuple):
    """What a brace opened; `draft` is the definition that ends with it."""

    word: str
    draft: Draft | None


class Protobuf(Rules):
    """Protocol Buffers: proto2, proto3 and editions."""

    grammar = None
    keyword_members = True
    keywords: ClassVar = {**dict.fromkeys(_KEYWORDS.split(), 0), "max": words.SOFT}

    def is_keyword(self, word: str, before: int, gap: str) -> bool:
        del word, before
        return gap[0] in ";,"

    def define(self, unit: Unit) -> bool:
        parser = _Parser(unit, by_margin=False)
        parser.run()
        if parser.unclosed:
            unit.roles.clear()
            unit.masks.clear()
            unit.imports.clear()
            parser = _Parser(unit, by_margin=True)
            parser.run()
        unit.drafts = parser.drafts
        return parser.broken

    def refine(self, unit: Unit, draft: Draft) -> bool:
        while draft.parent is not None and "oneof" in draft.parent.modifiers:
            draft.parent = draft.parent.parent
        draft.doc = doc_before(unit.text, draft.start)
        if not draft.doc and (trailing := _TRAILING_DOC.match(unit.text, max(draft.end, draft.body))):
            draft.doc = clean(uncommented(trailing[1]))
        return True


class _Parser:
    """One pass over one file. `by_margin`: what stands at the margin is not inside anything."""

    def __init__(self, unit: Unit, *, by_margin: bool) -> None:
        self._unit = unit
        self._by_margin = by_margin
        self._blocks: list[Block] = []
        self._statement: list[Token] = []
        # Brackets of an option's value that are open; what is in there is passed over.
        self._brackets: list[str] = []
        self._end = 0  # of the last token
        self.drafts: list[Draft] = []
        self.broken = self.unclosed = False

    def run(self) -> None:
        """Go through the tokens in order."""
        for match in _TOKEN.finditer(self._unit.text):
            text = match[0]
            if text.startswith(("//", "/*")):
                continue
            token = Token(text, *match.span())
            if self._brackets and not self._recovers(token):
                self._pass_over(token)
            else:
                self._take(token)
            self._end = token.end
        self.unclosed = bool(self._blocks or self._brackets)
        self._close_all()

    def _close_all(self) -> None:
        """End all that is open."""
        self.broken |= bool(self._blocks or self._brackets or self._statement)
        self._brackets.clear()
        if self._statement:
            self._finish(self._end)
        while self._blocks:
            self._close(self._end)

    def _recovers(self, token: Token) -> bool:
        """Whether a statement begins here although brackets are open: then they were never closed."""
        missing = (token.text == ";" and self._brackets == ["["]) or (
            token.text in _OPENING and _OPENED.match(self._unit.text, token.end) is not None
        )
        if missing:
            self._brackets.clear()
            self.broken = True
        return missing

    def _pass_over(self, token: Token) -> None:
        if token.text in ("[", "{"):
            self._brackets.append(token.text)
        elif token.text in ("]", "}"):
            self._brackets.pop()

    def _take(self, token: Token) -> None:
        statement = self._statement
        if token.text == ";":
            self._finish(token.end)
        elif token.text == "{":
            self._open(token)
        elif token.text == "}":
            if statement:
                self.broken = True
                self._finish(statement[-1].end)
            self._close(token.end)
        elif token.text == "[":
            self._brackets.append("[")
            statement.append(token)
        else:
            if statement and self._begins(token):
                self.broken = True
                self._finish(statement[-1].end)
            elif not statement and self._by_margin and token.text in _TOP_LEVEL:
                self._leave(token)
            self._statement.append(token)

    def _begins(self, token: Token) -> bool:
        """Whether a token begins a statement although the one before it has no end."""
        last = self._statement[-1]
        text = self._unit.text
        if not (token.text[0].isalpha() or token.text[0] in "_.") or "\n" not in text[last.end : token.start]:
            return False
        if last.text[0].isdigit() and len(self._statement) > 1 and self._statement[-2].text in ("=", "-"):
            return True
        self_contained = token.text in _OPENING and _OPENED.match(text, token.end) is not None
        return self_contained and self._statement[0].text not in _VISIBILITIES

    def _leave(self, token: Token) -> None:
        start = token.start
        if self._blocks and (start == 0 or self._unit.text[start - 1] == "\n"):
            self.broken = True
            while self._blocks:
                self._close(self._end)

    def _open(self, brace: Token) -> None:
        """A brace: the statement before it is a block's head, or has a value in braces."""
        statement, self._statement = self._statement, []
        first = statement[0].text if statement else ""
        if first == "option":
            self._brackets.append("{")
            self._statement = statement
            return
        draft = self._head(statement, brace.end) if statement else None
        word = first if first not in _VISIBILITIES or len(statement) == 1 else statement[1].text
        if draft is not None:
            draft.body = brace.start
            if draft.kind == "struct":
                word = "message"
        else:
            self.broken |= first != "extend"
        self._blocks.append(Block(word, draft))

    def _head(self, statement: list[Token], end: int) -> Draft | None:
        """The definition whose block opens after a statement."""
        first = statement[0].text
        if first in _VISIBILITIES and len(statement) > 1:
            draft = self._head(statement[1:], end)
            if draft is not None:
                draft.start = draft.head = statement[0].start
                draft.modifiers.append(_VISIBILITIES[first])
            return draft
        if first == "rpc":
            return self._rpc(statement, end)
        if first == "extend":
            self._type(statement[1:2])
            return None
        if first in _KINDS or first == "oneof":
            return self._named(statement, end)
        return self._group(statement, end)

    def _named(self, statement: list[Token], end: int) -> Draft | None:
        if len(statement) < 2 or not _is_name(statement[1]):
            return None
        self.broken |= len(statement) > 2
        draft = self._define(_KINDS.get(statement[0].text, "field"), statement[0].start, end, statement[1])
        if statement[0].text == "oneof":
            draft.modifiers.append("oneof")
        return draft

    def _group(self, statement: list[Token], end: int) -> Draft | None:
        """`optional group Name = 1 {`: a field and its message in one."""
        texts = [token.text for token in statement[:4]]
        if "group" not in texts[:2] or "=" not in texts[2:]:
            return None
        draft = self._define("struct", statement[0].start, end, statement[texts.index("=") - 1])
        draft.modifiers += [text for text in texts if text in _LABELS]
        return draft

    def _close(self, end: int) -> None:
        if not self._blocks:
            self.broken = True
            return
        draft = self._blocks.pop().draft
        if draft is not None:
            draft.end = end

    def _finish(self, end: int) -> None:
        """A statement without a block."""
        statement, self._statement = self._statement, []
        if not statement:
            return
        first, block = statement[0].text, self._blocks[-1].word if self._blocks else ""
        if first == "import":
            self._import(statement)
        elif first == "option":
            self._option(statement)
        elif first == "package" and not block:
            self._package(statement)
        elif first == "rpc":
            self._rpc(statement, end)
        elif block == "enum":
            self._enum_member(statement, end)
        elif block in ("message", "oneof", "extend"):
            self._field(statement, end, block)

    def _import(self, statement: list[Token]) -> None:
        """`import "a.proto"`, perhaps `public` or `weak`."""
        for token in statement[1:3]:
            if token.text[0] in "\"'":
                self._unit.imports.append(Import(self._unit.lines.at(token.start)[0], token.text[1:-1]))

    def _option(self, statement: list[Token]) -> None:
        texts = [token.text for token in statement]
        draft = self._blocks[-1].draft if self._blocks else None
        if draft is not None and texts[1:] == ["deprecated", "=", "true"]:
            draft.modifiers.append("deprecated")

    def _package(self, statement: list[Token]) -> None:
        """All that follows is in the package."""
        if len(statement) > 1 and _is_name(statement[1], ".") and not self.drafts:
            draft = self._define("package", statement[0].start, len(self._unit.text.rstrip()), statement[1])
            draft.body = statement[-1].end
            self._unit.roles.append((statement[1].start, statement[1].end, HIDDEN))

    def _rpc(self, statement: list[Token], end: int) -> Draft | None:
        """`rpc Name(stream Request) returns (Response)`."""
        if len(statement) < 2 or not _is_name(statement[1]):
            self.broken = True
            return None
        for before, token in pairwise(statement[2:]):
            if before.text in ("(", "stream") and token.text != "stream":
                self._type([token])
        return self._define("method", statement[0].start, end, statement[1])

    def _enum_member(self, statement: list[Token], end: int) -> None:
        if len(statement) > 2 and statement[1].text == "=" and _is_name(statement[0]):
            self._complete(self._define("enum_member", statement[0].start, end, statement[0]), statement)
        else:
            self.broken |= statement[0].text != "reserved"

    def _field(self, statement: list[Token], end: int, block: str) -> None:
        """`label type name = number`; what is left of a line before it is passed over."""
        sign = next((index for index, token in enumerate(statement) if token.text == "="), 0)
        if sign < 2 or not _is_name(statement[sign - 1]):
            self.broken |= statement[0].text not in ("extensions", "reserved")
            return
        first = sign - 2
        if statement[first].text == ">":
            while first and statement[first].text != "map":
                first -= 1
        while first and statement[first].text[0] == "." and _is_type(statement[first - 1].text):
            first -= 1
        self._type(statement[first : sign - 1])
        modifiers = ["extension"] if block == "extend" else []
        if first and statement[first - 1].text in _LABELS:
            first -= 1
            modifiers.append(statement[first].text)
        self.broken |= first > 0
        draft = self._define("field", statement[first].start, end, statement[sign - 1])
        draft.modifiers = modifiers
        self._complete(draft, statement)

    def _complete(self, draft: Draft, statement: list[Token]) -> None:
        """Leave a field's options out of its signature."""
        if statement[-1].text == "[":
            draft.body = statement[-1].start
            if _DEPRECATED.search(self._unit.text, draft.body, draft.end):
                draft.modifiers.append("deprecated")

    def _type(self, tokens: Sequence[Token]) -> None:
        """Words that name types."""
        if tokens:
            self._unit.roles.append((tokens[0].start, tokens[-1].end, Role.TYPE))
            # The dot of a name that is complete: nothing stands before it.
            before = ["", *(token.text for token in tokens)]
            self._unit.masks += [
                (token.start, token.start + 1)
                for token, last in zip(tokens, before, strict=False)
                if token.text[0] == "." and not _is_type(last)
            ]

    def _define(self, kind: str, start: int, end: int, name: Token) -> Draft:
        draft = Draft.by_hand(self._unit, kind, (start, end), (name.start, name.end))
        self.drafts.append(draft)
        return draft


def _is_name(token: Token, besides: str = "") -> bool:
    return token.text.replace(besides, "_").isidentifier() if besides else token.text.isidentifier()


def _is_type(text: str) -> bool:
    """Whether a dot after a word goes on with it."""
    return text not in _LABELS and text[-1:].isalnum()


RULES: Final = {"protobuf": Protobuf()}
