"""What a workspace consists of: its areas, where it begins, and the definitions that the rest is built upon.

Uses are counted by name, within a definition's own language. The definitions that most files mention are then
ranked by PageRank over the references among them: one begins at a definition as often as files mention it (which
stands for all the references from elsewhere), or, where `near` is given, half of the time at what is near.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from grpc_backend.index.entry_points import entry_points
from grpc_backend.model import Located, Reference
from grpc_backend.search.centrality import pagerank
from grpc_backend.search.rank import TESTS
from grpc_backend.storage.engine import Filters, Summary, View

AREAS: Final = 24
ENTRY_POINTS: Final = 10
# What tells of a repository. Uses are counted by name, and the names of members and variables are everyone's.
TELLING_KINDS: Final = frozenset({"class", "interface", "struct", "enum", "function"})
# The graph is of so many definitions at least, and is read from so many files at most: bounded in any repository.
CANDIDATES: Final = 160
FILES_READ: Final = 80
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
        entry_points(view, workspace, prefix, files, ENTRY_POINTS),
        _central(view, workspace, prefix, part),
        view.summary(workspace, prefix),
    )


def _central(view: View, workspace: str, prefix: str, part: Part) -> list[Central]:
    """The highest ranked of the definitions that most files mention."""
    found = view.popular(workspace, prefix, max(CANDIDATES, part.limit * 4))
    candidates = [one for one in found if one.symbol.kind in TELLING_KINDS]
    if not candidates:
        return []
    ranks = pagerank(_links(view, workspace, candidates), _beginnings(view, workspace, candidates, part.near))
    ranked = sorted(zip(candidates, ranks, strict=True), key=lambda pair: -pair[1])
    told = []
    for one, rank in ranked:
        uses = _uses(view, workspace, one)
        if uses:
            told.append(Central(msgspec.structs.replace(one, uses=uses), uses, rank))
        if len(told) == part.limit:
            break
    return told


def _links(view: View, workspace: str, candidates: Sequence[Located]) -> dict[int, Counter[int]]:
    """How often each candidate's body mentions each other one, as far as their files are read."""
    named = _by_name(candidates)
    numbers = {one.id: number for number, one in enumerate(candidates)}
    links: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for path in list(dict.fromkeys(one.path for one in candidates))[:FILES_READ]:
        for use in view.uses_in(workspace, path):
            owner = _owner(numbers, use)
            meant = [to for to in named.get(use.name, ()) if owner is not None and _related(candidates, owner, to)]
            for to in meant:
                links[owner][to] += 1 / len(meant)  # type: ignore[index]  # meant is empty where there is no owner
    return dict(links)


def _owner(numbers: dict[str, int], use: Reference) -> int | None:
    """The candidate that a use stands in, itself or in one of its members."""
    path, mark, qualified = use.enclosing_id.partition("#")
    while qualified:
        if (number := numbers.get(f"{path}{mark}{qualified}")) is not None:
            return number
        qualified = qualified.rpartition(".")[0]
    return None


def _related(candidates: Sequence[Located], owner: int, to: int) -> bool:
    return owner != to and candidates[to].language in _family(candidates[owner].language)


def _beginnings(view: View, workspace: str, candidates: Sequence[Located], near: str) -> list[float]:
    """How likely one begins at each candidate."""
    mentions = [one.uses * (0.3 if TESTS.search(one.path) else 1.0) for one in candidates]
    if not near:
        return mentions
    mentioned = Counter(use.name for use in view.uses_in(workspace, near))
    close = [_closeness(one.path, near) * (1 + mentioned[one.symbol.name]) for one in candidates]
    whole, whole_close = sum(mentions), sum(close)
    if not whole_close:
        return mentions
    return [one / whole + other / whole_close for one, other in zip(mentions, close, strict=True)]


def _closeness(path: str, near: str) -> float:
    """1 for what lies in `near`, less for every folder between, never nothing: what `near` mentions may lie far."""
    mine, other = path.split("/"), near.split("/")
    shared = next((at for at, (a, b) in enumerate(zip(mine, other, strict=False)) if a != b), min(len(mine), len(other)))
    return 0.1 ** (len(other) - shared)


def _uses(view: View, workspace: str, one: Located) -> int:
    """How often a definition's name is used in the languages that can mean it."""
    return view.references(workspace, one.symbol.name, Filters(languages=_family(one.language)), 0)[1]


def _family(language: str) -> tuple[str, ...]:
    return tuple(sorted({language}.union(*(one for one in FAMILIES if language in one))))


def _by_name(candidates: Iterable[Located]) -> dict[str, list[int]]:
    named: defaultdict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(candidates):
        named[one.symbol.name].append(number)
    return dict(named)
