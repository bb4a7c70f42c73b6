"""The seven tools on a real repository, with the `mcp` package's own client, in both protocol eras.

Slow: it fetches Django's source distribution from PyPI and indexes all of it.
"""

from __future__ import annotations

import pytest

from tests.e2e.django_calls import CALLS, check
from tests.e2e.mcp_client import ask, connected, until


@pytest.mark.slow
async def test_every_tool_answers_about_django_in_both_eras(home, django):
    for mode in ("legacy", "auto"):
        async with connected(home, django, mode=mode) as client:
            await until(client, "index_status", lambda answer: answer["freshness"]["complete"], wait_ms=30_000)
            for tool, arguments in CALLS.items():
                check(tool, await ask(client, tool, **arguments))
