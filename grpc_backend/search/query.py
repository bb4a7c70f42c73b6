"""What is asked for: the text of a query and its filters, understood once."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from grpc_backend.errors import InvalidRequest
from grpc_backend.model import KINDS
from grpc_backend.storage.engine import Filters

DEFAULT_LIMIT = 20
MAX_LIMIT = 1000
MAX_TEXT = 512
# What stands between the parts of a qualified name in any of the languages.
SEPARATORS = re.compile(r"::|->|[./#\\]")


class Query(Struct, frozen=True):
    """A name to find, perhaps within named containers.

    `literal` (the text was quoted) asks for the exact name only.
    """

    text: str
    container: tuple[str, ...] = ()
    filters: Filters = Filters()
    limit: int = DEFAULT_LIMIT
    literal: bool = False


def parse(
    text: str,
    *,
    kinds: Sequence[str] = (),
    languages: Sequence[str] = (),
    paths: Sequence[str] = (),
    limit: int = 0,
) -> Query:
    """Understand a query. `limit` 0 asks for the default. Errors: InvalidRequest with advice."""
    if len(text) > MAX_TEXT:
        raise InvalidRequest(f"a query has at most {MAX_TEXT} characters: name one symbol")
    if not 0 <= limit <= MAX_LIMIT:
        raise InvalidRequest(f"limit must be from 1 to {MAX_LIMIT}")
    name, literal = _unquoted(text.strip())
    *container, last = [part for part in SEPARATORS.split(name) if part] or [""]
    filters = Filters(
        tuple(_kind(kind) for kind in kinds),
        tuple(language.strip().lower() for language in languages),
        tuple(paths),
    )
    if not last and filters == Filters():
        raise InvalidRequest("the query is empty: name a symbol, or give a kind, language or path")
    return Query(last, tuple(container), filters, limit or DEFAULT_LIMIT, literal)


def _unquoted(text: str) -> tuple[str, bool]:
    quoted = len(text) > 2 and text[0] == text[-1] and text[0] in "\"'`"
    bare = text[1:-1] if quoted else text
    return bare.removesuffix("()").strip(), quoted


def _kind(kind: str) -> str:
    word = kind.strip().lower().replace("-", "_")
    if word not in KINDS:
        raise InvalidRequest(f"unknown kind {kind!r}: use one of {', '.join(KINDS)}")
    return word
