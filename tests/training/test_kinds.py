"""What kind of symbol a question is after, learnt from pairs."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("scipy", reason="pip install -e '.[training]'")

from grpc_backend.search.semantic.model import GROUPS
from tools.semantic.corpus import gathered, matrices, vocabulary
from tools.semantic.kinds import features, fitted, group_of
from tools.semantic.pairs import Pair


@pytest.mark.parametrize(
    ("name", "signature", "group"),
    [
        ("Cookie", "class Cookie(Base)", "type"),
        ("Cookie", "pub struct Cookie<'a>", "type"),
        ("Cookie", "type Cookie struct", "type"),
        ("Cookie", "export type Cookie = (jar: Jar) => void", "type"),
        ("Cookie", "class OCIOEXPORT Cookie", "type"),
        ("fetch", "def fetch(self)", "callable"),
        ("fetch", "def fetch", "callable"),
        ("fetch", "extern struct cookie *fetch(int size)", "callable"),
        ("fetch", "func (api *Client) fetch() error", "callable"),
        ("fetch", "export const fetch = async url => get(url)", "callable"),
        ("MAX_SIZE", "#define MAX_SIZE 12", "value"),
        ("size", "size?: number", "value"),
    ],
)
def test_what_a_signature_is_of(name, signature, group):
    assert GROUPS[group_of(name, signature)] == group


def test_the_first_word_tells_what_is_meant():
    said = [("Represents a cookie", "class {}"), ("Returns a cookie", "def {}()"), ("Maximum of a cookie", "{} = 1")]
    pairs = [
        (f"package{number}", Pair(asked, "python", "a.py", "cookie", "", signature.format("cookie"), "", []))
        for number in range(10)
        for asked, signature in said
    ]
    gathered_ = gathered(pairs)
    words = vocabulary(gathered_, 100)
    corpus = matrices(gathered_, words, 16)
    rows = fitted(features(corpus.questions[:, : len(words)], corpus.firsts), corpus.groups, corpus.packages)
    first = rows[len(words) : 2 * len(words)]
    assert [int(first[words.index(word)].argmax()) for word in ("represents", "returns", "maximum")] == [0, 1, 2]
    assert np.exp(rows[-1].astype(float)) == pytest.approx([1 / 3] * 3, abs=1e-2)
