"""One command-line verb a file: `run(args, home)` returns the exit code."""

FOUND = 0
NOTHING_FOUND = 1
USAGE = 2
FAILURE = 3
