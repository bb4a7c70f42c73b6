"""Start a daemon that outlives us, and learn whether it came up.

The process started here detaches itself (see `grpc_backend.__main__`); it reports through a
pipe, so there is nothing to poll and a failure tells its reason.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from bridge.errors import DaemonUnreachable

START_TIMEOUT_S = 30.0
DAEMON_MODULE = "grpc_backend"


def launch(home: Path, expected: Iterable[Path] = ()) -> None:
    """Start a daemon for `home` and return when it listens. Errors: DaemonUnreachable.

    `expected`: the roots that it will be asked about, real paths; it reads what it holds of them meanwhile.
    """
    reading, writing = os.pipe()
    try:
        started = _spawn(home, writing, expected)
        os.close(writing)
        writing = -1
        line = _read_report(reading)
        started.wait(START_TIMEOUT_S)
    finally:
        os.close(reading)
        if writing >= 0:
            os.close(writing)
    if not line.startswith("ok "):
        reason = line.removeprefix("error ") or "it ended without a word"
        raise DaemonUnreachable(f"the daemon did not start: {reason}. Its log is {home / 'daemon.log'}")


def _spawn(home: Path, report: int, expected: Iterable[Path]) -> subprocess.Popen[bytes]:
    # -P: never import from the folder that the client happened to start us in.
    arguments = ["--home", str(home), "--detach", "--ready-fd", str(report)]
    arguments += [word for root in expected for word in ("--expect", str(root))]
    return subprocess.Popen(
        [sys.executable, "-P", "-m", DAEMON_MODULE, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(report,),
    )


def _read_report(descriptor: int) -> str:
    """What the daemon says of its start: one line, or nothing if it dies first."""
    deadline = time.monotonic() + START_TIMEOUT_S
    said = b""
    while (left_s := deadline - time.monotonic()) > 0:
        if not select.select([descriptor], [], [], left_s)[0]:
            break
        part = os.read(descriptor, 4096)
        if not part:
            break
        said += part
    return said.decode(errors="replace").strip()
