"""One parser that is not ours a file: each has `definitions`, and says at its head what it counts.

    def definitions(paths: list[Path]) -> dict[Path, list[Definition]]

An oracle that does not see all of a file (branches of `#if`) also has `unseen`, the lines it says nothing of:

    def unseen(path: Path) -> Container[int]

A path that the oracle cannot parse is not in the answer. Oracles are the languages' own parsers; where one
has to be installed, the module's head says how.
"""
