"""Which sentences are questions."""

from __future__ import annotations

import pytest

from tools.semantic.sentences import next_question


@pytest.mark.parametrize(
    ("rest", "found"),
    [
        (". Values are kept in order. More follows here.", "Values are kept in order"),
        ("\n\nReturns what was left of it.\n", "Returns what was left of it"),
        (". See it. The cache is emptied first.", "The cache is emptied first"),
        ("", ""),
        ("x", ""),
    ],
)
def test_the_next_sentence_that_says_something(rest, found):
    assert next_question(rest) == found
