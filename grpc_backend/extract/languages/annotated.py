"""What languages share whose declarations begin with annotations and modifiers: C#, Kotlin, Scala, Swift, Dart."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from grpc_backend.extract import words
from grpc_backend.extract.docs import doc_before
from grpc_backend.extract.draft import Draft, Unit, readable
from grpc_backend.extract.rules import CLASS_LIKE, HIDDEN, Rules
from grpc_backend.model import Role

# What has members. A variable or property in anything else is local.
HOLDERS: Final = CLASS_LIKE | {"object", "module", "namespace", "package", "enum_member"}
# Comments of these languages know no continued lines.
COMMENT: Final = r"(?:/[^\n]*+|\*(?:[^*]++|\*(?!/))*+(?:\*/)?)?+"
# A string in three quotes, or in one; the first quote stands before this.
RAW_OR_QUOTED: Final = rf'(?:""(?:[^"]|"(?!""))*+(?:"""++)?+|{words.DOUBLE_QUOTED})'

# Says that a word stands first in brackets or behind a comma.
LISTED: Final = 1 << 15
# Says that a brace follows on the line: a function that is called with what is in there, where the language has that.
BLOCK: Final = 1 << 16
_NO_CALL: Final = words.TYPED | words.DERIVED | words.IMPORTED | words.DECORATING | words.BOUND
# What is between a type and the name of what has it: blanks, or what ends a type before them.
AFTER_TYPE: Final = re.compile(r"[>\]\[?*]*+\s++")

_STRING: Final = r"\"(?:[^\"\\\n]|\\.)*+\"|'(?:[^'\\\n]|\\.)*+'"
# What stands between brackets, three deep; and what may stand between annotations.
BRACKETED: Final = (
    rf"(?:[^()\[\]\"']|{_STRING}|[(\[](?:[^()\[\]\"']|{_STRING}|[(\[](?:[^()\[\]\"']|{_STRING})*+[)\]])*+[)\]])*+"
)
BLANK: Final = r"(?:\s|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/)*+"
ARGUMENTS: Final = re.compile(r"\([^()]*+(?:\([^()]*+\)[^()]*+)*+\)")

_MEMBERS: Final = frozenset({"variable", "constant", "field", "property", "event"})
_HEADER_CHARACTERS: Final = 300
_ALIAS_CHARACTERS: Final = 200
_NAMED: Final = re.compile(r"[\w.`$\x80-\xff]")
_TOKEN: Final = re.compile(
    r'//[^\n]*+|/\*.*?\*/|"(?:[^"\\\n]|\\.)*+"?|[-=]>|@[\w.:]*+|[<>()\[\]{},:]|[\w.`$\x80-\xff]++', re.DOTALL
)
_OPERATOR: Final = re.compile(r"operator\s*+((?:checked\s++)?[^\w\s(]++|[^(]++)")
_ANNOTATION: Final = re.compile(r"@(?:[a-z]++:)?\[?\s*+([\w.]++)")
_INDENTED: Final = re.compile(r"^([ \t]*+)(?=[^\s#/*])", re.MULTILINE)
_CLOSING: Final = {")": "(", "]": "[", "}": "{", ">": "<"}


class Annotated(Rules):
    """`words_of_header` are the modifiers, as written and as shown; `base_openers` what comes before base types."""

    words_of_header: ClassVar[dict[str, str]] = {}
    # Annotations at the beginning of a definition.
    decoration: ClassVar[re.Pattern[str]] = re.compile(
        rf"(?:@(?:\[{BRACKETED}\]|[\w.:\x80-\xff]++)(?:<[^<>()]*+>|\[[^\[\]]*+\])?+(?:\({BRACKETED}\))?+{BLANK})*+",
        re.DOTALL,
    )
    # Annotations that say as much as a modifier.
    telling: ClassVar[dict[str, str]] = {}
    # A line that begins a definition: keyword, name; and what the keyword defines.
    salvaged: ClassVar[re.Pattern[str]]
    salvaged_kinds: ClassVar[dict[str, str]] = {}
    base_openers: ClassVar[frozenset[str]] = frozenset({":"})
    base_enders: ClassVar[frozenset[str]] = frozenset({"where"})

    def refine(self, unit: Unit, draft: Draft) -> bool:
        parent = draft.parent
        if draft.kind in _MEMBERS and parent is not None and parent.kind not in HOLDERS:
            return False
        draft.end = max(draft.end, draft.name_end)
        self.describe(unit, draft)
        return self.complete(unit, draft)

    def salvage(self, unit: Unit, start: int, end: int) -> list[Draft]:
        """By keywords and indentation: a definition ends before the next line that is not further in than its first."""
        found: list[Draft] = []
        opened: list[tuple[int, Draft]] = []
        for match in _INDENTED.finditer(unit.text, unit.text.rfind("\n", 0, start) + 1, end):
            indent = match.end(1) - match.start(1)
            while opened and opened[-1][0] >= indent:
                _end_salvaged(unit.text, opened.pop()[1], match.end(1))
            definition = self.salvaged.match(unit.text, match.end(1), end)
            if definition is not None:
                word = definition.lastindex or 0
                kind = self.salvaged_kinds[definition[word - 1].split()[-1]]
                name = definition.span(word)
                draft = Draft.by_hand(unit, kind, (match.end(1), max(end, name[1])), name)
                draft.body = min(end, first_line(unit.text, name[1], len(unit.text)))
                found.append(draft)
                opened.append((indent, draft))
        return found

    def complete(self, unit: Unit, draft: Draft) -> bool:
        """What is the language's own; False drops the definition."""
        return True

    def annotations(self, text: str) -> list[str]:
        """The names of the annotations in a piece of a header."""
        return _ANNOTATION.findall(ARGUMENTS.sub("", text))

    def describe(self, unit: Unit, draft: Draft) -> None:
        """Decorators, modifiers, bases and documentation."""
        text = unit.text
        if unit.decorations:
            for decoration in draft.attach(unit):
                draft.decorators += self.annotations(decoration)
        if (
            text[draft.head] in "@["
            and (match := self.decoration.match(text, draft.head, draft.name_start)) is not None
        ):
            draft.head = match.end()
            draft.decorators += self.annotations(readable(match[0]))
        header = text[draft.head : min(draft.name_start, draft.head + _HEADER_CHARACTERS)]
        if "@" in header:
            draft.decorators += self.annotations(readable(header))
        shown = self.words_of_header
        draft.modifiers += [shown[word] for word in header.split() if word in shown]
        if draft.decorators:
            draft.modifiers += [self.telling[name] for name in draft.decorators if name in self.telling]
        draft.doc = doc_before(text, draft.start)
        if draft.kind in HOLDERS and draft.kind != "enum_member":
            self.take_bases(unit, draft)

    def take_bases(self, unit: Unit, draft: Draft) -> None:
        """The types that a header names after its parameters."""
        text, openers, enders = unit.text, self.base_openers, self.base_enders
        open_brackets: list[str] = []
        is_open, first, name, cut = False, -1, -1, -1
        for match in _TOKEN.finditer(text, draft.name_end, draft.body):
            sign = match[0]
            if sign in _CLOSING:
                _close(open_brackets, _CLOSING[sign])
            elif sign in "([{<":
                if not open_brackets and sign in "({" and name >= 0 > cut:
                    cut = match.start()
                open_brackets.append(sign)
            elif open_brackets or sign[0] in '/"@-=':
                continue
            elif sign in enders:
                break
            elif sign == "," or sign in openers:
                _take_base(unit, draft, first, name, match.start() if cut < 0 else cut)
                is_open = is_open or sign in openers
                first = name = cut = -1
            elif is_open and cut < 0 and _NAMED.match(sign):
                if sign == "by":
                    cut = match.start()
                    continue
                first = match.start() if first < 0 else first
                name = match.start() + sign.rfind(".") + 1
        else:
            match = None
        end = draft.body if match is None else match.start()
        _take_base(unit, draft, first, name, end if cut < 0 else cut)

    def role(self, signs: int) -> int:
        if signs & words.BOUND and not signs & words.CALLED:
            return HIDDEN  # a name that is given here: a local variable's own
        if signs & BLOCK and not signs & _NO_CALL:
            signs |= words.CALLED
        if signs & LISTED and signs & words.ASSIGNED:
            return HIDDEN  # a named argument
        return super().role(signs & ~words.BOUND)


def _close(open_brackets: list[str], opening: str) -> None:
    """Leave a bracket and what was wrongly taken for one inside it (`a < b`)."""
    if opening == "<":
        if open_brackets and open_brackets[-1] == "<":
            open_brackets.pop()
        return
    while open_brackets and open_brackets.pop() != opening:
        pass


def _take_base(unit: Unit, draft: Draft, first: int, name: int, end: int) -> None:
    if first >= 0:
        unit.role_at[name] = Role.INHERIT
        draft.bases.append(folded(readable(unit.text[first:end])))


def name_operator(text: str, draft: Draft) -> None:
    """`operator +`, `operator int`: more than the word itself."""
    match = _OPERATOR.match(text, draft.name_start, draft.end)
    if match is not None:
        draft.name, draft.name_end = f"operator {folded(readable(match[1]))}", match.end()


def folded(text: str) -> str:
    """A text on one line, without blanks and commas around it."""
    return " ".join(text.split()).strip(" ,;")


def aliased(text: str) -> str:
    """What a type alias names, long ones cut."""
    return folded(readable(text[: 2 * _ALIAS_CHARACTERS]))[:_ALIAS_CHARACTERS]


def _end_salvaged(text: str, draft: Draft, end: int) -> None:
    """End a definition at the bracket that stands at `end`, or at the last word before."""
    if text[end : end + 1] in "})":
        draft.end = end + 1
    else:
        draft.end = len(text[draft.start : end].rstrip()) + draft.start
    brace = text.find("{", draft.name_end, draft.body)
    draft.body = min(draft.end, draft.body if brace < 0 else brace)


def first_line(text: str, start: int, end: int) -> int:
    """Where the line of `start` ends, or `end`."""
    found = text.find("\n", start, end)
    return end if found < 0 else found
