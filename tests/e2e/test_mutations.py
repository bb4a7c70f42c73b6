"""The faults that histories are tried with can be planted in the sources as they are now."""

from __future__ import annotations

import pytest

from tests.e2e.in_step.mutations import MUTATIONS
from tests.e2e.in_step.pace import ROOT


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_fault_can_be_planted(mutation):
    assert (ROOT / mutation.file).read_text().count(mutation.right) == 1
    assert mutation.wrong != mutation.right
