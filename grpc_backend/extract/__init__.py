"""Source text to symbols and references."""
