"""Reach the daemon: find it, start it, call it."""
