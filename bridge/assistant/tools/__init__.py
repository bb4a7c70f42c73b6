"""One MCP tool a file; `ALL` is what the server offers, in this order."""

from __future__ import annotations

from bridge.assistant.tools import (
    find_definition,
    find_references,
    index_status,
    outline,
    overview,
    read_symbol,
    search_symbols,
)

ALL = (
    search_symbols.TOOL,
    find_definition.TOOL,
    find_references.TOOL,
    outline.TOOL,
    read_symbol.TOOL,
    overview.TOOL,
    index_status.TOOL,
)
