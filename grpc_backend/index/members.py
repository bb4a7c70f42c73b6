"""Which derived contents a workspace holds, and under which path: what `meaning.py` may answer from.

Segments know contents, workspaces know files. Masks are replaced, never changed: whoever has taken one may go on
with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import numpy.typing as npt

from grpc_backend.model import KIND_NUMBER, ContentKey, FileState
from grpc_backend.search.semantic.block import Block
from grpc_backend.search.semantic.candidates import Part
from grpc_backend.search.semantic.segment import Segment
from grpc_backend.search.semantic.store import Place, SegmentStore
from grpc_backend.storage.engine import Filters
from grpc_backend.storage.globs import matcher

Mask = npt.NDArray[np.bool_]


class Members:
    """Of one workspace. Lives on the event loop."""

    def __init__(self, store: SegmentStore) -> None:
        self._store = store
        self._keys: dict[str, ContentKey] = {}
        self._paths: dict[ContentKey, dict[str, None]] = {}
        self._masks: dict[int, tuple[Segment, Mask, Mask]] = {}
        self.lacking: set[ContentKey] = set()

    def update(self, files: Mapping[str, FileState], touched: Iterable[str]) -> None:
        """Take over what has become of some paths."""
        changed: set[ContentKey] = set()
        for path in touched:
            file = files.get(path)
            key = file.key if file is not None and file.digest and not file.problem else None
            old = self._keys.pop(path, None)
            if old is not None:
                self._forget(old, path)
                changed.add(old)
            if key is not None:
                self._keys[path] = key
                self._paths.setdefault(key, {})[path] = None
                changed.add(key)
        self._refresh(changed)
        self.lacking.update(key for key in changed if key in self._paths and self._store.place(key) is None)
        self.lacking.difference_update([key for key in changed if key not in self._paths])

    def derived(self) -> None:
        """Segments have come or gone."""
        segments = self._store.segments
        self._masks = {number: held for number, held in self._masks.items() if number in segments}
        for number, one in segments.items():
            if number not in self._masks:
                mask = np.fromiter((self._counts(one, place) for place in range(len(one.block.keys))), np.bool_)
                self._masks[number] = (one, mask, _rows(one, mask))
        self.lacking = {key for key in self.lacking if self._store.place(key) is None}

    def lacking_files(self) -> int:
        """How many files hold a content of which nothing is derived yet."""
        return sum(len(self._paths.get(key, ())) for key in self.lacking)

    def parts(self, filters: Filters) -> list[Part]:
        """What may be answered: a part a segment that holds anything of the workspace that passes the filters."""
        found = []
        narrowed = filters.paths or filters.languages or filters.without
        for one, mask, rows in self._masks.values():
            if mask.any():
                live = _rows(one, self._passing(one, mask, filters)) if narrowed else rows
                found.append(Part(one.block, live & of_kinds(one.block, filters), self._path_of(one, filters)))
        return found

    def _passing(self, one: Segment, mask: Mask, filters: Filters) -> Mask:
        passing = mask.copy()
        for path in filters.without:  # open documents and the like: few beside all files
            key = self._keys.get(path)
            held = self._store.place(key) if key is not None else None
            if key is not None and held is not None and held.segment is one:
                passing[held.content] &= not filters.without.issuperset(self._paths.get(key, ()))
        if filters.paths or filters.languages:
            fits = matcher(filters.paths)
            for place in np.flatnonzero(passing).tolist():
                paths = self._paths.get(one.block.keys[place], ())
                told = not filters.languages or one.block.languages[place] in filters.languages
                passing[place] = told and any(fits(path) and path not in filters.without for path in paths)
        return passing

    def _path_of(self, one: Segment, filters: Filters) -> Callable[[int], str]:
        """The first path of a content that passes. Contents that were given up since have an empty one."""
        if not filters.paths and not filters.without:
            return lambda place: min(self._paths.get(one.block.keys[place], ("",)))
        fits = matcher(filters.paths)

        def path_of(place: int) -> str:
            paths = list(self._paths.get(one.block.keys[place], ()))
            return min((path for path in paths if fits(path) and path not in filters.without), default="")

        return path_of

    def _counts(self, one: Segment, place: int) -> bool:
        key = one.block.keys[place]
        return key in self._paths and self._store.place(key) == Place(one, place)

    def _forget(self, key: ContentKey, path: str) -> None:
        paths = self._paths[key]
        del paths[path]
        if not paths:
            del self._paths[key]

    def _refresh(self, keys: Iterable[ContentKey]) -> None:
        """Bring the masks in step where these contents are."""
        by_segment: dict[int, list[int]] = {}
        for key in keys:
            held = self._store.place(key)
            if held is not None:
                by_segment.setdefault(held.segment.number, []).append(held.content)
        for number, places in by_segment.items():
            if number in self._masks:
                one, mask, _ = self._masks[number]
                mask = mask.copy()
                mask[places] = [self._counts(one, place) for place in places]
                self._masks[number] = (one, mask, _rows(one, mask))


def of_kinds(block: Block, filters: Filters) -> Mask | np.bool_:
    """Which rows are of the kinds asked for."""
    if not filters.kinds:
        return np.True_
    wanted = [KIND_NUMBER[kind] for kind in filters.kinds if kind in KIND_NUMBER]
    return np.isin(block.kinds, np.array(wanted, np.uint8))


def _rows(one: Segment, mask: Mask) -> Mask:
    return np.repeat(mask, np.diff(one.block.row_starts))
