"""The features, one request (or one family of requests) a file."""

from __future__ import annotations

from bridge.editor.feature import Feature
from bridge.editor.features import (
    call_hierarchy,
    definition,
    document_highlight,
    document_symbol,
    hover,
    implementation,
    references,
    type_hierarchy,
    workspace_symbol,
)

ALL: tuple[Feature, ...] = (
    workspace_symbol.FEATURE,
    document_symbol.FEATURE,
    definition.FEATURE,
    references.FEATURE,
    hover.FEATURE,
    document_highlight.FEATURE,
    call_hierarchy.FEATURE,
    type_hierarchy.FEATURE,
    implementation.FEATURE,
)
