"""Every golden case says what the extractor says."""

from __future__ import annotations

import pytest

from grpc_backend.extract import detect
from tests.golden.case import FOLDER, cases, rendered


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_golden(case):
    assert rendered(case) == case.read_bytes().decode(), "if the new text is right: python -m tests.golden"


def test_every_language_has_cases():
    assert {path.name for path in FOLDER.iterdir() if path.is_dir() and path.name != "__pycache__"} == {
        *detect.languages()
    }
