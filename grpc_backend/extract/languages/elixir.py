"""How Elixir is read."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Final

from grpc_backend.extract import words
from grpc_backend.extract.docs import clean
from grpc_backend.extract.draft import Draft, Unit, readable
from grpc_backend.extract.languages.salvage import salvaged
from grpc_backend.extract.rules import FUNCTION_LIKE, HIDDEN, VALUES, Rules
from grpc_backend.model import Import, Role

if TYPE_CHECKING:
    from tree_sitter import Node

_KEYWORDS: Final = (
    "after alias and case catch cond def defdelegate defexception defguard defguardp defimpl defmacro defmacrop "
    "defmodule defoverridable defp defprotocol defstruct do else end false fn for if import in nil not or quote "
    "raise receive require rescue super true try @doc @spec @type @typep @opaque @callback @macrocallback @impl "
    "@moduledoc @typedoc @behaviour @ unless unquote unquote_splicing use when with __MODULE__ __DIR__ __ENV__ "
    "__CALLER__ __STACKTRACE__ _"
)
_HEREDOC: Final = r'""(?:[^"\\]|\\.|"(?!""))*+(?:""")?+'
_STRING: Final = r"[^{q}\\]*+(?:\\.[^{q}\\]*+)*+{q}?+"
_PRIVATE: Final = frozenset({"defp", "defmacrop", "defguardp", "typep", "defnp"})
_FOR: Final = re.compile(r"\s*,\s*(?:\[\s*)?for:\s*\[?\s*([\w.]+)")
_TARGET: Final = re.compile(r"\bto:\s*([\w.:]+)(?:.*?\bas:\s*:(\w+[?!]?))?", re.DOTALL)
_DELEGATION_CHARACTERS: Final = 300
_NOT_NAMES: Final = frozenset({"unquote", "when"})
_DIRECTIVE: Final = re.compile(r"(?:alias|import|use|require)\b[\s(]*(\w+(?:\.\w+)*)(?:\.\{([^}]*)\})?")
_AS: Final = re.compile(r"\bas:\s*([\w.]+)")
_ONLY: Final = re.compile(r"\bonly:\s*\[([^\]]*)\]")
_ONLY_NAME: Final = re.compile(r"([\w?!]+):")
_DOC: Final = re.compile(
    r"""^[ \t]*@(?:doc|moduledoc|typedoc)[ \t(]+(?:~[sS])?(?:\"\"\"[ \t]*\n(.*?)\"\"\"|"((?:[^"\\\n]|\\.)*+)")""",
    re.DOTALL | re.MULTILINE,
)
_OPENING: Final = re.compile(
    r"\"\"\".*?\"\"\""
    r"|^(?P<indent>[ \t]*+)(?P<word>defmodule|defprotocol|defp?|defmacrop?)[ \t]++(?P<name>[\w.]++[?!]?+)",
    re.MULTILINE | re.DOTALL,
)
_SALVAGED: Final = {
    **dict.fromkeys(("defmodule", "defprotocol"), "module"),
    **dict.fromkeys(("def", "defp", "defmacro", "defmacrop"), "function"),
}
_WORD: Final = re.compile(r"\w*+")
# What the language and its tools do with attributes; the others are constants.
_ATTRIBUTES: Final = (
    "moduledoc doc typedoc spec type typep opaque callback macrocallback behaviour impl moduletag tag describetag "
    "optional_callbacks dialyzer compile derive enforce_keys before_compile after_compile on_load on_definition "
    "external_resource deprecated since vsn file nifs"
)
_NO_CONSTANTS: Final = frozenset(_ATTRIBUTES.split())
_SPECIFIED: Final = re.compile(r"@(?:spec|callback|macrocallback)[ (]++(\w++[?!]?+)")
_HEAD_CHARACTERS: Final = 800
_ALIAS_CHARACTERS: Final = 200
_MODULEDOC_CHARACTERS: Final = 60
_ASSIGNED: Final = re.compile(r"\s*+=(?![=~>])")
# No line is looked at beyond this: machines write long ones.
_LINE_CHARACTERS: Final = 1000


class Elixir(Rules):
    """Elixir."""

    grammar = ("tree_sitter_elixir", "language")
    queries = ("elixir",)
    splitter = words.splitter(
        {
            "#": words.LINE_COMMENT,
            '"': f"(?:{_HEREDOC}|{_STRING.replace('{q}', chr(34))})",
            "'": words.SINGLE_QUOTED,
        },
        letters="@",
        endings="?!",
    )
    signature_tail = " \t\r\n,"
    keywords: ClassVar = dict.fromkeys(_KEYWORDS.split(), 0)
    keyword_members = True

    def after(self, gap: str) -> int:
        if gap[0] == "(":
            return words.CALLED
        if gap[0] == ":" and gap[1:2] != ":":
            return words.ANNOTATED
        return words.ASSIGNED if _ASSIGNED.match(gap) else 0

    def before(self, gap: str) -> int:
        return words.BOUND if gap[-1] == ":" and gap[-2:] != "::" else 0

    def role(self, signs: int) -> int:
        """A word before a colon is a key, one after it an atom."""
        if signs & words.ANNOTATED or (signs & words.BOUND and not signs & words.CALLED):
            return HIDDEN
        return super().role(signs)

    def is_call(self, link: str, name: str) -> bool:
        return not name[0].isupper()

    def refine(self, unit: Unit, draft: Draft) -> bool:
        return _REFINERS[draft.kind](unit, draft)

    def finish(self, unit: Unit, drafts: list[Draft]) -> None:
        for match in _SPECIFIED.finditer(unit.text):
            unit.role_at[match.start(1)] = Role.TYPE
        _join_clauses(drafts)
        _document(unit, drafts)

    def salvage(self, unit: Unit, start: int, end: int) -> list[Draft]:
        return salvaged(unit, (start, end), _OPENING, "end", _SALVAGED)

    def imports(self, unit: Unit, node: Node) -> Iterator[Import]:
        statement = unit.slice(node)
        match = _DIRECTIVE.match(statement)
        if match is None:
            return
        line = unit.lines.at(node.start_byte)[0]
        if match[2] is not None:
            yield from (Import(line, f"{match[1]}.{part.strip()}") for part in match[2].split(",") if part.strip())
            return
        alias, only = _AS.search(statement), _ONLY.search(statement)
        names = _ONLY_NAME.findall(only[1]) if only else [""]
        yield from (Import(line, match[1], name, alias[1] if alias else "") for name in names)


def _refine_module(unit: Unit, draft: Draft) -> bool:
    word = _word(unit, draft)
    unit.roles.append((draft.name_start, draft.name_end, HIDDEN if word != "defimpl" else Role.INHERIT))
    if word == "defprotocol":
        draft.kind = "interface"
    elif word == "defimpl":
        _name_implementation(unit, draft)
    whole = draft.name.rstrip(".")  # half typed: `defmodule Shop.`
    draft.name, draft.name_end = whole, draft.name_end - len(draft.name) + len(whole)
    prefix, _, name = whole.rpartition(".")
    if prefix:
        draft.prefix = f"{draft.prefix}.{prefix}" if draft.prefix else prefix
        draft.name_start = unit.text.rindex(".", draft.name_start, draft.name_end) + 1
        draft.name = name
    return True


def _name_implementation(unit: Unit, draft: Draft) -> None:
    """`defimpl P, for: T` makes the module `P.T`; of several types the first gives the name."""
    draft.bases = [draft.name]
    if target := _FOR.match(unit.text, draft.name_end, draft.body):
        draft.prefix, draft.name = draft.name, readable(target[1])
        draft.name_start, draft.name_end = target.span(1)


def _word(unit: Unit, draft: Draft) -> str:
    if "keyword" in draft.captures:
        return unit.slice(draft.captures["keyword"][0])
    match = _WORD.match(unit.text, draft.start)
    return match[0] if match else ""


def _refine_function(unit: Unit, draft: Draft) -> bool:
    """Several clauses of one function are one symbol: the first."""
    word = _word(unit, draft)
    if draft.name in _NOT_NAMES:
        return False
    nodes = draft.captures.get("parameters")
    arity = sum(child.type != "comment" for child in nodes[0].named_children) if nodes else 0
    key = (draft.parent.index if draft.parent else -1, f"{draft.name}/{arity}")
    if key in unit.seen:
        draft.kind = "scope"
        return True
    unit.seen.add(key)
    if word in _PRIVATE:
        draft.modifiers.append("private")
    if word.startswith(("defmacro", "defguard")):
        draft.modifiers.append("macro")
    if draft.parent is not None and draft.parent.kind == "interface":
        draft.kind = "method"
        draft.modifiers.append("declaration")
    if word == "defdelegate":
        found = _TARGET.search(readable(unit.text[draft.name_end : draft.name_end + _DELEGATION_CHARACTERS]))
        draft.alias_of = f"{found[1]}.{found[2] or draft.name}" if found else ""
    elif "body" not in draft.captures and "keyword" in draft.captures:
        end = unit.text.find("do:", draft.name_end, min(draft.end, draft.name_end + _HEAD_CHARACTERS))
        draft.body = end if end > 0 else draft.end
    return True


def _refine_type(unit: Unit, draft: Draft) -> bool:
    word = _word(unit, draft)
    if word in ("callback", "macrocallback"):
        draft.kind = "method"
        draft.modifiers.append("declaration")
    else:
        draft.alias_of = " ".join(unit.slice(draft.captures["value"][0]).split())[:_ALIAS_CHARACTERS]
        if word in _PRIVATE:
            draft.modifiers.append("private")
    return True


def _refine_constant(unit: Unit, draft: Draft) -> bool:
    """`@limit 5`; its name is what is written where it is used."""
    if draft.parent is None or draft.parent.kind in FUNCTION_LIKE or draft.name in _NO_CONSTANTS:
        return False
    draft.name_start -= 1
    if unit.text[draft.name_start] != "@":  # `@ limit 5`: nobody writes it, and it has no name in one piece
        return False
    draft.name = f"@{draft.name}"
    end = unit.text.find("\n", draft.name_end, min(draft.end, draft.name_end + _LINE_CHARACTERS))
    draft.body = draft.end if end < 0 else end
    return unit.is_first(draft)


def _refine_field(unit: Unit, draft: Draft) -> bool:
    """`:name`, `name: default`."""
    name = draft.name.strip()
    if name[0] == ":":
        draft.name_start += 1
    draft.name = name.strip(":")
    draft.name_end = draft.name_start + len(unit.text[draft.name_start : draft.name_end].rstrip(" \t\r\n:"))
    draft.signature = readable(unit.text[draft.start : min(draft.end, draft.start + _ALIAS_CHARACTERS)]).split("\n")[0]
    return bool(draft.name) and draft.name[0] != '"'


_REFINERS: Final = {
    "module": _refine_module,
    "function": _refine_function,
    "class": _refine_type,
    "constant": _refine_constant,
    "field": _refine_field,
}


def _join_clauses(drafts: list[Draft]) -> None:
    """A function reaches to the end of its last clause, if nothing else stands between."""
    last: dict[int, Draft] = {}
    for draft in drafts:
        owner = id(draft.parent)
        if draft.kind != "scope":
            last[owner] = draft
        elif owner in last and last[owner].name == draft.name and last[owner].kind in FUNCTION_LIKE:
            last[owner].end = max(last[owner].end, draft.end)


def _document(unit: Unit, drafts: list[Draft]) -> None:
    """`@doc` speaks of the next function or type, `@moduledoc` of the module around it."""
    waiting: deque[re.Match[str]] = deque(_DOC.finditer(unit.text))
    module: Draft | None = None
    doc = ""
    for draft in [*drafts, None]:
        if draft is not None and draft.kind in VALUES:
            continue
        while waiting and (draft is None or waiting[0].start() < draft.start):
            match = waiting.popleft()
            text = clean(match[1] or match[2] or "")
            if "@moduledoc" not in match[0][:_MODULEDOC_CHARACTERS]:
                doc = text
            elif module is not None:
                module.doc = text
        if draft is not None and draft.kind in ("module", "interface"):
            module = draft
        elif draft is not None:
            draft.doc = doc
        doc = ""


RULES: Final = {"elixir": Elixir()}
