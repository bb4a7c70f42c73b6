"""`python -m tests.e2e.in_step.telling_daemon`: the daemon, which says what it lacks when it is asked (see lacking.py).

With SMALL in its environment everything in it is small (see pace.py).
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from grpc_backend import __main__ as daemon

if TYPE_CHECKING:
    from grpc_backend.model import Located
    from grpc_backend.storage.engine import Commit

SMALL = "CODEINDEX_SMALL"


def make_telling() -> None:
    """Have it say what it lacks."""
    from grpc_backend import server
    from grpc_backend.index import service
    from tests.e2e.in_step.lacking import report_when_asked

    class TellingService(service.IndexService):
        def start(self) -> None:
            super().start()
            report_when_asked(self, self.config.home)

    server.IndexService = TellingService  # type: ignore[misc]


def make_small() -> None:
    """Waits that end before the work, steps of a few files, and no content kept that nobody holds."""
    from grpc_backend import server
    from grpc_backend.index import committer, service, upkeep, worker
    from grpc_backend.rpc import sync_session
    from grpc_backend.storage.sqlite import NOTHING, SqliteEngine
    from tests.e2e.in_step.lingering import Lingering

    class SmallEngine(SqliteEngine):
        """Keeps no content that nobody holds; reads late where that is asked for."""

        def __init__(self, path: Path, extractor_version: int) -> None:
            super().__init__(path, extractor_version)
            self._lingering = Lingering(path.parent)

        def collect(self, budget: int, keep: int = 0) -> int:  # noqa: ARG002
            return super().collect(budget)

        def below(self, workspace: str, folder: str, limit: int, without: frozenset[str] = NOTHING) -> list[Located]:
            with self._lingering.reading():
                return super().below(workspace, folder, limit, without)

        def commit(self, step: Commit) -> int:
            generation = super().commit(step)
            self._lingering.committed()
            return generation

    service.SETTLE_WITHIN_S = service.TYPED_WITHIN_S = 0.05
    service.SETTLE_FILES = 3
    committer.STEP_FILES = 2
    committer.GATHER_S = 0.05
    worker.BATCH_FILES = 2
    sync_session.WINDOW_BYTES = 300
    sync_session.URGENT_FILES = 2
    upkeep.QUIET_S, upkeep.PAUSE_S, upkeep.ROUND_S = 0.02, 0.02, 0.05  # type: ignore[misc]
    server.SqliteEngine = SmallEngine  # type: ignore[misc]


def main() -> int:
    run = daemon._run

    def run_telling(home: Path, args: argparse.Namespace) -> int:
        make_telling()  # only now: the daemon detaches itself before it imports what has threads
        if SMALL in os.environ:
            make_small()
        return run(home, args)

    daemon._run = run_telling
    return daemon.main()


if __name__ == "__main__":
    sys.exit(main())
