"""A project and a daemon of its own for each test that changes something; both protocol eras by `era`."""

from __future__ import annotations

import pytest

from tests.assistant.conftest import shared_home, shared_project

__all__ = ["shared_home", "shared_project"]

ERAS = ("legacy", "auto")


@pytest.fixture(params=ERAS)
def era(request) -> str:
    """The client's mode: `legacy` shakes hands, `auto` discovers."""
    return request.param
