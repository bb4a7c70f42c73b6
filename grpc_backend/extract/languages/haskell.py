"""How Haskell is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar, Final

from grpc_backend.extract import words
from grpc_backend.extract.docs import clean, doc_before, uncommented
from grpc_backend.extract.draft import Draft, Unit, readable
from grpc_backend.extract.margins import end_by_margin
from grpc_backend.extract.rules import FUNCTION_LIKE, HIDDEN, Rules, split_top
from grpc_backend.model import Import, Role

if TYPE_CHECKING:
    from tree_sitter import Node

_KEYWORDS: Final = (
    "case class data default deriving do else forall foreign if import in infix infixl infixr instance let mdo "
    "module newtype of proc rec then type where qualified hiding as stock anyclass via _ family"
)
_SYMBOLS: Final = r"!#$%&*+./<=>?@\\^|~:-"
# A character, or the mark of a promoted or quoted name; a prime in a name is a letter.
_QUOTE: Final = re.compile(r"'(?<![\w']')(?:(?:[^\\'\n]|\\(?:['\\]|[^'\\\n]{1,8}))'|'?+(?=[A-Z\[(:]))")
# Joined when they follow each other under one name.
_SIGNATURES: Final = frozenset({"signature", "several", "foreign"})
_JOINED: Final = frozenset({"function", "constructor"})
_NAMED: Final = re.compile(
    r"import\s++(?:safe\s++)?+(?P<first>qualified\s++)?+(?:\"[^\"]*+\"\s*+)?+(?P<module>[\w.']++)"
    r"(?P<last>\s++qualified\b)?+(?:\s++as\s++(?P<alias>[\w.']++))?+(?P<hiding>\s++hiding\b)?+\s*+(?P<list>\(.*)?+",
    re.DOTALL,
)
_COMMENT: Final = re.compile(r"--[^\n]*+|\{-.*?-\}", re.DOTALL)
_CLASS: Final = re.compile(r"[A-Z][\w.']*+")
_EXPORTS: Final = re.compile(r"[^(]*\((.*)\)\s*where", re.DOTALL)
_EXPORT: Final = re.compile(r"(?:(?:type|pattern)\s+)?(?:\(([^\s()]+)\)|([\w'.]+))\s*(\((?!\s*\)).*)?", re.DOTALL)
# Nothing but a definition begins at the margin.
_MARGIN: Final = re.compile(r"\n(?=[A-Za-z])")
_SALVAGED: Final = re.compile(
    r"^(?:(?P<word>data|newtype|class|type)[ \t]++(?:family[ \t]++)?+(?:[^=\n]*?=>[ \t]*+)?(?P<type>[A-Z][\w']*+)"
    r"|(?!(?:module|import|instance|deriving|foreign|infix[lr]?|where)\b)"
    r"(?P<name>[a-z_][\w']*+)(?=[ \t]*+::|[^\n=]*+=(?!=)))",
    re.MULTILINE,
)
_SALVAGED_KINDS: Final = {"data": "struct", "newtype": "struct", "class": "interface", "type": "class"}
_DOC_AFTER: Final = re.compile(r"[ \t]*+,?+[ \t]*+\n?+[ \t]*+(-- ?\^[^\n]*+)")
_ALIAS_CHARACTERS: Final = 200


class Haskell(Rules):
    """Haskell."""

    grammar = ("tree_sitter_haskell", "language")
    queries = ("haskell",)
    splitter = words.splitter(
        {
            "-": rf"(?:-++(?![{_SYMBOLS}])[^\n]*+)?+",
            "{": r"(?:-(?:[^-]|-(?!\}))*+(?:-\})?+)?+",
            '"': r'(?:[^"\\\n]|\\(?:\s++\\|.))*+"?+',
        },
        letters="'",
    )
    keywords: ClassVar = {**dict.fromkeys(_KEYWORDS.split(), 0), "pattern": words.SOFT}
    signature_tail = " \t\r\n{="
    line_doc = ("--",)

    def before(self, gap: str) -> int:
        return words.STATEMENT if gap[-1] == "\n" else 0

    def after(self, gap: str) -> int:
        # Applications are found by the grammar, but for `f $ x` and those in backquotes.
        return words.CALLED if gap[0] == "`" or gap.startswith((" $ ", " $\n")) else 0

    def role(self, signs: int) -> int:
        return Role.CALL if signs & words.CALLED else Role.READ

    def salvage(self, unit: Unit, start: int, end: int) -> Iterable[Draft]:
        text = unit.text
        for found in _SALVAGED.finditer(text, text.rfind("\n", 0, start) + 1, end):
            group = "type" if found["type"] else "name"
            kind = _SALVAGED_KINDS[found["word"]] if found["type"] else "function"
            draft = Draft.by_hand(
                unit, kind, (found.start(), end_by_margin(text, found.start(), end)), found.span(group)
            )
            line_end = text.find("\n", found.end(), draft.end)
            draft.body = line_end if line_end >= 0 else draft.end
            yield draft

    def arrange(self, unit: Unit) -> None:
        for draft in unit.drafts:
            if draft.kind == "field" and (margin := _MARGIN.search(unit.text, draft.name_end, draft.end)):
                draft.end = draft.body = margin.start()  # the parser lost its way in it
        unit.drafts = _Equations(unit).joined()

    def refine(self, unit: Unit, draft: Draft) -> bool:
        parent = draft.parent
        if not draft.start <= draft.name_start < draft.end:
            return False  # of a tree that was put together from pieces
        if draft.kind == "scope":
            draft.name = _instance(unit, draft)
            return True
        if draft.kind == "module":
            draft.end = len(unit.text)
            draft.body = draft.name_end
        elif draft.kind == "field":
            while draft.parent is not None and draft.parent.kind == "constructor":
                draft.parent = draft.parent.parent
            if not unit.is_first(draft):
                unit.role_at[draft.name_start] = HIDDEN
                return False
        elif draft.kind == "function" and parent is not None:
            if parent.kind in ("interface", "scope"):
                draft.kind = "method"
            elif parent.kind in FUNCTION_LIKE and not _takes(unit, draft):
                return False
        elif draft.kind == "variable" and parent is not None and parent.kind in FUNCTION_LIKE:
            return False
        _describe(unit, draft)
        return True

    def imports(self, unit: Unit, node: Node) -> Iterable[Import]:
        return _imports(unit.lines.at(node.start_byte)[0], _COMMENT.sub(" ", unit.slice(node)))

    def finish(self, unit: Unit, drafts: list[Draft]) -> None:
        unit.masks += [quote.span() for quote in _QUOTE.finditer(unit.text)]
        module = next((draft for draft in drafts if draft.kind == "module"), None)
        listing = (
            _EXPORTS.match(_COMMENT.sub(" ", unit.text[module.name_end : module.node.end_byte])) if module else None
        )
        if listing is None:
            _export(drafts, module, None)
        else:
            _export(drafts, module, dict(_exports(listing[1])))


class _Equations:
    """Joins a function's signature and its equations."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._kept: list[Draft | None] = []
        # What is open around a draft, each with what it has inside: name → index, and the last index.
        self._stack: list[tuple[Draft | None, dict[str, int], list[int]]] = [(None, {}, [-1])]

    def joined(self) -> list[Draft]:
        """The drafts that are left."""
        for draft in self._unit.drafts:
            while (outer := self._stack[-1][0]) is not None and outer.end <= draft.start:
                self._stack.pop()
            if draft.kind in _JOINED:
                self._join(draft)
            else:
                self._keep(draft)
        return [draft for draft in self._kept if draft is not None]

    def _keep(self, draft: Draft) -> None:
        _, names, last = self._stack[-1]
        if draft.kind in _JOINED:
            names[draft.name] = len(self._kept)
            last[0] = len(self._kept)
        elif draft.kind != "module":
            last[0] = -1
        self._kept.append(draft)
        self._stack.append((draft, {}, [-1]))

    def _join(self, draft: Draft) -> None:
        _, names, last = self._stack[-1]
        index = names.get(draft.name, -1)
        at = self._unit.role_at
        first = self._kept[index] if index >= 0 else None
        if first is not None and self._unit.text.endswith("default", 0, draft.start - 1):
            at[draft.name_start] = HIDDEN  # a second type for a method of a class
        elif first is None or first.kind != draft.kind or _is_signature(draft):
            self._keep(draft)
        elif last[0] == index:
            first.end = max(first.end, draft.end)
            at[draft.name_start] = HIDDEN
            self._stack.append((first, {}, [-1]))
        elif _is_signature(first):
            # What stands between belongs to neither: the function is where its equations are.
            _several(first)
            at[first.name_start] = HIDDEN
            draft.head, draft.body = first.head, first.body
            draft.captures.setdefault("several", first.captures.get("several", [first.node]))
            self._kept[index] = None
            self._keep(draft)
        else:
            self._keep(draft)


def _is_signature(draft: Draft) -> bool:
    return not _SIGNATURES.isdisjoint(draft.captures)


def _several(draft: Draft) -> None:
    """`f, g :: T`: each has the whole as its signature."""
    if nodes := draft.captures.get("several"):
        draft.head, draft.body = nodes[0].start_byte, nodes[0].end_byte


def _takes(unit: Unit, draft: Draft) -> bool:
    """Whether what is defined in a function is one too."""
    if "bound" in draft.captures:
        return False
    if _is_signature(draft):
        return "->" in unit.text[draft.name_end : draft.body] or "->" in unit.text[draft.head : draft.body]
    return True


def _instance(unit: Unit, draft: Draft) -> str:
    """`Show.Thing` for `instance Show (Thing a)`."""
    patterns = draft.captures.get("type.all")
    if not patterns:
        return draft.name
    written = unit.slice(patterns[0])
    head = _CLASS.search(written)
    return f"{draft.name}.{head[0] if head else ' '.join(written.split())}"


def _describe(unit: Unit, draft: Draft) -> None:
    text = unit.text
    if draft.kind in _JOINED or draft.kind == "method":
        _several(draft)
    if "foreign" in draft.captures:
        draft.modifiers.append("declaration")
    if draft.kind == "class":
        _, sign, value = readable(text[draft.name_end : draft.end]).partition("=")
        draft.alias_of = " ".join(value.split())[:_ALIAS_CHARACTERS] if "synonym" in draft.captures and sign else ""
        if "family" in draft.captures:
            draft.modifiers.append("family")
            where = text.find(" where", draft.name_end, draft.end)
            draft.body = where if where >= 0 else draft.end
    elif draft.kind == "struct":
        _leave_out_where(text, draft)
        draft.bases = _derived(readable(text[draft.body : draft.end]))
    elif draft.kind == "interface":
        _leave_out_where(text, draft)
        head = readable(text[draft.start : draft.name_start])
        draft.bases = _CLASS.findall(head) if "=>" in head else []
    draft.doc = _doc(text, min(draft.start, draft.head), draft.node.end_byte)


def _leave_out_where(text: str, draft: Draft) -> None:
    head = text[draft.head : draft.body].rstrip()
    if head.endswith("where"):
        draft.body = draft.head + len(head) - len("where")


def _derived(body: str) -> list[str]:
    """The classes in `deriving` clauses."""
    _, *clauses = re.split(r"\bderiving\b", _COMMENT.sub(" ", body))
    return [name for clause in clauses for name in _CLASS.findall(clause)]


def _doc(text: str, start: int, end: int) -> str:
    """The comment before a definition, or one with `^` after it."""
    before = text[max(0, start - 4) : start].rstrip()
    if before.endswith("-}"):
        closing = text.rindex("-}", 0, start)
        opening = text.rfind("{-", 0, closing)
        if opening >= 0 and not text.startswith("{-#", opening):
            return clean(text[opening + 2 : closing].lstrip(" \n|"))
    if doc := doc_before(text, start, Haskell.line_doc):
        return doc.lstrip("|^ ")
    after = _DOC_AFTER.match(text, end)
    return clean(uncommented(after[1])).lstrip("^ ") if after else ""


def _imports(line: int, statement: str) -> Iterator[Import]:
    match = _NAMED.match(statement)
    if match is None:
        return
    module, alias = match["module"], match["alias"] or ""
    qualified = match["first"] or match["last"]
    listing = match["list"]
    if listing is None or match["hiding"]:
        yield Import(line, module, "" if qualified else "*", alias)
        return
    if alias:
        yield Import(line, module, "", alias)
    for item in split_top(listing.strip()[1:-1]):
        name = item.partition("(..")[0].strip() if item.strip()[:1] != "(" else item.strip()[1:].partition(")")[0]
        name = name.partition("(")[0].removeprefix("type ").removeprefix("pattern ").strip()
        if name:
            yield Import(line, module, name)


def _exports(listing: str) -> Iterator[tuple[str, bool]]:
    """Each exported name, and whether what is inside goes with it."""
    for item in split_top(listing):
        if match := _EXPORT.match(item.strip()):
            name = match[1] or match[2]
            yield name if match[1] else name.rpartition(".")[2], bool(match[3])


def _export(drafts: list[Draft], module: Draft | None, exported: dict[str, bool] | None) -> None:
    """Mark what a module lets out; without a list that is all at its top."""
    for draft in drafts:
        parent = draft.parent
        if draft is module or draft.kind == "scope":
            continue
        if parent is module:
            if exported is None or draft.name in exported:
                draft.modifiers.append("exported")
        elif (
            parent is not None
            and parent.kind in ("struct", "interface")
            and "exported" in parent.modifiers
            and (exported is None or exported.get(parent.name) or draft.name in exported)
        ):
            draft.modifiers.append("exported")


RULES: Final = {"haskell": Haskell()}
