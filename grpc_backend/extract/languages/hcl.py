"""How HCL is read: Terraform above all, and what else has blocks with labels (Packer, Nomad, Bake).

Names are those by which expressions refer to what a block defines: `aws_vpc.main`, `var.region`, `local.tags`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar, Final

from grpc_backend.extract import words
from grpc_backend.extract.docs import clean, doc_before
from grpc_backend.extract.draft import Draft, Unit, readable
from grpc_backend.extract.margins import end_by_margin
from grpc_backend.extract.rules import HIDDEN, Rules
from grpc_backend.model import Import, Role

_KEYWORDS: Final = (
    "var local data module each self path terraform true false null if else endif for endfor in any string number bool "
    "list set map object tuple optional dynamic"
)
_LABELS: Final = re.compile(r'\s*+("[^"\n]*+"|[\w-]++)', re.ASCII)
# Block type → kind, and what stands before the name where it is referred to.
_BLOCKS: Final = {
    "resource": ("object", ""),
    "data": ("object", "data"),
    "ephemeral": ("object", "ephemeral"),
    "module": ("module", "module"),
    "variable": ("variable", "var"),
    "output": ("property", "output"),
    "provider": ("object", "provider"),
    "terraform": ("object", ""),
    "check": ("object", "check"),
}
_WORD: Final = re.compile(r"[\w-]++")
# These say something of other blocks and define nothing.
_NAMELESS: Final = frozenset({"moved", "import", "removed"})
_DESCRIPTION: Final = re.compile(r'^\s*+description\s*+=\s*+"((?:[^"\\\n]|\\.)*+)"', re.MULTILINE)
_ALIAS: Final = re.compile(r'^\s*+alias\s*+=\s*+"([^"\n]++)"', re.MULTILINE)
_SOURCE: Final = re.compile(r'^\s*+source\s*+=\s*+"([^"\n]++)"', re.MULTILINE)
# A block with a label at the margin.
_SALVAGED: Final = re.compile(r'^([a-z_]\w*+)(?=[ \t]++")(?:[ \t]++"[^"\n]*+")++[ \t]*+(?=\{)', re.MULTILINE)
_HEAD_CHARACTERS: Final = 2_000
# Templates: what is passed over in code and in text, up to what begins or ends one.
_CODE: Final = re.compile(
    r'(?:[^"{}#/<]++|#[^\n]*+|/(?:/[^\n]*+|\*(?:[^*]++|\*(?!/))*+(?:\*/)?+)?+|<(?!<-?+\w)'
    r'|"(?:[^"\\$%\n]++|\\.|[$%](?!\{))*+")*+',
    re.DOTALL,
)
_TEXT: Final = re.compile(r'(?:[^"\\$%\n]++|\\.|[$%]{2}\{|[$%](?!\{))*+', re.DOTALL)
_HEREDOC: Final = re.compile(r"<<-?+(\w++)[^\n]*+\n?+")
_INTERPOLATION: Final = re.compile(r"(?:[^$%]++|[$%]{2}\{|[$%](?!\{))*+")


class Hcl(Rules):
    """HCL 2: configurations, variable files."""

    grammar = ("tree_sitter_hcl", "language")
    queries = ("hcl",)
    splitter = words.splitter({"#": words.LINE_COMMENT, "/": words.C_COMMENT, '"': words.DOUBLE_QUOTED}, letters="-")
    keywords: ClassVar = dict.fromkeys(_KEYWORDS.split(), 0)
    keyword_members = True
    line_doc = ("#", "//")

    def after(self, gap: str) -> int:
        if gap[0] == "(":
            return words.CALLED
        sign = gap.lstrip(" \t")[:1]
        if sign in ('"', "{"):
            return words.ANNOTATED  # a block's type
        return words.ASSIGNED if sign == "=" and gap.lstrip(" \t")[1:2] not in "=>" else 0

    def role(self, signs: int) -> int:
        if signs & (words.ANNOTATED | words.ASSIGNED):
            return HIDDEN  # an argument's name is the provider's, a key is no name
        return Role.CALL if signs & words.CALLED else Role.READ

    def refine(self, unit: Unit, draft: Draft) -> bool:
        if draft.kind == "object":
            return _refine_block(unit, draft)
        draft.doc = doc_before(unit.text, draft.start, self.line_doc)
        line_end = unit.text.find("\n", draft.name_end, draft.end)
        draft.body = line_end if line_end >= 0 else draft.end
        return True

    def salvage(self, unit: Unit, start: int, end: int) -> Iterable[Draft]:
        # Not only what is broken: a string that is not closed takes the words around it with it.
        for found in _SALVAGED.finditer(unit.text, unit.text.rfind("\n", 0, start) + 1, end):
            whole = found.start(), end_by_margin(unit.text, found.start(), end, "}")
            draft = Draft.by_hand(unit, "object", whole, found.span(1))
            draft.body = found.end()
            yield draft

    def finish(self, unit: Unit, drafts: list[Draft]) -> None:
        del drafts
        if "${" in unit.text or "%{" in unit.text or "<<" in unit.text:
            templates = _Templates(unit.text)
            templates.run()
            unit.masks += templates.texts


def _refine_block(unit: Unit, draft: Draft) -> bool:
    if draft.start == 0 or unit.text[draft.start - 1] == "\n":
        draft.parent = None  # at the margin: a brace before it was never closed
    word, parent = draft.name, draft.parent
    if word in _NAMELESS or (parent is not None and _type_of(unit, parent) in _BLOCKS):
        return False
    brace = unit.text.find("{", draft.name_end, draft.end)
    draft.body = brace if brace >= 0 else draft.end
    unit.roles.append((draft.name_start, draft.body, HIDDEN))
    if word == "locals":
        draft.kind, draft.name = "scope", "local"
        return True
    draft.kind, prefix = _BLOCKS.get(word, ("object", word))
    if labels := list(_labels(unit.text, draft.name_end, draft.body)):
        _label(draft, labels, prefix)
    _describe(unit, draft, word)
    return True


def _type_of(unit: Unit, block: Draft) -> str:
    word = _WORD.match(unit.text, block.head)
    return word[0] if word else ""


def _labels(text: str, position: int, end: int) -> Iterator[re.Match[str]]:
    """A block's labels, but for those that are still to be typed."""
    while label := _LABELS.match(text, position, end):
        if label[1] != '""':
            yield label
        position = label.end()


def _label(draft: Draft, labels: list[re.Match[str]], prefix: str) -> None:
    """The last label is the name, the others are before it."""
    last = labels[-1]
    quoted = last[1][0] == '"'
    draft.name_start, draft.name_end = last.start(1) + quoted, last.end(1) - quoted
    draft.name = readable(last[1].strip('"'))
    outer = [readable(label[1].strip('"')) for label in labels[:-1]]
    draft.prefix = ".".join([prefix, *outer] if prefix else outer)


def _describe(unit: Unit, draft: Draft, word: str) -> None:
    """What a block's arguments say of it."""
    text, start, end = unit.text, draft.body, min(draft.end, draft.body + _HEAD_CHARACTERS)
    if word == "output":
        draft.modifiers.append("exported")
    elif word == "provider" and (alias := _ALIAS.search(text, start, end)):
        draft.prefix, draft.name = draft.name, readable(alias[1])
        draft.name_start, draft.name_end = alias.span(1)
    elif word == "module" and (source := _SOURCE.search(text, start, end)):
        unit.imports.append(Import(unit.lines.at(source.start(1))[0], readable(source[1]), alias=draft.name))
    if word in ("variable", "output") and (description := _DESCRIPTION.search(text, start, end)):
        draft.doc = clean(description[1])
    draft.doc = draft.doc or doc_before(text, draft.start, Hcl.line_doc)


class _Frame:
    """Code, or a text in it. `limit` is where it ends at the latest, `tail` what ends it there."""

    __slots__ = ("depth", "is_code", "is_heredoc", "limit", "tail")

    def __init__(self, limit: int, *, is_code: bool, tail: int = 0, is_heredoc: bool = False) -> None:
        self.limit = limit
        self.is_code = is_code
        self.tail = tail
        self.is_heredoc = is_heredoc
        self.depth = 0  # of braces in code


class _Templates:
    """Tells text from code in strings with `${…}` and in heredocs; the signs between them count as text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._frames = [_Frame(len(text), is_code=True)]
        self._position = self._start = 0
        self._is_lost = False  # after a heredoc without an end: no further one is looked for
        self.texts: list[tuple[int, int]] = []

    def run(self) -> None:
        """Go from sign to sign."""
        while self._position < len(self._text):
            frame = self._frames[-1]
            if frame.is_code:
                self._position = _end(_CODE, self._text, self._position, frame.limit)
                self._code(frame)
            else:
                pattern = _INTERPOLATION if frame.is_heredoc else _TEXT
                self._position = _end(pattern, self._text, self._position, frame.limit)
                self._words(frame)

    def _code(self, frame: _Frame) -> None:
        """A sign in code."""
        position = self._position
        if position >= frame.limit:
            if len(self._frames) > 1:
                self._frames.pop()
            self._start = position
            return
        sign = self._text[position]
        if sign == '"':
            self._enter(_Frame(frame.limit, is_code=False), position + 1)
        elif sign == "<":
            self._heredoc(frame, position)
        elif sign == "}" and not frame.depth and len(self._frames) > 1:
            self._frames.pop()
            self._start, self._position = position, position + 1
        else:
            frame.depth = max(0, frame.depth + (sign == "{") - (sign == "}"))
            self._position += 1

    def _heredoc(self, frame: _Frame, position: int) -> None:
        opening = None if self._is_lost else _HEREDOC.match(self._text, position)
        closing = opening and re.compile(rf"^[ \t]*+{opening[1]}\b", re.MULTILINE).search(
            self._text, opening.end(), frame.limit
        )
        if opening is None or closing is None:
            self._is_lost = True
            self._position += 1
            return
        limit, tail = closing.span()
        self._enter(_Frame(limit, is_code=False, tail=tail - limit, is_heredoc=True), opening.end())

    def _enter(self, text: _Frame, position: int) -> None:
        self._start = self._position
        self._frames.append(text)
        self._position = position

    def _words(self, frame: _Frame) -> None:
        """What ends a piece of text: code in it, or its end."""
        position, text = self._position, self._text
        if position < frame.limit and text[position] in "$%" and text[position + 1 : position + 2] == "{":
            self.texts.append((self._start, position + 2))
            self._frames.append(_Frame(frame.limit, is_code=True))
            self._position = position + 2
            return
        end = min(position + (1 if not frame.is_heredoc else frame.tail), len(text))
        self.texts.append((self._start, end))
        self._frames.pop()
        self._position = end


def _end(pattern: re.Pattern[str], text: str, position: int, limit: int) -> int:
    match = pattern.match(text, position, limit)
    return match.end() if match else position


RULES: Final = {"hcl": Hcl()}
