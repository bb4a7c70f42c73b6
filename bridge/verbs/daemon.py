"""`codeindex daemon`: become the daemon, in the foreground."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def run(args: argparse.Namespace, home: Path) -> int:
    """Replace this process by the daemon; does not return."""
    command = [sys.executable, "-P", "-m", "grpc_backend", "--home", str(home)]
    if args.listen:
        command += ["--listen", args.listen]
    if args.token_file:
        command += ["--token-file", str(args.token_file)]
    if args.store:
        command += ["--store", args.store]
    os.execv(sys.executable, command)
