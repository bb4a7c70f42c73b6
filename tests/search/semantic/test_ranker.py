"""Which symbols answer a question."""

from __future__ import annotations

import numpy as np
import pytest

from grpc_backend.search.semantic.candidates import Part, bm25, weighed
from grpc_backend.search.semantic.encoder import Encoder
from grpc_backend.search.semantic.names import explained
from grpc_backend.search.semantic.question import asked
from grpc_backend.search.semantic.ranker import rank
from tests.search.semantic.samples import CONTENTS, PATHS, model_in
from tests.storage.samples import extraction, key, symbol


@pytest.fixture
def model(tmp_path):
    return model_in(tmp_path / "model")


def parts(model, contents=CONTENTS, paths=PATHS):
    block = Encoder(model).encode(contents)
    return [Part(block, np.ones(len(block.contents), bool), lambda place: paths[place])]


def found(model, question, parts_, limit=10):
    return [(one.path, one.ord) for one in rank(parts_, asked(question, model), model, limit)]


@pytest.mark.parametrize(
    ("question", "best"),
    [
        ("retrieve the cookie", ("app/http.py", 0)),
        ("delete a cookie", ("app/http.py", 1)),
        ("which person", ("app/users.py", 0)),
        ("cookies that were downloaded", ("app/http.py", 0)),
    ],
)
def test_the_meaning_decides_where_words_differ(model, question, best):
    assert found(model, question, parts(model))[0] == best


def test_what_is_not_live_is_not_answered(model):
    block = Encoder(model).encode(CONTENTS)
    live = np.array([False, True, True, True])
    answer = found(model, "retrieve the cookie", [Part(block, live, lambda place: PATHS[place])])
    assert ("app/http.py", 0) not in answer
    assert ("app/http.py", 1) in answer


def test_several_parts_are_ranked_as_one(model):
    apart = [one for content, path in zip(CONTENTS, PATHS, strict=True) for one in parts(model, [content], [path])]
    assert found(model, "retrieve the cookie", apart) == found(model, "retrieve the cookie", parts(model))


def test_a_test_comes_after_what_it_tests(model):
    contents = [(key("1"), extraction(symbol("fetch_file"))), (key("2"), extraction(symbol("fetch_file")))]
    for paths in (["tests/test_a.py", "src/a.py"], ["src/a.py", "tests/test_a.py"]):
        assert found(model, "download the file", parts(model, contents, paths))[0] == ("src/a.py", 0)


@pytest.mark.parametrize(
    ("question", "name", "share"),
    [
        ("retrieve the cookie", "download_cookie", 1.0),
        ("retrieve the person", "download_cookie", 0.5),
        ("retrieve the xylophone", "download_xylophone", 1.0),
        ("retrieve", "download_xylophone", 0.5),
        ("", "download_cookie", 0.0),
    ],
)
def test_how_much_of_a_name_is_explained(model, question, name, share):
    block = Encoder(model).encode([(key("1"), extraction(symbol(name), symbol("a" * 50, line=2)))])
    told = asked(question, model)
    assert explained(block.name_rows, told.terms, told.vectors, model) == pytest.approx([share, 0], abs=0.05)


@pytest.mark.parametrize(("question", "best"), [("a person", "class"), ("from a person", "function")])
def test_what_kind_of_symbol_is_meant(model, question, best):
    """The first word of a question tells, as training has it."""
    contents = [(key("1"), extraction(symbol("User", kind="class"), symbol("user", line=3)))]
    (_, ord_), *_ = found(model, question, parts(model, contents, ["a.py"]))
    assert contents[0][1].symbols[ord_].kind == best


def test_a_question_of_unknown_words_means_no_kind_in_particular(model):
    assert model.kinds(["nobody", "knows"]) == pytest.approx([0, 0, 0], abs=1e-2)


def test_a_question_that_asks_means_no_kind_in_particular(model):
    """Training knows statements only."""
    assert model.kinds(["how", "a", "person"]) == pytest.approx([0, 0, 0])


def test_a_word_that_nearly_all_have_points_nowhere(model):
    """ "cookie" is everywhere here, so it is the person that is asked for."""
    common = [(key(str(number)), extraction(symbol("cookie"))) for number in range(50)]
    asked_for = (key("x"), extraction(symbol("cookie_user")))
    paths = [f"{number}.py" for number in range(51)]
    assert found(model, "the person of a cookie", parts(model, [*common, asked_for], paths))[0] == ("50.py", 0)


def test_words_that_tell_little_count_where_others_are(model):
    """All words of the question count in a candidate, whether they would find it or not."""
    contents = [(key("1"), extraction(symbol("cookie_the"))), (key("2"), extraction(symbol("cookie_a")))]
    block = Encoder(model).encode(contents)
    part = Part(block, np.ones(2, bool), lambda place: f"{place}.py")
    question = weighed([part], asked("the cookie", model))
    first, second = bm25(part, np.arange(2), question)
    assert first > second > 0


def test_equals_come_by_path_and_position(model):
    contents = [(key(str(number)), extraction(symbol("fetch"))) for number in range(4)]
    answer = found(model, "download", parts(model, contents, ["d.py", "b.py", "c.py", "a.py"]))
    assert [path for path, _ in answer] == ["a.py", "b.py", "c.py", "d.py"]


@pytest.mark.parametrize("question", ["", "?!", "xyzzy", "the of a", "x" * 500])
def test_any_question_has_an_answer_or_none(model, question):
    assert len(found(model, question, parts(model), limit=2)) <= 2


def test_nothing_indexed_is_no_error(model):
    assert found(model, "retrieve the cookie", []) == []
    assert found(model, "retrieve the cookie", parts(model, [CONTENTS[2]], [PATHS[2]])) == []


def test_reasons_add_up_to_the_score(model):
    for one in rank(parts(model), asked("retrieve the cookie", model), model, 5):
        assert sum(one.features.values()) == pytest.approx(one.score, abs=1e-5)
