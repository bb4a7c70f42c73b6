"""Trains the word vectors that the daemon ships. See README.md beside this file."""
