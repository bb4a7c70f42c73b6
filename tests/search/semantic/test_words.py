"""How names and sentences fall into words, and what a symbol says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grpc_backend.extract.extractor import extract
from grpc_backend.search.semantic.fields import body_words, path_words, signature_words
from grpc_backend.search.semantic.texts import texts
from grpc_backend.search.semantic.words import stem, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("HTTPServer_2parseJSON", "http server 2 parse json"),
        ("getURLs", "get ur ls"),
        ("set_cookie()", "set cookie"),
        ("Größe", "größe"),
        ("who sets the cookie?", "who sets the cookie"),
        ("__init__", "init"),
        ("+-*", ""),
    ],
)
def test_words(text, found):
    assert " ".join(words(text)) == found


@pytest.mark.parametrize(
    "alike",
    [
        "parse parses parsed parsing parser",
        "match matches matched matching",
        "stop stopped stopping",
        "iterate iterates iterating iteration iterator",
        "connect connects connected connection",
        "class classes",
        "order orders ordered ordering",
        "query queries",
    ],
)
def test_endings_of_grammar_do_not_count(alike):
    assert len({stem(word) for word in alike.split()}) == 1


@pytest.mark.parametrize(("one", "other"), [("class", "clean"), ("status", "state"), ("user", "use_"), ("bus", "but")])
def test_other_words_stay_apart(one, other):
    assert stem(one) != stem(other)


@given(st.text(max_size=60))
def test_any_text_has_words_that_stem(text):
    for word in words(text):
        assert word == word.lower()
        assert stem(word)


def test_a_path_is_told_from_its_end():
    assert path_words("src/http/cookieJar.test.ts") == ("cookie", "jar", "test", "http", "src")


def test_a_signature_without_what_every_one_has():
    signature = "public static async def set_cookie(self, key: str) -> None"
    assert signature_words(signature, "set_cookie") == ("key", "str", "none")


def test_body_words_are_told_once():
    assert body_words(["set_cookie", "cookie_jar"]) == ("set", "cookie", "jar")


SOURCE = b'''class Jar:
    """Keeps cookies."""

    size = 0

    def put(self, cookie):
        """Put one in. Twice is once."""
        name = normalise(cookie)
        self.held[name] = cookie

        def inner():
            return forget()
'''


def test_what_a_symbol_says():
    found = {text.name: text for text in texts(extract("python", SOURCE))}
    assert found["put"].container == "Jar"
    assert found["put"].documentation == "Put one in. Twice is once."
    assert {"normalise", "cookie", "held", "inner"} <= set(found["put"].body)
    assert "forget" not in found["put"].body
    assert {"put"} <= set(found["Jar"].body)


def test_a_bare_field_says_nothing_and_its_name_counts_for_its_owner():
    found = {text.name: text for text in texts(extract("python", SOURCE))}
    assert "size" not in found
    assert "size" in found["Jar"].body
