"""How Ruby is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Final

from grpc_backend.extract import words
from grpc_backend.extract.docs import doc_before
from grpc_backend.extract.draft import Draft, Unit, readable
from grpc_backend.extract.languages.salvage import salvaged
from grpc_backend.extract.rules import CLASS_LIKE, FUNCTION_LIKE, HIDDEN, Rules
from grpc_backend.model import Import, Role

if TYPE_CHECKING:
    from tree_sitter import Node

_KEYWORDS: Final = (
    "alias and begin break case class def defined? do else elsif end ensure false for if in module next nil not or "
    "redo rescue retry return self super then true undef unless until when while yield BEGIN END __FILE__ __LINE__ "
    "__END__ __dir__ __method__ __ENCODING__ require require_relative autoload attr_reader attr_writer attr_accessor "
    "private protected public private_constant private_class_method module_function alias_method $ $! $0 $1 $2 $3 "
    "$4 $5 $6 $7 $8 $9 @ @@"
)
# A string may go over lines; in broken code it ends before what is surely no text.
_STRING: Final = r"[^{q}\\\n]*+(?:(?:\\.|\n(?!\s*+(?:end|def|class|module)\b))[^{q}\\\n]*+)*+{q}?+"
_PERCENT: Final = (
    r"(?:[qQ]?+(?:\([^()\n]*+\)|\[[^][\n]*+\]|\{[^{}\n]*+\}|<[^<>\n]*+>)|[qQ](?:\|[^|\n]*+\||![^!\n]*+!))?+"
)
_COMMENT: Final = r"(?:(?!\{)[^\n]*+)?+"  # not where `#{` opens an interpolation

_BLOCK_COMMENT: Final = re.compile(r"^=begin\b.*?(?:^=end\b|\Z)", re.MULTILINE | re.DOTALL)
_VISIBILITY: Final = re.compile(
    r"^[ \t]*+(private|protected|public|module_function|private_class_method|private_constant)\b"
    r"(?:[ \t]*+(?:#[^\n]*+)?+$|[ \t(]++((?::[\w?!=]++|\[)(?:[\s,]++|:[\w?!=]++)*+))",
    re.MULTILINE,
)
_OPENING: Final = re.compile(
    r"^=begin\b.*?(?:^=end\b|\Z)|^__END__$.*"
    r"|^(?P<indent>[ \t]*+)(?P<word>class|module|def)[ \t]++(?:self\.|\w++::)*+(?P<name>[\w\x80-\xff]++[?!=]?+)",
    re.MULTILINE | re.DOTALL,
)
_SYMBOL: Final = re.compile(r":([\w?!=]++)")
_LEADING: Final = re.compile(r"(?:private|protected|public|module_function|private_class_method|memoize)\b[\w \t(]*+")
_FACTORY: Final = re.compile(r"(?:::)?(Struct|Class|Module|Data)\s*\.\s*(?:new|define)\b(?:\s*\(([^()\n]*+)\))?")
_QUOTED: Final = re.compile(r"""['"]([^'"\n]*+)['"]""")
_LOADING: Final = re.compile(r"(require_relative|require|autoload)\b[\s(]*+(?::(\w++)\s*+,\s*+)?")
_ASSIGNED: Final = re.compile(r"[ \t]*+(?:[-+*/%&|^]|<<|>>|\*\*|&&|\|\|)?=(?![=~>])")
_MARKS: Final = {"module_function": "static", "private_class_method": "private", "private_constant": "private"}
_OWNERS: Final = CLASS_LIKE | {"module"}
_ALIAS_CHARACTERS: Final = 200
# No line is looked at beyond this: machines write long ones.
_LINE_CHARACTERS: Final = 1000


class Ruby(Rules):
    """Ruby."""

    grammar = ("tree_sitter_ruby", "language")
    queries = ("ruby",)
    splitter = words.splitter(
        {"#": _COMMENT, '"': _STRING.replace("{q}", '"'), "'": _STRING.replace("{q}", "'"), "%": _PERCENT},
        letters="@$",
        endings="?!",
    )
    links: ClassVar = {"&.": "\x01.", "::": "\x02."}
    keywords: ClassVar = dict.fromkeys(_KEYWORDS.split(), 0)
    keyword_members = True
    line_doc = ("#",)

    def after(self, gap: str) -> int:
        if gap[0] == "(":
            return words.CALLED
        if gap[0] == ":":
            return words.ANNOTATED
        return words.ASSIGNED if _ASSIGNED.match(gap) else 0

    def role(self, signs: int) -> int:
        """A word before a colon is a key: the name of an argument."""
        if signs & words.ANNOTATED:
            return HIDDEN
        return Role.WRITE if signs & words.ASSIGNED else super().role(signs)

    def is_call(self, link: str, name: str) -> bool:
        return link != "\x02." and not name[0].isupper()

    def refine(self, unit: Unit, draft: Draft) -> bool:
        if not _strip(draft):
            return False
        return _REFINERS[draft.kind](unit, draft)

    def salvage(self, unit: Unit, start: int, end: int) -> list[Draft]:
        return salvaged(unit, (start, end), _OPENING, "end", {"class": "class", "module": "module", "def": "method"})

    def imports(self, unit: Unit, node: Node) -> Iterator[Import]:
        statement = unit.slice(node)
        head = _LOADING.match(statement)
        literal = _QUOTED.match(statement, head.end()) if head else None
        if head and literal:
            level = int(head[1] == "require_relative")
            yield Import(unit.lines.at(node.start_byte)[0], literal[1], head[2] or "", level=level)

    def finish(self, unit: Unit, drafts: list[Draft]) -> None:
        if "=begin" in unit.text:
            unit.masks += [match.span() for match in _BLOCK_COMMENT.finditer(unit.text)]
        _apply_visibility(unit, drafts)


def _strip(draft: Draft) -> bool:
    """Names may be written as `:name`, `"name"`; the position is that of the name itself."""
    name = draft.name
    if name[0] == ":":
        draft.name_start += 1
        name = name[1:]
    if name[:1] in ("'", '"'):
        draft.name_start += 1
        draft.name_end -= 1
        name = name[1:-1]
    draft.name = name
    return bool(name) and "#{" not in name


def _refine_owner(unit: Unit, draft: Draft) -> bool:
    text = unit.text
    draft.prefix = _scope(text[draft.start : draft.name_start])
    end = draft.name_end
    if nodes := draft.captures.get("bases"):
        draft.bases = [" ".join(unit.slice(nodes[0]).lstrip("< ").split())]
        end = nodes[0].end_byte
    draft.body = end
    draft.doc = doc_before(text, draft.start, Ruby.line_doc)
    return True


def _scope(before: str) -> str:
    """`A::B::` of a name to the qualification that it means."""
    return before.rpartition(" ")[2].strip(":\n\t").replace("::", ".")


def _refine_scope(unit: Unit, draft: Draft) -> bool:
    """`class << self`."""
    del unit
    draft.prefix = "" if draft.name == "self" else draft.name
    draft.name = ""
    return True


def _refine_method(unit: Unit, draft: Draft) -> bool:
    parent = draft.parent
    if "target" in draft.captures:
        draft.alias_of = unit.slice(draft.captures["target"][0]).lstrip(":")
        if draft.name[0] == "$":
            draft.kind, draft.parent = "variable", None
    elif (head := draft.captures.get("owner")) is not None:
        _singleton(draft, unit.slice(head[0]))
    elif "call" in draft.captures:
        _describe_made(unit, draft)
    elif parent is not None and parent.kind == "scope":
        draft.modifiers.append("static")
    if draft.kind == "method" and (parent is None or parent.kind in FUNCTION_LIKE) and not draft.prefix:
        draft.kind = "function"
    elif draft.name == "initialize":
        draft.kind = "constructor"
    if draft.name.startswith("test_"):
        draft.modifiers.append("test")
    _describe(unit, draft)
    return True


def _singleton(draft: Draft, owner: str) -> None:
    draft.modifiers.append("static")
    if owner != "self" and (draft.parent is None or owner != draft.parent.name):
        draft.prefix = owner.replace("::", ".")


def _describe_made(unit: Unit, draft: Draft) -> None:
    """What `define_method` and `alias_method` make."""
    call = unit.slice(draft.captures["call"][0])
    if call == "define_singleton_method":
        draft.modifiers.append("static")
    elif call == "alias_method":
        rest = readable(unit.text[draft.name_end : draft.node.end_byte]).split(",")
        draft.alias_of = rest[1].strip(" :\"')\n") if len(rest) > 1 else ""


def _describe(unit: Unit, draft: Draft) -> None:
    """Signature, documentation, and the visibility that is written before."""
    text = unit.text
    line = text.rfind("\n", 0, draft.start) + 1
    lead = text[line : draft.start]
    if lead and not lead.isspace() and (match := _LEADING.fullmatch(lead.lstrip())):
        draft.modifiers += [_MARKS.get(word, word) for word in match[0].replace("(", " ").split() if word in _WORDS]
        draft.start = draft.head = line + len(lead) - len(lead.lstrip())
    draft.body = _signature_end(draft, text)
    draft.doc = doc_before(text, draft.start, Ruby.line_doc)


_WORDS: Final = frozenset({"private", "protected", "public", "module_function", "private_class_method"}) - {"public"}


def _signature_end(draft: Draft, text: str) -> int:
    """A method's parameters may go over lines; else its signature ends with its line."""
    end = draft.name_end
    if nodes := draft.captures.get("hidden.all"):
        end = nodes[-1].end_byte if "owner" not in draft.captures else max(node.end_byte for node in nodes)
        return min(end, draft.end)
    line_end = text.find("\n", end, min(draft.end, end + _LINE_CHARACTERS))
    semicolon = text.find(";", end, min(draft.end, end + _LINE_CHARACTERS) if line_end < 0 else line_end)
    return semicolon if semicolon >= 0 else draft.end if line_end < 0 else line_end


def _refine_constant(unit: Unit, draft: Draft) -> bool:
    if owner := draft.captures.get("owner"):
        draft.prefix = unit.slice(owner[0]).replace("::", ".").removeprefix("self.")
    _describe(unit, draft)
    value = draft.captures["value"][0] if "value" in draft.captures else None
    if value is not None and (match := _FACTORY.match(unit.text, value.start_byte)):
        draft.kind = {"Module": "module", "Class": "class"}.get(match[1], "struct")
        if match[1] == "Class" and match[2]:
            draft.bases = [readable(match[2]).strip()]
    elif value is not None and value.type in ("constant", "scope_resolution"):
        draft.alias_of = " ".join(unit.slice(value).split())[:_ALIAS_CHARACTERS]
    return True


def _refine_variable(unit: Unit, draft: Draft) -> bool:
    if draft.parent is not None and draft.parent.kind in FUNCTION_LIKE:
        return False
    if draft.name.startswith("@@"):
        draft.kind = "field"
    else:
        draft.parent = None  # a global, wherever it is
    _describe(unit, draft)
    return unit.is_first(draft)


def _refine_property(unit: Unit, draft: Draft) -> bool:
    if "call" in draft.captures:
        call = unit.slice(draft.captures["call"][0])
        if call.endswith("reader"):
            draft.modifiers.append("readonly")
        _describe(unit, draft)
    return True


_REFINERS: Final = {
    "module": _refine_owner,
    "class": _refine_owner,
    "scope": _refine_scope,
    "method": _refine_method,
    "constant": _refine_constant,
    "variable": _refine_variable,
    "property": _refine_property,
}


def _apply_visibility(unit: Unit, drafts: list[Draft]) -> None:
    """`private` on a line of its own holds for the methods after it in that class; with names, for these."""
    marks = [(match.start(1), match[1], match[2] or "") for match in _VISIBILITY.finditer(unit.text)]
    if not marks:
        return
    marks.append((len(unit.text) + 1, "", ""))
    owners: list[Draft] = []
    current: dict[int, str] = {}
    named: dict[tuple[int, str], str] = {}
    position = 0
    for draft in [*drafts, None]:
        start = len(unit.text) + 1 if draft is None else draft.start
        while marks[position][0] < start:
            offset, word, names = marks[position]
            position += 1
            while owners and owners[-1].end <= offset:
                owners.pop()
            if owners and names:
                named |= {(id(owners[-1]), name): _MARKS.get(word, word) for name in _SYMBOL.findall(names)}
            elif owners:
                current[id(owners[-1])] = _MARKS.get(word, word)
        if draft is not None:
            _mark(unit, draft, current)
            if draft.kind in _OWNERS:
                owners.append(draft)
    for draft in drafts:
        if named and (word := named.get((id(draft.parent), draft.name))) is not None:
            _add(draft, word)


def _mark(unit: Unit, draft: Draft, current: dict[int, str]) -> None:
    if unit.text.startswith("public", draft.start):
        return
    if draft.kind in ("method", "property") and "owner" not in draft.captures and current:
        _add(draft, current.get(id(draft.parent), ""))


def _add(draft: Draft, word: str) -> None:
    if word and word != "public" and word not in draft.modifiers:
        draft.modifiers.append(word)


RULES: Final = {"ruby": Ruby()}
