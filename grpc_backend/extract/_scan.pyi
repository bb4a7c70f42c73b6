"""What _scan.c has; see there."""

import re
from collections.abc import Callable
from typing import Protocol

from grpc_backend.extract.memories import Gap, Word

class Scan(Protocol):
    """What takes the uses in."""

    def keyword(self, word: Word, before: int, between: str, end: int, /) -> int: ...
    def lists_of(self, word: Word, /) -> tuple[list[int] | int, ...]: ...
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
        text: str,
        offset: int,
        places: list[int],
        role_at: dict[int, int],
        borders: list[int],
        roles: list[int],
    ) -> None: ...
    def forget(self) -> None: ...
