"""When something was told of a path last."""

from __future__ import annotations

from types import SimpleNamespace

from bridge.workspace import last_words
from bridge.workspace.last_words import LastWords


def test_what_is_told_later_or_just_now_is_after_a_sequence():
    stream = SimpleNamespace(sequence=0)
    words = LastWords(stream)
    with words.saying(["a.py"]):
        assert words.after(["a.py", "b.py"], 9) == {"a.py"}
        stream.sequence = 3
    assert words.after(["a.py", "b.py"], 2) == {"a.py"}
    assert words.after(["a.py", "b.py"], 3) == set()


def test_of_very_many_paths_the_last_sequence_counts(monkeypatch):
    monkeypatch.setattr(last_words, "MAX_PATHS", 2)
    stream = SimpleNamespace(sequence=5)
    words = LastWords(stream)
    with words.saying(["a.py", "b.py", "c.py"]):
        pass
    assert words.after(["d.py"], 4) == {"d.py"}
    assert words.after(["a.py", "d.py"], 5) == set()
