"""What a question is about, as far as its text tells: what may answer it is told first while much is not indexed."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from protos import code_index_pb2 as pb

_WORD: Final = re.compile(r"[^\W\d]\w*")
_HUMPS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_FILTER: Final = re.compile(r"\b(?:kind|lang|language|path|in):\S+")
MIN_PART: Final = 3


class Subject(Struct, frozen=True):
    """`name`: what a file must say to matter, or empty. `parts`: words that its path may have. `path`: a file.

    `exact`: nothing but symbols of just that name will be in the answer. `everywhere`: all that say the name matter,
    not only where it is defined.
    """

    name: str = ""
    parts: tuple[str, ...] = ()
    path: str = ""
    exact: bool = False
    everywhere: bool = False


NOTHING: Final = Subject()


def subject_of(request: object) -> Subject:
    """The subject of a request; NOTHING where its answer is about no name and no file."""
    subject = NOTHING
    match request:
        case pb.SearchRequest():
            subject = _named(_FILTER.sub("", request.query))
        case pb.FindDefinitionRequest(symbol="") | pb.OutlineRequest():
            subject = Subject(path=request.path)
        case pb.FindDefinitionRequest():
            subject = _named(request.symbol, exact=True)
        case pb.FindReferencesRequest():
            subject = _named(request.symbol or request.within, exact=not request.within, everywhere=True)
        case pb.GetSymbolRequest():
            subject = _named(request.id)
    return subject


def subject_to(subject: Subject) -> pb.Subject:
    """As the wire has it, for whoever describes the workspace."""
    return pb.Subject(name=subject.name, parts=subject.parts, path=subject.path, everywhere=subject.everywhere)


def subject_from(message: pb.Subject) -> Subject:
    """A subject of someone else's question."""
    return Subject(message.name, tuple(message.parts), message.path, everywhere=message.everywhere)


def _named(text: str, *, exact: bool = False, everywhere: bool = False) -> Subject:
    """The last identifier of a name, of a qualified name or of an id. Several words in a row are no name."""
    path, hash_, inside = text.strip().strip('"').rpartition("#")
    words = _WORD.findall(inside)
    if not words or len(inside.split()) > 1:
        return Subject(path=path)
    parts = {part.lower() for word in words for part in _HUMPS.findall(word) if len(part) >= MIN_PART}
    name = words[-1]
    # Other names may be put together from what the file says: an operator's, a setter's with its sign.
    exact = exact and not hash_ and name.isascii() and inside.endswith(name)
    return Subject(name, tuple(sorted(parts)), path, exact, everywhere)
