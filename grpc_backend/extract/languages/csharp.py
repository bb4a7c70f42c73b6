"""How C# is read."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from grpc_backend.extract import words
from grpc_backend.extract.draft import Draft, Unit, readable
from grpc_backend.extract.languages.annotated import (
    AFTER_TYPE,
    ARGUMENTS,
    BLANK,
    BRACKETED,
    COMMENT,
    RAW_OR_QUOTED,
    Annotated,
    first_line,
    folded,
    name_operator,
)
from grpc_backend.extract.rules import HIDDEN
from grpc_backend.model import Import, Role

_HARD: Final = (
    "abstract base break case catch checked class const continue default delegate do else enum event explicit extern "
    "false finally fixed for foreach goto if implicit in interface internal lock namespace null operator out override "
    "params private protected public readonly ref return sealed sizeof stackalloc static struct switch this throw true "
    "try typeof unchecked unsafe using virtual volatile while"
)
_TYPE_KEYWORDS: Final = (
    "bool byte char decimal double float int long object sbyte short string uint ulong ushort void var dynamic nint "
    "nuint"
)  # fmt: skip
_SOFT: Final = (
    "add alias and ascending async await by descending equals file from get global group init into join let not on or "
    "orderby partial record remove required scoped select set unmanaged value when where with yield nameof notnull"
)
_MODIFIERS: Final = {
    "public": "exported",
    "extern": "declaration",
    **{
        word: word
        for word in (
            "private", "protected", "internal", "static", "abstract", "virtual", "override", "sealed", "readonly",
            "const", "async", "partial", "unsafe", "volatile", "new", "required", "file", "record", "delegate",
            "implicit", "explicit", "ref",
        )
    },
}  # fmt: skip
_TESTS: Final = ("Test", "TestCase", "TestMethod", "Fact", "Theory", "TestCaseSource", "DataTestMethod")
_FIELDS: Final = frozenset({"field", "event", "enum_member"})
_ATTRIBUTE: Final = re.compile(r"(?:\[\s*(?:\w+\s*:)?|,)\s*([\w.]+)")
# A bracket that opens attributes: at the beginning of a line that nothing leads up to.
_ATTRIBUTED: Final = re.compile(r"[;{}\]\n]\s*\[$")
_EXTENSION: Final = re.compile(r"\s*+(?:<[^()]*+>)?\s*+\(\s*+(?:\[[^\]]*+\]\s*+)*+(?:(?:ref|in|scoped)\s++)*+this\b")
_USING: Final = re.compile(r"using[ \t]+(?:(?:static|unsafe)[ \t]+)*(?:(\w+)[ \t]*=\s*)?([\w.:<>, \t\x80-\xff]+);")
_TAG: Final = re.compile(r"<(?:see|paramref|typeparamref|seealso)\s+\w+\s*=\s*\"(?:\w:)?([^\"]*)\"[^>]*>")
_OTHER_TAG: Final = re.compile(r"</?[\w!][^>]*>")


class CSharp(Annotated):
    """C#, scripts included."""

    grammar = ("tree_sitter_c_sharp", "language")
    queries = ("csharp",)
    splitter = words.splitter(
        {"/": COMMENT, '"': RAW_OR_QUOTED, "'": words.SINGLE_QUOTED, "@": '(?:"(?:[^"]|"")*+"?+)?+'}
    )
    links: ClassVar = {"?.": "\x01.", "::": "\x02.", "->": "\x03."}
    # After a keyword that is no type, a name is never a variable's own: STATEMENT.
    keywords: ClassVar = {
        **dict.fromkeys(_HARD.split(), words.STATEMENT),
        **dict.fromkeys(_TYPE_KEYWORDS.split(), 0),
        **dict.fromkeys(_SOFT.split(), words.SOFT | words.STATEMENT),
        **dict.fromkeys(("is", "as"), words.STATEMENT | words.TYPED),
        "new": words.STATEMENT | words.CREATED,
    }
    words_of_header = _MODIFIERS
    telling: ClassVar = {**dict.fromkeys(_TESTS, "test"), "Obsolete": "deprecated"}
    decoration = re.compile(rf"(?:\[{BRACKETED}\]{BLANK})*+")
    salvaged = re.compile(
        r"(?:(?:public|private|protected|internal|static|abstract|sealed|partial|readonly|file|unsafe|ref)\s++)*+"
        r"(class|record|struct|interface|enum)\s++([\w\x80-\xff]++)"
        r"|(public|private|protected|internal)\s++(?:[\w<>\[\],.?]++\s++)*?(?!(?:new|return)\b)[\w<>\[\],.?]++\s++([\w\x80-\xff]++)\s*+\("
    )
    salvaged_kinds: ClassVar = {
        "class": "class", "record": "class", "struct": "struct", "interface": "interface", "enum": "enum",
        **dict.fromkeys(("public", "private", "protected", "internal"), "method"),
    }  # fmt: skip
    signature_tail = " \t\r\n{=;"

    def is_keyword(self, word: str, before: int, gap: str) -> bool:
        if word == "value":
            return False
        if gap.isspace():
            return "\n" not in gap
        return word in ("await", "not", "nameof", "yield") or (word in ("get", "set", "init", "add", "remove"))

    def before(self, gap: str) -> int:
        if gap.endswith(("++", "--")):
            return words.ASSIGNED
        if gap[-1] == "[" and _ATTRIBUTED.search(gap):
            return words.DECORATING
        return words.BOUND if AFTER_TYPE.fullmatch(gap) else 0

    def role(self, signs: int) -> int:
        return super().role(signs & ~words.BOUND if signs & words.STATEMENT else signs)

    def annotations(self, text: str) -> list[str]:
        return _ATTRIBUTE.findall(ARGUMENTS.sub("", text))

    def describe(self, unit: Unit, draft: Draft) -> None:
        super().describe(unit, draft)
        doc = draft.doc
        if "<" in doc:
            end = doc.find("</summary>")
            draft.doc = " ".join(_OTHER_TAG.sub("", _TAG.sub(r"\1", doc[:end] if end >= 0 else doc)).split())

    def complete(self, unit: Unit, draft: Draft) -> bool:
        text = unit.text
        if "explicit" in draft.captures:
            draft.prefix = folded(unit.slice(draft.captures["explicit"][0])).rstrip(". ")
        if draft.kind == "operator":
            name_operator(text, draft)
        elif draft.kind in _FIELDS:
            _refine_field(text, draft)
        elif draft.kind in ("method", "constructor"):
            _refine_method(unit, draft)
        elif draft.kind == "namespace" and draft.body == draft.end:
            draft.body, draft.end = draft.name_end, len(text)  # down to the end of the file
        elif draft.kind == "class" and "record" in draft.modifiers and "struct" in text[draft.head : draft.name_start]:
            draft.kind = "struct"
        return True

    def finish(self, unit: Unit, drafts: list[Draft]) -> None:
        for match in _USING.finditer(unit.text):
            line = unit.text.rfind("\n", 0, match.start()) + 1
            if unit.text[line : match.start()].strip(" \t\xef\xbb\xbf") not in ("", "global"):
                continue
            unit.roles.append((*match.span(), Role.IMPORT))
            name = "" if match[1] else "*"
            unit.imports.append(
                Import(unit.lines.at(match.start())[0], folded(readable(match[2])), name, match[1] or "")
            )


def _refine_field(text: str, draft: Draft) -> None:
    if draft.kind == "field" and "const" in draft.modifiers:
        draft.kind = "constant"
    draft.body = min(draft.body, first_line(text, draft.name_end, draft.end))


def _refine_method(unit: Unit, draft: Draft) -> None:
    text = unit.text
    if text[draft.name_start - 1] == "~":
        unit.role_at[draft.name_start] = HIDDEN
        draft.name, draft.name_start = f"~{draft.name}", draft.name_start - 1
    elif "static" in draft.modifiers and _EXTENSION.match(text, draft.name_end):
        draft.modifiers.append("extension")
    if "body" not in draft.captures:
        parent = draft.parent
        if parent is not None and parent.kind == "interface":
            draft.modifiers.append("abstract")
        elif not {"abstract", "declaration"}.intersection(draft.modifiers):
            draft.modifiers.append("declaration")


RULES: Final = {"csharp": CSharp()}
