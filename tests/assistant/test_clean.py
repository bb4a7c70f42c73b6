"""Nothing of a source reaches the model that its reader could not see."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.assistant.clean import HIDDEN, body, fenced, line

INVISIBLE = {
    "escape": "\x1b",
    "null": "\0",
    "backspace": "\b",
    "delete": "\x7f",
    "next line": "\x85",
    "soft hyphen": "\u00ad",
    "zero-width space": "\u200b",
    "right-to-left override": "\u202e",
    "isolate": "\u2066",
    "byte-order mark": "\ufeff",
    "variation selector": "\ufe0f",
    "filler": "\u3164",
    "tag": "\U000e0041",
    "variation selector supplement": "\U000e0100",
}


@pytest.mark.parametrize("character", INVISIBLE.values(), ids=INVISIBLE)
def test_an_invisible_character_is_left_out(character):
    assert line(f"a{character}b").replace(" ", "") == "ab"
    text, hidden = body(f"a{character}b\n")
    assert (text, hidden) == ("ab\n", 1)


def test_a_line_is_one_line_of_a_limited_length():
    assert line("  class A(\n\t\tB,\r\n C)  ") == "class A( B, C)"
    assert line("one\rtwo\x0bthree\u2028four") == "one two three four"
    assert line("x" * 400, 10) == "x" * 9 + "…"
    assert line("x" * 10, 10) == "x" * 10


def test_a_body_keeps_lines_indentation_and_what_can_be_seen():
    source = "def größe():\n\treturn '日本 😀'\n"
    assert body(source) == (source, 0)
    assert body("a\r\nb\r\n") == ("a\nb\n", 0)


@given(st.text(alphabet="`\n a", max_size=60), st.text(alphabet="`a ", max_size=30))
def test_nothing_quoted_ends_its_fence(text, item):
    first, *inside, last = fenced(f"{text}\n{line(item)}").split("\n")
    assert first == last
    assert first == "`" * len(first)
    assert all(first not in one for one in inside)


@given(st.text())
def test_whatever_comes_only_visible_text_goes_out(text):
    shown = line(text)
    assert not HIDDEN.search(shown)
    assert not any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in shown)
    assert line(shown) == " ".join(shown.split()) or "…" in shown
    assert not HIDDEN.search(body(text)[0])
