"""How Markdown is read: its headings, each a section with the deeper ones inside.

By hand: a grammar takes 0.4 s for a change log of 1 MB. Headings in quotes and behind list markers are left out.
"""

from __future__ import annotations

import re
from typing import Final

from grpc_backend.extract.docs import clean
from grpc_backend.extract.draft import Draft, Unit, readable
from grpc_backend.extract.languages.data import BLANK
from grpc_backend.extract.rules import Rules

_RAW: Final = "pre|script|style|textarea"
_BLOCK: Final = (
    "address|article|aside|blockquote|body|center|details|dialog|dd|div|dl|dt|fieldset|figcaption|figure|footer|form|"
    "h[1-6]|head|header|hr|html|iframe|li|link|main|menu|nav|ol|p|section|summary|table|tbody|td|tfoot|th|thead|tr|ul"
)
# What begins a heading, or a block in which there is none.
_EVENT: Final = re.compile(
    r"\A(?:\xef\xbb\xbf)?+(?P<front>---|\+\+\+)[ \t]*+$"
    r"|^(?P<lead>[ \t>]*+(?:(?:[-*+]|\d{1,9}[.)])[ \t]++)?)(?P<fence>`{3,}+(?=[^`\n]*+$)|~{3,}+)"
    r"|^(?:\A\xef\xbb\xbf)?+[ ]{0,3}+(?:(?P<marks>\#{1,6}+)(?=\s|\Z)[ \t]*+(?P<title>[^\n]*+)"
    r"|(?P<underline>=++|-++)[ \t\r]*+$"
    rf"|<(?:(?P<comment>!--)|(?P<raw>{_RAW})\b|(?P<block>/?(?:{_BLOCK})\b)))",
    re.MULTILINE | re.IGNORECASE,
)
_BLANK_LINE: Final = re.compile(r"\n[ \t\r]*+(?=\n|\Z)|\Z")
_CLOSING: Final = re.compile(r"(?:(?<=[ \t])|\A)#++[ \t\r]*+\Z")
_ANCHOR: Final = re.compile(r"\s*\{[^{}]*\}\s*\Z")
# Lines that a paragraph cannot begin with or go over: they end the search for a title's beginning.
_NO_PARAGRAPH: Final = re.compile(
    rf"[ \t]*+(?:\Z|[>|]|```|~~~|[-*+][ \t]|\d{{1,9}}[.)][ \t]|<(?:!--|/?(?:{_RAW}|{_BLOCK})\b)"
    r"|\#{1,6}\s|([-*_])[ \t]*+(?:\1[ \t]*+){2,}+\Z)",
    re.IGNORECASE,
)
_REFERENCE: Final = re.compile(r"^[ ]{0,3}\[([^\]\n]{1,200})\]:", re.MULTILINE)
_SHORTCUT: Final = re.compile(r"\[([^\[\]\n]{1,200})\](?:\[\])?")
_TITLE_LINES: Final = 5
_TITLE_CHARACTERS: Final = 200
_CODE: Final = re.compile(r"(?<!`)(`{1,3}+)(?!`)(.{1,500}?)(?<!`)\1(?!`)")
_LEADING: Final = re.compile(r"(?:\s++|</?[a-zA-Z][^>\n]{0,500}>)*+")
_LABEL: Final = r"\[([^\]\n]{0,200})\]"
_TARGET: Final = r"(?:\([^()\n]{0,1000}(?:\([^()\n]{0,200}\)[^()\n]{0,200})?\)|\[[^\]\n]{0,200}\])"
_PLAIN: Final = (
    (re.compile(rf"!{_LABEL}{_TARGET}?"), ""),
    (re.compile(_LABEL + _TARGET), r"\1"),
    (re.compile(r"</?[a-zA-Z][^>\n]{0,500}>"), ""),
    (re.compile(r"\*\*|(?<!\w)[*_]++(?=\w)|(?<=\w)[*_]++(?!\w)|(?<=[\w)])__(?!\w)"), ""),
    (re.compile(r"\\([!-/:-@\[-`{-~])"), r"\1"),
)
_PROBE_CHARACTERS: Final = 600
_PROSE: Final = re.compile(r"\s*+([^\s#`~|<>\[!\-*+=\d:{][^\n]*+(?:\n(?!\s*+(?:\n|[-*+#>|=`~]|\d+[.)]))[^\n]*+)*+)")


class Markdown(Rules):
    """Markdown."""

    grammar = None
    scanned = False
    signature_tail = " \t\r\n"

    def define(self, unit: Unit) -> bool:
        text, position = unit.text, 0
        sections = _Sections(unit)
        while match := _EVENT.search(text, position):
            position = max(_after(text, match), match.end())
            if match["marks"]:
                sections.begin(len(match["marks"]), match.start("marks"), match.span("title"), match.end())
            elif match["underline"] and (start := _paragraph(text, match.start())) is not None:
                level = 1 if match["underline"][0] == "=" else 2
                sections.begin(level, start, (start, match.start() - 1), match.end())
        sections.end(1, len(text))
        return False

    def refine(self, unit: Unit, draft: Draft) -> bool:
        return True


class _Sections:
    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._open: list[tuple[int, Draft]] = []
        self._references = {readable(label).lower() for label in _REFERENCE.findall(unit.text)}

    def begin(self, level: int, start: int, title: tuple[int, int], body: int) -> None:
        """A heading of that level: it ends the sections of its level and those inside."""
        self.end(level, start)
        text = self._unit.text
        written = text[slice(*title)]
        name = self._linked(plain(written))
        if not name:
            return
        leading = _LEADING.match(text, *title)
        first = leading.end() if leading else title[0]
        last = title[0] + len(_CLOSING.sub("", written.rstrip(BLANK)).rstrip())
        draft = Draft.by_hand(self._unit, "string", (start, body), (first, last))
        draft.name, draft.body = name, body
        draft.signature = f"{'#' * level} {name}"
        prose = _PROSE.match(text, body, body + _PROBE_CHARACTERS)
        draft.doc = clean(prose[1]) if prose else ""
        self._unit.drafts.append(draft)
        self._open.append((level, draft))

    def _linked(self, name: str) -> str:
        """Without the brackets around what the file gives an address for: `[1.0]`."""
        if not self._references:
            return name
        return _SHORTCUT.sub(lambda label: label[1] if label[1].lower() in self._references else label[0], name)

    def end(self, level: int, position: int) -> None:
        """End the open sections down to a level."""
        text = self._unit.text
        while position and text[position - 1] in BLANK:
            position -= 1
        while self._open and self._open[-1][0] >= level:
            draft = self._open.pop()[1]
            draft.end = max(draft.body, position)


def plain(title: str) -> str:
    """A heading without the signs that only format it; code stays as it is."""
    title = readable(_CLOSING.sub("", title[: 10 * _TITLE_CHARACTERS].strip(BLANK)))
    parts = _CODE.split(_ANCHOR.sub("", title))
    parts[::3] = map(_unformatted, parts[::3])
    del parts[1::3]
    return " ".join("".join(parts).split())[:_TITLE_CHARACTERS]


def _unformatted(text: str) -> str:
    for pattern, replacement in _PLAIN:
        text = pattern.sub(replacement, text)
    return text


def _after(text: str, match: re.Match[str]) -> int:
    """Where to go on after what was found."""
    end = match.end()
    if match["front"]:
        return _find(text, f"\n{match['front']}", end, missing=end)
    if match["fence"]:
        fence = match["fence"]
        closing = re.compile(rf"^[ \t>]*+{fence[0]}{{{len(fence)},}}[ \t\r]*+$", re.MULTILINE).search(text, end)
        return closing.end() if closing else len(text)
    if match["comment"]:
        return _find(text, "-->", end, missing=len(text))
    if match["raw"]:
        closed = re.compile(rf"</(?:{_RAW})>", re.IGNORECASE).search(text, end)
        return closed.end() if closed else len(text)
    if match["block"]:
        blank = _BLANK_LINE.search(text, end)
        return blank.start() if blank else end
    return end


def _find(text: str, what: str, position: int, missing: int) -> int:
    found = text.find(what, position)
    return missing if found < 0 else found + len(what)


def _paragraph(text: str, end: int) -> int | None:
    """Where the paragraph that ends directly before `end` begins; None if there is none."""
    start = None
    for _ in range(_TITLE_LINES):
        line = text.rfind("\n", 0, max(end - 1, 0)) + 1
        if line >= end or _NO_PARAGRAPH.match(text[line : end - 1].rstrip()):
            break
        start, end = line, line
    if start is not None and text.startswith(("    ", "\t"), start):
        return None
    return start


RULES: Final = {"markdown": Markdown()}
