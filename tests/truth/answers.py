"""What an oracle says of files, kept in a folder so that a long run goes on where it was ended, and a second is cheap.

An answer is kept by what it depends on: the file's content, path and project, the oracles' own text, and the search
path for headers. Headers and other files beside it are not looked at: delete the folder where they change.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import ModuleType

import msgspec

from tests.truth.definition import Definition

ORACLES = Path(__file__).with_name("oracles")
# Only what has been answered is kept, and some oracles are programs that take a second to start: as many files are
# asked for at once as take the processor about so long.
BATCH_S = 10


class Answer(msgspec.Struct):
    """What an oracle says of one file: None if it cannot parse it; `unseen` are the lines it says nothing of."""

    definitions: list[Definition] | None
    unseen: set[int]


class Answers:
    """One oracle's answers; without a folder nothing is kept."""

    def __init__(self, oracle: ModuleType, folder: Path | None) -> None:
        self._oracle = oracle
        self._folder = folder
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    def of(self, paths: list[Path], project: Path) -> dict[Path, Answer]:
        """What it says of each file of a project that it can parse."""
        found = {path: kept for path in paths if (kept := self._kept(path, project))}
        left = [path for path in paths if path not in found]
        if left and hasattr(self._oracle, "prepare"):
            self._oracle.prepare(project)
        size = 1
        while left:
            start = _spent_s()
            for path, answer in self._asked(left[:size]):
                found[path] = answer
                self._keep(path, project, answer)
            left = left[size:]
            size = size * 2 if _spent_s() - start < BATCH_S else max(1, size // 2)
        return {path: found[path] for path in paths if found[path].definitions is not None}

    def _asked(self, paths: list[Path]) -> Iterator[tuple[Path, Answer]]:
        known = self._oracle.definitions(paths)
        sees_all = not hasattr(self._oracle, "unseen")
        for path in paths:
            yield path, Answer(known.get(path), set() if sees_all or path not in known else self._oracle.unseen(path))

    def _kept(self, path: Path, project: Path) -> Answer | None:
        place = self._place(path, project)
        return msgspec.json.decode(place.read_bytes(), type=Answer) if place is not None and place.exists() else None

    def _keep(self, path: Path, project: Path, answer: Answer) -> None:
        if (place := self._place(path, project)) is not None:
            unfinished = place.with_suffix(".part")
            unfinished.write_bytes(msgspec.json.encode(answer))
            unfinished.replace(place)

    def _place(self, path: Path, project: Path) -> Path | None:
        if self._folder is None:
            return None
        depends = (self._oracle.__name__, str(path.resolve()), str(project.resolve()), os.environ.get("CPATH", ""))
        key = sha256("\0".join((*depends, _text_of_oracles())).encode() + b"\0" + path.read_bytes())
        return self._folder / f"{key.hexdigest()}.json"


def _spent_s() -> float:
    """The processor's time so far, of this process and of those that it waited for: a busy machine is not slow."""
    return sum(os.times()[:4])


@cache
def _text_of_oracles() -> str:
    return "\0".join(path.read_text() for path in sorted(ORACLES.glob("*.*")))
