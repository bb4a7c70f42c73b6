"""How extraction runs: compiled (see hatch_build.py), or as plain Python."""

from __future__ import annotations

from functools import cache
from importlib.machinery import ExtensionFileLoader
from importlib.util import find_spec


@cache
def extraction_form() -> str:
    """`compiled` or `plain`, told by the module that all words go through, which this does not import."""
    spec = find_spec("grpc_backend.extract.references")
    return "compiled" if spec is not None and isinstance(spec.loader, ExtensionFileLoader) else "plain"
