"""The loop over words in C does what the one in Python does, and bad input costs it nothing.

It is there where the compiled form is: `python -m tests.compiled pytest tests/extract/test_scanner.py`.
"""

from __future__ import annotations

import gc
import re
import sys
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grpc_backend.extract import detect, extractor, scanner
from grpc_backend.extract.draft import Unit
from grpc_backend.extract.form import extraction_form
from grpc_backend.extract.grammar import load
from grpc_backend.extract.memories import Memories
from grpc_backend.extract.references import ReferenceFinder
from grpc_backend.packing import uses_of
from tests.extract.test_fuzz import PIECES, TOKENS, changes, mangled
from tests.golden.case import cases, source_of

is_built = pytest.mark.skipif(scanner._scan is None, reason="nothing is compiled here")
SHORT = settings(
    max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
WHOLE = {"places": [], "role_at": {}, "borders": [], "roles": []}


def test_it_is_there_where_extraction_is_compiled():
    assert (scanner._scan is not None) == (extraction_form() == "compiled")


@cache
def plain(language):
    return ReferenceFinder(load(language).rules, plain=True)


def said(language, content):
    found = extractor.extract(language, content)
    occurrences = {name: uses_of(packed) for name, packed in found.occurrences.items()}
    return found.symbols, found.imports, found.warnings, found.layout, occurrences


def check(monkeypatch, language, content):
    """Both forms say the same of a content, their lists in the same order."""
    in_c = said(language, content)
    with monkeypatch.context() as patched:
        patched.setattr(extractor, "_finder", plain)
        assert said(language, content) == in_c


@is_built
@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_golden_texts(monkeypatch, case):
    check(monkeypatch, case.parent.name, source_of(case).encode())


@is_built
@pytest.mark.parametrize("language", detect.languages())
@SHORT
@given(data=st.data())
def test_texts_of_words_and_signs(monkeypatch, language, data):
    pieces = st.lists(st.sampled_from(TOKENS[language] + PIECES), max_size=60)
    check(monkeypatch, language, b"".join(data.draw(pieces)))


@is_built
@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case.parent.name}/{case.stem}")
@settings(SHORT, max_examples=5)
@given(change=changes)
def test_mangled_texts(monkeypatch, case, change):
    content = source_of(case).encode()
    for one in change:
        content = mangled(case.parent.name, content, one)
    check(monkeypatch, case.parent.name, content)


@is_built
def test_little_is_remembered(monkeypatch):
    """Tables that begin anew in the middle of a file, and in code in its strings."""
    for name, limit in {"WORDS": 3, "GAPS": 2, "GAP_CHARACTERS": 3}.items():
        monkeypatch.setattr(scanner, f"REMEMBERED_{name}", limit)
    forgetful = cache(lambda language: ReferenceFinder(load(language).rules))
    for case in cases():
        language, content = case.parent.name, source_of(case).encode()
        whole = said(language, content)
        with monkeypatch.context() as patched:
            patched.setattr(extractor, "_finder", forgetful)
            little = said(language, content)
        assert sorted_uses(little) == sorted_uses(whole)


def sorted_uses(found):
    return *found[:-1], {name: {by: sorted(uses) for by, uses in one.items()} for name, one in found[-1].items()}


class Sink:
    """Takes uses in as `_Scan` does, of plain words."""

    def __init__(self):
        self.uses = {}

    def lists_of(self, word):
        return () if word.delta else (self.uses.setdefault(word.name, []), 0)

    def keyword(self, *_):
        return -1

    def take_apart(self, *_):
        raise AssertionError


@pytest.fixture
def python():
    rules = load("python").rules
    return scanner.new_scanner(rules, Memories(rules))


def read(python, sink, text, **other):
    try:
        python.run(sink, text, 0, *(WHOLE | other).values())
    finally:
        python.forget()
    return sink.uses


@is_built
def test_a_text_with_more_than_a_byte_a_character(python):
    with pytest.raises(ValueError, match="one byte a character"):
        read(python, Sink(), "a = Ω")
    assert read(python, Sink(), "é") == {"\N{REPLACEMENT CHARACTER}": [0]}


@is_built
@pytest.mark.parametrize("answer", [None, ([],), ([], "a"), (0, []), [[], 0]])
def test_no_lists(python, answer):
    sink = Sink()
    sink.lists_of = lambda _: answer
    with pytest.raises(TypeError, match="lists_of"):
        read(python, sink, "a")
    assert read(python, Sink(), "a") == {"a": [0]}


@is_built
@pytest.mark.parametrize(("method", "text"), [("lists_of", "a"), ("keyword", "print a"), ("take_apart", "a.b")])
def test_an_error_of_what_is_asked(python, method, text):
    def fail(*_):
        raise LookupError(method)

    sink = Sink()
    setattr(sink, method, fail)
    with pytest.raises(LookupError, match=method):
        read(python, sink, text)
    assert read(python, Sink(), "a b") == {"a": [0], "b": [2 << 3]}


@is_built
def test_numbers_that_are_none(python):
    with pytest.raises(TypeError):
        read(python, Sink(), "a", places=["0"], role_at={"0": 1})
    with pytest.raises(OverflowError):
        read(python, Sink(), "a", borders=[0], roles=[1 << 80])


@is_built
def test_rules_cannot_have_a_text_read_meanwhile(python):
    sink = Sink()
    sink.lists_of = lambda _: python.run(sink, "b", 0, *WHOLE.values())
    with pytest.raises(RuntimeError, match="at work"):
        read(python, sink, "a")


@is_built
def test_a_gap_that_goes_back():
    rules, memories = load("python").rules, Memories(load("python").rules)

    def made(match, classes=rules.splitter.classes, words=9):
        asked = (memories.new_word, memories.new_gap, memories.role, memories.told)
        return scanner._scan.Scanner(match, classes, asked, (1, 2, 3, 4, 5, 6), (1, 2, 3, 4, 5, 6), (words, 9, 9))

    for end in (0, 50):
        found = made(lambda *_, end=end: re.compile("").match("a" * 99, end))
        with pytest.raises(ValueError, match="a gap must end"):
            read(found, Sink(), "a'b'")
    with pytest.raises(ValueError, match="256 characters"):
        made(None, classes=b"")
    with pytest.raises(ValueError, match="room"):
        made(None, words=0)


@is_built
def test_nothing_leaks(monkeypatch):
    for limit in ("REMEMBERED_WORDS", "REMEMBERED_GAPS"):
        monkeypatch.setattr(scanner, limit, 5)
    finder = cache(lambda language: ReferenceFinder(load(language).rules))
    texts = [(case.parent.name, source_of(case).encode()) for case in cases()]

    def blocks():
        for language, content in texts:
            finder(language).find(Unit(content))
        gc.collect()
        return sys.getallocatedblocks()

    blocks()
    before = blocks()
    for _ in range(5):
        after = blocks()
    assert after - before < len(texts)
