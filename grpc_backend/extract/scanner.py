"""The loop over words in C (_scan.c), which wheels have that are compiled (see hatch_build.py).

This is the place that decides which form runs: what is in the extension takes the place of what references.py does by
itself, with the very same results.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grpc_backend.extract import words
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

try:
    from grpc_backend.extract import _scan
except ImportError:  # not built
    _scan = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from grpc_backend.extract._scan import Scanner


def new_scanner(rules: Rules, memories: Memories) -> Scanner | None:
    """The scanner of a language, which learns from these memories; None where it is not built."""
    if _scan is None:
        return None
    return _scan.Scanner(
        rules.splitter.pattern.match,
        rules.splitter.classes,
        (memories.new_word, memories.new_gap, memories.role, memories.told),
        (words.STATEMENT, words.TYPED, words.CALLED, words.IMPORTED, NAME, CHAIN),
        (Role.TYPE, Role.IMPORT, HIDDEN, FREE, UNSURE, ROLE_BITS),
        (REMEMBERED_WORDS, REMEMBERED_GAPS, REMEMBERED_GAP_CHARACTERS),
    )
