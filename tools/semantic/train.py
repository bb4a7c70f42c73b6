"""Train the word vectors: `python -m tools.semantic.train WORK`. One core, some minutes.

A symbol is a weighted sum of its fields' words, a question the sum of its own; both are scaled to length one. In a
batch, each question must tell its symbol from all others and the reverse (softmax of cosines over a temperature;
"in-batch negatives" after Henderson et al. 2017, symmetric as in CLIP, Radford et al. 2021). Half of the batches
hold few packages, so that what must be told apart is alike. Words fall out at random, fields too, so that no symbol
hangs on its name alone.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import scipy.sparse as sp

from grpc_backend.search.semantic.fields import FIELDS
from grpc_backend.search.semantic.model import SHIPPED, Model, Settings, digest
from tools.semantic.corpus import Corpus, gathered, match_rates, matrices, read, vocabulary
from tools.semantic.kinds import features, fitted

DIMENSIONS: Final = 256
BATCH: Final = 2048
TEMPERATURE: Final = 0.05
WORD_DROPOUT: Final = 0.2
# How often a field is left out of a whole batch's symbols.
FIELD_DROPOUT: Final = {
    "name": 0.1,
    "container": 0.15,
    "signature": 0.15,
    "body": 0.35,
    "documentation": 0.6,
    "path": 0.3,
}
FIELD_START: Final = {"name": 3.0, "container": 1.2, "signature": 1.0, "body": 0.8, "documentation": 0.8, "path": 0.6}
WORDS: Final = 26_000
BUCKETS: Final = 8_192
# Before anything is fitted (fit.py): what was found good by hand elsewhere.
START_RANKING: Final = {
    "words": 1.0,
    "meaning": 0.4,
    "closest": 0.6,
    "named": 0.1,
    "asked": 0.1,
    "explained": 0.1,
    "path": 0.1,
    "around": 0.1,
    "aside": -0.3,
    "kind": 0.1,
}
RATE: Final = 0.004
EPOCHS: Final = 5


class Adam:
    """Kingma & Ba 2015, on the rows that a batch touches."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self._mean = np.zeros(shape, np.float32)
        self._square = np.zeros(shape, np.float32)
        self._steps = 0

    def step(self, values: np.ndarray, rows: np.ndarray, gradient: np.ndarray, rate: float) -> None:
        """Change `values` in place: those of `rows`, by their gradient."""
        self._steps += 1
        mean = self._mean[rows] = 0.9 * self._mean[rows] + 0.1 * gradient
        square = self._square[rows] = 0.999 * self._square[rows] + 0.001 * gradient * gradient
        mean = mean / (1 - 0.9**self._steps)
        square = square / (1 - 0.999**self._steps)
        values[rows] -= rate * mean / (np.sqrt(square) + 1e-8)


class Trainer:
    """Vectors and field weights under training."""

    def __init__(self, corpus: Corpus, seed: int = 0) -> None:
        """Start from nothing: vectors by chance."""
        self._corpus = corpus
        self._rng = np.random.default_rng(seed)
        rows = corpus.questions.shape[1]
        self.vectors = (self._rng.standard_normal((rows, DIMENSIONS)) / np.sqrt(DIMENSIONS)).astype(np.float32)
        self.weights = np.array([[FIELD_START[name]] for name in FIELDS], np.float32)
        self._adam = Adam(self.vectors.shape)
        self._adam_weights = Adam(self.weights.shape)

    def go_on_from(self, model: Model, words: list[str]) -> None:
        """Take over the field weights and the vectors that a model has for `words`, and for parts of words."""
        scaled = model.vectors * model.scales[:, None].astype(np.float32)
        places = [(row, model.words[word]) for row, word in enumerate(words) if word in model.words]
        ours, theirs = np.array(places, np.int64).T
        self.vectors[ours] = scaled[theirs]
        if len(self.vectors) - len(words) == model.settings.buckets:
            self.vectors[len(words) :] = scaled[len(model.words) :]
        self.weights[:, 0] = model.settings.fields

    def run(self, epochs: int = EPOCHS) -> None:
        """Train; print the mean loss of each epoch."""
        batches = len(self._corpus.packages) // BATCH
        total, done = epochs * batches, 0
        for epoch in range(epochs):
            begun, losses = time.time(), []
            for chosen in self._batches(batches):
                rate = RATE * min(1.0, (done + 1) / 100) * (1 - done / total)
                losses.append(self._step(chosen, rate))
                done += 1
            print(
                f"epoch {epoch + 1}: loss {np.mean(losses):.3f}, {time.time() - begun:.0f} s",
                self.weights.ravel().round(2),
                flush=True,
            )

    def _batches(self, count: int) -> Iterator[np.ndarray]:
        """Rows of each batch: by chance and by package, in turn."""
        by_chance = self._rng.permutation(len(self._corpus.packages))
        order = self._rng.permutation(self._corpus.packages.max() + 1)[self._corpus.packages]
        by_package = np.lexsort((self._rng.random(len(order)), order))
        starts = self._rng.permutation(count) * BATCH
        for number, start in enumerate(starts):
            yield (by_chance if number % 2 else by_package)[start : start + BATCH]

    def _step(self, chosen: np.ndarray, rate: float) -> float:
        questions = self._dropped(self._corpus.questions[chosen])
        kept = [self._rng.random() >= FIELD_DROPOUT[name] for name in FIELDS]
        kept[0] = kept[0] or not any(kept)
        fields = [
            self._dropped(field[chosen]) if keep else None
            for field, keep in zip(self._corpus.fields, kept, strict=True)
        ]
        parts = [None if field is None else field @ self.vectors for field in fields]
        asked = questions @ self.vectors
        said = sum(weight * part for weight, part in zip(self.weights[:, 0], parts, strict=True) if part is not None)
        loss, to_asked, to_said = _softmax_loss(asked, said, self._corpus.alike[chosen])
        gradient = questions.T @ to_asked
        to_weights = np.zeros_like(self.weights)
        for number, (field, part) in enumerate(zip(fields, parts, strict=True)):
            if field is not None:
                gradient += self.weights[number, 0] * (field.T @ to_said)
                to_weights[number, 0] = np.vdot(part, to_said)
        rows = np.flatnonzero(np.abs(gradient).sum(1))
        self._adam.step(self.vectors, rows, gradient[rows], rate)
        self._adam_weights.step(self.weights, np.arange(len(FIELDS)), to_weights, 10 * rate)
        np.maximum(self.weights, 0.01, out=self.weights)
        return loss

    def _dropped(self, matrix: sp.csr_matrix) -> sp.csr_matrix:
        matrix.data = matrix.data * (self._rng.random(len(matrix.data)) >= WORD_DROPOUT)
        return matrix


def _softmax_loss(asked: np.ndarray, said: np.ndarray, alike: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """The mean loss of both directions and its gradients before the scaling to length one."""
    asked_length = np.linalg.norm(asked, axis=1, keepdims=True) + 1e-6
    said_length = np.linalg.norm(said, axis=1, keepdims=True) + 1e-6
    a, s = asked / asked_length, said / said_length
    likely = np.exp((a @ s.T - 1) / TEMPERATURE)  # cosines are at most one, so nothing runs over
    for group in _twins(alike):
        likely[np.ix_(group, group)] *= np.eye(len(group), dtype=np.float32)
    by_question, by_symbol = likely.sum(1), likely.sum(0)
    right = likely.diagonal() + 1e-30
    loss = 0.5 * float(np.mean(np.log(by_question / right) + np.log(by_symbol / right)))
    slope = likely * (1 / by_question[:, None] + 1 / by_symbol)
    slope.flat[:: len(a) + 1] -= 2
    slope /= 2 * len(a) * TEMPERATURE
    to_a, to_s = slope @ s, slope.T @ a
    return loss, _through_length(to_a, a, asked_length), _through_length(to_s, s, said_length)


def _twins(alike: np.ndarray) -> list[np.ndarray]:
    """The places of each number that is there more than once."""
    order = np.argsort(alike, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(alike[order])) + 1)
    return [one for one in groups if len(one) > 1]


def _through_length(gradient: np.ndarray, unit: np.ndarray, length: np.ndarray) -> np.ndarray:
    return (gradient - (gradient * unit).sum(1, keepdims=True) * unit) / length


def save(folder: Path, trainer: Trainer, corpus: Corpus, words: list[str], buckets: int) -> None:
    """Write a model of bytes, as `grpc_backend.search.semantic.model` reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    scales = np.maximum(np.abs(trainer.vectors).max(1), 1e-6) / 127
    np.save(folder / "vectors.npy", np.rint(trainer.vectors / scales[:, None]).astype(np.int8))
    np.save(folder / "scales.npy", scales.astype(np.float16))
    np.save(folder / "matches.npy", np.rint(match_rates(corpus, words) * 255).astype(np.uint8))
    told = features(corpus.questions[:, : len(words)], corpus.firsts)
    np.save(folder / "kinds.npy", fitted(told, corpus.groups, corpus.packages))
    (folder / "words.txt").write_text("\n".join(words), "ascii")
    fields = tuple(float(weight) for weight in trainer.weights.ravel().round(4))
    settings = Settings(buckets, DIMENSIONS, fields, START_RANKING, digest(folder))
    (folder / "model.json").write_bytes(msgspec.json.format(msgspec.json.encode(settings), indent=1))


def main() -> None:
    """Train on all pairs but those that are refused, and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--into", type=Path, default=SHIPPED)
    parser.add_argument("--start", type=Path, help="a model to go on from, in place of chance")
    parser.add_argument("--words", type=int, default=WORDS)
    parser.add_argument("--buckets", type=int, default=BUCKETS)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    arguments = parser.parse_args()
    refused = frozenset(map(int, (arguments.work / "refused.txt").read_text().split()))
    said = gathered(read(arguments.work / "pairs", refused))
    found = vocabulary(said, arguments.words)
    corpus = matrices(said, found, arguments.buckets)
    print(f"{len(said.packages)} pairs of {corpus.packages.max() + 1} packages, {len(found)} words", flush=True)
    trainer = Trainer(corpus)
    if arguments.start:
        trainer.go_on_from(Model(arguments.start), found)
    trainer.run(arguments.epochs)
    save(arguments.into, trainer, corpus, found, arguments.buckets)


if __name__ == "__main__":
    main()
