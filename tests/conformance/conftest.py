"""The suite comes from npm."""

from __future__ import annotations

from tests.npm import npm_environment, npm_installed

__all__ = ["npm_environment", "npm_installed"]
