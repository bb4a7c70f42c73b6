"""What the daemon asks of a store of extractions and workspaces.

`memory.py` is the specification in code; every engine passes `tests/storage`.
Extractions are kept once per content key; a workspace maps paths to contents.
All methods are thread-safe; `commit` is called by one writer at a time.
Questions ask a `View`: a store, or one with open documents before it (`layered.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, Protocol

from msgspec import Struct

from grpc_backend.model import ContentKey, Extraction, FileState, Located, Reference
from grpc_backend.storage.courtesy import Courtesy
from grpc_backend.storage.jobs import Queue
from grpc_backend.storage.pattern import NamePattern, Tier


class Filters(Struct, frozen=True):
    """What a symbol must be, besides its name. Empty means any.

    `paths` are globs over whole paths as in `.gitignore` without negation: `**`
    crosses '/', `*` does not; a pattern without a glob also matches what is below it.
    Nothing of the files in `without`, which are plain paths, passes. `roles` are those of uses.
    """

    kinds: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    without: frozenset[str] = frozenset()
    roles: frozenset[int] = frozenset()


class Commit(Struct, frozen=True):
    """One step of one workspace from a consistent state to the next.

    `extractions` are kept first, so that `files` may refer to them. A file whose key has
    no extraction anywhere is a programming error (KeyError) and nothing is changed.
    """

    workspace: str
    extractions: Sequence[tuple[ContentKey, Extraction]] = ()
    files: Sequence[FileState] = ()
    removed: Collection[str] = ()
    expected: int | None = None


class ContentInfo(Struct, frozen=True):
    """What is known of a content without reading its symbols."""

    language: str
    problem: str
    warnings: tuple[str, ...]
    symbols: int


class Summary(Struct, frozen=True):
    """Counts over one workspace or one folder of it. `symbols` by language name."""

    files: int
    symbols: int
    languages: dict[str, int]


class NameCounts(Struct, frozen=True):
    """How many contents of the store refer to a name, and how many define it."""

    uses: int = 0
    definitions: int = 0


NOTHING: Final[frozenset[str]] = frozenset()


class Finder(Protocol):
    """What a search by name asks. Errors: `StorageFailed`."""

    def find(self, workspace: str, pattern: NamePattern, filters: Filters, limit: int) -> list[Located]:
        """Symbols whose name matches `pattern` and that pass `filters`.

        The order, the cut at `limit`, and how many symbols of one name are among them: see `order.py`.
        """


class Across(Finder, Protocol):
    """Several workspaces as one to search."""

    @property
    def passed_over(self) -> Collection[Tier]:
        """The ways of matching that were asked for so far, and not looked for in all that so many workspaces have."""


class View(Finder, Protocol):
    """What questions ask. Errors: `StorageFailed` from every method."""

    def summary(self, workspace: str, prefix: str = "") -> Summary:
        """Counts over what lies at or below `prefix` (a path without trailing '/')."""

    def outline(self, workspace: str, path: str) -> list[Located]:
        """The symbols of one file in order of position; empty if there is none."""

    def standing_at(self, workspace: str, path: str, ords: Collection[int]) -> dict[int, Located]:
        """Those symbols of a file, by their index in its outline; indices that it does not have are left out."""

    def below(self, workspace: str, folder: str, limit: int) -> list[Located]:
        """Top-level symbols of the files below `folder` ("" is the root), by path and position."""

    def references(self, workspace: str, name: str, filters: Filters, limit: int) -> tuple[list[Reference], int]:
        """Uses of exactly `name`, by path and position, cut at `limit`; and how many there are."""

    def roles(self, workspace: str, name: str, filters: Filters) -> dict[int, int]:
        """How many uses of exactly `name` have each role; those that no use has are left out."""

    def uses_in(self, workspace: str, path: str) -> list[Reference]:
        """All uses of all names in one file, by position and name."""

    def popular(self, workspace: str, prefix: str, limit: int) -> list[Located]:
        """Definitions below `prefix` whose name most contents of the workspace refer to.

        Only names defined at most three times in the workspace count: a name that is
        defined everywhere says nothing of any one definition. `uses` counts contents of this workspace.
        """


class Engine(View, Protocol):
    """A store. Errors: `StorageFailed` from every method.

    Of a `shared` one other daemons change the workspaces too. Where a method takes `without`, the answer is as if the
    files of these paths were not there.
    """

    name: str
    shared: bool
    courtesy: Courtesy  # knows of the searches that this process itself computes

    @property
    def queue(self) -> Queue | None:
        """Where repositories wait to be indexed; None: that is only in a store that daemons share."""

    @property
    def base_form(self) -> int:
        """Of which form a base must be (see base.py) that this store would take now; 0: it takes none."""

    @property
    def is_prompt(self) -> bool:
        """Whether a search may be made on the event loop: nothing has to be waited for, and it takes milliseconds."""

    def one_state(self) -> AbstractContextManager[None]:
        """What this thread asks inside sees one state, where that is cheap to have."""

    def known(self, keys: Collection[ContentKey]) -> dict[ContentKey, ContentInfo]:
        """Those of `keys` that have an extraction by this extractor version."""

    def extractions(self, keys: Collection[ContentKey]) -> list[tuple[ContentKey, Extraction]]:
        """What those of `keys` say that have an extraction by this version, without their imports and warnings."""

    def packed(self, keys: Collection[ContentKey]) -> list[tuple[ContentKey, bytes]]:
        """All that those of `keys` say that have an extraction by this version: msgpack of `Extraction`."""

    def held_by(self, keys: Collection[ContentKey], workspaces: Collection[str]) -> set[ContentKey]:
        """Those of `keys` that files of these workspaces hold."""

    def commit(self, step: Commit) -> int:
        """Apply a step, durably and as one; return the workspace's new generation."""

    def adopt(self, prepared: Path) -> int:
        """Take over all contents of a base; return how many there are. 0, and nothing happens, if it takes none now.

        Errors: BadContent if it is damaged, or of another form, or made by another version of the extractor.
        """

    def forget(self, workspace: str) -> None:
        """Drop a workspace; its contents stay until collected."""

    def workspaces(self) -> list[str]:
        """Names of all workspaces, sorted."""

    def generation(self, workspace: str) -> int:
        """0 before the first commit; each commit adds one."""

    def files(self, workspace: str) -> list[FileState]:
        """All files of a workspace, by path."""

    def summary(self, workspace: str, prefix: str = "", without: frozenset[str] = NOTHING) -> Summary:
        """See `View`."""

    def below(self, workspace: str, folder: str, limit: int, without: frozenset[str] = NOTHING) -> list[Located]:
        """See `View`."""

    def popular(
        self,
        workspace: str,
        prefix: str,
        limit: int,
        without: frozenset[str] = NOTHING,
        names: frozenset[str] = NOTHING,
    ) -> list[Located]:
        """See `View`. Definitions of `names` are left out too."""

    def counts(self, names: Collection[str]) -> dict[str, NameCounts]:
        """Those of `names` that any content of the store refers to or defines, with how many do."""

    def uses(self, workspace: str, name: str, without: frozenset[str] = NOTHING) -> int:
        """How many contents of one workspace refer to a name."""

    def across(self, workspaces: Sequence[str]) -> Across:
        """Several workspaces, of different repositories, as one to search: `Located.workspace` says which.

        By name, in the order of the cut as each repository counts uses; of one name by workspace, or those first that
        use it most, then as ever. Where there are many, an engine may look for nothing but what an index answers, and
        at so many names of a tier, the shortest; `passed_over` tells where something can be missing for it.
        """

    def opened(self, workspaces: Collection[str], at_s: int) -> None:
        """Note when these were in use, and all those of which nothing is noted yet. Unknown names are passed over."""

    def last_opened(self) -> dict[str, int]:
        """When each workspace was noted as in use, in seconds; 0 if never."""

    def collect(self, budget: int, keep: int = 0) -> int:
        """Drop up to `budget` extractions that no workspace holds, oldest first, all but `keep`; return how many."""

    def size_bytes(self) -> int:
        """What the store takes on disk (in memory: 0)."""

    def close(self) -> None:
        """Release what is held. Idempotent."""
