"""Bring a workspace up to date and answer questions about it."""
