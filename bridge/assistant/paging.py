"""Lists cut to a number and to a budget of tokens, and the cursor that goes on where they were cut.

What a model sees differs by client: text, structure, or both. The structure is the larger; it is what is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, TypeVar

import msgspec

from bridge.assistant.structure import Json
from bridge.errors import InvalidRequest
from bridge.session import WorkspaceSession

T = TypeVar("T")

# Of compact JSON about symbols, in the o200k_base vocabulary: `python -m tests.bench.tokens DIR` prints it.
CHARACTERS_PER_TOKEN: Final = 3.8
# What an answer has besides its list.
FRAME_TOKENS: Final = 80


def tokens(value: Json) -> int:
    """About how many tokens a structure has."""
    return int(len(msgspec.json.encode(value)) / CHARACTERS_PER_TOKEN)


def fitting(items: Sequence[Json], max_tokens: int) -> int:
    """How many of the first items fit into a budget; one at least, if there is any."""
    left = (max_tokens - FRAME_TOKENS) * CHARACTERS_PER_TOKEN
    for number, one in enumerate(items):
        left -= len(msgspec.json.encode(one))
        if left < 0:
            return max(number, 1)
    return len(items)


def decode(cursor: str, kind: type[T]) -> dict[str, T]:
    """Where the page before ended in each root. Errors: InvalidRequest."""
    try:
        return msgspec.json.decode(cursor, type=dict[str, kind]) if cursor else {}  # type: ignore[valid-type]
    except msgspec.DecodeError:
        raise InvalidRequest("the cursor is none of ours: pass the one of the answer before, as it is") from None


def encode(ends: dict[str, T]) -> str:
    """The cursor of these ends."""
    return msgspec.json.encode(ends).decode()


def skips(cursor: str) -> dict[str, int]:
    """How many were shown before, by root. Errors: InvalidRequest."""
    return {root: max(count, 0) for root, count in decode(cursor, int).items()}


def after(before: dict[str, int], shown: Sequence[WorkspaceSession]) -> str:
    """The cursor after another page, of which each item's workspace is given."""
    return encode(dict(Counter(before) + Counter(str(one.root) for one in shown)))
