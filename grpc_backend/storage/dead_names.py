"""Names that no file bears any more, although contents that are kept for the way back do.

A file that is saved over and over leaves such a name each time. They match what is asked for like any other, and would
be looked up one by one, in vain, by every question. So a question that finds nothing of a name says so, the next commit
looks whether any file of any workspace bears it, and if none does, questions pass it over. A commit that brings such a
content back brings its names back, before it is acknowledged: only the one writer tells which names are dead.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

import apsw
import numpy as np
from numpy.typing import NDArray

from grpc_backend.storage.schema import listed

# A commit looks at so many at most, some microseconds each; as many more wait for the next ones.
LOOKED_AT: Final = 64
WAITING: Final = 1_024

Ids = NDArray[np.int64]
NONE: Final[Ids] = np.array([], np.int64)


class DeadNames:
    """`ids` are in order; those of a moment never change."""

    def __init__(self) -> None:
        self.ids: Ids = NONE
        self._suspected: deque[int] = deque(maxlen=WAITING)

    def suspect(self, name_ids: Iterable[int]) -> None:
        """Nothing was found of these. Any thread may say so."""
        self._suspected.extend(name_ids)

    def after(self, connection: apsw.Connection, content_ids: Iterable[int | None]) -> Ids:
        """What is dead after a step that gives files these contents; call it in the step's transaction, at its end."""
        ids = self.ids
        if len(ids):
            ids = np.setdiff1d(ids, _borne_by(connection, content_ids), assume_unique=True)
        count = min(len(self._suspected), LOOKED_AT)
        suspected = [self._suspected.popleft() for _ in range(count)]
        return np.union1d(ids, _unborne(connection, suspected)) if suspected else ids


def _borne_by(connection: apsw.Connection, content_ids: Iterable[int | None]) -> Ids:
    sql = "SELECT DISTINCT name_id FROM symbol WHERE content_id IN (SELECT value FROM json_each(?))"
    contents = listed(one for one in content_ids if one is not None)
    return np.array([name_id for (name_id,) in connection.execute(sql, (contents,))], np.int64)


def _unborne(connection: apsw.Connection, name_ids: list[int]) -> Ids:
    sql = (
        "SELECT j.value FROM json_each(?) j WHERE NOT EXISTS"
        " (SELECT 1 FROM symbol s JOIN file f ON f.content_id=s.content_id WHERE s.name_id=j.value)"
    )
    return np.array([name_id for (name_id,) in connection.execute(sql, (listed(name_ids),))], np.int64)
