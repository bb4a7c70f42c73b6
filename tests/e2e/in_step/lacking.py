"""What a telling daemon lacks, and of whom: for whoever has to find out why a history does not come to rest."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.daemon.endpoint import find
from tests.conftest import wait_for

if TYPE_CHECKING:
    from grpc_backend.index.service import IndexService

REPORT = "lacking"


def report_when_asked(service: IndexService, home: Path) -> None:
    """The daemon's side; call on its event loop."""
    asyncio.get_running_loop().add_signal_handler(
        signal.SIGUSR1, lambda: (home / REPORT).write_text("\n".join(_report(service)))
    )


def report_of(home: Path) -> str:
    """The test's side: what the daemon says, or nothing if it does not."""
    report, endpoint = home / REPORT, find(home)
    with contextlib.suppress(AssertionError, OSError):
        if endpoint is not None:
            os.kill(endpoint.pid, signal.SIGUSR1)
            wait_for(lambda: report.exists() and report.read_text(), 10)
            return report.read_text()
    return ""


def _report(service: IndexService) -> Iterator[str]:
    for workspace in service._workspaces.values():
        yield f"{workspace.name}: {workspace.freshness()}"
        yield f"wanted {workspace.wanted}"
        yield f"doubt {workspace.doubt} contested {workspace.contested} landing {workspace._landing}"
        yield f"led by {getattr(workspace.leader, '_id', None)}, in step {workspace.in_step}"
        yield f"typed {workspace.overlays.pending()}"
    for name, session in service.sessions.items():
        yield f"session {name}: {vars(session)}"
        yield f"window {vars(session._window)}"  # type: ignore[attr-defined]
        yield f"digests {vars(session._digests)}"  # type: ignore[attr-defined]
        yield f"supplies {vars(session._supplies)}"  # type: ignore[attr-defined]
    yield f"to be committed {service._committer._ready}"
    yield f"workers {vars(service._workers)}"
