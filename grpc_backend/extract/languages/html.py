"""How HTML is read: ids, named anchors, custom elements; scripts and styles are handed to their languages.

By hand: most HTML is a template of something, and a grammar takes what stands in braces for attributes. References are
what event handlers call.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from grpc_backend.extract.draft import Draft, Unit
from grpc_backend.extract.languages.data import BLANK, TEMPLATED
from grpc_backend.extract.languages.ecmascript import EcmaScript
from grpc_backend.model import Import

# A quoted value, over several lines if need be; a line that begins with a tag ends one that was left open.
LINE: Final = r"\n(?![ \t]*+<[a-zA-Z/!])"
_VALUE: Final = rf"\"(?:[^\"\n]|{LINE})*+\"?|'(?:[^'\n]|{LINE})*+'?"
_TEMPLATE: Final = (
    r"\{%(?:[^%\n]|%(?!\}))*+(?:%\})?|\{\{(?:[^}\n]|\}(?!\}))*+(?:\}\})?|<[?%](?:[^?%]|[?%](?!>))*+(?:[?%]>)?"
)
_VOID_ELEMENTS: Final = "area base br col embed hr img input link meta param source track wbr"
# Elements with a hyphen that are no custom ones: those of SVG and MathML.
_STANDARD_ELEMENTS: Final = (
    "annotation-xml color-profile font-face font-face-src font-face-uri font-face-format font-face-name missing-glyph"
)
# What a template fills in, and more than one word.
_NO_NAME: Final = re.compile(rf"{TEMPLATED.pattern}|[{BLANK}]")
_VOID: Final = frozenset(_VOID_ELEMENTS.split())
_STANDARD: Final = frozenset(_STANDARD_ELEMENTS.split())
_SCRIPTS: Final = {
    "": "javascript", "module": "javascript", "text/javascript": "javascript", "application/javascript": "javascript",
    "text/ecmascript": "javascript", "application/x-javascript": "javascript", "text/babel": "javascript",
    "text/jsx": "javascript", "js": "javascript", "jsx": "javascript", "javascript": "javascript", "ts": "typescript",
    "typescript": "typescript", "text/typescript": "typescript", "tsx": "tsx",
}  # fmt: skip
_STYLES: Final = {"": "css", "css": "css", "text/css": "css", "postcss": "css", "scss": "scss", "less": "less"}
_RAW_END: Final = {
    tag: re.compile(rf"</{tag}(?=[\s/>])", re.IGNORECASE)
    for tag in ("script", "style", "textarea", "title", "template")
}
_WHOLE: Final = re.compile(
    r"(?:[^\"'`/]++|\"[^\"\\\n]*+(?:\\.[^\"\\\n]*+)*+\"|'[^'\\\n]*+(?:\\.[^'\\\n]*+)*+'|`[^`]*+`|/(?![/*]))*+"
)
_LANGUAGES: Final = {"script": _SCRIPTS, "style": _STYLES}
# Where elements say what they bring in; and attributes that tell something of any element.
_ADDRESS: Final = {"script": "src", "link": "href", "style": ""}
_TELLING: Final = re.compile(r"(?:id|name|lang)\s*+=", re.IGNORECASE)


def tag_pattern(template: str) -> re.Pattern[str]:
    """Compile what finds comments, tags, and code between tags; `template`: what a tag may have beside attributes."""
    return re.compile(
        r"<!--(?:[^-]|-(?!->))*+(?:-->)?"
        rf"|<(?P<end>/?)(?P<tag>[a-zA-Z][^\s/><\"'{{}}]*+)(?P<attributes>(?:{template}|[^<>\"']|{_VALUE})*+)>?"
        rf"|{template}",
    )


def attribute_pattern(template: str) -> re.Pattern[str]:
    """Compile what finds the attributes of a tag: name and value, or (no group) what `template` finds."""
    bare = rf"(?:{template}|[^\s\"'<>])++"
    return re.compile(
        r"([^\s=\"'<>/{}][^\s=\"'<>/]*+)(?:\s*+=\s*+"
        rf"(?:\"((?:[^\"\n]|{LINE})*+)|'((?:[^'\n]|{LINE})*+)|({bare})))?+|{template}"
    )


class Markup(EcmaScript):
    """Tags with code in them: HTML, and the components of Vue and Svelte."""

    grammar = None
    skips_minified = False
    signature_tail = " \t\r\n"
    tags = tag_pattern(_TEMPLATE)
    attributes = attribute_pattern(_TEMPLATE)
    # Whether an element with a hyphen in its name is one of the web's, not of a framework's.
    has_custom_elements = True

    def __init__(self) -> None:
        """Nothing is stated by instance here."""

    def define(self, unit: Unit) -> bool:
        _Page(unit, self).read()
        unit.masks.append((0, len(unit.text)))
        return False

    def refine(self, unit: Unit, draft: Draft) -> bool:
        return True

    def finish(self, unit: Unit, drafts: list[Draft]) -> None:
        """All is said already."""

    def note_attribute(self, unit: Unit, name: str, start: int, end: int) -> None:
        """Note the code in an attribute's value."""
        if name.startswith("on"):
            self.note_code(unit, start, end)

    def note_code(self, unit: Unit, start: int, end: int) -> None:
        """Note code, up to a string or comment that is not closed in it: it would go on in what follows."""
        whole = _WHOLE.match(unit.text, start, end)
        unit.holes.append((start, whole.end() if whole else start))

    def note_text(self, unit: Unit, start: int, end: int) -> None:
        """Note the code of what `tags` found between the tags."""

    def note_tag(self, unit: Unit, name: str, start: int) -> None:
        """Note the use of a component."""

    def has_code(self, attributes: str) -> bool:
        """Whether a tag's attributes need a look for code."""
        return "on" in attributes and "=" in attributes

    def is_raw(self, tag: str, attributes: dict[str, str]) -> bool:
        """Whether what an element holds is no markup."""
        return tag in ("textarea", "title")


Attributes = dict[str, tuple[int, int]]


class _Page:
    """A file while it is being read."""

    def __init__(self, unit: Unit, rules: Markup) -> None:
        self._unit, self._text, self._rules = unit, unit.text, rules
        # The elements that are open, with what they define, and how many of each name.
        self._open: list[tuple[str, list[Draft]]] = []
        self._counts: Counter[str] = Counter()
        self._elements: set[str] = set()
        # Elements without markup of which no end tag follows.
        self._unclosed: set[str] = set()

    def read(self) -> None:
        text, search, position = self._text, self._rules.tags.search, 0
        while match := search(text, position):
            position = match.end()
            tag = match["tag"]
            if tag is None:
                if text[match.start()] != "<":
                    self._rules.note_text(self._unit, match.start(), position)
            elif match["end"]:
                self._end(tag.lower(), match.start(), position)
            else:
                position = self._begin(match, tag)
        while self._open:
            self._pop(len(text))
        self._unit.drafts.sort(key=lambda draft: (draft.start, -draft.end, draft.name_start))

    def _begin(self, match: re.Match[str], tag: str) -> int:
        """Take in a start tag; return where to go on."""
        written, name = match["attributes"], tag.lower()
        attributes: Attributes = {}
        if self._rules.has_code(written) or ("=" in written and (_TELLING.search(written) or name in _ADDRESS)):
            attributes = self._attributes(match.start("attributes"), match.end("attributes"))
        self._rules.note_tag(self._unit, tag, match.start("tag"))
        drafts = self._defined(match, name, attributes)
        if name in _ADDRESS:
            self._import(name, attributes, match.start())
        if name in _VOID or written.endswith("/"):
            return match.end()
        self._open.append((name, drafts))
        self._counts[name] += 1
        return self._past_raw(name, attributes, match.end()) if name in _RAW_END else match.end()

    def _attributes(self, start: int, end: int) -> Attributes:
        """Where the values of a tag's attributes are."""
        found: Attributes = {}
        for match in self._rules.attributes.finditer(self._text, start, end):
            if match[1] is None:
                self._rules.note_text(self._unit, *match.span())
                continue
            name = match[1].lower()
            if match.lastindex != 1:
                place = self._trimmed(*match.span(match.lastindex or 0))
                found.setdefault(name, place)
                self._rules.note_attribute(self._unit, name, *place)
        return found

    def _trimmed(self, start: int, end: int) -> tuple[int, int]:
        while end > start and self._text[end - 1] in BLANK:
            end -= 1
        return start, end

    def _defined(self, match: re.Match[str], tag: str, attributes: Attributes) -> list[Draft]:
        """What a start tag defines."""
        drafts: list[Draft] = []
        whole = match.span()
        if "-" in tag and self._rules.has_custom_elements and tag not in _STANDARD and tag not in self._elements:
            self._elements.add(tag)
            drafts.append(self._add(whole, match.span("tag"), "element"))
        places = [(attributes[name], word) for name, word in (("id", "id"), ("name", "anchor")) if name in attributes]
        for place, word in places:
            value = self._text[slice(*place)]
            if (word == "id" or tag == "a") and value and not _NO_NAME.search(value):
                drafts.append(self._add(whole, place, word))
        return drafts

    def _add(self, whole: tuple[int, int], name: tuple[int, int], modifier: str) -> Draft:
        draft = Draft.by_hand(self._unit, "key", whole, name)
        draft.modifiers.append(modifier)
        self._unit.drafts.append(draft)
        return draft

    def _past_raw(self, tag: str, attributes: Attributes, start: int) -> int:
        """Go past what an element holds if that is no markup; note it if it is code."""
        values = {name: self._text[slice(*place)].strip().lower() for name, place in attributes.items()}
        languages = _LANGUAGES.get(tag)
        if tag in self._unclosed or (languages is None and not self._rules.is_raw(tag, values)):
            return start
        closing = _RAW_END[tag].search(self._text, start)
        if closing is None:
            self._unclosed.add(tag)
        end = closing.start() if closing else len(self._text) if languages else start
        if languages:
            language = languages.get(values.get("lang", values.get("type", "")), "")
            self._unit.embedded.append((language, start, end))
        return end

    def _import(self, tag: str, attributes: Attributes, start: int) -> None:
        place = attributes.get(_ADDRESS.get(tag, ""))
        if place is not None:
            address = self._text[slice(*place)].strip()
            rel = self._text[slice(*attributes.get("rel", (0, 0)))].lower()
            if (
                address
                and not TEMPLATED.search(address)
                and (tag == "script" or "stylesheet" in rel or "module" in rel)
            ):
                self._unit.imports.append(Import(self._unit.lines.at(start)[0], address))

    def _end(self, tag: str, start: int, end: int) -> None:
        """An end tag: it ends the innermost element of that name, and those in it that were left open."""
        if self._counts[tag]:
            while self._open[-1][0] != tag:
                self._pop(start)
            self._pop(end)

    def _pop(self, end: int) -> None:
        tag, drafts = self._open.pop()
        self._counts[tag] -= 1
        for draft in drafts:
            draft.end = end


RULES: Final = {"html": Markup()}
