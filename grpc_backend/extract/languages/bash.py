"""How shell scripts are read: Bash, and what is like it (POSIX shells, Korn shell, much of Zsh)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Final

from grpc_backend.extract import words
from grpc_backend.extract.docs import doc_before
from grpc_backend.extract.draft import Draft, Unit
from grpc_backend.extract.languages.salvage import salvaged
from grpc_backend.extract.rules import FUNCTION_LIKE, HIDDEN, Rules
from grpc_backend.model import Import, Role

if TYPE_CHECKING:
    from tree_sitter import Node

# The shell's own commands are never what a name leads to, so that they count as keywords.
_KEYWORDS: Final = (
    "if then else elif fi for while until do done case esac in function select time coproc alias bg bind break "
    "builtin caller cd command compgen complete compopt continue declare dirs disown echo enable eval exec exit "
    "export false fc fg getopts hash help history jobs kill let local logout mapfile popd printf pushd pwd read "
    "readarray readonly return set shift shopt source suspend test times trap true type typeset ulimit umask "
    "unalias unset wait - : --"
)
_EXPANDED: Final = re.compile(r"\$\{?[#!]?\w++([-:]++)")
_VARIABLE: Final = re.compile(r"\$(?:\{[#!]?)?$")
_READONLY: Final = re.compile(r"(?:readonly|(?:declare|typeset)\s+-\w*r)\b")
_EXPORT: Final = re.compile(r"(?:export|(?:declare|typeset)\s+-\w*x)\b")
_GLOBAL: Final = re.compile(r"(?:export|readonly|(?:declare|typeset)\s+-\w*[gx])\b")
_ARGUMENT: Final = re.compile(r"""(?:source|\.)\s+(?:"([^"\n]*)"|'([^'\n]*)'|(\S+))""")
_OPENING: Final = re.compile(
    r"^(?P<indent>[ \t]*+)(?P<word>function(?=[ \t]))?+[ \t]*+(?P<name>[\w:.-]++)"
    r"(?:[ \t]*+\([ \t]*+\)\s*+[{(]|(?(word)\s*+\{|(?!)))",
    re.MULTILINE,
)
_HERE: Final = re.compile(r"<<-?+[ \t]*+\\?+[\"']?+([A-Za-z_]\w*+)")
# Further away than this, the end of a here-document is not looked for.
_HERE_CHARACTERS: Final = 1 << 14
# The parser takes the command of the next line for one that several assignments stand before. A line of one word may
# be the end of a here-document.
_VALUE: Final = rb"\w++=(?:[^\s'\"`$();&|<>]++|\$\w++|\"[^\"`\n]*+\"|'[^'\n]*+')*+"
_ASSIGNMENTS: Final = re.compile(
    rb"^([ \t]*+(?:" + _VALUE + rb"[ \t]++)++" + _VALUE + rb")\n"
    rb"(?![ \t]*+(?!(?:fi|done|esac|then|else|do)\b)[\w!-]++[ \t]*+$)",
    re.MULTILINE,
)
# Right, but not in the grammar: what stands for it is as long.
_MENDED: Final = (
    (re.compile(rb'(?<=\*)"\n"|"\n"(?=\*)'), b'"_"'),
    (re.compile(rb"^([ \t]*+for[ \t]++\w++)[ \t](?=do$)", re.MULTILINE), rb"\1;"),
)
_READ: Final = 1 << 20  # the sign of a name behind `$`
# No line is looked at beyond this: machines write long ones.
_LINE_CHARACTERS: Final = 1000


class Bash(Rules):
    """A shell script. Most of its words are text: references are commands, and names behind `$`."""

    grammar = ("tree_sitter_bash", "language")
    queries = ("bash",)
    splitter = words.splitter(
        {
            "#": r"(?:(?<![^\s;&|(]#)[^\n]*+)?+",
            "'": r"[^']*+'?+",
            '"': r'(?:[^"\\$`]*+(?:\\.[^"\\$`]*+)*+")?+',
            "\\": r"(?s:.)?+",
        },
        letters="-:",
    )
    links: ClassVar = {".": " "}
    keywords: ClassVar = dict.fromkeys(_KEYWORDS.split(), 0)
    line_doc = ("#",)

    def after(self, gap: str) -> int:
        del gap
        return 0

    def before(self, gap: str) -> int:
        return _READ if _VARIABLE.search(gap) else 0

    def role(self, signs: int) -> int:
        return Role.READ if signs & _READ else HIDDEN

    def refine(self, unit: Unit, draft: Draft) -> bool:
        text = unit.text
        if draft.kind == "function":
            if draft.name.startswith("test_"):
                draft.modifiers.append("test")
        elif draft.kind == "variable":
            if not _refine_variable(unit, draft):
                return False
        elif not _refine_alias(unit, draft):
            return False
        if draft.kind != "function":
            end = text.find("\n", draft.name_end, min(draft.end, draft.name_end + _LINE_CHARACTERS))
            draft.body = draft.end if end < 0 else end
        draft.doc = doc_before(text, draft.start, self.line_doc)
        return True

    def salvage(self, unit: Unit, start: int, end: int) -> list[Draft]:
        kinds = {"": "function", "function": "function"}
        return [
            draft
            for span in _outside_documents(unit.text, start, end)
            for draft in salvaged(unit, span, _OPENING, "}", kinds)
        ]

    def prepare(self, unit: Unit) -> bytes:
        return _ASSIGNMENTS.sub(rb"\1;", unit.content)

    def mend(self, source: bytes) -> bytes:
        for wrong, right in _MENDED:
            source = wrong.sub(right, source)
        return source

    def imports(self, unit: Unit, node: Node) -> Iterator[Import]:
        if match := _ARGUMENT.match(unit.slice(node)):
            yield Import(unit.lines.at(node.start_byte)[0], next(filter(None, match.groups()), ""))

    def finish(self, unit: Unit, drafts: list[Draft]) -> None:
        """In `$name-text` the dash is no part of the name, as it is in those of functions."""
        del drafts
        unit.masks += [match.span(1) for match in _EXPANDED.finditer(unit.text)]


def _outside_documents(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """What is in no here-document."""
    searched: dict[str, int] = {}  # the end of one is looked for once, however often it is missing
    for match in _HERE.finditer(text, start, end):
        if match.start() >= start:
            first, last = max(match.end(), searched.get(match[1], 0)), min(end, match.end() + _HERE_CHARACTERS)
            closing = text.find(f"\n{match[1]}\n", first, last)
            searched[match[1]] = last - len(match[1]) - 1 if closing < 0 else 0
            if closing >= 0:
                yield start, match.start()
                start = closing + 1
    yield start, end


def _refine_variable(unit: Unit, draft: Draft) -> bool:
    """Variables count outside functions, and where they reach beyond them."""
    inside = draft.parent is not None and draft.parent.kind in FUNCTION_LIKE
    if "lost" in draft.captures and unit.text[unit.text.rfind("\n", 0, draft.start) + 1] in " \t":
        return False  # of what the parser lost, what is indented is no statement outside all else
    head = unit.text[draft.start : min(draft.name_start, draft.start + _LINE_CHARACTERS)]
    if (inside and not _GLOBAL.match(head)) or head.startswith("local"):
        return False
    if _READONLY.match(head):
        draft.kind = "constant"
        draft.modifiers.append("readonly")
    if _EXPORT.match(head):
        draft.modifiers.append("exported")
    draft.parent = None
    return unit.is_first(draft)


def _refine_alias(unit: Unit, draft: Draft) -> bool:
    name, separator, value = draft.name.partition("=")
    if not separator or not name or name[0] in "-$\"'":
        return False
    draft.name, draft.kind, draft.parent = name, "function", None
    draft.name_end = unit.text.index("=", draft.name_start)
    draft.alias_of = value.strip("'\"")
    return True


RULES: Final = {"bash": Bash()}
