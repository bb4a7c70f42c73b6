"""Which files of a workspace the index does not have as they are: counted once for all questions until that changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import NamedTuple

from grpc_backend.model import FileState


class Coverage(NamedTuple):
    """`pending`: paths of which something is to come; of these the index has nothing for `new`, and something that can
    be used for `changed`. `stale`: all paths of which it has, or may have, something that is out of date.
    """

    pending: Set[str]
    new: int
    changed: int
    stale: frozenset[str]


def coverage(
    files: Mapping[str, FileState],
    wanted: Mapping[str, FileState | None],
    doubt: Set[str],
    landing: Mapping[str, FileState],
) -> Coverage:
    """For what these are see workspace.py."""
    pending = {path for path, state in wanted.items() if state is not None}
    pending |= doubt
    here = files.keys() & pending
    stale = here | files.keys() & wanted.keys()
    stale.update(_overtaken(landing, wanted, doubt))
    return Coverage(pending, len(pending) - len(here), sum(not files[path].problem for path in here), frozenset(stale))


def _overtaken(
    landing: Mapping[str, FileState], wanted: Mapping[str, FileState | None], doubt: Set[str]
) -> Iterator[str]:
    """Paths of which something else was said since they were given to the store."""
    for path, state in landing.items():
        last = wanted.get(path, state)
        if path in doubt or last is None or last.key != state.key:
            yield path
