"""`codeindex daemon`: become the daemon, in the foreground. Its own flags are its own business."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def run(args: argparse.Namespace, home: Path) -> int:
    """Replace this process by the daemon; does not return."""
    os.execv(sys.executable, [sys.executable, "-P", "-m", "grpc_backend", "--home", str(home), *args.rest])
