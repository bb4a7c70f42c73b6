"""Questions about a subject, and what files tell of it.

Who says what something does ("returns the …") wants that one symbol. Who names a subject ("connection pooling"), or
asks how something comes about, wants where that is dealt with, which is a file as a rule: it is named after it, near it
in meaning as a whole, and several of its symbols are among the best. Then only the best symbol of each file comes
forward: the others would not tell more of it.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from grpc_backend.search.semantic.candidates import Floats, Rows
from grpc_backend.search.semantic.model import GROUPS

# What the ranking's weights of these become more by, and what it is worth to have the most of the best symbols.
MORE: Final = {"file": 0.1, "around": 0.1}
TOGETHER: Final = 0.2
# A symbol tells of its file if it has more than this share of the best one's score.
TELLING: Final = 0.5
_TYPE, _CALLABLE = GROUPS.index("type"), GROUPS.index("callable")


def is_of_subject(kinds: Floats) -> float:
    """How much a question names a subject, in [0, 1]: the less its words are those that tell what a function does.

    `kinds`: see `Model.kinds`.
    """
    return float(np.clip(1 + kinds[_TYPE] - kinds[_CALLABLE], 0, 1))


def together(scores: Floats, files: Rows) -> Floats:
    """What each candidate is worth for its file, in [0, TOGETHER]: nothing, if it is not the best one of it.

    `files`: of each candidate, the number of its file.
    """
    if not len(scores):
        return scores
    telling = np.bincount(files, np.maximum(scores - TELLING * scores.max(), 0))
    order = np.argsort(-scores, kind="stable")
    best = order[np.unique(files[order], return_index=True)[1]]
    worth = np.zeros(len(scores), np.float32)
    worth[best] = TOGETHER * telling[files[best]] / max(float(telling.max()), 1e-6)
    return worth
