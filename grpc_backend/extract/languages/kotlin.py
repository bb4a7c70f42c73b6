"""How Kotlin is read."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from grpc_backend.extract import words
from grpc_backend.extract.draft import Draft, Unit, readable
from grpc_backend.extract.languages.annotated import (
    BLOCK,
    COMMENT,
    HOLDERS,
    LISTED,
    RAW_OR_QUOTED,
    Annotated,
    aliased,
    first_line,
    folded,
)  # fmt: skip
from grpc_backend.extract.rules import HIDDEN
from grpc_backend.model import Import, Role

_HARD: Final = (
    "break class continue do else false for fun if in interface is null object package return super this throw true "
    "try typealias typeof when while it"
)
_SOFT: Final = (
    "abstract actual annotation by catch companion const constructor crossinline data enum expect external final "
    "finally get infix init inline inner internal lateinit noinline open operator out override private "
    "protected public reified sealed set suspend tailrec vararg where file field property receiver param setparam "
    "delegate"
)
_MODIFIERS: Final = {
    "public": "exported",
    **{
        word: word
        for word in (
            "private", "protected", "internal", "abstract", "open", "final", "override", "sealed", "data", "inner",
            "const", "lateinit", "suspend", "inline", "infix", "operator", "tailrec", "external", "expect", "actual",
            "annotation", "value", "companion", "reified", "fun",
        )
    },
}  # fmt: skip
_TESTS: Final = ("Test", "ParameterizedTest", "RepeatedTest")
_TARGETS: Final = frozenset({"file", "field", "property", "receiver", "param", "setparam", "delegate"})
_RECEIVER: Final = re.compile(r"([\w\x80-\xff`.]+)(?:<[^()]*>)?[?)\s]*\.\s*$")
_IMPORT: Final = re.compile(
    r"\nimport\s+([\w.`\x80-\xff]+?)(\.\*)?(?:[ \t]+as[ \t]+(\S+))?[ \t]*;?[ \t]*(?:/[/*].*)?(?=\n|\r|$)"
)
_SIMPLE_HOLE: Final = re.compile(r"\$([A-Za-z_\x80-\xff][\w\x80-\xff]*+)")
_DELEGATION: Final = re.compile(r"\sby\s[^{}\n]*")
_DOLLAR: Final = ord("$")
_ONE_LINE_END: Final = re.compile(rb"\$\{[^}\n]*+\}|(?<=[\w)}>?\]]) \}")
_PROPERTY_END: Final = re.compile(r"\n|\s+(?:by\b|get\s*\()")


class Kotlin(Annotated):
    """Kotlin, scripts included."""

    grammar = ("tree_sitter_kotlin", "language")
    queries = ("kotlin",)
    splitter = words.splitter(
        {"/": COMMENT, '"': RAW_OR_QUOTED, "'": words.SINGLE_QUOTED, "`": r"(?=[^`\n]*+`)[^`\n]*+`"}
    )
    links: ClassVar = {"?.": "\x01.", "!!.": "\x02..", "::": "\x03.", "..": "  "}
    keywords: ClassVar = {
        **dict.fromkeys(_HARD.split(), words.STATEMENT),
        **dict.fromkeys(_SOFT.split(), words.SOFT),
        **dict.fromkeys(_TARGETS, words.SOFT | words.DECORATING),
        **dict.fromkeys(("val", "var"), words.BOUND),
        "import": words.SOFT | words.IMPORTED,
        **dict.fromkeys(("as", "is"), words.TYPED),
    }
    words_of_header = _MODIFIERS
    telling: ClassVar = {**dict.fromkeys(_TESTS, "test"), "Deprecated": "deprecated", "JvmStatic": "static"}
    salvaged = re.compile(
        r"(?:(?:@[\w.:]++(?:\([^()\n]*+\))?|[a-z]++)[ \t]++)*?"
        r"(class|(?:fun\s++)?interface|object|fun|val|var|typealias)\s++"
        r"(?:<[^<>\n]*+>\s*+)?(?:[\w\x80-\xff.<>?, ]*\.)?([\w\x80-\xff]++)(?!\s*+[=(]\s*+return)"
    )
    salvaged_kinds: ClassVar = {
        "class": "class", "interface": "interface", "object": "object", "fun": "function", "val": "property",
        "var": "property", "typealias": "class",
    }  # fmt: skip
    signature_tail = " \t\r\n{=;"

    def prepare(self, unit: Unit) -> bytes:
        """Without NULs, and with a last line that ends: at others the grammar's scanner never does (`@Half`)."""
        source = unit.content.replace(b"\0", b" ")
        return source if source.endswith(b"\n") else source + b"\n"

    def arrange(self, unit: Unit) -> None:
        for draft in unit.drafts:
            draft.end = min(draft.end, len(unit.text))  # without the line end that `prepare` added

    def mend(self, source: bytes) -> bytes:
        """With the semicolons that the grammar wants before the end of a body on one line."""
        return _ONE_LINE_END.sub(lambda match: match[0] if match[0][0] == _DOLLAR else b";}", source)

    def is_keyword(self, word: str, before: int, gap: str) -> bool:
        if word in _TARGETS and before & words.DECORATING:
            return gap[0] == ":"
        if gap.isspace():
            return "\n" not in gap
        return (
            word in ("get", "set", "init", "constructor", "companion", "catch", "finally") and gap.lstrip()[0] in "{("
        )

    def before(self, gap: str) -> int:
        if gap[-1] == "@":
            # `return@name`, `this@name`: no blank before it
            return words.DECORATING if len(gap) > 1 else words.ANNOTATED
        if gap.endswith(": "):
            return 0 if gap.endswith("?: ") else words.TYPED
        return LISTED if gap.rstrip()[-1:] in "(," else 0

    def after(self, gap: str) -> int:
        if gap[0] == ":" and not gap.startswith("::"):
            return words.BOUND  # in Kotlin, what has a type is a parameter's or a variable's own name
        if gap[0] == "@":
            return words.BOUND  # a label
        if gap.startswith((" {", "{")):
            return BLOCK
        return super().after(gap)

    def role(self, signs: int) -> int:
        return HIDDEN if signs & words.ANNOTATED else super().role(signs)

    def complete(self, unit: Unit, draft: Draft) -> bool:
        text = unit.text
        draft.name = draft.name.strip("`")
        _trim(text, draft)
        if draft.kind == "class":
            _refine_class(text, draft)
        elif draft.kind == "function":
            _refine_function(text, draft)
        elif draft.kind == "property":
            _refine_property(text, draft)
        elif draft.kind == "object" and draft.name == "companion":
            draft.name = "Companion"
        return True

    def finish(self, unit: Unit, drafts: list[Draft]) -> None:
        """Imports, and `$name` in strings, which the grammar knows in long ones only."""
        text = unit.text
        for match in _IMPORT.finditer("\n" + text):
            unit.imports.append(_imported(unit.lines.at(match.start())[0], match))
            if match[3]:
                unit.role_at[match.start(3) - 1] = Role.IMPORT
        for match in _SIMPLE_HOLE.finditer(text):
            opening = text.rfind('"', text.rfind("\n", 0, match.start()) + 1, match.start())
            closing = text.find('"', match.end(), first_line(text, match.end(), len(text)))
            if opening >= 0 and closing >= 0 and text[match.start() - 1] != "\\":
                unit.masks.append((opening, closing + 1))
                unit.holes.append(match.span(1))


def _imported(line: int, match: re.Match[str]) -> Import:
    if match[2]:
        return Import(line, readable(match[1]), "*")
    module, _, name = readable(match[1]).rpartition(".")
    return Import(line, module, name, readable(match[3] or ""))


def _trim(text: str, draft: Draft) -> None:
    """The grammar ends what has no body behind the next line break or brace."""
    line = text.rfind("\n", draft.name_end, draft.end)
    last = text[line : draft.end].strip() if line >= 0 else "?"
    if not last or (last == "}" and text.count("}", draft.start, draft.end) > text.count("{", draft.start, draft.end)):
        while text[line - 1] in " \t\r\n":
            line -= 1
        draft.end = line
        draft.body = min(draft.body, draft.end)


def _refine_class(text: str, draft: Draft) -> None:
    header = text[draft.head : draft.name_start].split()
    if draft.body == draft.end and (delegation := _DELEGATION.search(text, draft.name_end, draft.end)) is not None:
        draft.body = delegation.end()  # the grammar takes the class's body for a lambda of what stands there
    if header[-1:] == ["interface"]:
        draft.kind = "interface"
    elif "enum" in header:
        draft.kind = "enum"
    elif header[-1:] == ["typealias"]:
        draft.alias_of = aliased(text[draft.name_end : draft.end].partition("=")[2])


def _refine_function(text: str, draft: Draft) -> None:
    draft.prefix = _receiver(text, draft)
    parent = draft.parent
    if parent is not None and parent.kind in HOLDERS:
        draft.kind = "method"
    if "fun" in draft.modifiers:
        draft.modifiers.remove("fun")
    if "body" not in draft.captures:
        if parent is not None and parent.kind == "interface" and draft.captures and "abstract" not in draft.modifiers:
            draft.modifiers.append("abstract")
        elif {"expect", "external"}.intersection(draft.modifiers):
            draft.modifiers.append("declaration")


def _refine_property(text: str, draft: Draft) -> None:
    draft.prefix = _receiver(text, draft)
    if "const" in draft.modifiers:
        draft.kind = "constant"
    end = _PROPERTY_END.search(text, draft.name_end, draft.end)
    if end is not None:
        draft.body = end.start()
    if draft.parent is not None and draft.parent.kind == "constructor":
        draft.parent = draft.parent.parent


def _receiver(text: str, draft: Draft) -> str:
    """The type that an extension extends, without type arguments."""
    if text[draft.head : draft.name_start].rstrip()[-1:] != ".":
        return ""
    match = _RECEIVER.search(text[max(draft.head, draft.name_start - 200) : draft.name_start])
    return folded(readable(match[1])) if match else ""


RULES: Final = {"kotlin": Kotlin()}
