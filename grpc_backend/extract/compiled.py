"""The extension _scan.c, which wheels have that are compiled (see hatch_build.py); None where it is not built.

This is the one place that decides which form runs: who finds something here uses it in place of what is written in
Python, with the very same results.
"""

from __future__ import annotations

from types import ModuleType

scan: ModuleType | None
try:
    from grpc_backend.extract import _scan as scan
except ImportError:
    scan = None
