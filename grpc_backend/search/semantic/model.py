"""The word vectors that are shipped: a row a word, and rows for the parts of words that have none.

`vectors.npy` are bytes, each row to be multiplied by its scale; `kinds.npy` tells what a question is likely to be
after, by its words; `model.json` names the sizes, the weights of the
fields, the ranking's weights and the sha256 of the other files, which together make the model's id. Trained by
tools/semantic.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final
from zlib import crc32

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from grpc_backend.errors import StorageFailed

Floats = npt.NDArray[np.float32]

GRAM_SIZES: Final = (3, 4)
SHIPPED: Final = Path(__file__).parent / "data"
FILES: Final = ("vectors.npy", "scales.npy", "matches.npy", "kinds.npy", "words.txt")
GROUPS: Final = ("type", "callable", "value")
# How often a word of a question stands in the symbol that is meant, for words that training did not see: mostly names.
UNSEEN_MATCH: Final = 0.9
ASKING: Final = frozenset({"how", "what", "when", "where", "which", "who", "why"})
# No question is so sure of the kind of symbol it means that this would decide.
SUREST: Final = 2.0


class Settings(Struct, frozen=True):
    """What `model.json` holds. `fields`: the weight of each of `fields.FIELDS` in a symbol's vector."""

    buckets: int
    dimensions: int
    fields: tuple[float, ...]
    ranking: dict[str, float]
    sha256: str


class Model:
    """See the module. Read-only; its arrays are mapped, not read."""

    def __init__(self, folder: Path) -> None:
        try:
            self.settings = msgspec.json.decode((folder / "model.json").read_bytes(), type=Settings)
            self.vectors: npt.NDArray[np.int8] = np.load(folder / "vectors.npy", mmap_mode="r")
            self.scales: npt.NDArray[np.float16] = np.load(folder / "scales.npy")
            self.matches: npt.NDArray[np.uint8] = np.load(folder / "matches.npy")
            self._kinds: npt.NDArray[np.float16] = np.load(folder / "kinds.npy")
            listed = (folder / "words.txt").read_text("ascii").split("\n")
        except (OSError, ValueError, msgspec.DecodeError) as error:
            raise StorageFailed(
                f"the word vectors in {folder} cannot be read ({error}): install codeindex anew"
            ) from error
        self.words = {word: row for row, word in enumerate(listed)}
        self.id = self.settings.sha256[:16]

    @property
    def dimensions(self) -> int:
        """Of every vector."""
        return self.settings.dimensions

    def rows(self, word: str) -> list[int]:
        """The rows whose mean is a word's vector: its own, or for an unknown word those of its parts."""
        row = self.words.get(word)
        return [row] if row is not None else [len(self.words) + one for one in grams(word, self.settings.buckets)]

    def vector(self, word: str) -> Floats:
        """A word's vector."""
        rows = self.rows(word)
        return np.asarray((self.vectors[rows] * self.scales[rows, None].astype(np.float32)).mean(0), np.float32)

    def match(self, word: str) -> float:
        """How likely a symbol that a question with this word means has the word itself."""
        row = self.words.get(word)
        return UNSEEN_MATCH if row is None else float(self.matches[row]) / 255

    def kinds(self, words: Sequence[str]) -> Floats:
        """Of each of GROUPS: how much likelier a question of these words means one than questions do (a logarithm).

        The rows of `kinds.npy` are logits: of each word, of each word where it is the first, of no word; then the
        logarithms of the groups' shares. They are learnt from statements: of what is asked with a question's first
        word they would tell the wrong thing ("how" begins what is said of values: "how many there are").
        """
        if words and words[0] in ASKING:
            return np.zeros(len(GROUPS), np.float32)
        known = [self.words[word] for word in dict.fromkeys(words) if word in self.words]
        first = [len(self.words) + self.words[word] for word in words[:1] if word in self.words]
        logits = self._kinds[[*known, *first, -2]].astype(np.float32).sum(0)
        likely = logits - np.log(np.exp(logits - logits.max()).sum()) - logits.max()
        return np.asarray(np.clip(likely - self._kinds[-1], -SUREST, SUREST), np.float32)


def grams(word: str, buckets: int) -> list[int]:
    """The buckets of a word's parts (Bojanowski et al. 2017, "Enriching word vectors with subword information")."""
    marked = f"<{word}>"
    return [
        crc32(marked[start : start + size].encode()) % buckets
        for size in GRAM_SIZES
        for start in range(max(len(marked) - size + 1, 1))
    ]


def digest(folder: Path) -> str:
    """The sha256 over all files of a model but its settings."""
    return hashlib.sha256(b"".join(hashlib.sha256((folder / name).read_bytes()).digest() for name in FILES)).hexdigest()


@cache
def shipped() -> Model:
    """The model that comes with the package."""
    return Model(SHIPPED)
