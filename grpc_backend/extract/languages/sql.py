"""How SQL is read: by hand, whatever the dialect.

The grammar that can be installed finds syntax errors in four of five files of other dialects than its own, and they
swallow definitions. What a file defines shows in few words: `CREATE`, what, a name; so these are looked for, all that
is between is passed over at the speed of a regular expression, and no dialect's quirk can lose the rest of a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from grpc_backend.extract import words
from grpc_backend.extract.docs import clean, doc_before, uncommented
from grpc_backend.extract.draft import Draft, Unit, readable
from grpc_backend.extract.languages.sql_words import KEYWORDS, LEADS
from grpc_backend.extract.rules import HIDDEN, Rules
from grpc_backend.model import Role

# A backslash escapes, unless it is all there is in the string or ends it at the end of a line.
_STRING: Final = r"(?:\\'(?!')|(?:[^'\\]|''|\\(?!'[ \t]*+[,;)]*+[ \t]*+\r?\n).|\\)*+'?+)"
_COMMENT: Final = r"\*(?!!)(?:[^*]++|\*(?!/))*+(?:\*/)?+"  # what is in /*! … */ is code to MySQL
_IDENTIFIER: Final = r"[A-Za-z_$#@\x80-\xff][A-Za-z0-9_$#@\x80-\xff]*+"
_PART: Final = rf"""(?:"[^"\n]++"|`[^`\n]++`|\[[^\]\n]++\]|{_IDENTIFIER})"""
_NAME: Final = rf"{_PART}(?:\s*+\.\s*+{_PART})*+"
_BLANK: Final = rf"(?:\s|/\*!\d*+|\*/|--[^\n]*+|/{_COMMENT})"
_KINDS: Final = {
    "table": "struct", "view": "interface", "index": "key", "function": "function", "procedure": "function",
    "proc": "function", "aggregate": "function", "macro": "function", "trigger": "event", "event": "event",
    "type": "struct", "domain": "class", "schema": "namespace", "database": "namespace", "sequence": "variable",
    "package": "package",
}  # fmt: skip
_MODIFIERS: Final = {
    "temp": "temporary", "temporary": "temporary", "global": "", "local": "", "unlogged": "unlogged",
    "external": "external", "foreign": "foreign", "virtual": "virtual", "materialized": "materialized",
    "unique": "unique", "recursive": "recursive", "constraint": "constraint",
}  # fmt: skip
_HEAD: Final = re.compile(
    rf"create{_BLANK}++"
    rf"(?P<leads>(?:(?:(?:{'|'.join(LEADS.split())})\b|sql{_BLANK}++security{_BLANK}++\w++|\w++\s*+=\s*+[^\s*]++)"
    rf"{_BLANK}++)*+)"
    rf"(?P<kind>{'|'.join(_KINDS)})\b{_BLANK}++"
    rf"(?:body\b{_BLANK}++)?+(?:concurrently\b{_BLANK}++)?+(?:if{_BLANK}++not{_BLANK}++exists\b{_BLANK}++)?+"
    rf"(?!(?:on|as|is|using|authorization)\b)(?P<name>{_NAME})",
    re.IGNORECASE,
)
_ADDED: Final = re.compile(
    rf"alter\s++table\s++(?:if\s++exists\s++)?+(?:only\s++)?+(?P<table>{_NAME})\s++add\s++column\s++"
    rf"(?:if\s++not\s++exists\s++)?+(?P<name>{_PART})\s++(?P<type>{_NAME})",
    re.IGNORECASE,
)
_MEMBER: Final = re.compile(rf"(?:procedure|function)\s++(?P<name>{_IDENTIFIER})[^;]*?(?P<end>;|\b[ai]s\b)", re.I)
_WORDS: Final = "create alter begin end case delimiter go from procedure function"
# All that is between the words and signs that matter.
_STEP: Final = re.compile(
    rf"(?:[^A-Za-z_'\"`;$/#\n\x80-\xff-]++|'{_STRING}|--[^\n]*+|/{_COMMENT}|\"[^\"\n]*+\"?+|`[^`\n]*+`?+"
    rf"|(?!(?:{'|'.join(_WORDS.split())})\b)[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*+|(?<=\n)\#[ \t][^\n]*+|\#"
    r"|(?!\n/[ \t\r]*+(?:\n|\Z))\n|(?<!\n)/|-|\$(?!\w*+\$))*+"
    r"(?:(?P<end>end)(?:\s++(?P<block>if|loop|while|repeat|for)\b|\b)"
    r"|(?P<copied>from\s++stdin\b[^;\n]*+;[^\n]*+\n)|delimiter[ \t]++(?P<delimiter>\S++)[^\n]*+"
    r"|(?P<batch>(?<=\n)go[ \t]*+(?:\d++[ \t]*+)?+(?=\r?\n|\Z)|\n/[ \t]*+(?=\r?\n|\Z))"
    r"|(?P<word>[A-Za-z]++)|(?P<quote>\$\w*+\$)|(?P<sign>[;/\n]))",
    re.IGNORECASE,
)
_BATCHES: Final = re.compile(r"^(?:GO|/)[ \t]*+\r?$", re.MULTILINE | re.IGNORECASE)
_NO_BLOCK: Final = re.compile(r"\s*+(?:;|tran|work\b|try\b|catch\b|atomic\s*+;|immediate|exclusive|deferred)", re.I)
_BODY: Final = re.compile(r"\b(?:as|is|begin|language)\b|\$\w*+\$|;", re.IGNORECASE)
_QUERY: Final = re.compile(r"\bas\b|;", re.IGNORECASE)
_PARAMETER: Final = re.compile(r"[(,]\s*+(?:(?:in|out|inout|variadic)\s++)?+([@\w\x80-\xff]++)\s++[\w\"\[]", re.I)
_LISTED: Final = re.compile(
    rf"'{_STRING}|--[^\n]*+|/{_COMMENT}|\"[^\"\n]*+\"?+|`[^`\n]*+`?+|[(),;]|\bcreate\b", re.IGNORECASE
)
_COLUMNS: Final = re.compile(
    rf"{_BLANK}*+(?:as{_BLANK}++)?+(?P<sort>(?:enum|object|table)\b)?+{_BLANK}*+\(", re.IGNORECASE
)
_COLUMN: Final = re.compile(rf"{_BLANK}*+(?P<name>{_PART})(?:\s++(?P<type>{_NAME}))?+(?P<bracket>\s*+\(\s*+[^\d\s])?+")
_CONSTRAINTS: Final = (
    "constraint primary foreign unique check fulltext spatial exclude like period partition projection select with "
    "partitioned distribute supplemental"
)
_NO_COLUMN: Final = frozenset(_CONSTRAINTS.split())
_INDEX_WORDS: Final = frozenset({"key", "index"})
_ENUM_MEMBER: Final = re.compile(r"'((?:[^'\n]|'')++)'")
_REMARK: Final = re.compile(r"\bcomment\s++'((?:[^'\\\n]|''|\\.)*+)'", re.IGNORECASE)
_TRAILING_DOC: Final = re.compile(r"[ \t]*+,?+[ \t]*+(--[^\n]*+)")
_ON: Final = re.compile(rf"[^;(]*?\bon{_BLANK}++(?:only\s++)?+({_NAME})", re.IGNORECASE)
# So far is looked for what ends a statement's head.
_HEAD_CHARACTERS: Final = 4_000
_ROUTINES: Final = frozenset({"function", "event", "package"})


class Sql(Rules):
    """SQL."""

    grammar = None
    splitter = words.splitter(
        {
            "-": r"(?:-[^\n]*+)?+",
            "/": rf"(?:{_COMMENT})?+",
            "#": r"(?:(?<=\n#)[ \t][^\n]*+)?+",
            "'": _STRING,
            "$": r"(?:(?<![A-Za-z0-9_]\$)[A-Za-z0-9_]*+\$)?+",
            # A quoted name is a word, any other quoted text is a string.
            "`": r"(?:(?<![A-Za-z0-9_$\x80-\xff]`)(?![A-Za-z_$\x80-\xff][A-Za-z0-9_$\x80-\xff]*+`)[^`\n]*+`?+)?+",
            '"': r'(?:(?<![A-Za-z0-9_$\x80-\xff]")(?![A-Za-z_$\x80-\xff][A-Za-z0-9_$\x80-\xff]*+")[^"\n]*+"?+)?+',
        },
    )
    keywords: ClassVar = KEYWORDS
    line_doc = ("--",)

    def after(self, gap: str) -> int:
        return words.CALLED if gap[0] == "(" else 0

    def role(self, signs: int) -> int:
        if signs & words.BOUND:
            return HIDDEN  # `AS name` gives a name to a result, which is known in its statement only
        if signs & words.ASSIGNED:
            return Role.WRITE
        if signs & words.TYPED:
            return Role.TYPE
        return Role.CALL if signs & words.CALLED else Role.READ

    def define(self, unit: Unit) -> bool:
        reader = _Reader(unit)
        reader.run()
        unit.drafts = sorted(reader.drafts, key=lambda draft: (draft.start, -draft.end, draft.name_start))
        return False

    def refine(self, unit: Unit, draft: Draft) -> bool:
        if draft.kind == "field" and draft.parent is not None and draft.parent.kind == "function":
            draft.parent = None  # a column that a function adds to a table
        draft.doc = _remark(unit, draft) or doc_before(unit.text, draft.start, self.line_doc)
        return True


class _Open:
    """A statement whose end was not seen yet."""

    __slots__ = ("by_end", "depth", "draft", "quote")

    def __init__(self, draft: Draft, depth: int, quote: str, *, by_end: bool = False) -> None:
        self.draft = draft
        self.depth = depth  # of BEGIN … END around it
        self.quote = quote  # the dollar quote around it
        self.by_end = by_end  # a `;` ends it only after its END


class _Reader:
    """One pass over one file."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._text = unit.text
        self._has_batches = _BATCHES.search(unit.text) is not None
        self._opened: list[_Open] = []
        self._depth = 0
        self._quote = ""
        self._delimiter = ";"
        self.drafts: list[Draft] = []

    def run(self) -> None:
        """Go from one word or sign that matters to the next."""
        position = 0
        while (match := _STEP.match(self._text, position)) is not None:
            position = match.end()
            group = match.lastgroup or ""
            start = match.start(group)
            if group == "word":
                position = self._word(match[group].lower(), start, position)
            elif group == "quote":
                self._quoted(match[group], position)
            elif group == "end":
                self._end_of_block()
            elif group == "copied":
                end = self._text.find("\n\\.", position)
                self._unit.masks.append((position, end if end >= 0 else len(self._text)))
                position = self._unit.masks[-1][1]
            elif group == "delimiter":
                self._close_all(start)
                self._delimiter = match[group]
            elif group == "batch":
                self._close_all(start)
            elif match[group] == ";":
                self._end_of_statement(position)
        self._close_all(len(self._text))

    def _word(self, word: str, start: int, position: int) -> int:
        """A word that may begin something; return from where to go on."""
        if self._text[start - 1 : start] in (".", "@", ":", "[") and start:
            return position
        if word == "create":
            return self._create(start) or position
        if word == "alter":
            self._add_column(start)
        elif word == "case" or (word == "begin" and not _NO_BLOCK.match(self._text, position)):
            self._depth += 1
        elif word in ("procedure", "function") and self._opened and self._opened[-1].draft.kind == "package":
            return self._member(start) or position
        return position

    def _end_of_block(self) -> None:
        self._depth = max(0, self._depth - 1)
        if self._opened and self._depth <= self._opened[-1].depth:
            self._opened[-1].by_end = False

    def _end_of_statement(self, end: int) -> None:
        """A semicolon: it ends what was opened in the same block and quote."""
        if not self._opened:
            return
        top, routine = self._opened[-1], self._opened[-1].draft.kind in _ROUTINES
        if top.by_end or self._quote != top.quote or (self._depth > top.depth and routine):
            return
        if routine and len(self._opened) == 1 and (self._delimiter != ";" or self._has_batches) and not self._quote:
            return
        self._close(end)

    def _quoted(self, quote: str, end: int) -> None:
        """`$tag$`; one that is a delimiter is no quote."""
        if quote == self._delimiter:
            self._close_all(end - len(quote))
        elif not self._quote:
            self._quote = quote
        elif self._quote == quote:
            while self._opened and self._opened[-1].quote == quote:
                self._close(end - len(quote))
            self._quote = ""
            self._depth = self._opened[-1].depth if self._opened else 0

    def _close(self, end: int) -> None:
        top = self._opened.pop()
        if self._delimiter != ";" and (found := self._text.find(self._delimiter, top.draft.body, end)) >= 0:
            end = found
        while end > top.draft.name_end and self._text[end - 1].isspace():
            end -= 1
        top.draft.end = max(end, top.draft.name_end)
        top.draft.body = min(top.draft.body, top.draft.end)
        self._depth = top.depth

    def _close_all(self, end: int) -> None:
        while self._opened:
            self._close(end)
        self._depth, self._quote = 0, ""

    def _create(self, start: int) -> int:
        """`CREATE … name`: return where the name ends, 0 if it is something else."""
        match = _HEAD.match(self._text, start)
        if match is None:
            return 0
        self._make_room(start)
        kind = match["kind"].lower()
        draft = self._define(_KINDS[kind], start, *match.span("name"))
        leads = [_MODIFIERS.get(word, "") for word in match["leads"].lower().split()]
        draft.modifiers = [word for word in dict.fromkeys(leads) if word]
        self._opened.append(_Open(draft, self._depth, self._quote, by_end=kind == "package"))
        self._depth += kind == "package"
        return self._inside(draft, kind) or match.end()

    def _make_room(self, start: int) -> None:
        """End what a new statement shows to be over although no semicolon said so."""
        at_margin = start == 0 or self._text[start - 1] == "\n"
        while self._opened:
            top = self._opened[-1]
            if self._quote == top.quote and (top.draft.kind not in _ROUTINES or (at_margin and not self._quote)):
                self._close(start)
            else:
                break

    def _define(self, kind: str, start: int, first: int, last: int) -> Draft:
        """A definition with a name that may be quoted and qualified."""
        parts = list(re.finditer(_PART, self._text[first:last]))
        start_of_name, end_of_name = (first + offset for offset in parts[-1].span())
        if self._text[start_of_name] in '"`[':
            start_of_name, end_of_name = start_of_name + 1, end_of_name - 1
        outer = [readable(part[0]).strip('"`[]') for part in parts[:-1]]
        dot = self._text.rfind(".", start_of_name, end_of_name - 1)
        if dot > start_of_name and self._text[end_of_name : end_of_name + 1] == "`":
            outer.append(readable(self._text[start_of_name:dot]))
            start_of_name = dot + 1
        draft = Draft.by_hand(self._unit, kind, (start, last), (start_of_name, end_of_name))
        draft.prefix = ".".join(outer)
        draft.body = last
        self._unit.roles.append((first, start_of_name, HIDDEN))
        self.drafts.append(draft)
        return draft

    def _inside(self, draft: Draft, kind: str) -> int:
        """Read what follows a name; return where that ends, 0 if at the name."""
        text, end = self._text, draft.body
        if kind in ("table", "type"):
            match = _COLUMNS.match(text, end)
            if match is None:
                return 0
            if match["sort"] and match["sort"].lower() == "enum":
                draft.kind = "enum"
                return self._enum_members(match.end())
            return self._columns(match.end())
        if draft.kind == "function":
            self._parameters(draft)
        elif kind in ("view", "domain", "event"):
            body = _QUERY.search(text, end, end + _HEAD_CHARACTERS)
            draft.body = body.start() if body else end
        elif kind in ("index", "trigger") and (on := _ON.match(text, end, end + _HEAD_CHARACTERS)):
            draft.body = on.end()
            self._unit.role_at[on.end() - len(on[1].rpartition(".")[2])] = Role.READ
        return 0

    def _parameters(self, draft: Draft) -> None:
        """Keep parameters' own names out of the references, and end the signature before the body."""
        end = draft.body
        if self._text[end : end + 2].lstrip().startswith("("):
            opening = self._text.index("(", end)
            end = next((at + 1 for at, _ in self._listing(opening + 1) if at >= 0), opening + 1)
            for parameter in _PARAMETER.finditer(self._text, opening, end):
                self._unit.role_at[parameter.start(1)] = HIDDEN
        body = _BODY.search(self._text, end, end + _HEAD_CHARACTERS)
        draft.body = body.start() if body else end

    def _listing(self, position: int) -> Iterator[tuple[int, int]]:
        """The commas of a list in brackets, as (-1, offset), and at last its closing bracket, as (offset, offset)."""
        depth = 0
        for match in _LISTED.finditer(self._text, position):
            sign = match[0]
            if sign == "(":
                depth += 1
            elif sign == ";" or sign[0] in "cC" or (sign == ")" and not depth):
                yield match.start(), match.start()
                return
            elif sign == ")":
                depth -= 1
            elif sign == "," and not depth:
                yield -1, match.start()

    def _columns(self, position: int) -> int:
        """The columns of a list whose bracket opened before `position`; return where it ends."""
        for closing, end in self._listing(position):
            column = _COLUMN.match(self._text, position, end)
            if column is not None:
                if column["name"].lower() in ("select", "with"):
                    return position
                if _is_column(column):
                    self._column(column, end)
            position = end + 1
            if closing >= 0:
                return end + (self._text[end] == ")")
        return position

    def _column(self, column: re.Match[str], end: int) -> None:
        draft = self._define("field", column.start("name"), *column.span("name"))
        draft.end = draft.body = end
        if column["type"]:
            self._unit.role_at[column.end("type") - len(column["type"].rpartition(".")[2])] = Role.TYPE

    def _enum_members(self, position: int) -> int:
        end = next((at for at, _ in self._listing(position) if at >= 0), position)
        for member in _ENUM_MEMBER.finditer(self._text, position, end):
            self.drafts.append(Draft.by_hand(self._unit, "enum_member", member.span(), member.span(1)))
        return end

    def _add_column(self, start: int) -> None:
        """`ALTER TABLE name ADD COLUMN name type`."""
        if match := _ADDED.match(self._text, start):
            draft = self._define("field", start, *match.span("name"))
            draft.end = draft.body = match.end()
            draft.prefix = ".".join(part.strip('"`[] \t\r\n') for part in readable(match["table"]).split("."))
            self._unit.role_at[match.end("type") - len(match["type"].rpartition(".")[2])] = Role.TYPE

    def _member(self, start: int) -> int:
        """A procedure or function of a package."""
        if (match := _MEMBER.match(self._text, start, start + _HEAD_CHARACTERS)) is None:
            return 0
        draft = self._define("function", start, *match.span("name"))
        draft.body = match.start("end")
        if match["end"] == ";":
            draft.end = match.end()
            draft.modifiers.append("declaration")
        else:
            self._opened.append(_Open(draft, self._depth, self._quote, by_end=True))
        return match.end()


def _is_column(column: re.Match[str]) -> bool:
    """Whether an item of a table's list is a column, not a constraint or an index."""
    name = column["name"].lower()
    if name in _INDEX_WORDS:
        return column["type"] is not None and column["bracket"] is None
    return name not in _NO_COLUMN


def _remark(unit: Unit, draft: Draft) -> str:
    """What a column's `COMMENT '…'` or the comment at the end of its line says."""
    if draft.kind != "field":
        return ""
    if remark := _REMARK.search(unit.text, draft.name_end, draft.end):
        return clean(remark[1])
    trailing = _TRAILING_DOC.match(unit.text, draft.end)
    return clean(uncommented(trailing[1])) if trailing else ""


RULES: Final = {"sql": Sql()}
