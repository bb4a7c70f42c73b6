"""A name that is an identifier is written in the file: a plain look for it can rule a file out.

`bridge/workspace/hastening.py` relies on it where it says that nothing else matters to a question.
"""

from __future__ import annotations

import pytest

from bridge.workspace.literal_scan import COMPOSING
from grpc_backend.extract.detect import dialect_of
from grpc_backend.extract.extractor import extract
from tests.golden.case import cases, source_of

COMPOSED = {dialect_of(f"a{ending}") for ending in COMPOSING}
LITERAL = [case for case in cases() if case.parent.name not in COMPOSED]


@pytest.mark.parametrize("case", LITERAL, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_every_identifier_stands_in_its_source(case):
    source = source_of(case)
    extraction = extract(case.parent.name, source.encode())
    names = {one.name for one in extraction.symbols} | extraction.occurrences.keys()
    assert {name for name in names if name.isascii() and name.isidentifier() and name not in source} == set()
