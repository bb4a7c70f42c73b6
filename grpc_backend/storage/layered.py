"""Open documents before a store: what they say stands in place of what the store has under their paths,
and what the store has of a file that has changed since is not shown at all.

The store's hits of such paths are left out before any cut, so a limit cuts what is shown. How much a name is
used in the whole store, which orders the cut, counts what is stored: a keystroke reorders no answer.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from operator import attrgetter

from msgspec import Struct
from msgspec.structs import replace

from grpc_backend.model import ContentKey, Extraction, Located, Reference
from grpc_backend.packing import unpacked
from grpc_backend.storage.engine import Engine, Filters, NameCounts, Summary
from grpc_backend.storage.globs import matcher
from grpc_backend.storage.memory import POPULAR_DEFINITIONS, enclosing_id, is_below, place_order, uses_of
from grpc_backend.storage.order import cut
from grpc_backend.storage.pattern import NamePattern, Tier, container_matches, tier_of

_by_path = attrgetter("path")
_NEVER = NameCounts()
NO_PATHS: frozenset[str] = frozenset()


class Document(Struct, frozen=True, dict=True):
    """An open document: its text, and what that says."""

    path: str
    key: ContentKey
    extraction: Extraction
    text: bytes

    @cached_property
    def symbols(self) -> list[Located]:
        """Its symbols in order of position."""
        language, digest = self.extraction.language, self.key.digest
        return [Located(self.path, language, digest, one, unsaved=True) for one in self.extraction.symbols]


class Layer:
    """Open documents of one workspace at one moment. Never changes.

    `stale`: paths of which the store has what is known to be out of date: it is not shown.
    """

    def __init__(self, documents: Sequence[Document], stale: frozenset[str] = NO_PATHS) -> None:
        self.given = documents
        self.stale = stale
        self.documents = {one.path: one for one in sorted(documents, key=_by_path)}
        self.paths = stale.union(self.documents)
        self._asked: tuple[str | None, dict[Tier, list[str]]] = (None, {})

    @cached_property
    def by_name(self) -> dict[str, list[Located]]:
        """The symbols by their names, each name's by path and position."""
        found: defaultdict[str, list[Located]] = defaultdict(list)
        for document in self.documents.values():
            for one in document.symbols:
                found[one.symbol.name].append(one)
        return dict(found)

    @cached_property
    def mentioned(self) -> Counter[str]:
        """How many of the documents refer to each name."""
        return Counter(name for document in self.documents.values() for name in document.extraction.occurrences)

    def find(self, pattern: NamePattern, filters: Filters) -> Iterator[Located]:
        """The symbols that match and pass."""
        fits = matcher(filters.paths)
        for name in self._tiers(pattern.text).get(pattern.tier, ()):
            for one in self.by_name[name]:
                if (
                    container_matches(pattern.container, one.path, one.symbol.qualified_name)
                    and (not filters.kinds or one.symbol.kind in filters.kinds)
                    and (not filters.languages or one.language in filters.languages)
                    and fits(one.path)
                ):
                    yield one

    def references(self, name: str, filters: Filters) -> list[Reference]:
        """Uses of a name, by path and position."""
        fits = matcher(filters.paths)
        return [
            Reference(document.path, one, enclosing_id(document.path, document.extraction, one), name)
            for document in self.documents.values()
            if name in document.extraction.occurrences
            and fits(document.path)
            and (not filters.languages or document.extraction.language in filters.languages)
            for one in unpacked(document.extraction.occurrences[name], document.extraction.layout)
            if not filters.roles or one.role in filters.roles
        ]

    def _tiers(self, text: str) -> dict[Tier, list[str]]:
        """The names that match a text, by tier: a search asks for one tier after the other."""
        asked, tiers = self._asked
        if asked != text:
            tiers = {}
            for name in self.by_name:
                tier = tier_of(name, text)
                if tier is not None:
                    tiers.setdefault(tier, []).append(name)
            self._asked = (text, tiers)
        return tiers


class LayeredView:
    """See `engine.View`: a store with a layer of one of its workspaces before it; ask it of that workspace only."""

    def __init__(self, base: Engine, layer: Layer) -> None:
        self._base = base
        self._layer = layer

    def summary(self, workspace: str, prefix: str = "") -> Summary:
        """Counts at or below `prefix`."""
        under = self._base.summary(workspace, prefix, self._layer.paths)
        inside = [one.extraction for one in self._layer.documents.values() if is_below(one.path, prefix)]
        languages = dict(under.languages)
        for one in inside:
            languages[one.language] = languages.get(one.language, 0) + len(one.symbols)
        return Summary(under.files + len(inside), sum(languages.values()), languages)

    def find(self, workspace: str, pattern: NamePattern, filters: Filters, limit: int) -> list[Located]:
        """Symbols whose name matches, cut at `limit` by the interface's order."""
        under = self._base.find(workspace, pattern, replace(filters, without=self._layer.paths), limit)
        over = list(self._layer.find(pattern, filters))
        if not over:
            return under
        counts = self._base.counts({one.symbol.name for one in (*over, *under)})
        mentions = {name: known.uses + known.definitions for name, known in counts.items()}
        return cut([*_counted(over, counts), *under], pattern, mentions, limit)

    def outline(self, workspace: str, path: str) -> list[Located]:
        """One file's symbols by position."""
        document = self._layer.documents.get(path)
        if document is not None:
            return self._with_uses(document.symbols)
        return [] if path in self._layer.stale else self._base.outline(workspace, path)

    def standing_at(self, workspace: str, path: str, ords: Collection[int]) -> dict[int, Located]:
        """Symbols of one file by index."""
        document = self._layer.documents.get(path)
        if document is None:
            return {} if path in self._layer.stale else self._base.standing_at(workspace, path, ords)
        asked = [(ord_, document.symbols[ord_]) for ord_ in ords if 0 <= ord_ < len(document.symbols)]
        return dict(zip((ord_ for ord_, _ in asked), self._with_uses([one for _, one in asked]), strict=True))

    def below(self, workspace: str, folder: str, limit: int) -> list[Located]:
        """Top-level symbols below a folder."""
        over = [
            one
            for document in self._layer.documents.values()
            if document.path != folder and is_below(document.path, folder)
            for one in document.symbols
            if one.symbol.parent < 0
        ]
        under = self._base.below(workspace, folder, limit, self._layer.paths)
        return sorted([*self._with_uses(over), *under], key=_by_path)[:limit]

    def references(self, workspace: str, name: str, filters: Filters, limit: int) -> tuple[list[Reference], int]:
        """Uses of a name by path and position."""
        under, total = self._base.references(workspace, name, replace(filters, without=self._layer.paths), limit)
        over = self._layer.references(name, filters)
        return sorted([*over, *under], key=_by_path)[:limit], total + len(over)

    def roles(self, workspace: str, name: str, filters: Filters) -> dict[int, int]:
        """How many uses of a name have each role."""
        under = self._base.roles(workspace, name, replace(filters, without=self._layer.paths))
        return Counter(under) + Counter(use.occurrence.role for use in self._layer.references(name, filters))

    def uses_in(self, workspace: str, path: str) -> list[Reference]:
        """All uses in one file."""
        document = self._layer.documents.get(path)
        if document is not None:
            return uses_of(path, document.extraction)
        return [] if path in self._layer.stale else self._base.uses_in(workspace, path)

    def popular(self, workspace: str, prefix: str, limit: int) -> list[Located]:
        """Definitions whose name most contents of the workspace refer to.

        Names that no open document mentions are the store's own to rank. The others are counted one by one,
        unless the whole store does not mention them often enough. An open copy of another file counts as a content.
        """
        layer = self._layer
        names = frozenset(layer.mentioned.keys() | layer.by_name.keys())
        found = self._base.popular(workspace, prefix, limit, layer.paths, names)
        least = found[-1].uses if found and len(found) == limit else 1
        counts = self._base.counts(names)
        for name in names:
            if counts.get(name, _NEVER).uses + layer.mentioned[name] >= least:
                found += self._telling(workspace, prefix, name)
        return sorted(found, key=lambda one: (-one.uses, *place_order(one)))[:limit]

    def _telling(self, workspace: str, prefix: str, name: str) -> list[Located]:
        """A name's definitions below `prefix` with its uses in the workspace, if there are not too many."""
        pattern, others = NamePattern(name, Tier.EXACT), Filters(without=self._layer.paths)
        over = self._layer.by_name.get(name, [])
        definitions = [*over, *self._base.find(workspace, pattern, others, POPULAR_DEFINITIONS + 1)]
        if not definitions or len(definitions) > POPULAR_DEFINITIONS:
            return []
        uses = self._base.uses(workspace, name, self._layer.paths) + self._layer.mentioned[name]
        return [replace(one, uses=uses) for one in definitions if uses and is_below(one.path, prefix)]

    def _with_uses(self, symbols: list[Located]) -> list[Located]:
        return _counted(symbols, self._base.counts({one.symbol.name for one in symbols}))


def _counted(symbols: list[Located], counts: dict[str, NameCounts]) -> list[Located]:
    """Symbols with the store's count of their names' uses."""
    return [replace(one, uses=counts.get(one.symbol.name, _NEVER).uses) for one in symbols]
