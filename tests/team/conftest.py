"""What tests of a team's server share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.team.daemons import Daemon, free_ports


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request, tmp_path) -> Iterator[Daemon]:
    """A team's server, on either engine."""
    store = request.getfixturevalue("postgresql").database() if request.param == "postgresql" else ""
    daemon = Daemon(tmp_path / "server", free_ports(1)[0], store)
    daemon.start()
    yield daemon
    daemon.stop()
