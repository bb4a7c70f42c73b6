"""The engine in plain data structures: the specification of all others. Brute force throughout."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from threading import RLock

from msgspec.structs import replace

from grpc_backend.errors import Overtaken
from grpc_backend.model import ContentKey, Extraction, FileState, Located, Occurrence, Reference
from grpc_backend.packing import encode, unpacked
from grpc_backend.storage.across import InTurn
from grpc_backend.storage.courtesy import Courtesy
from grpc_backend.storage.engine import NOTHING, Commit, ContentInfo, Filters, NameCounts, Summary
from grpc_backend.storage.globs import matcher
from grpc_backend.storage.order import cut
from grpc_backend.storage.pattern import NamePattern, container_matches, tier_of

# A name that is defined more often than this says nothing of any one of its definitions.
POPULAR_DEFINITIONS = 3


class MemoryEngine:
    """All in dictionaries; every query looks at everything."""

    name = "memory"
    shared = False
    is_prompt = False
    base_form = 0
    queue = None

    def __init__(self) -> None:
        self.courtesy = Courtesy()
        self._lock = RLock()
        self._contents: dict[ContentKey, Extraction] = {}
        self._workspaces: dict[str, dict[str, FileState]] = {}
        self._generations: dict[str, int] = {}
        self._opened: dict[str, int] = {}

    def one_state(self) -> AbstractContextManager[None]:
        """Each question sees a state of its own."""
        return nullcontext()

    def known(self, keys: Collection[ContentKey]) -> dict[ContentKey, ContentInfo]:
        """Those of `keys` that have an extraction."""
        with self._lock:
            return {key: _info(self._contents[key]) for key in keys if key in self._contents}

    def extractions(self, keys: Collection[ContentKey]) -> list[tuple[ContentKey, Extraction]]:
        """What those of `keys` say that are known."""
        with self._lock:
            known = [(key, self._contents[key]) for key in keys if key in self._contents]
        return [(key, replace(one, imports=(), warnings=())) for key, one in known]

    def packed(self, keys: Collection[ContentKey]) -> list[tuple[ContentKey, bytes]]:
        """All that those of `keys` say that are known."""
        with self._lock:
            return [(key, encode(self._contents[key])) for key in keys if key in self._contents]

    def held_by(self, keys: Collection[ContentKey], workspaces: Collection[str]) -> set[ContentKey]:
        """Those of `keys` that these workspaces hold."""
        with self._lock:
            held = {file.key for name in workspaces for file in self._workspaces.get(name, {}).values()}
        return held.intersection(keys)

    def commit(self, step: Commit) -> int:
        """Apply a step as one."""
        with self._lock:
            if step.expected not in (None, self.generation(step.workspace)):
                raise Overtaken(f"{step.workspace} is at generation {self.generation(step.workspace)}")
            new = dict(step.extractions)
            for file in step.files:
                if file.digest and file.key not in new and file.key not in self._contents:
                    raise KeyError(file.key)
            self._contents.update(new)
            files = self._workspaces.setdefault(step.workspace, {})
            for path in step.removed:
                files.pop(path, None)
            files.update((file.path, file) for file in step.files)
            self._generations[step.workspace] = self.generation(step.workspace) + 1
            return self._generations[step.workspace]

    def adopt(self, _prepared: Path) -> int:
        """Nothing here is laid out as tables."""
        return 0

    def forget(self, workspace: str) -> None:
        """Drop a workspace."""
        with self._lock:
            self._workspaces.pop(workspace, None)
            self._generations.pop(workspace, None)
            self._opened.pop(workspace, None)

    def workspaces(self) -> list[str]:
        """Names of all workspaces."""
        with self._lock:
            return sorted(self._workspaces)

    def generation(self, workspace: str) -> int:
        """The number of commits so far."""
        return self._generations.get(workspace, 0)

    def files(self, workspace: str) -> list[FileState]:
        """All files, by path."""
        with self._lock:
            return [file for _, file in sorted(self._workspaces.get(workspace, {}).items())]

    def summary(self, workspace: str, prefix: str = "", without: frozenset[str] = NOTHING) -> Summary:
        """Counts at or below `prefix`."""
        with self._lock:
            languages: Counter[str] = Counter()
            files = 0
            for _, extraction in self._extractions(workspace, prefix, without):
                files += 1
                languages[extraction.language] += len(extraction.symbols)
            return Summary(files, languages.total(), dict(languages))

    def find(self, workspace: str, pattern: NamePattern, filters: Filters, limit: int) -> list[Located]:
        """Symbols whose name matches, cut at `limit` by the interface's order."""
        fits = matcher(filters.paths)
        with self._lock:
            uses, mentions = self._uses(), self._mentions()
            found = [
                located
                for located in self._located(workspace, "", uses, filters.without)
                if tier_of(located.symbol.name, pattern.text) is pattern.tier
                and container_matches(pattern.container, located.path, located.symbol.qualified_name)
                and (not filters.kinds or located.symbol.kind in filters.kinds)
                and (not filters.languages or located.language in filters.languages)
                and fits(located.path)
            ]
        return cut(found, pattern, mentions, limit)

    def outline(self, workspace: str, path: str) -> list[Located]:
        """One file's symbols by position."""
        with self._lock:
            return [one for one in self._located(workspace, path, self._uses()) if one.path == path]

    def standing_at(self, workspace: str, path: str, ords: Collection[int]) -> dict[int, Located]:
        """Symbols of one file by index."""
        return {ord_: one for ord_, one in enumerate(self.outline(workspace, path)) if ord_ in ords}

    def below(self, workspace: str, folder: str, limit: int, without: frozenset[str] = NOTHING) -> list[Located]:
        """Top-level symbols below a folder."""
        with self._lock:
            found = [
                one
                for one in self._located(workspace, folder, self._uses(), without)
                if one.symbol.parent < 0 and one.path != folder
            ]
        return found[:limit]

    def references(self, workspace: str, name: str, filters: Filters, limit: int) -> tuple[list[Reference], int]:
        """Uses of a name by path and position."""
        fits = matcher(filters.paths)
        with self._lock:
            found = [
                Reference(path, occurrence, enclosing_id(path, extraction, occurrence), name)
                for path, extraction in self._extractions(workspace, "", filters.without)
                if name in extraction.occurrences
                and fits(path)
                and (not filters.languages or extraction.language in filters.languages)
                for occurrence in unpacked(extraction.occurrences[name], extraction.layout)
                if not filters.roles or occurrence.role in filters.roles
            ]
        return found[:limit], len(found)

    def roles(self, workspace: str, name: str, filters: Filters) -> dict[int, int]:
        """How many uses of a name have each role."""
        found, _ = self.references(workspace, name, filters, sys.maxsize)
        return Counter(use.occurrence.role for use in found)

    def uses_in(self, workspace: str, path: str) -> list[Reference]:
        """All uses in one file, by position and name."""
        with self._lock:
            inside = [extraction for one, extraction in self._extractions(workspace, path) if one == path]
        return [use for extraction in inside for use in uses_of(path, extraction)]

    def popular(
        self,
        workspace: str,
        prefix: str,
        limit: int,
        without: frozenset[str] = NOTHING,
        names: frozenset[str] = NOTHING,
    ) -> list[Located]:
        """Definitions whose name most contents of the workspace refer to."""
        with self._lock:
            uses = self._uses_in(workspace, without)
            everywhere = list(self._located(workspace, "", uses, without))
        definitions = Counter(one.symbol.name for one in everywhere)
        found = [
            one
            for one in everywhere
            if is_below(one.path, prefix)
            and one.uses
            and definitions[one.symbol.name] <= POPULAR_DEFINITIONS
            and one.symbol.name not in names
        ]
        return sorted(found, key=lambda one: (-one.uses, *place_order(one)))[:limit]

    def counts(self, names: Collection[str]) -> dict[str, NameCounts]:
        """Those of `names` that are mentioned anywhere."""
        with self._lock:
            uses, mentions = self._uses(), self._mentions()
        return {name: NameCounts(uses[name], mentions[name] - uses[name]) for name in names if mentions[name]}

    def uses(self, workspace: str, name: str, without: frozenset[str] = NOTHING) -> int:
        """Contents of one workspace that refer to a name."""
        with self._lock:
            return self._uses_in(workspace, without)[name]

    def opened(self, workspaces: Collection[str], at_s: int) -> None:
        """Note when workspaces were in use."""
        with self._lock:
            noted = (name for name in self._workspaces if name in workspaces or not self._opened.get(name))
            self._opened.update(dict.fromkeys(noted, at_s))

    def last_opened(self) -> dict[str, int]:
        """When each workspace was in use."""
        with self._lock:
            return {name: self._opened.get(name, 0) for name in self._workspaces}

    def collect(self, budget: int, keep: int = 0) -> int:
        """Drop contents that no workspace holds, in the order of their arrival."""
        with self._lock:
            held = {file.key for files in self._workspaces.values() for file in files.values()}
            unheld = [key for key in self._contents if key not in held]
            dropped = unheld[: max(min(budget, len(unheld) - keep), 0)]
            for key in dropped:
                del self._contents[key]
            return len(dropped)

    def across(self, workspaces: Sequence[str]) -> InTurn:
        """Several workspaces as one to search."""
        return InTurn(self, workspaces)

    def size_bytes(self) -> int:
        """Nothing on disk."""
        return 0

    def close(self) -> None:
        """Nothing to release."""

    def _extractions(
        self, workspace: str, prefix: str, without: frozenset[str] = NOTHING
    ) -> Iterator[tuple[str, Extraction]]:
        """Path and extraction of every readable file at or below `prefix`, by path."""
        for file in self.files(workspace):
            if file.digest and is_below(file.path, prefix) and file.path not in without:
                yield file.path, self._contents[file.key]

    def _located(
        self, workspace: str, prefix: str, uses: Counter[str], without: frozenset[str] = NOTHING
    ) -> Iterator[Located]:
        digests = {file.path: file.digest for file in self._workspaces.get(workspace, {}).values()}
        for path, extraction in self._extractions(workspace, prefix, without):
            for symbol in extraction.symbols:
                yield Located(path, extraction.language, digests[path], symbol, uses[symbol.name])

    def _uses(self) -> Counter[str]:
        return Counter(name for extraction in self._contents.values() for name in extraction.occurrences)

    def _uses_in(self, workspace: str, without: frozenset[str]) -> Counter[str]:
        files = self._workspaces.get(workspace, {}).values()
        held = {file.key for file in files if file.digest and file.path not in without}
        return Counter(name for key in held for name in self._contents[key].occurrences)

    def _mentions(self) -> Counter[str]:
        """How many contents refer to each name, and how many define it, together."""
        defining = (name for one in self._contents.values() for name in {symbol.name for symbol in one.symbols})
        return self._uses() + Counter(defining)


def _info(extraction: Extraction) -> ContentInfo:
    return ContentInfo(extraction.language, extraction.problem, extraction.warnings, len(extraction.symbols))


def is_below(path: str, prefix: str) -> bool:
    """Whether a path is `prefix` or lies below it; everything lies below ""."""
    return not prefix or path == prefix or path.startswith(prefix + "/")


def place_order(one: Located) -> tuple[int, str, str, int, int]:
    """The order of names that are used alike: the shorter first; then by place."""
    symbol = one.symbol
    return (len(symbol.name), symbol.name, one.path, symbol.line, symbol.column)


def enclosing_id(path: str, extraction: Extraction, occurrence: Occurrence) -> str:
    """The id of the symbol that an occurrence stands in; empty at the top level."""
    if occurrence.enclosing < 0:
        return ""
    return Located(path, "", b"", extraction.symbols[occurrence.enclosing]).id


def uses_of(path: str, extraction: Extraction) -> list[Reference]:
    """All uses in one extraction, by position and name."""
    found = [
        Reference(path, occurrence, enclosing_id(path, extraction, occurrence), name)
        for name, packed in extraction.occurrences.items()
        for occurrence in unpacked(packed, extraction.layout)
    ]
    return sorted(found, key=by_position)


def by_position(use: Reference) -> tuple[int, int, str]:
    """The order of uses within a file."""
    return use.occurrence.line, use.occurrence.column, use.name
