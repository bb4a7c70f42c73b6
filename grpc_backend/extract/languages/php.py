"""How PHP is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Final

from grpc_backend.extract import words
from grpc_backend.extract.docs import doc_before
from grpc_backend.extract.draft import Draft, Unit, readable
from grpc_backend.extract.rules import CLASS_LIKE, HIDDEN, Rules, split_top
from grpc_backend.model import Import

if TYPE_CHECKING:
    from tree_sitter import Node

_KEYWORDS: Final = (
    "abstract and array as break callable case catch class clone const continue declare default do echo else elseif "
    "empty enddeclare endfor endforeach endif endswitch endwhile enum exit die extends final finally fn for foreach "
    "function global goto if implements include include_once insteadof interface isset list match namespace or "
    "print private protected public readonly require require_once return static switch throw trait try unset use "
    "var while xor yield from true false null self parent int float bool string void iterable object mixed never "
    "TRUE FALSE NULL __DIR__ __FILE__ __LINE__ __CLASS__ __FUNCTION__ __METHOD__ __NAMESPACE__ __TRAIT__ "
    "__halt_compiler strict_types $this $"
)
# The backslash between names has become \x03 (see `links`) by the time that strings are looked for.
_STRING: Final = r"[^{q}\x03]*+(?:\x03.[^{q}\x03]*+)*+{q}?+"
_MODIFIERS: Final = {
    "var": "public",
    **{word: word for word in ("public", "private", "protected", "static", "abstract", "final", "readonly")},
}
_ATTRIBUTE: Final = re.compile(r"(?:^#\[|,)\s*\\?([\w\\]+)")
_TEST: Final = re.compile(r"test(?![a-z])")
_BASES: Final = re.compile(r"\b(?:extends|implements)\b", re.IGNORECASE)
_COMMENT: Final = re.compile(r"/\*.*?\*/|(?://|#)[^\n]*", re.DOTALL)
_USE: Final = re.compile(r"\s*use\s+(?:(?:function|const)\s+)?(.*?);?\s*$", re.DOTALL | re.IGNORECASE)
_ITEM: Final = re.compile(r"\s*(?:(?:function|const)\s+)?([\w\\\x80-\xff]+)(?:\s+as\s+(\w+))?", re.IGNORECASE)
_QUOTED: Final = re.compile(r"""['"]([^'"\n]*+)['"]""")
_DOC: Final = ("//", "#")
_VALUES: Final = frozenset({"constant", "property", "enum_member", "variable"})
# No line is looked at beyond this: machines write long ones.
_LINE_CHARACTERS: Final = 1000


class Php(Rules):
    """PHP, with the markup around it."""

    grammar = ("tree_sitter_php", "language_php")
    queries = ("php",)
    splitter = words.splitter(
        {
            "/": r"(?:/[^\n]*+|\*(?:[^*]++|\*(?!/))*+(?:\*/)?+)?+",
            "#": r"(?:(?!\[)[^\n]*+)?+",
            '"': _STRING.replace("{q}", '"'),
            "'": _STRING.replace("{q}", "'"),
        },
        letters="$",
    )
    # The dot joins strings.
    links: ClassVar = {".": " ", "?->": "\x01\x01.", "->": "\x01.", "::$": "\x02\x02.", "::": "\x02.", "\\": "\x03"}
    root_link = "\x03"
    keywords: ClassVar = {
        **{form: 0 for word in _KEYWORDS.split() for form in (word, word.upper())},
        "new": words.CREATED,
        "instanceof": words.TYPED,
    }
    keyword_members = True

    def arrange(self, unit: Unit) -> None:
        """`namespace A\\B;` holds up to the next one."""
        last: Draft | None = None
        for draft in unit.drafts:
            if draft.kind == "namespace" and "body" not in draft.captures:
                if last is not None:
                    last.end = draft.start
                draft.body, draft.end, last = draft.end, len(unit.text), draft

    def refine(self, unit: Unit, draft: Draft) -> bool:
        if draft.kind == "namespace":
            return _refine_namespace(unit, draft)
        if draft.kind == "variable" and not unit.is_first(draft):
            return False
        if draft.kind == "property":
            unit.role_at[draft.name_start - 1] = HIDDEN  # the word begins with its `$`
            _leave_constructor(draft)
        elif draft.kind == "method" and draft.name.lower() == "__construct":
            draft.kind = "constructor"
        elif draft.kind == "class" and unit.text.startswith("trait", draft.start):
            draft.modifiers.append("trait")
        elif draft.kind == "constant" and "definer" in draft.captures:
            draft.parent = None  # whatever the namespace
        _describe(unit, draft)
        return True

    def imports(self, unit: Unit, node: Node) -> Iterator[Import]:
        line = unit.lines.at(node.start_byte)[0]
        text = _COMMENT.sub(" ", unit.slice(node)) if node.type == "namespace_use_declaration" else unit.slice(node)
        if (use := _USE.match(text)) is None:
            if found := _QUOTED.search(text):
                yield Import(line, found[1])
            return
        prefix, _, group = use[1].partition("{")
        for item in split_top(group.partition("}")[0] if group else prefix):
            if match := _ITEM.match(item):
                module, _, name = (prefix.strip() * bool(group) + match[1]).strip("\\").rpartition("\\")
                yield Import(line, module, name, match[2] or "")


def _refine_namespace(unit: Unit, draft: Draft) -> bool:
    draft.parent = None
    prefix, _, name = draft.name.rpartition("\\")
    unit.roles.append((draft.name_start, draft.name_end, HIDDEN))
    draft.name, draft.prefix = name, prefix.replace("\\", ".")
    draft.name_start = max(draft.name_start, unit.text.rfind("\\", draft.name_start, draft.name_end) + 1)
    return bool(name)


def _leave_constructor(draft: Draft) -> None:
    """A promoted parameter is a property of the class."""
    if draft.parent is not None and draft.parent.kind == "constructor":
        draft.parent = draft.parent.parent


def _describe(unit: Unit, draft: Draft) -> None:
    text = unit.text
    if unit.decorations:
        draft.decorators = [
            readable(name) for attribute in draft.attach(unit) for name in _ATTRIBUTE.findall(attribute)[:1]
        ]
    lead = text[draft.head : min(draft.name_start, draft.head + _LINE_CHARACTERS)]
    draft.modifiers += dict.fromkeys(_MODIFIERS[word] for word in lead.lower().split() if word in _MODIFIERS)
    if draft.kind in CLASS_LIKE:
        draft.bases = _bases(readable(text[draft.name_end : draft.body]))
        if draft.name.endswith("Test"):
            draft.modifiers.append("test")
    elif draft.kind == "method":
        if "body" not in draft.captures and "abstract" not in draft.modifiers:
            draft.modifiers.append("declaration")
        if _TEST.match(draft.name):
            draft.modifiers.append("test")
    elif draft.kind in _VALUES:
        end = text.find("\n", draft.name_end, min(draft.end, draft.name_end + _LINE_CHARACTERS))
        draft.body = draft.end if end < 0 else end
    draft.doc = doc_before(text, draft.start, _DOC)


def _bases(header: str) -> list[str]:
    """What stands after `extends` and `implements`."""
    listing = ",".join(_BASES.split(_COMMENT.sub(" ", header))[1:])
    return [base for base in (" ".join(part.split()) for part in listing.split(",")) if base]


RULES: Final = {"php": Php()}
