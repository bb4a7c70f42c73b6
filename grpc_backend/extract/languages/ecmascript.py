"""How JavaScript, TypeScript and TSX are read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

from grpc_backend.extract import words
from grpc_backend.extract.draft import Draft, Unit
from grpc_backend.extract.languages.ecmascript_bodies import Bodies, emptied
from grpc_backend.extract.languages.ecmascript_drafts import LEAD_CHARACTERS, refined
from grpc_backend.extract.languages.ecmascript_imports import imported, required
from grpc_backend.extract.languages.ecmascript_mending import mended, without_half_typed_members
from grpc_backend.extract.languages.ecmascript_text import plain_text
from grpc_backend.extract.rules import HIDDEN, Rules
from grpc_backend.extract.skim import replaced, skipped
from grpc_backend.model import Import

if TYPE_CHECKING:
    from tree_sitter import Node

_HARD: Final = (
    "break case catch class const continue debugger default delete do else enum export finally for function if in "
    "instanceof return super switch this throw try typeof var void while with yield null true false undefined import "
    "extends"
)
_SOFT: Final = (
    "let static async await get set of as from type interface implements namespace module declare abstract readonly "
    "keyof is infer asserts satisfies private protected public override unique global accessor out require"
)
_TYPE_KEYWORDS: Final = "any unknown never string number boolean symbol object bigint"
# What a gap says of the word after it: it ends an element.
_CLOSING: Final = 1 << 20
# Soft keywords that come before something other than a word.
_OPENINGS: Final = {"from": "\"'", "module": "\"'", "type": "{*", "async": "*(", "static": "*[{", "readonly": "["}
_TYPES: Final = frozenset(_TYPE_KEYWORDS.split())
# What may stand before it on its line is looked at afterwards.
_EXPORTED: Final = re.compile(
    r"export(?:\s+(?:default\s+(\w+)\s*;?\s*$|(?:type\s*)?\{([^}]*)\}(?!\s*from))"
    r"|s(?:\.\w+)?\s*=\s*(?:(?:(?:async\s+)?function\s*\*?|class)\s*(\w+)|(\w+)\s*;?\s*$|\{([^}]*)\}))",
    re.MULTILINE,
)
_BEFORE_EXPORTED: Final = re.compile(r"[ \t]*(?:module\.(?=exports))?(?=export)")
_FIRST_WORD: Final = re.compile(r"(?:^|,)\s*(\w+)")


class EcmaScript(Rules):
    """One of the three; `queries` are those it needs."""

    splitter = words.splitter({"/": words.C_COMMENT, '"': words.DOUBLE_QUOTED, "'": words.SINGLE_QUOTED}, letters="$#")
    links: ClassVar = {"?.": "\x01."}
    keyword_members = True
    skips_minified = True
    indented = True
    keywords: ClassVar = {
        **dict.fromkeys(_HARD.split(), 0),
        **dict.fromkeys(_SOFT.split(), words.SOFT),
        **dict.fromkeys(("as", "satisfies"), words.SOFT | words.TYPED),
        "new": words.CREATED,
    }

    def __init__(self, grammar: tuple[str, str], *queries: str) -> None:
        self.grammar = grammar  # type: ignore[misc]
        self.queries = queries  # type: ignore[misc]
        if queries[1] == "typescript":
            self.keywords = self.keywords | dict.fromkeys(_TYPE_KEYWORDS.split(), words.SOFT)  # type: ignore[misc]

    def before(self, gap: str) -> int:
        if gap.endswith("</"):
            return _CLOSING
        return words.ANNOTATED if gap.endswith(": ") else 0

    def role(self, signs: int) -> int:
        return HIDDEN if signs & _CLOSING else super().role(signs)

    def is_keyword(self, word: str, before: int, gap: str) -> bool:
        if word in _TYPES:
            return gap[0] not in ".=(" and (bool(before & words.ANNOTATED) or not gap.startswith(" ="))
        if gap.isspace():
            return "\n" not in gap
        return gap.lstrip()[0] in _OPENINGS.get(word, "") and gap[0] != "("

    def refine(self, unit: Unit, draft: Draft) -> bool:
        return refined(unit, draft)

    def skim(self, unit: Unit, source: bytes) -> bytes:
        plain = plain_text(unit.text)
        if plain is None:
            return source
        bodies = Bodies(plain, typed=self.queries[1] == "typescript")
        unit.role_at.update(bodies.roles())
        unit.masks += [mask for mask in plain.masks if bodies.holds(mask[0])]
        unit.skipped = skipped(bodies.ranges, 1, 1)
        return replaced(source, bodies.ranges, emptied)

    def whole(self, unit: Unit, source: bytes) -> bytes:
        unit.role_at.clear()
        unit.masks.clear()
        return source

    def mend(self, source: bytes) -> bytes:
        return source if self.queries[1] != "typescript" else mended(source, is_tsx=len(self.queries) > 2)

    def repair(self, source: bytes) -> bytes:
        return super().repair(without_half_typed_members(source))

    def imports(self, unit: Unit, node: Node) -> list[Import]:
        return imported(unit.lines.at(node.start_byte)[0], unit.slice(node))

    def finish(self, unit: Unit, drafts: list[Draft]) -> None:
        unit.imports += required(unit)
        exported = _exported(unit.text)
        for draft in drafts:
            if draft.parent is None and draft.name in exported and "exported" not in draft.modifiers:
                draft.modifiers.append("exported")


def _exported(text: str) -> set[str]:
    """The names that statements of their own export."""
    names: set[str] = set()
    start = text.find("export")  # much faster than by an expression
    while start >= 0:
        match = _EXPORTED.match(text, start)
        before = match and _BEFORE_EXPORTED.match(text, text.rfind("\n", max(0, start - LEAD_CHARACTERS), start) + 1)
        if match and before and before.end() == start:
            names.update(name for listing in match.groups("") for name in _FIRST_WORD.findall(listing))
        start = text.find("export", match.end() if match else start + 1)
    return names


RULES: Final = {
    "javascript": EcmaScript(("tree_sitter_javascript", "language"), "ecmascript", "javascript", "jsx"),
    "typescript": EcmaScript(("tree_sitter_typescript", "language_typescript"), "ecmascript", "typescript"),
    "tsx": EcmaScript(("tree_sitter_typescript", "language_tsx"), "ecmascript", "typescript", "jsx"),
}
