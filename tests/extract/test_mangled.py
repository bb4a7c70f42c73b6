"""What mangled sources once disturbed: each is the shortest that did, and what it defines all the same."""

from __future__ import annotations

import pytest

from tests.extract.invariants import checked


@pytest.mark.parametrize(
    ("language", "content", "names"),
    [
        ("elixir", b"defmodule B@ d b", ["B"]),
        ("zig", b'@"', []),
        ("kotlin", b"val size = 1\n@Half", ["size"]),
        ("cpp", b"GIN\n\xff", []),
        ("perl", b"package f'{r", ["f", "r"]),
        ("perl", b'sub f;<<"EOT"\'"\nEOT\n\'@l', ["f"]),
    ],
)
def test_mangled(language, content, names):
    assert [one.qualified_name for one in checked(language, content).symbols] == names
