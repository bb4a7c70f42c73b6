"""Models that follow a script, one dialect of their makers' interfaces a file."""
