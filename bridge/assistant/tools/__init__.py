"""One MCP tool a file."""
