"""The version of everything that decides what an extraction says."""

from __future__ import annotations

from typing import Final

# Raise with every change that makes a content's extraction differ: stored extractions of
# another version are not used.
EXTRACTOR_VERSION: Final = 9
