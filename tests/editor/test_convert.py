"""Positions: three encodings, surrogate pairs, CRLF, lone CR, tabs, bytes that are no UTF-8."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from bridge.editor.convert import Text, full_range, kind_of, name_range, path_of, uri_of
from grpc_backend.model import KINDS
from protos import code_index_pb2 as pb
from tests.editor.conftest import ENCODINGS

SAMPLE = "a\tb\r\n🙂é = 'x𐐀y'\rlast €\n\n"
LINES = st.lists(
    st.tuples(st.text(alphabet="a\té€🙂𐐀\u2028\x0c\x85", max_size=6), st.sampled_from(["\n", "\r\n", "\r"])), max_size=6
)


def units(text: str, encoding: str) -> int:
    return {"utf-8": len(text.encode()), "utf-16": len(text.encode("utf-16-le")) // 2, "utf-32": len(text)}[encoding]


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(LINES, st.text(alphabet="a🙂é", max_size=3))
def test_every_character_of_every_text_is_found_where_it_is(encoding, lines, tail):
    whole = "".join(line + end for line, end in lines) + tail
    text = Text(whole.encode())
    offset = 0
    # CR and LF that meet are one line end.
    parts = whole.encode().splitlines(keepends=True) or [b""]
    for number, part in enumerate(parts):
        line = part.decode().rstrip("\r\n")
        for column in range(len(line) + 1):
            position = types.Position(number, units(line[:column], encoding))
            here = offset + len(line[:column].encode())
            assert text.offset_at(position, encoding) == here
            assert text.position_at(here, encoding) == position
        offset += len(part)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_positions_outside_are_clamped(encoding):
    text = Text(SAMPLE.encode())
    assert text.offset_at(types.Position(0, 99), encoding) == 3
    assert text.offset_at(types.Position(99, 0), encoding) == len(SAMPLE.encode())
    assert Text(b"").offset_at(types.Position(0, 5), encoding) == 0


def test_a_position_inside_a_character_is_before_it():
    text = Text("🙂é".encode())
    assert [text.offset_at(types.Position(0, n), "utf-16") for n in range(4)] == [0, 0, 4, 6]
    assert [text.offset_at(types.Position(0, n), "utf-8") for n in range(7)] == [0, 0, 0, 0, 4, 4, 6]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_edits_make_the_text_that_the_editor_has(encoding):
    random.seed(7)
    now = SAMPLE
    text = Text(now.encode())
    for _ in range(300):
        start, end = sorted(random.choices(range(len(now) + 1), k=2))
        new = random.choice(["", "z", "é🙂", "\r\n", "\t", "\n", "€€"])
        # Between CR and LF there is no place that a position could name.
        if "\r\n" in (now[start - 1 : start + 1], now[end - 1 : end + 1]):
            continue
        range_ = text.range_of(len(now[:start].encode()), len(now[:end].encode()), encoding)
        now = now[:start] + new + now[end:]
        text = text.edited(types.TextDocumentContentChangePartial(range=range_, text=new), encoding)
        assert text.content.decode() == now
    assert text.edited(types.TextDocumentContentChangeWholeDocument("new"), encoding).content == b"new"


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_daemons_lines_end_at_lf_alone(encoding):
    content = b"x = 1\ry = 2\ndef f(): pass\n"
    text = Text(content)
    assert text.offset_of(2, 4) == content.index(b"f()")
    assert text.row_of(content.index(b"f()")) == 2
    assert text.position_at(text.offset_of(2, 4), encoding) == types.Position(2, 4)
    assert text.offset_of(9, 0) == len(content)


def test_bytes_that_are_no_utf8_are_one_character_each():
    text = Text(b"\xe9\xff = name\n")
    assert text.position_at(5, "utf-16") == types.Position(0, 5)
    assert text.offset_at(types.Position(0, 5), "utf-32") == 5


@pytest.mark.parametrize(
    ("content", "offset", "language", "word"),
    [
        ("foo.bar(x)", 4, "python", "bar"),
        ("foo.bar(x)", 3, "python", "foo"),
        ("foo.bar(x)", 7, "python", "bar"),
        ("é.größe()", 3, "python", "größe"),
        ("empty? ", 6, "ruby", "empty?"),
        ("print!()", 2, "rust", "print"),
        ("x\r\n\tself.go\r\n", 10, "python", "go"),
        ("  + ", 1, "python", None),
        ("12", 1, "python", None),
    ],
)
def test_the_word_at_a_place(content, offset, language, word):
    text = Text(content.encode())
    at = text.word_at(offset, language)
    assert (at and text.between(*at)) == word


def test_a_name_lies_within_its_definition_even_where_it_is_made_up():
    text = Text(b'# A heading\n"key": 1\n')
    heading = pb.Symbol(name="a-heading", line=1, column=2, start_line=1, start_column=2, end_line=1, end_column=2)
    assert name_range(text, heading, "utf-8") == types.Range(types.Position(0, 2), types.Position(0, 3))
    assert full_range(text, heading, "utf-8").end == types.Position(0, 3)


def test_every_kind_is_one_of_lsp():
    assert [kind_of(pb.Symbol(kind=kind)).value for kind in KINDS] == list(range(1, 27))


@pytest.mark.parametrize("path", ["/a/b c;d#e?f%20.py", "/ä/🙂.py"])
def test_uris_lead_back(path):
    assert str(path_of(uri_of(path))) == path
    assert path_of("untitled:Untitled-1") is None
