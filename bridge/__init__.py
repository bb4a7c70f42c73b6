"""Runs beside the assistant and the editor; holds no index."""

__version__ = "0.1.0"
