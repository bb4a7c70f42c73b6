"""`codeindex token`: the tokens of a server, which lie in its home. The daemon's own code makes them."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def run(args: argparse.Namespace, home: Path) -> int:
    """Replace this process by what knows the file; does not return."""
    os.execv(sys.executable, [sys.executable, "-P", "-m", "grpc_backend.access", "--home", str(home), *args.rest])
