"""What is taken for a question in plain words, and what for a name."""

from __future__ import annotations

import pytest

from grpc_backend.rpc.wire import query_from
from grpc_backend.search.query import reads_like_words
from protos import code_index_pb2 as pb


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("where is the response sent", True),
        ("Remove a user's session", True),
        ("parse HTTP headers", True),
        ("who deletes cookies?", True),
        ("delete the cookie lang:go path:src/**", True),
        ("HttpResponse", False),
        ("set cookie", False),
        ("QuerySet.filter by name", False),
        ("parse_cookie of request", False),
        ("getUserById in repository", False),
        ('the "exact" name', False),
        ("lang:go kind:class in:Response", False),
        ("a/b.py is here", False),
    ],
)
def test_auto(text, expected):
    assert reads_like_words(query_from(pb.SearchRequest(query=text, auto=True))) is expected


@pytest.mark.parametrize("text", ["where is the response sent", "HttpResponse", 'the "inserted" namespace'])
def test_what_is_said_outright_counts(text):
    assert reads_like_words(query_from(pb.SearchRequest(query=text, semantic=True)))
    assert not reads_like_words(query_from(pb.SearchRequest(query=text)))


def test_filters_alone_are_no_question():
    assert not reads_like_words(query_from(pb.SearchRequest(query="kind:class", semantic=True)))


def test_the_words_are_those_that_are_no_filters():
    query = query_from(pb.SearchRequest(query='the "inserted" namespace kind:class path:src', semantic=True))
    assert query.plain == 'the "inserted" namespace'
    assert (query.filters.kinds, query.filters.paths) == (("class",), ("src",))
