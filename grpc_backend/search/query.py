"""What is asked for: the text of a query and its filters, understood once.

The grammar, one for every door. A query is words between blanks:
- `kind:class`, `lang:go`, `path:src/**`, `in:QuerySet` narrow it, as the explicit arguments do;
- `repo:team/*` asks a team's server, for what was pushed of the repositories whose names fit;
- `"text"` (or '…', `…`) is the name as it stands, and nothing like it;
- a word with `.`, `::`, `/`, `#`, `->` or `\\` names what encloses the symbol, then the symbol: `QuerySet.filter`;
  before other words all of it is what encloses: `response.py HttpResp`;
- several plain words are words of one name, in any order; or all but the last name what encloses it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from grpc_backend.errors import InvalidRequest
from grpc_backend.model import KINDS
from grpc_backend.storage.engine import Filters

DEFAULT_LIMIT: Final = 20
MAX_LIMIT: Final = 1000
MAX_TEXT: Final = 512
# What stands between the parts of a qualified name in any of the languages.
SEPARATORS: Final = re.compile(r"::|->|[./#\\]")
NO_FILTERS: Final = Filters()
NAME: Final = "name"
WORDS: Final = "words"
AUTO: Final = "auto"
# A query of so many plain words is a question; of fewer it may be the words of a name.
QUESTION_WORDS: Final = 3
_PLAIN_WORD: Final = re.compile(r"[a-z]+(?:[-'][a-z]+)*[,.?!;:]?|[A-Z][a-z]*[,?!;:]?|[A-Z]{2,}s?|\d+")
_TOKEN: Final = re.compile(r"(?:(kind|lang|language|path|in|repo):(?!:))?(?:\"([^\"]*)\"|'([^']*)'|`([^`]*)`|(\S+))")
_ORDINAL: Final = re.compile(r"(#.*)~\d+$")


class Reading(Struct, frozen=True):
    """One way to understand a query: a name, perhaps within named containers, outermost first."""

    text: str
    container: tuple[str, ...] = ()


class Query(Struct, frozen=True):
    """A name to find: its readings, the likelier one first. `literal`: exactly that name. `whole`: the text as the
    name of a symbol that has separators in it (`@scope/package`, a key `a.b`), if it has any.

    `near` is the path of the file that is asked from, `cursor` what the page before ended with (see searcher.py).
    `repositories` are patterns of names; empty: the workspace that the call is about.
    `plain` is the text without its filters, `mode` whether it is a name, a question in plain words, or is to be judged.
    """

    readings: tuple[Reading, ...]
    filters: Filters = NO_FILTERS
    limit: int = DEFAULT_LIMIT
    literal: bool = False
    whole: Reading | None = None
    near: str = ""
    cursor: str = ""
    plain: str = ""
    mode: str = NAME
    repositories: tuple[str, ...] = ()


def parse(
    text: str,
    filters: Filters = NO_FILTERS,
    *,
    inside: Sequence[str] = (),
    limit: int = 0,
    near: str = "",
    cursor: str = "",
) -> Query:
    """Understand a query. `limit` 0 asks for the default. Errors: InvalidRequest with advice."""
    if len(text) > MAX_TEXT:
        raise InvalidRequest(f"a query has at most {MAX_TEXT} characters: name one symbol, or ask one thing")
    if not 0 <= limit <= MAX_LIMIT:
        raise InvalidRequest(f"limit must be from 1 to {MAX_LIMIT}")
    words = _Words(text)
    words.given["in"] += inside
    merged = checked(
        Filters(
            (*filters.kinds, *words.given["kind"]),
            (*filters.languages, *words.given["lang"]),
            (*filters.paths, *words.given["path"]),
        )
    )
    readings = words.readings()
    if not readings[0].text and merged == NO_FILTERS and not words.given["in"]:
        raise InvalidRequest("the query is empty: name a symbol, or give a kind, language or path")
    quoted = words.quoted is not None
    plain = " ".join(match[0] for match in _TOKEN.finditer(text) if not match[1])
    return Query(
        readings,
        merged,
        limit or DEFAULT_LIMIT,
        quoted,
        words.whole(),
        near,
        cursor,
        plain,
        repositories=tuple(words.given["repo"]),
    )


def reads_like_words(query: Query) -> bool:
    """Whether a query is a question rather than a name."""
    if query.mode != AUTO:
        return query.mode == WORDS and bool(query.plain)
    found = query.plain.split()
    return not query.literal and len(found) >= QUESTION_WORDS and all(map(_PLAIN_WORD.fullmatch, found))


def checked(filters: Filters) -> Filters:
    """Filters in the words of the index. Errors: InvalidRequest for an unknown kind."""
    return Filters(
        tuple(_kind(kind) for kind in filters.kinds),
        tuple(language.strip().lower() for language in filters.languages),
        filters.paths,
    )


class _Words:
    """A query's text, taken apart."""

    def __init__(self, text: str) -> None:
        self.quoted: str | None = None
        self.given: dict[str, list[str]] = {"kind": [], "lang": [], "path": [], "in": [], "repo": []}
        self._plain: list[list[str]] = []
        self._bare: list[str] = []
        for key, *quoted, bare in _TOKEN.findall(text):
            value = next(filter(None, quoted), "") or bare
            if key:
                self.given["lang" if key == "language" else key] += [part for part in value.split(",") if part]
            elif bare:
                self._add(bare)
            elif value:
                self.quoted = value

    def readings(self) -> tuple[Reading, ...]:
        """The ways to understand what is no filter."""
        inside = [part for value in self.given["in"] for part in _parts(value)]
        if self.quoted is not None:
            container = [part for parts in self._plain for part in parts]
            return (Reading(self.quoted.removesuffix("()").strip(), (*container, *inside)),)
        if not self._plain:
            return (Reading("", tuple(inside)),)
        return tuple(dict.fromkeys(self._read(inside)))

    def whole(self) -> Reading | None:
        """All plain words as one name, if there is a separator in it."""
        text = " ".join(self._bare)
        if self.quoted is not None or not SEPARATORS.search(text):
            return None
        return Reading(text, tuple(part for value in self.given["in"] for part in _parts(value)))

    def _add(self, word: str) -> None:
        self._bare.append(word)
        if parts := _parts(word):
            self._plain.append(parts)

    def _read(self, inside: list[str]) -> list[Reading]:
        *before, last = self._plain
        context = [part for parts in before if len(parts) > 1 for part in parts]
        single = [parts[0] for parts in before if len(parts) == 1]
        found = [Reading(" ".join([*single, last[-1]]), (*context, *last[:-1], *inside))]
        if single and len(last) > 1:  # what encloses may come last
            found.append(Reading(" ".join(single), (*context, *last, *inside)))
        elif single:
            found.append(Reading(last[-1], (*context, *single, *inside)))
        return found


def _parts(word: str) -> list[str]:
    """The names in a word, as a qualified name or an id has them."""
    bare = _ORDINAL.sub(r"\1", word.removesuffix("()"))
    return [part for part in SEPARATORS.split(bare) if part]


def _kind(kind: str) -> str:
    word = kind.strip().lower().replace("-", "_")
    if word not in KINDS:
        raise InvalidRequest(f"unknown kind {kind!r}: use one of {', '.join(KINDS)}")
    return word
