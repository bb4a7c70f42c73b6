"""How much of a symbol's name a question explains, word by word: a name says more than was asked for where it goes on
with words that nothing in the question is near to.

Of each word of the name the nearest of the question counts, as in ColBERT (Khattab & Zaharia 2020) the other way
about, by the length that training has given the word.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from grpc_backend.search.semantic.model import Model

Numbers = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]

# So many words of a name are kept.
NAME_WORDS: Final = 6
NO_WORD: Final = np.iinfo(np.int32).min
# Words that the model does not have are told apart by so many bits of their terms.
_TERM_BITS: Final = np.uint32(0x3FFFFFFF)


def strange(terms: npt.NDArray[np.uint32]) -> Numbers:
    """The numbers of words that the model has no row for: below zero."""
    return -1 - (terms & _TERM_BITS).astype(np.int32)


def kept(words: Numbers, lengths: npt.NDArray[np.integer], names: npt.NDArray[np.integer]) -> Numbers:
    """The first words of each symbol's name. `words`: of all symbols; `lengths`: how many each has, those of its name
    first, of which there are `names`."""
    places = (np.cumsum(lengths) - lengths)[:, None] + np.arange(NAME_WORDS)
    there = np.arange(NAME_WORDS) < names[:, None]
    found = np.full(there.shape, NO_WORD, np.int32)
    found[there] = words[places[there]]
    return found


def explained(names: Numbers, terms: npt.NDArray[np.uint32], asked: Floats, model: Model) -> Floats:
    """Of each name the share that a question explains, 1 for all of it. `terms`, `asked`: of the question's words, with
    a vector each."""
    each, places = np.unique(names, return_inverse=True)
    known = each >= 0
    vectors = model.vectors[each[known]] * model.scales[each[known], None].astype(np.float32)
    sizes = np.linalg.norm(vectors, axis=1) + 1e-6
    units = asked / (np.linalg.norm(asked, axis=1, keepdims=True) + 1e-6)
    near = np.isin(each, strange(terms)).astype(np.float32)
    near[known] = (vectors @ units.T).max(axis=1, initial=0) / sizes
    counts = np.full(len(each), sizes.mean() if len(sizes) else 1, np.float32)
    counts[known] = sizes
    counts[each == NO_WORD] = 0
    near, counts = near[places.reshape(names.shape)], counts[places.reshape(names.shape)]
    return np.asarray((near * counts).sum(axis=1) / (counts.sum(axis=1) + 1e-6), np.float32)
