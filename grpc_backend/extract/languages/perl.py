"""How Perl is read."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Final

from grpc_backend.extract import words
from grpc_backend.extract.docs import clean, doc_before
from grpc_backend.extract.draft import Draft, Unit, readable
from grpc_backend.extract.languages.salvage import salvaged
from grpc_backend.extract.rules import FUNCTION_LIKE, HIDDEN, Rules
from grpc_backend.model import Import

if TYPE_CHECKING:
    from tree_sitter import Node

# The language's own functions are never defined in a project, so that they count as keywords.
_KEYWORDS: Final = (
    "abs accept alarm and atan2 bind binmode bless caller chdir chmod chomp chop chown chr chroot close closedir "
    "cmp connect continue cos crypt defined delete die do each else elsif endpwent eof eq eval exec exists exit exp "
    "fcntl fileno flock for foreach fork format ge getppid getpwnam getpwuid glob gmtime goto grep gt hex if index "
    "int ioctl isa join keys kill last lc lcfirst le length link listen local localtime log lstat lt map mkdir my "
    "ne next no not oct open opendir or ord our pack package pipe pop pos print printf push quotemeta rand read "
    "readdir readline readlink recv redo ref rename require reset return reverse rewinddir rindex rmdir say scalar "
    "seek select shift sin sleep socket sort splice split sprintf sqrt srand stat state study sub substr symlink "
    "syscall sysopen sysread sysseek system syswrite tell tie tied time times truncate uc ucfirst umask undef "
    "unless unlink unpack unshift untie until use utime values vec wait waitpid wantarray warn while write x xor y "
    "q qq qw qr m s tr BEGIN END INIT CHECK UNITCHECK __PACKAGE__ __FILE__ __LINE__ __END__ __DATA__ __SUB__ STDIN "
    "STDOUT STDERR class method field try catch finally given when default $ @ % $_ @_ %_ $0 $1 $2 $3 $4 $5 $6 $7 "
    "$8 $9 $a $b $self $class @ARGV %ENV $ENV $ARGV"
)
_KEY: Final = re.compile(r"\s*+=>")
_ASSIGNED: Final = re.compile(r"\s*+(?:[-+*/%&|^ x]|<<|>>|\*\*|//|&&|\|\|)?=(?![=~>])")
_QUOTING: Final = {"{": "}", "(": ")", "[": "]", "|": "|", "!": "!"}
_LIST: Final = re.compile(r"[^;\n]*+(?:\n[^;\n]*+){0,20}")
_WORDS: Final = re.compile(r"""qw\s*(?:\(([^)]*)\)|\[([^\]]*)\]|/([^/]*)/|\{([^}]*)\}|<([^>]*)>)|['"]([^'"\n]*)['"]""")
_BASES: Final = re.compile(
    r"^[ \t]*(?:use\s+(?:parent|base)\b|extends\b|with\b(?=[ \t]*+\(?[ \t]*+['\"q])|(?:our\s+)?@ISA\s*=)"
    r"[^;\n]*+(?:\n[^;\n]*+){0,9};",
    re.MULTILINE,
)
# A subroutine, or documentation, in which there is none.
_OPENING: Final = re.compile(
    r"^=\w.*?(?:^=cut|\Z)|^__(?:END|DATA)__.*"
    r"|^(?P<indent>[ \t]*+)(?P<word>sub|package)[ \t]++(?P<name>[\w:]++)(?=[^;{\n]*+\s*+\{|[ \t]*+;)",
    re.MULTILINE | re.DOTALL,
)
_POD_HEAD: Final = re.compile(r"^=(?:head\d|item)[^\n]*\n", re.MULTILINE)
_POD_CHARACTERS: Final = 4000
# A comment, or the start of a here-document with its tag.
_HEREDOC: Final = re.compile(rb"""^\#[^\n]*+|<<~?\\?(?:(\w++)|["'`]([^"'`\n]*+)["'`])""", re.MULTILINE)
_DOC: Final = ("#",)
# What signs mean here besides those of `words`.
_OPENED: Final = 1 << 20  # `{name`
_CLOSED: Final = 1 << 21  # `name}`


def _quoted(opening: str, closing: str) -> str:
    """The rest of `q{…}` and `qq{…}`, behind the bracket."""
    first, last = re.escape(opening), re.escape(closing)
    return rf"(?:(?:(?<=\bq{first})|(?<=\bqq{first}))[^{first}{last}]*+{last}?+)?+"


# No line is looked at beyond this: machines write long ones.
_LINE_CHARACTERS: Final = 1000


class Perl(Rules):
    """Perl 5."""

    grammar = ("tree_sitter_perl", "language")
    queries = ("perl",)
    splitter = words.splitter(
        {
            "#": r"(?:(?<!\$#)[^\n]*+)?+",
            '"': words.DOUBLE_QUOTED,
            "'": words.SINGLE_QUOTED,
            **{opening: _quoted(opening, closing) for opening, closing in _QUOTING.items()},
        },
        letters="$@%",
    )
    # The dot joins strings; a sigil before a sigil only dereferences.
    links: ClassVar = {".": " ", "@$": " $", "%$": " $", "$$": " $", "->": "\x01.", "::": "\x02."}
    keywords: ClassVar = dict.fromkeys(_KEYWORDS.split(), 0)
    keyword_members = True

    def after(self, gap: str) -> int:
        closed = _CLOSED if gap[0] == "}" else 0
        if gap[0] == "(":
            return words.CALLED
        if _KEY.match(gap):
            return words.ANNOTATED
        return closed | (words.ASSIGNED if _ASSIGNED.match(gap) else 0)

    def before(self, gap: str) -> int:
        if gap[-1] == "{":
            return _OPENED
        return words.CREATED if gap[-1] == "&" and gap[-2:] != "&&" else 0

    def role(self, signs: int) -> int:
        """A word in braces or before an arrow is a key."""
        if signs & words.ANNOTATED or (signs & _OPENED and signs & _CLOSED):
            return HIDDEN
        return super().role(signs)

    def is_call(self, link: str, name: str) -> bool:
        return link == "\x01." and name[0] not in "$@%" and name != "SUPER"

    def prepare(self, unit: Unit) -> bytes:
        """Here-documents that do not end are none; a line that does not end is one.

        The grammar's scanner never comes back from the end of a file in a line of a here-document with a variable.
        """
        openings = [match for match in _HEREDOC.finditer(unit.content) if not match[0].startswith(b"#")]
        if b"<<" not in unit.content:
            return unit.content
        ends: dict[bytes, deque[int]] = defaultdict(deque)
        for line, start in zip(unit.content.split(b"\n"), unit.lines.starts, strict=False):
            ends[line.strip()].append(start)
        source = bytearray(unit.content)
        for match in openings:
            waiting = ends[match[2] or match[1]]
            while waiting and waiting[0] < match.end():
                waiting.popleft()
            if waiting:
                waiting.popleft()
            else:
                source[match.start() : match.start() + 2] = b"  "
        return bytes(source) if source.endswith(b"\n") else bytes(source) + b"\n"

    def arrange(self, unit: Unit) -> None:
        """`package A;` holds up to the next one, or to the end of the block that it begins."""
        last: Draft | None = None
        for draft in unit.drafts:
            draft.end = min(draft.end, len(unit.text))  # without the line end that `prepare` added
            if draft.kind != "package" or "body" in draft.captures:
                continue
            draft.body = draft.end
            if "region" in draft.captures:
                draft.end = draft.captures["region"][0].end_byte
                continue
            if last is not None:
                last.end = max(draft.start, last.name_end)  # one statement with an error in it may have two names
            draft.end, last = len(unit.text), draft

    def refine(self, unit: Unit, draft: Draft) -> bool:
        if draft.kind in ("package", "class"):
            return _refine_package(unit, draft)
        if draft.kind == "variable" and (
            not unit.is_first(draft) or (draft.parent is not None and draft.parent.kind in FUNCTION_LIKE)
        ):
            return False
        _qualify(unit, draft)
        _describe(unit, draft)
        return True

    def salvage(self, unit: Unit, start: int, end: int) -> list[Draft]:
        return salvaged(unit, (start, end), _OPENING, "}", {"sub": "function", "package": "package"})

    def imports(self, unit: Unit, node: Node) -> Iterator[Import]:
        module, end = unit.slice(node), node.end_byte
        line = unit.lines.at(node.start_byte)[0]
        listing = _LIST.match(unit.text, end)
        names = [name for name in _names(readable(listing[0])) if name] if listing else []
        if module in ("parent", "base"):
            unit.roles.append((end, listing.end() if listing else end, HIDDEN))
            yield from (Import(line, name) for name in names if name[0] != "-")
        elif module != "constant":
            yield from (Import(line, module, name) for name in names or [""])

    def finish(self, unit: Unit, drafts: list[Draft]) -> None:
        """Base classes are given by statements."""
        packages = [draft for draft in drafts if draft.kind in ("package", "class")]
        starts = [draft.start for draft in packages]
        for match in _BASES.finditer(unit.text) if packages else ():
            index = bisect_right(starts, match.start())
            if index and packages[index - 1].end > match.start():
                bases = packages[index - 1].bases
                bases += [name for name in _names(readable(match[0])) if name not in bases and name[:1] != "-"]


def _names(listing: str) -> Iterator[str]:
    """The words of a statement's strings and `qw` lists."""
    for groups in _WORDS.findall(listing):
        if groups[-1]:
            yield groups[-1]
        else:
            yield from "".join(groups).split()


def _qualify(unit: Unit, draft: Draft) -> None:
    """`sub A::b`."""
    prefix, separator, name = draft.name.rpartition("::")
    if separator and name:
        draft.prefix, draft.name = prefix.replace("::", "."), name
        draft.name_start = unit.text.rindex("::", draft.name_start, draft.name_end) + len("::")


def _refine_package(unit: Unit, draft: Draft) -> bool:
    draft.parent = None
    unit.roles.append((draft.name_start, draft.body, HIDDEN))
    _qualify(unit, draft)
    draft.doc = _doc(unit.text, draft.start)
    return True


def _describe(unit: Unit, draft: Draft) -> None:
    text = unit.text
    if draft.kind in ("function", "method"):
        if text.startswith("sub", draft.start) or draft.kind == "method":
            if "body" not in draft.captures and text[draft.end - 1] == ";":
                draft.modifiers.append("declaration")
        elif "target" in draft.captures:
            draft.alias_of = unit.slice(draft.captures["target"][0]).lstrip("&")
        elif (end := text.find("{", draft.name_end, draft.end)) > 0:
            draft.body = end
    else:
        end = text.find("\n", draft.name_end, min(draft.end, draft.name_end + _LINE_CHARACTERS))
        draft.body = draft.end if end < 0 else end
    if draft.name[0] == "_":
        draft.modifiers.append("private")
    draft.doc = _doc(text, draft.start)


def _doc(text: str, start: int) -> str:
    """The comment before a definition, or the section of documentation that ends there."""
    line = text.rfind("\n", 0, start) + 1
    before = text[max(0, line - _POD_CHARACTERS) : line].rstrip()
    if not before.endswith("\n=cut"):
        return doc_before(text, start, _DOC)
    heads = _POD_HEAD.findall(before)
    return clean(before[before.rindex(heads[-1]) + len(heads[-1]) : -len("=cut")].strip()) if heads else ""


RULES: Final = {"perl": Perl()}
