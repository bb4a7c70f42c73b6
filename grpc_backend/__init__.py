"""The indexing daemon. It knows gRPC, and neither MCP nor LSP."""

__version__ = "0.1.0"
