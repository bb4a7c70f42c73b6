"""What kind of symbol a question is after, told by its words: "Represents" begins what is said of types, "Returns" what
is said of functions, "whether" and "maximum" stand in what is said of values.

Multinomial logistic regression over a question's words, and over its first word once more; a package counts as a
thousand pairs at most, so that no generated client decides.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np
import scipy.sparse as sp
from scipy.optimize import minimize

from grpc_backend.search.semantic.model import GROUPS

# Weight decay, and how far L-BFGS goes: on packages left out the loss does not fall further.
DECAY: Final = 3e-6
STEPS: Final = 60
MOST_OF_A_PACKAGE: Final = 1_000
_TYPE: Final = re.compile(
    r"\b(?:class|interface|struct|enum|trait|module|namespace|object|record|protocol|type|union)\s+(?:[A-Z_]{4,}\s+)?$"
)
_CALLED: Final = re.compile(r"\(|=>")
_DEFINED: Final = re.compile(r"\b(?:def|fun|func|fn|function)\b")


def group_of(name: str, signature: str) -> int:
    """Which of GROUPS a signature is of; pairs do not keep the kind of their symbol."""
    before, _, after = signature.partition(name)
    if _TYPE.search(before) and "(" not in before.rpartition(")")[2]:
        return GROUPS.index("type")
    return GROUPS.index("callable" if _CALLED.search(after) or _DEFINED.search(before) else "value")


def features(questions: sp.csr_matrix, firsts: np.ndarray) -> sp.csr_matrix:
    """Of each question which words it has, and which is the first (-1: none that is known)."""
    words = (questions > 0).astype(np.float32)
    known = np.flatnonzero(firsts >= 0)
    ones = np.ones(len(known), np.float32)
    return sp.hstack([words, sp.csr_matrix((ones, (known, firsts[known])), shape=words.shape)]).tocsr()


def fitted(told: sp.csr_matrix, groups: np.ndarray, packages: np.ndarray) -> np.ndarray:
    """The rows of `kinds.npy` (see `Model.kinds`)."""
    sizes = np.bincount(packages)
    counted = np.minimum(1, MOST_OF_A_PACKAGE / sizes)[packages].astype(np.float32)
    counted /= counted.sum()
    wanted = np.eye(len(GROUPS), dtype=np.float32)[groups]
    by_feature = told.T.tocsr()
    shape = (told.shape[1] + 1, len(GROUPS))

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        logits = flat.reshape(shape).astype(np.float32)
        likely = told @ logits[:-1] + logits[-1]
        likely = np.exp(likely - likely.max(1, keepdims=True))
        likely /= likely.sum(1, keepdims=True)
        value = -float(counted @ np.log((likely * wanted).sum(1) + 1e-9)) + DECAY * float((logits[:-1] ** 2).sum())
        slope = (likely - wanted) * counted[:, None]
        gradient = np.vstack([by_feature @ slope + 2 * DECAY * logits[:-1], slope.sum(0)])
        return value, gradient.ravel().astype(np.float64)

    found = minimize(loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    return np.vstack([found.x.reshape(shape), np.log(counted @ wanted)]).astype(np.float16)
