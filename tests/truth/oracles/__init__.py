"""One parser that is not ours a file: each has `definitions`, and says at its head what it counts.

    def definitions(paths: list[Path]) -> dict[Path, list[Definition]]

A path that the oracle cannot parse is not in the answer. Oracles are the languages' own parsers; where one
has to be installed, the module's head says how.
"""
