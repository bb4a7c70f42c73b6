"""What _scan.c has; see there."""

import re
from collections.abc import Callable
from typing import Protocol

from grpc_backend.extract.memories import Gap, Word

class Scan(Protocol):
    """For what a text is read."""

    def keyword(self, word: Word, before: int, between: str, end: int, /) -> int: ...
    def take_apart(self, word: Word, start: int, role: int, earlier: int, /) -> None: ...

class Scanner:
    """Reads texts of one language."""

    def __init__(
        self,
        match: Callable[[str, int], re.Match[str] | None],
        classes: bytes,
        asked: tuple[Callable[[str], Word], Callable[[str], Gap], Callable[[int], int], Callable[[int], int]],
        signs: tuple[int, int, int, int, int, int],
        roles: tuple[int, int, int, int, int, int],
        limits: tuple[int, int, int],
    ) -> None: ...
    def run(
        self,
        scan: Scan,
        uses: dict[str, dict[str, list[int]]],
        text: str,
        offset: int,
        places: list[int],
        role_at: dict[int, int],
        borders: list[int],
        roles: list[int],
    ) -> None: ...
    def forget(self) -> None: ...

def find_words(text: str, classes: bytes, sought: tuple[str, ...]) -> list[list[int]]:
    """Where each of some words stands in a text."""

def end_of_brackets(text: str, start: int, limit: int, brackets: str, depth: int) -> int:
    """Where what opens at `start` ends, before `limit`; else 0."""

def line_lengths(content: bytes) -> list[int]:
    """The lengths of a content's lines, their ends included."""

def cut_out(text: str, match: Callable[[str, int], re.Match[str] | None]) -> tuple[str, list[tuple[int, int]]]:
    """A text without comments and what is in quotes, and where else `match` told what is no code."""
