"""What may be wrong with an answer by the time that it has come."""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence
from typing import TypeVar

from msgspec import Struct

from protos import code_index_pb2 as pb

T = TypeVar("T")
M = TypeVar("M")


class Doubt(Struct, frozen=True):
    """Why an answer is not to be shown as it is; false if it may be.

    `outdated`: files of which it may say what they no longer say. `jumbled`: it may be of several moments.
    """

    outdated: frozenset[str] = frozenset()
    jumbled: bool = False

    def __bool__(self) -> bool:
        return self.jumbled or bool(self.outdated)


def files_of(reply: object) -> set[str]:
    """The files that an answer tells of: not the texts that are open unsaved, which stand before them."""
    if isinstance(reply, pb.SearchPage):
        return {hit.symbol.path for hit in reply.hits if not hit.symbol.unsaved}
    if isinstance(reply, pb.SymbolsReply):
        return {one.path for one in reply.symbols if not one.unsaved}
    if isinstance(reply, pb.FindReferencesReply):
        return {one.path for one in reply.references if not one.unsaved}
    return set()


def is_complete(reply: object) -> bool:
    """Whether an answer says that it covers everything."""
    freshness = getattr(reply, "freshness", None)
    return freshness is not None and freshness.complete


def cleared(reply: T, doubt: Doubt) -> T:
    """An answer, in place, without what is out of date in it; it is not complete any more."""
    if isinstance(reply, pb.SearchPage):
        _leave_out(reply.hits, [_is_outdated(hit.symbol, doubt) for hit in reply.hits])
    elif isinstance(reply, pb.SymbolsReply):
        _leave_out(reply.symbols, [_is_outdated(one, doubt) for one in reply.symbols])
    elif isinstance(reply, pb.FindReferencesReply):
        _leave_out(reply.references, [_is_outdated(one, doubt) for one in reply.references])
    freshness = getattr(reply, "freshness", None)
    if freshness is not None:
        freshness.complete = False
    return reply


def _is_outdated(one: pb.Symbol | pb.Reference, doubt: Doubt) -> bool:
    return one.path in doubt.outdated and not one.unsaved


def _leave_out(several: MutableSequence[M], which: Sequence[bool]) -> None:
    for number in reversed(range(len(which))):
        if which[number]:
            del several[number]
