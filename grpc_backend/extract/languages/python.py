"""How Python is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Final

from grpc_backend.extract import words
from grpc_backend.extract.docs import clean
from grpc_backend.extract.draft import Draft, Unit, readable
from grpc_backend.extract.languages.python_text import STRING, begins_statement, bodies, without_long_runs
from grpc_backend.extract.rules import CLASS_LIKE, FUNCTION_LIKE, HIDDEN, Rules
from grpc_backend.extract.skim import replaced, skipped
from grpc_backend.extract.symbols import shown
from grpc_backend.model import Import, Role

if TYPE_CHECKING:
    from tree_sitter import Node

_KEYWORDS: Final = (
    "and assert async await break class continue def del elif else except finally global if import in is lambda "
    "nonlocal not or pass raise return try while with yield self cls super True False None __class__"
)
_STRING_PREFIXES: Final = frozenset(
    form
    for letters in ("r", "b", "u", "f", "t", "rb", "br", "fr", "rf", "tr", "rt")
    for form in (letters, letters.upper(), letters.title(), letters[0] + letters[1:].upper())
)

_STRUCTURE: Final = re.compile(
    rf'"{STRING[chr(34)]}|\'{STRING[chr(39)]}|#[^\n]*+'
    r"|[()\[\]{}]|\.[ \t\r]*+$"
    r"|(?P<head>^[ \t]*+(?:if|for|while|with|elif)\b[^\n:()\[\]{}\\#\"']*+$)"
    r"|^[ \t]*+(?:async[ \t]+)?(?:def|class)[ \t]+\w",
    re.MULTILINE | re.DOTALL,
)
_BLANK: Final = ord(" ")
_CLOSING: Final = {ord("("): b")", ord("["): b"]", ord("{"): b"}"}
_HEADS: Final = (b"def", b"class", b"async", b"with", b"if", b"for", b"while")
_NO_LINE_END: Final = re.compile(rb"[^\n]")

_DOCSTRING: Final = re.compile(rf'[rRuU]?+(?:"{STRING[chr(34)]}|\'{STRING[chr(39)]})')
_DECORATOR: Final = re.compile(r"^[ \t]*@[ \t]*([\w.\x80-\xff]+)", re.MULTILINE)
# Parameters without annotations and with plain defaults: all words in there are their names.
_PLAIN_PARAMETERS: Final = re.compile(
    r"\((?:[\w\x80-\xff\s,*/]|=[ ]?(?:None|True|False|-?\d[\w.]*|\"[^\"\n\\]*\"|'[^'\n\\]*'|\(\)|\[\]|\{\}))*+\)"
)
_FACTORIES: Final = re.compile(
    r"=\s*(?:\w+\.)*(namedtuple|NamedTuple|TypedDict|NewType|Enum|IntEnum|StrEnum|Flag|IntFlag|make_dataclass)\s*\("
)
_KINDS_OF_FACTORIES: Final = {"Enum": "enum", "IntEnum": "enum", "StrEnum": "enum", "Flag": "enum", "IntFlag": "enum"}
_ENUM_BASE: Final = re.compile(r"\b(?:Enum|IntEnum|StrEnum|Flag|IntFlag|ReprEnum|\w*Choices)$")
# Begins with the word itself, so that `re` skips to it; at the beginning of a line.
_ALL: Final = re.compile(r"__all__(?<![^\n]__all__)\s*(?::[^=\n]*)?\+?=\s*[\[(]([^\])]*)")
_QUOTED_NAME: Final = re.compile(r"[\"'](\w+)[\"']")
_BEHIND_DOT: Final = re.compile(r"\.[ \t]*+\Z")
# A property is a function as well: what is assigned in there is local.
_CODE: Final = FUNCTION_LIKE | {"property"}
_INITIALIZERS: Final = frozenset({"__init__", "__post_init__"})
_MODIFIERS: Final = {
    "staticmethod": "static", "classmethod": "static", "abstractmethod": "abstract", "overload": "overload",
    "final": "final", "abstractproperty": "abstract", "override": "override",
}  # fmt: skip
_PROPERTIES: Final = frozenset({"property", "cached_property", "abstractproperty", "setter", "getter", "deleter"})
_NO_CODE: Final = re.compile(r"#[^\n]*|\\\r?\n|[()]")
_COMMENT: Final = re.compile(r"#[^\n]*")
_OPEN: Final = frozenset("([{,\\=+-*/%|&<>^")  # after these, a new line starts no statement
_SPAN: Final = re.compile(r"[\[\], |]*+")
_ASSIGNED: Final = re.compile(r"[ \t]*+(?:[-+*/%&|^@:]|<<|>>|\*\*|//)?=(?!=)")
_FROM: Final = re.compile(r"from\s*(\.[.\s]*)?([\w.\x80-\xff]*)\s*import\s*(.*)", re.DOTALL)


class Python(Rules):
    """Python, stubs included."""

    grammar = ("tree_sitter_python", "language")
    queries = ("python",)
    splitter = words.splitter({"#": words.LINE_COMMENT, **STRING})
    keywords: ClassVar = {
        **dict.fromkeys(_KEYWORDS.split(), 0),
        **dict.fromkeys(("for", "as"), words.BOUND),
        **dict.fromkeys(("match", "case", "type", "print", "exec"), words.SOFT),
        "from": 0,
        **{
            prefix: words.SOFT | (words.EMBEDDING if set(prefix.lower()) & {"f", "t"} else 0)
            for prefix in _STRING_PREFIXES
        },
    }
    hints = ("def ", "class ", "import ")

    def is_keyword(self, word: str, before: int, gap: str) -> bool:
        if word in _STRING_PREFIXES:
            return gap[0] in "\"'"
        return bool(before & words.STATEMENT) and gap.isspace()

    def before(self, gap: str) -> int:
        if gap.endswith("@") and (gap == "@" or gap[:-1].rstrip(" \t").endswith("\n")):
            return words.DECORATING
        if gap.endswith("-> "):
            return words.TYPED
        if "\n" in gap:
            code = _COMMENT.sub("", gap) if "#" in gap else gap
            return 0 if code.rstrip()[-1:] in _OPEN else words.STATEMENT
        return words.STATEMENT if gap.endswith("; ") else 0

    def after(self, gap: str) -> int:
        if gap[0] == "(":
            return words.CALLED
        if gap[0] == ":" and gap[1:2] != "=" and "\n" not in gap:
            return words.ANNOTATED
        if gap.startswith(" :="):
            return words.BOUND
        if _SPAN.fullmatch(gap):
            return words.SPANNING
        return words.ASSIGNED if _ASSIGNED.match(gap) else 0

    def role(self, signs: int) -> int:
        if signs & words.ASSIGNED and not signs & words.STATEMENT:
            signs &= ~words.ASSIGNED  # a keyword argument
        elif signs & words.ANNOTATED and signs & words.STATEMENT:
            return Role.WRITE
        return super().role(signs)

    def embedded(self, gap: str, word: str) -> Iterator[tuple[int, int]]:
        del word
        return _interpolations(gap)

    def hinted(self, text: str) -> list[int]:
        return [place for place in super().hinted(text) if begins_statement(text, place)]

    def prepare(self, unit: Unit) -> bytes:
        return without_long_runs(unit.text, unit.content)

    def skim(self, unit: Unit, source: bytes) -> bytes:
        found = list(bodies(unit.text, unit.hints))
        unit.skipped = skipped(found, 1, 1)
        return replaced(source, found, b"1".__mul__)

    def enters(self, draft: Draft) -> bool:
        return draft.kind == "class" or draft.name in _INITIALIZERS

    def repair(self, source: bytes) -> bytes:
        return _closed(source)

    def refine(self, unit: Unit, draft: Draft) -> bool:
        if draft.kind == "variable":
            return _refine_variable(unit, draft)
        if draft.kind == "function":
            _refine_function(unit, draft)
        elif "aliased" in draft.captures:
            _refine_alias(unit, draft)
        else:
            _refine_class(unit, draft)
        _sign(unit, draft)
        _mark_visibility(draft)
        return True

    def imports(self, unit: Unit, node: Node) -> list[Import]:
        return _imports(unit.lines.at(node.start_byte)[0], unit.slice(node))

    def finish(self, unit: Unit, drafts: list[Draft]) -> None:
        exported = {name for found in _ALL.findall(unit.text) for name in _QUOTED_NAME.findall(found)}
        if exported:
            for draft in drafts:
                if draft.parent is None and draft.name in exported:
                    draft.modifiers.append("exported")


_HEADER_CHARACTERS: Final = 800
# A string, or a comment.
_COMMENTED: Final = re.compile(r"(\"(?:[^\"\\\n]|\\.)*+\"|'(?:[^'\\\n]|\\.)*+')|#[^\n]*+")


def _closed(source: bytes) -> bytes:
    """Close brackets that are still open where a line begins a definition, which no bracket can enclose.

    What is in between goes blank, and so do dots that a line ends with and heads of blocks without a colon.
    """
    closed = bytearray(source)
    opened: list[int] = []
    for match in _STRUCTURE.finditer(source.decode("latin-1")):
        sign, start = match[0][0], match.start()
        if match["head"]:
            if not opened:
                closed[start : match.end()] = b" " * len(match[0])
        elif sign in "([{":
            opened.append(start)
        elif sign in ")]}":
            if opened:
                opened.pop()
        elif sign == ".":
            if not opened:
                closed[start] = _BLANK
        elif sign not in "\"'#" and opened:
            _close(closed, opened[0], start)
            opened.clear()
    return bytes(closed)


def _close(source: bytearray, opening: int, end: int) -> None:
    """End the statement with that bracket before `end`."""
    statement = source[source.rfind(b"\n", 0, opening) + 1 : opening].lstrip()
    ending = _CLOSING[source[opening]] + (b":0" if statement.startswith(_HEADS) else b"")
    blank = _NO_LINE_END.sub(b" ", source[opening + 1 : end])
    if len(ending) < len(blank):
        source[opening + 1 : end] = ending + blank[len(ending) :]


def _refine_function(unit: Unit, draft: Draft) -> None:
    text, start = unit.text, draft.head
    if text.startswith("async", start):
        draft.modifiers.append("async")
    if draft.parent is not None and draft.parent.kind in CLASS_LIKE:
        draft.kind = "constructor" if draft.name == "__init__" else "method"
    _decorate(unit, draft)
    if draft.name.startswith("test_"):
        draft.modifiers.append("test")
    draft.doc = _docstring(text, draft.body)
    _parameters(unit, draft)


def _sign(unit: Unit, draft: Draft) -> None:
    """Comments between the parts of a header, and after its colon, are no part of the signature."""
    header = unit.text[draft.head : min(draft.body, draft.head + _HEADER_CHARACTERS)]
    if "#" in header:
        draft.signature = shown(readable(_COMMENTED.sub(lambda match: match[1] or "", header)), Rules.signature_tail)


def _decorate(unit: Unit, draft: Draft) -> None:
    if draft.start == draft.head:
        return
    draft.decorators = [readable(name) for name in _DECORATOR.findall(unit.text[draft.start : draft.head])]
    for decorator in draft.decorators:
        last = decorator.rpartition(".")[2]
        if last in _MODIFIERS:
            draft.modifiers.append(_MODIFIERS[last])
        elif last in _PROPERTIES and draft.kind == "method":
            draft.kind = "property"


def _parameters(unit: Unit, draft: Draft) -> None:
    """Keep parameters' own names out of the references, and mark their annotations as types."""
    node = draft.captures["params"][0]
    start, end = node.byte_range
    if (match := _PLAIN_PARAMETERS.match(unit.text, start)) and match.end() == end:
        unit.roles.append((start, end, HIDDEN))
        return
    for parameter in node.named_children:
        if parameter.type == "identifier":
            unit.roles.append((*parameter.byte_range, HIDDEN))
            continue
        name = parameter.child_by_field_name("name") or next(iter(parameter.named_children), None)
        if name is not None:
            unit.roles.append((*name.byte_range, HIDDEN))
        if (annotation := parameter.child_by_field_name("type")) is not None:
            unit.roles.append((*annotation.byte_range, Role.TYPE))
    if (returned := draft.node.child_by_field_name("return_type")) is not None:
        unit.roles.append((*returned.byte_range, Role.TYPE))


def _refine_class(unit: Unit, draft: Draft) -> None:
    if nodes := draft.captures.get("bases"):
        for base in nodes[0].named_children:
            if base.type == "keyword_argument":
                unit.roles.append((*base.byte_range, Role.READ))
            elif base.type != "comment":
                draft.bases.append(" ".join(unit.slice(base).split()))
    if any(map(_ENUM_BASE.search, draft.bases)):
        draft.kind = "enum"
    _decorate(unit, draft)
    if draft.name.startswith("Test"):
        draft.modifiers.append("test")
    draft.doc = _docstring(unit.text, draft.body)


def _refine_variable(unit: Unit, draft: Draft) -> bool:
    text, parent = unit.text, draft.parent
    is_initialized = False
    if parent is not None and "into" not in parent.captures:  # `self.a` around `self.b` of `self.a = self.b = 1`
        is_initialized = _is_own(text, parent)
        if is_initialized and not _is_own(text, draft):
            return False
        draft.parent = parent = parent.parent
    if is_initialized:
        draft.kind = "field"
    elif _BEHIND_DOT.search(text, max(0, draft.name_start - 8), draft.name_start):
        if not _is_own(text, draft) or not _is_initializer(parent):
            return False
        assert parent is not None
        draft.parent = parent = parent.parent
        draft.kind = "field"
    elif parent is not None and parent.kind in _CODE:
        return False
    if (
        parent is not None
        and parent.kind == "enum"
        and not draft.name.startswith("_")
        and "=" in unit.slice(draft.node)
    ):
        draft.kind = "enum_member"
    elif parent is not None:
        draft.kind = "field"
    elif factory := _FACTORIES.match(text, draft.name_end + _blanks(text, draft.name_end)):
        draft.kind = _KINDS_OF_FACTORIES.get(factory[1], "class")
    elif draft.name.isupper():
        draft.kind = "constant"
    line_end = text.find("\n", draft.name_end)
    draft.body = min(draft.end, line_end if line_end >= 0 else draft.end)
    _mark_visibility(draft)
    return unit.is_first(draft)


def _is_own(text: str, draft: Draft) -> bool:
    return text.startswith("self.", draft.name_start - 5)


def _is_initializer(draft: Draft | None) -> bool:
    """Whether what is assigned to `self` in there are its object's attributes."""
    if draft is None or draft.name not in _INITIALIZERS:
        return False
    return draft.parent is not None and draft.parent.kind in CLASS_LIKE


def _blanks(text: str, position: int) -> int:
    """How many blanks stand there."""
    piece = text[position : position + 8]
    return len(piece) - len(piece.lstrip(" \t"))


def _refine_alias(unit: Unit, draft: Draft) -> None:
    aliased = draft.captures["aliased"][0]
    unit.roles.append((*aliased.byte_range, Role.TYPE))
    draft.alias_of = " ".join(unit.slice(aliased).split())


def _mark_visibility(draft: Draft) -> None:
    name = draft.name
    if name[0] == "_" and not (name.startswith("__") and name.endswith("__")):
        draft.modifiers.append("private")


def _docstring(text: str, body: int) -> str:
    match = _DOCSTRING.match(text, body)
    return clean(match[0].lstrip("rRuU").strip("\"'")) if match else ""


def _imports(line: int, statement: str) -> list[Import]:
    plain = _NO_CODE.sub(" ", statement)
    match = _FROM.match(plain)
    if match is None:
        return [Import(line, name, alias=alias) for name, alias in _names(plain.partition("import")[2])]
    level = (match[1] or "").count(".")
    return [Import(line, match[2], name, alias, level) for name, alias in _names(match[3])]


def _names(listing: str) -> Iterator[tuple[str, str]]:
    """The (name, alias) pairs of `a, b as c`."""
    for item in listing.split(","):
        parts = item.split()
        if parts:
            yield parts[0], parts[2] if len(parts) > 2 else ""


def _interpolations(gap: str) -> Iterator[tuple[int, int]]:
    """Where the code is in an f-string that a gap begins with."""
    literal = _DOCSTRING.match(gap)
    end = literal.end() if literal else 0
    depth = start = brackets = 0
    in_format = False
    index = 1
    while index < end:
        character = gap[index]
        if not depth:
            if character == "{":
                if gap[index + 1 : index + 2] == "{":
                    index += 1
                else:
                    depth, start, brackets, in_format = 1, index + 1, 0, False
        elif character in "([":
            brackets += 1
        elif character in ")]":
            brackets -= 1
        elif character == "{":
            depth += 1
            start = start or index + 1  # in a format specification
        elif character == "}":
            depth -= 1
            if start and (not depth or in_format):
                yield start, index
                start = 0
        elif character in ":!" and depth == 1 and not brackets and gap[index + 1 : index + 2] != "=" and start:
            yield start, index
            start, in_format = 0, True
        index += 1


RULES: Final = {"python": Python()}
