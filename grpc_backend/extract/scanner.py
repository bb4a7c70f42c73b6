"""What goes through the words of texts: in C where extraction is compiled (see compiled.py)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from grpc_backend.extract import words
from grpc_backend.extract.compiled import scan
from grpc_backend.extract.memories import (
    CHAIN,
    NAME,
    REMEMBERED_GAP_CHARACTERS,
    REMEMBERED_GAPS,
    REMEMBERED_WORDS,
    UNSURE,
    Memories,
)
from grpc_backend.extract.rules import FREE, HIDDEN, Rules
from grpc_backend.model import Role
from grpc_backend.packing import ROLE_BITS

if TYPE_CHECKING:
    from grpc_backend.extract._scan import Scanner


def new_scanner(rules: Rules, memories: Memories) -> Scanner | None:
    """The scanner of a language, which learns from these memories; None where it is not built.

    It does what `_run` in references.py does, in its place.
    """
    if scan is None:
        return None
    found: Scanner = scan.Scanner(
        rules.splitter.pattern.match,
        rules.splitter.classes,
        (memories.new_word, memories.new_gap, memories.role, memories.told),
        (words.STATEMENT, words.TYPED, words.CALLED, words.IMPORTED, NAME, CHAIN),
        (Role.TYPE, Role.IMPORT, HIDDEN, FREE, UNSURE, ROLE_BITS),
        (REMEMBERED_WORDS, REMEMBERED_GAPS, REMEMBERED_GAP_CHARACTERS),
    )
    return found


class WordFinder:
    """Finds out where each of some words stands."""

    def __init__(self, sought: Iterable[str], word: str) -> None:
        """`word` is what words consist of, as in a set of `re`."""
        self._sought = tuple(sought)
        self._classes = words.classes(word)
        # Begin with the word itself, so that `re` skips to it.
        self._patterns = [re.compile(f"{one}(?<![{word}]{one})(?![{word}])") for one in self._sought]

    def find(self, text: str) -> dict[str, list[int]]:
        """The offsets of each word, in order."""
        if scan is not None:
            return dict(zip(self._sought, scan.find_words(text, self._classes, self._sought), strict=True))
        return {
            one: [match.start() for match in pattern.finditer(text)]
            for one, pattern in zip(self._sought, self._patterns, strict=True)
        }
