"""What is written in C does what there is in Python, and bad input is told.

It is there where the compiled form is: `python -m tests.compiled pytest tests/extract/test_scanner.py`.
"""

from __future__ import annotations

import gc
import re
import sys
from functools import cache
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grpc_backend.extract import compiled, detect, extractor, lines, scanner, words
from grpc_backend.extract.draft import Unit
from grpc_backend.extract.form import extraction_form
from grpc_backend.extract.grammar import load
from grpc_backend.extract.languages import ecmascript_text
from grpc_backend.extract.lines import LineTable
from grpc_backend.extract.memories import Memories
from grpc_backend.extract.references import ReferenceFinder
from grpc_backend.packing import uses_of
from tests.extract.test_fuzz import PIECES, TOKENS, changes, mangled
from tests.golden.case import cases, source_of

is_built = pytest.mark.skipif(compiled.scan is None, reason="nothing is compiled here")
SHORT = settings(
    max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
WHOLE = {"places": [], "role_at": {}, "borders": [], "roles": []}


def test_it_is_there_where_extraction_is_compiled():
    assert (compiled.scan is not None) == (extraction_form() == "compiled")


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


class Scan:
    """What nothing is told."""

    def keyword(self, *_):
        return -1

    def take_apart(self, *_):
        raise AssertionError


@pytest.fixture
def python():
    rules = load("python").rules
    return scanner.new_scanner(rules, Memories(rules))


def read(python, text, scan=None, uses=None, **other):
    uses = {} if uses is None else uses
    try:
        python.run(scan or Scan(), uses, text, 0, *(WHOLE | other).values())
    finally:
        python.forget()
    return uses


@is_built
def test_a_text_with_more_than_a_byte_a_character(python):
    with pytest.raises(ValueError, match="one byte a character"):
        read(python, "a = Ω")
    assert read(python, "é") == {"\N{REPLACEMENT CHARACTER}": {"": [0]}}


@is_built
@pytest.mark.parametrize("uses", [{"a": []}, {"a": {"": {}}}])
def test_uses_that_are_none(python, uses):
    with pytest.raises(TypeError, match="uses must be"):
        read(python, "a", uses=uses)
    assert read(python, "a") == {"a": {"": [0]}}


@is_built
@pytest.mark.parametrize(("method", "text"), [("keyword", "print a"), ("take_apart", "f().b")])
def test_an_error_of_what_is_asked(python, method, text):
    def fail(*_):
        raise LookupError(method)

    scan = Scan()
    setattr(scan, method, fail)
    with pytest.raises(LookupError, match=method):
        read(python, text, scan)
    assert read(python, "a b") == {"a": {"": [0]}, "b": {"": [2 << 3]}}


@is_built
def test_numbers_that_are_none(python):
    with pytest.raises(TypeError):
        read(python, "a", places=["0"], role_at={"0": 1})
    with pytest.raises(OverflowError):
        read(python, "a", borders=[0], roles=[1 << 80])


def made(match=None, asked=(), classes=None, words=9):
    rules = load("python").rules
    memories = Memories(rules)
    found = [memories.new_word, memories.new_gap, memories.role, memories.told]
    found[: len(asked)] = asked
    classes = rules.splitter.classes if classes is None else classes
    return compiled.scan.Scanner(match, classes, tuple(found), (1, 2, 3, 4, 5, 6), (1, 2, 3, 4, 5, 6), (words, 9, 9))


@is_built
def test_rules_cannot_have_a_text_read_meanwhile():
    found = made(asked=[lambda _: found.run(Scan(), {}, "b", 0, *WHOLE.values())])
    with pytest.raises(RuntimeError, match="at work"):
        read(found, "a")


@is_built
@pytest.mark.parametrize("names", [None, ("a",), ("a", "", ""), (0, "", 0), ["a", "", 0]])
def test_names_that_are_none(names):
    word = SimpleNamespace(own=1, before=0, delta=0, names=lambda: names)
    with pytest.raises(TypeError, match="names"):
        read(made(asked=[lambda _: word]), "a")


@is_built
@pytest.mark.parametrize("end", [0, 50])
def test_a_gap_that_ends_elsewhere(end):
    with pytest.raises(ValueError, match="a match must end"):
        read(made(lambda *_: re.compile("").match("a" * 99, end)), "a'b'")


@is_built
def test_what_makes_no_scanner():
    with pytest.raises(ValueError, match="256 characters"):
        made(classes=b"")
    with pytest.raises(ValueError, match="room"):
        made(words=0)


# Words and signs that come close to those that are sought.
fragments = st.lists(
    st.sampled_from(
        ["as", "a", "let", "lets", "new", "{", "}", "{{", "}}", ".", " ", "$", "é", "\n", "\r\n", "\r", "x" * 9]
    )
).map("".join)


def in_python(monkeypatch, module, call):
    with monkeypatch.context() as patched:
        patched.setattr(module, "scan", None)
        return call()


@is_built
@SHORT
@given(text=fragments)
def test_words_that_are_sought(monkeypatch, text):
    finder = scanner.WordFinder(("as", "let", "new", "a"), r"\w$\x80-\xff")
    assert finder.find(text) == in_python(monkeypatch, scanner, lambda: finder.find(text))


@is_built
@SHORT
@given(text=fragments, depth=st.integers(0, 10))
def test_blocks(monkeypatch, text, depth):
    text = "{" * depth + text + "}" * depth

    def ends():
        starts = [start for start, sign in enumerate(text) if sign == "{"]
        limits = (len(text), len(text) // 2)
        return [ecmascript_text.end_of_block(text, start, limit) for start in starts for limit in limits]

    assert ends() == in_python(monkeypatch, ecmascript_text, ends)


# What begins and ends comments, texts in quotes, templates, regular expressions.
signs = st.lists(
    st.sampled_from(
        ["/", "//", "/*", "*/", "*", '"', "'", "`", "\\", "\n", "${", "}", "[", "]", "= ", "return ", "a", "é", " "]
    )
).map("".join)


@is_built
@settings(SHORT, max_examples=2000)
@given(text=signs)
def test_texts_without_what_is_no_code(monkeypatch, text):
    found = ecmascript_text._cut_out(text)
    assert found == in_python(monkeypatch, ecmascript_text, lambda: ecmascript_text._cut_out(text))


@is_built
@SHORT
@given(text=fragments)
def test_lines(monkeypatch, text):
    found = LineTable(text.encode())
    other = in_python(monkeypatch, lines, lambda: LineTable(text.encode()))
    assert (found.lengths, found.starts) == (other.lengths, other.starts)


@is_built
def test_what_cannot_be_searched():
    found = compiled.scan
    classes = words.classes("a-z")
    for text, wrong, sought in [
        ("Ω", classes, ("a",)),
        ("a", b"", ("a",)),
        ("a", classes, ("",)),
        ("a", classes, (1,)),
    ]:
        with pytest.raises(ValueError, match="one byte"):
            found.find_words(text, wrong, sought)
    with pytest.raises(ValueError, match="64 words"):
        found.find_words("a", classes, ("a",) * 65)
    for text, start, limit, brackets in [("{}", -1, 2, "{}"), ("{}", 0, 3, "{}"), ("{}", 0, 2, "{"), ("Ω", 0, 1, "{}")]:
        with pytest.raises(ValueError, match="range in the text"):
            found.end_of_brackets(text, start, limit, brackets, 8)
    with pytest.raises(TypeError):
        found.line_lengths("a")
    with pytest.raises(ValueError, match="one byte"):
        found.cut_out("Ω", re.compile("").match)
    for pattern in ("b", ""):  # which finds nothing
        with pytest.raises(ValueError, match="a match"):
            found.cut_out("a/b", re.compile(pattern).match)
    with pytest.raises(TypeError):
        found.cut_out("a/b", None)


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
