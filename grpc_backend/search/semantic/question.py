"""A question in plain words, as the index is asked it."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from grpc_backend.search.semantic.encoder import name_term, term, whole_term
from grpc_backend.search.semantic.model import Model
from grpc_backend.search.semantic.words import stem, words

MAX_WORDS: Final = 64
# So many words after each other may together be a name.
WHOLE_WORDS: Final = 4


class Asked(Struct, frozen=True):
    """The distinct stems of a question with the numbers of their terms; the names that its words may be.

    `matches`: how likely the symbol that is meant has the word (see `Model.match`). `vectors`: of each stem, a row: the
    sum of its words' vectors. `kinds`: what is likely meant (see `Model.kinds`).
    """

    stems: tuple[str, ...]
    terms: npt.NDArray[np.uint32]
    name_terms: npt.NDArray[np.uint32]
    matches: npt.NDArray[np.float32]
    wholes: npt.NDArray[np.uint32]
    vectors: npt.NDArray[np.float32]
    kinds: npt.NDArray[np.float32]


def asked(text: str, model: Model) -> Asked:
    """Understand a question."""
    found = words(text)[:MAX_WORDS]
    best: dict[str, tuple[str, float]] = {}
    vectors: defaultdict[str, npt.NDArray[np.float32]] = defaultdict(lambda: np.zeros(model.dimensions, np.float32))
    for word in found:
        known, match = stem(word), model.match(word)
        vectors[known] = vectors[known] + model.vector(word)
        if known not in best or match > best[known][1]:
            best[known] = (word, match)
    chosen = [word for word, _ in best.values()]
    runs = [
        found[start:end]
        for start, end in itertools.combinations(range(len(found) + 1), 2)
        if end - start <= WHOLE_WORDS
    ]
    return Asked(
        tuple(best),
        _numbers(chosen, term),
        _numbers(chosen, name_term),
        np.array([match for _, match in best.values()], np.float32),
        np.unique(np.array([whole_term(run) for run in runs], np.uint32)),
        np.array([vectors[one] for one in best], np.float32).reshape(-1, model.dimensions),
        model.kinds(found),
    )


def _numbers(chosen: list[str], number: Callable[[str], int]) -> npt.NDArray[np.uint32]:
    return np.array([number(word) for word in chosen], np.uint32)
