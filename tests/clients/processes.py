"""Run a client to its end, in a process group of its own that ends with it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.clients.npm import node_path

TIMEOUT_S = 120


def environment(home: Path, **more: str) -> dict[str, str]:
    """What a client gets: a home of its own, our command and Node.js on the path, and nothing of the tester's."""
    path = f"{sysconfig.get_path('scripts')}:{node_path()}"
    return {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8", "TERM": "dumb", **more}


def run(command: Sequence[str | Path], cwd: Path, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Its exit code and what it said. Fails where it takes too long; what it started is then ended with it."""
    process = subprocess.Popen(
        [str(word) for word in command],
        cwd=cwd,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        out, err = process.communicate(timeout=TIMEOUT_S)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
