"""The MCP side: what an assistant sees."""
