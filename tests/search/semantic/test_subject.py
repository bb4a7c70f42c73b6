"""What files tell where a question names a subject."""

from __future__ import annotations

import numpy as np
import pytest

from grpc_backend.search.semantic.candidates import Part
from grpc_backend.search.semantic.encoder import Encoder
from grpc_backend.search.semantic.question import asked
from grpc_backend.search.semantic.ranker import rank
from grpc_backend.search.semantic.subject import TOGETHER, is_of_subject, together
from tests.search.semantic.samples import model_in
from tests.storage.samples import extraction, key, symbol


@pytest.fixture
def model(tmp_path):
    return model_in(tmp_path / "model")


@pytest.mark.parametrize(("question", "share"), [("a person", 1), ("how a person", 1), ("from a person", 0)])
def test_what_says_what_a_function_does_names_no_subject(model, question, share):
    assert is_of_subject(model.kinds(question.split())) == pytest.approx(share, abs=0.01)


def test_the_best_of_a_file_comes_forward_by_all_that_are_good():
    worth = together(np.array([1.0, 0.9, 0.8, 0.4], np.float32), np.array([0, 1, 1, 0]))
    assert worth == pytest.approx([TOGETHER * 5 / 7, TOGETHER, 0, 0])


def test_nothing_is_together_where_nothing_is_found():
    assert len(together(np.zeros(0, np.float32), np.zeros(0, np.intp))) == 0


@pytest.mark.parametrize(("question", "first"), [("how to retrieve cookie", "b.py"), ("from retrieve cookie", "a.py")])
def test_a_file_in_which_several_symbols_answer_is_the_place_of_a_subject(model, question, first):
    near = [symbol("retrieve_file_cookie_of"), symbol("retrieve_document_cookie_of", line=3)]
    contents = [(key("a"), extraction(symbol("retrieve_user_cookie"))), (key("b"), extraction(*near))]
    block = Encoder(model).encode(contents)
    parts = [Part(block, np.ones(len(block.contents), bool), lambda place: ["a.py", "b.py"][place])]
    best = rank(parts, asked(question, model), model, 4)
    assert best[0].path == first
    assert sum(best[0].features.values()) == pytest.approx(best[0].score)
