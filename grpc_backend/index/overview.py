"""What a workspace consists of: its areas, where it begins, and the definitions that the rest is built upon.

Uses are counted by name, within a definition's own language. The definitions that most files mention are then
ranked by PageRank over the references among them: one begins at a definition as often as files mention it (which
stands for all the references from elsewhere), or, where `near` is given, half of the time at what is near.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import PurePosixPath
from typing import Final

import msgspec
from msgspec import Struct

from grpc_backend.index.entry_points import entry_points
from grpc_backend.model import Located, Reference
from grpc_backend.search.centrality import pagerank
from grpc_backend.search.rank import GENERATED, TESTS, VENDORED
from grpc_backend.storage.engine import Filters, Summary, View

AREAS: Final = 24
ENTRY_POINTS: Final = 10
# What tells of a repository. Uses are counted by name, and the names of members and variables are everyone's.
TELLING_KINDS: Final = frozenset({"class", "interface", "struct", "enum", "function"})
# The graph is of so many definitions at least, and is read from so many files at most: bounded in any repository.
CANDIDATES: Final = 120
FILES_READ: Final = 60
# Languages that use each other's definitions.
FAMILIES: Final = (
    frozenset({"c", "cpp"}),
    frozenset({"javascript", "typescript", "tsx", "vue", "svelte", "html"}),
    frozenset({"java", "kotlin", "scala"}),
    frozenset({"css", "scss", "less", "html", "vue", "svelte"}),
    frozenset({"ocaml", "ocaml_interface"}),
)


class Part(Struct, frozen=True):
    """What is asked about: what lies below `path`, seen from the file or folder `near`."""

    path: str = ""
    near: str = ""
    limit: int = 20
    areas_only: bool = False


class Area(Struct, frozen=True):
    """A folder or file at the top of what was asked about."""

    path: str
    summary: Summary


class Central(Struct, frozen=True):
    """A definition that much is built upon. `uses`: of its name, in its language; `rank`: its PageRank."""

    located: Located
    uses: int
    rank: float


class Overview(Struct, frozen=True):
    """What a workspace, or a part of it, consists of."""

    areas: list[Area]
    entry_points: list[str]
    central: list[Central]
    whole: Summary


def overview(view: View, workspace: str, part: Part, files: list[str]) -> Overview:
    """See the module. `files` are the paths of the workspace."""
    prefix = part.path.strip("/")
    depth = prefix.count("/") + 1 if prefix else 0
    inside = [file.split("/") for file in files if not prefix or file.startswith(prefix + "/")]
    sizes = Counter("/".join(parts[: depth + 1]) for parts in inside)
    return Overview(
        [Area(area, view.summary(workspace, area)) for area, _ in sizes.most_common(AREAS)],
        [] if part.areas_only else entry_points(view, workspace, prefix, files, ENTRY_POINTS),
        [] if part.areas_only else _central(view, workspace, prefix, part),
        view.summary(workspace, prefix),
    )


def _central(view: View, workspace: str, prefix: str, part: Part) -> list[Central]:
    """The highest ranked of the definitions that most files mention."""
    found = view.popular(workspace, prefix, max(CANDIDATES, part.limit * 4))
    candidates = _counted(view, workspace, [one for one in found if one.symbol.kind in TELLING_KINDS])
    if not candidates:
        return []
    ranks = pagerank(_links(view, workspace, candidates), _beginnings(view, workspace, candidates, part.near))
    ranked = sorted(zip(candidates, ranks, strict=True), key=lambda pair: -pair[1])
    return [Central(one, _uses(view, workspace, one), rank) for one, rank in ranked[: part.limit]]


def _counted(view: View, workspace: str, found: Sequence[Located]) -> list[Located]:
    """Those that are used in a language that can mean them, with how often.

    The languages that most of the definitions are in keep the store's count, which is of files in all languages:
    it is near enough to rank by, and saves reading them all.
    """
    families = Counter(_family(one.language) for one in found)
    main = max(families, key=lambda family: families[family], default=())
    counted = [
        one if _family(one.language) == main else msgspec.structs.replace(one, uses=_uses(view, workspace, one))
        for one in found
    ]
    return [one for one in counted if one.uses]


def _links(view: View, workspace: str, candidates: Sequence[Located]) -> dict[int, dict[int, float]]:
    """How often each candidate's body mentions each other one, as far as their files are read."""
    named = _by_name(candidates)
    numbers = {one.id: number for number, one in enumerate(candidates)}
    links: defaultdict[int, defaultdict[int, float]] = defaultdict(lambda: defaultdict(float))
    for path in list(dict.fromkeys(one.path for one in candidates))[:FILES_READ]:
        for use in view.uses_in(workspace, path):
            meant = named.get(use.name)
            owner = _owner(numbers, use) if meant else None
            if meant and owner is not None:
                fitting = [to for to in meant if to != owner and _may_mean(candidates[owner], use, candidates[to])]
                for to in fitting:
                    links[owner][to] += 1 / len(fitting)
    return {owner: dict(to) for owner, to in links.items()}


def _may_mean(owner: Located, use: Reference, to: Located) -> bool:
    """Whether a use can be of a definition: in its language, and no method of that name on some value."""
    if to.language not in _family(owner.language):
        return False
    receiver = use.occurrence.receiver.rpartition(".")[2]
    return not receiver or to.symbol.kind != "function" or receiver in PurePosixPath(to.path).with_suffix("").parts


def _owner(numbers: dict[str, int], use: Reference) -> int | None:
    """The candidate that a use stands in, itself or in one of its members."""
    path, mark, qualified = use.enclosing_id.partition("#")
    while qualified:
        if (number := numbers.get(f"{path}{mark}{qualified}")) is not None:
            return number
        qualified = qualified.rpartition(".")[0]
    return None


def _beginnings(view: View, workspace: str, candidates: Sequence[Located], near: str) -> list[float]:
    """How likely one begins at each candidate."""
    named = Counter(one.symbol.name for one in candidates)
    mentions = [math.sqrt(one.uses) * _place(one.path) / named[one.symbol.name] for one in candidates]
    if not near:
        return mentions
    mentioned = Counter(use.name for use in view.uses_in(workspace, near))
    close = [_closeness(one.path, near) * (1 + mentioned[one.symbol.name]) for one in candidates]
    whole, whole_close = sum(mentions), sum(close)
    if not whole_close:
        return mentions
    return [one / whole + other / whole_close for one, other in zip(mentions, close, strict=True)]


def _place(path: str) -> float:
    """What is defined in tests, in others' code or by machines tells little of a repository."""
    return 0.1 if any(pattern.search(path) for pattern in (TESTS, VENDORED, GENERATED)) else 1.0


def _closeness(path: str, near: str) -> float:
    """1 for what lies in `near`, less for every folder between, never nothing: what `near` mentions may lie far."""
    mine, other = path.split("/"), near.split("/")
    shared = next(
        (at for at, (a, b) in enumerate(zip(mine, other, strict=False)) if a != b), min(len(mine), len(other))
    )
    return 0.1 ** (len(other) - shared)


def _uses(view: View, workspace: str, one: Located) -> int:
    """How often a definition's name is used in the languages that can mean it."""
    return view.references(workspace, one.symbol.name, Filters(languages=_family(one.language)), 0)[1]


@cache
def _family(language: str) -> tuple[str, ...]:
    return tuple(sorted({language}.union(*(one for one in FAMILIES if language in one))))


def _by_name(candidates: Iterable[Located]) -> dict[str, list[int]]:
    named: defaultdict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(candidates):
        named[one.symbol.name].append(number)
    return dict(named)
