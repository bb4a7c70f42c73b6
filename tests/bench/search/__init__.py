"""How well, and how fast, a search finds what is meant."""
