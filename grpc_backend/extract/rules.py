"""What a language's rule file states. Every attribute has a default that does for many languages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Final

from grpc_backend.extract import words
from grpc_backend.extract.draft import Draft, Unit
from grpc_backend.extract.hints import hint_positions
from grpc_backend.extract.repair import without_half_typed_lines
from grpc_backend.model import Import, Role

if TYPE_CHECKING:
    from tree_sitter import Node

HIDDEN: Final = -1  # the role of words that are no references: parameters' own names, labels
FREE: Final = -3  # the role of ranges inside others of one role in which words have their own again: default values
CLASS_LIKE: Final = frozenset({"class", "interface", "struct", "enum", "scope"})
FUNCTION_LIKE: Final = frozenset({"function", "method", "constructor", "local"})
# What gives a place to what is inside without being a symbol.
SHAPELESS: Final = frozenset({"scope", "local"})
VALUES: Final = frozenset({"variable", "constant", "field"})


class Rules:
    """How one language is read; a rule file subclasses this and lists an instance for each language in `RULES`."""

    # The grammar: module of its wheel and the function in it; None for a language that `define` reads by itself.
    grammar: ClassVar[tuple[str, str] | None]
    # Query files, joined in this order. Of several patterns that find one definition, the last one counts.
    queries: ClassVar[tuple[str, ...]] = ()
    # Whether words refer to anything: not in markup and data.
    scanned: ClassVar[bool] = True
    # Where code ends and strings, comments, numbers begin (see words.splitter).
    splitter: ClassVar[words.Splitter] = words.splitter(
        {"/": words.C_COMMENT, '"': words.DOUBLE_QUOTED, "'": words.SINGLE_QUOTED}
    )
    # Words that are never references; the value is what they say of the word after them.
    keywords: ClassVar[dict[str, int]] = {}
    # Links between names besides the dot, as two characters each: what is written → a sign and a dot.
    links: ClassVar[dict[str, str]] = {}
    # The sign of a link that a chain may begin with, with nothing before it (`\\strlen`).
    root_link: ClassVar[str] = ""
    # `x.class` is a member of that name.
    keyword_members: ClassVar[bool] = False
    # If set, a function's body is looked into only when it has one of these texts: a speed-up for
    # languages whose functions seldom hold definitions. Needs `@into` captures in the query.
    hints: ClassVar[tuple[str, ...]] = ()
    # If set, must match where a hint stands.
    hint: ClassVar[re.Pattern[str] | None] = None
    # If so many bytes of a skimmed source make no sense, at most, the whole is not parsed after all (see skim.py).
    slight_damage: ClassVar[int] = 0
    # Blocks in braces, which are indented as a rule: half-typed lines can be told (see repair.py).
    indented: ClassVar[bool] = False
    # Machine-made files of this language are left out.
    skips_minified: ClassVar[bool] = False
    # Signature ends before these characters when the body does not tell.
    signature_tail: ClassVar[str] = " \t\r\n{:=;"
    # The comment before a definition that documents it: openings of line comments, and of block comments.
    line_doc: ClassVar[tuple[str, ...]] = ("//",)
    block_doc: ClassVar[tuple[str, ...]] = ("/*",)

    def define(self, unit: Unit) -> bool:
        """Fill `unit` without a grammar, drafts in order of position; return whether there were syntax errors."""
        raise NotImplementedError

    def embeds(self, unit: Unit, node: Node) -> str:
        """The language of the code that an `@embedded` node holds, or "" for none that is supported."""
        del unit, node
        return ""

    def hinted(self, text: str) -> list[int]:
        """Where any of the hints occurs, and `hint` matches, if there is one; in order."""
        return hint_positions(text, self.hints, self.hint)

    def prepare(self, unit: Unit) -> bytes:
        """What the parser gets to see: the content, or one as long where what disturbs it is blank.

        May note what it finds on the way: `unit.drafts`, `unit.imports`, `unit.masks`.
        """
        return unit.content

    def skim(self, unit: Unit, source: bytes) -> bytes:
        """The source, as long as it was, without functions' bodies that have no hints (see skim.py)."""
        del unit
        return source

    def whole(self, unit: Unit, source: bytes) -> bytes:
        """What is parsed of a file whose skimmed source has syntax errors; `source` is what `prepare` gave."""
        del unit
        return source

    def salvage(self, unit: Unit, start: int, end: int) -> Iterable[Draft]:
        """Definitions in a `@broken` range, where the parser got lost; what the query found is not taken twice."""
        del unit, start, end
        return ()

    def arrange(self, unit: Unit) -> None:
        """Change `unit.drafts`, which are in order of position, before they are nested: join what belongs together."""

    def mend(self, source: bytes) -> bytes:
        """For a file with syntax errors: a source as long, without what is right but not in the grammar."""
        return source

    def repair(self, source: bytes) -> bytes:
        """For a file with syntax errors: a source as long in which they reach less far, or the same one."""
        return without_half_typed_lines(source) if self.indented else source

    def refine(self, unit: Unit, draft: Draft) -> bool:
        """Complete a definition whose parent is known and complete; False drops it."""
        del unit
        return not (draft.kind in VALUES and draft.parent is not None and draft.parent.kind in FUNCTION_LIKE)

    def enters(self, draft: Draft) -> bool:
        """Whether to look into a body without asking for hints."""
        return draft.kind not in FUNCTION_LIKE

    def imports(self, unit: Unit, node: Node) -> Iterable[Import]:
        """What an `@import` node brings in."""
        del unit, node
        return ()

    def before(self, gap: str) -> int:
        """What a gap says of the word after it."""
        del gap
        return 0

    def after(self, gap: str) -> int:
        """What a gap says of the word before it."""
        if gap[0] == "(":
            return words.CALLED
        return words.ASSIGNED if ASSIGNMENT.match(gap) else 0

    def is_keyword(self, word: str, before: int, gap: str) -> bool:
        """Whether a soft keyword is one here; `before`: what the gap before it says, `gap`: the one after."""
        del word, gap
        return bool(before & words.STATEMENT)

    def role(self, signs: int) -> int:
        """The role of a word whose neighbours say `signs` (flags of words.py)."""
        return next((role for flag, role in _ROLES if signs & flag), Role.READ)

    def is_call(self, link: str, name: str) -> bool:
        """Whether a member is called though no bracket says so; `link` (or its sign) is what stands before it."""
        del link, name
        return False

    def finish(self, unit: Unit, drafts: list[Draft]) -> None:
        """Complete what needs all of a file's definitions."""

    def embedded(self, gap: str, word: str) -> Iterable[tuple[int, int]]:
        """Ranges of a gap that are code after all, for words in `keywords` with words.EMBEDDING."""
        del gap, word
        return ()


ASSIGNMENT: Final = re.compile(r"\s*+(?:[-+*/%&|^:~]|<<|>>>?|\*\*|//|\?\?|&&|\|\|)?=(?![=>])|\s*+(?:\+\+|--)(?!\s*+\w)")
_ROLES: Final = (
    (words.IMPORTED, Role.IMPORT),
    (words.DECORATING, Role.DECORATOR),
    (words.DERIVED, Role.INHERIT),
    (words.CREATED | words.CALLED, Role.CALL),
    (words.TYPED, Role.TYPE),
    (words.BOUND | words.ASSIGNED, Role.WRITE),
)


def split_top(listing: str) -> list[str]:
    """Split at the commas that are in no brackets."""
    if "," not in listing:
        return [listing]
    parts, depth, start = [], 0, 0
    for index, character in enumerate(listing):
        if character in "([{<":
            depth += 1
        elif character in ")]}" or (character == ">" and listing[index - 1] not in "=-"):
            depth -= 1
        elif character == "," and depth <= 0:
            parts.append(listing[start:index])
            start = index + 1
    return [*parts, listing[start:]]
