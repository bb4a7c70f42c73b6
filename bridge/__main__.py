"""`python -m bridge`, the same as the command `codeindex`."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line. The import is here so that the entry point costs nothing by itself."""
    from bridge.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
