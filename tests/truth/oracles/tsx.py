"""TypeScript's own parser: see ecmascript.py."""

from tests.truth.oracles.ecmascript import definitions

__all__ = ["definitions"]
