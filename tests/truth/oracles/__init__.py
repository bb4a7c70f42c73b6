"""One parser that is not ours a file: each has `definitions`, and says at its head what it counts.

    def definitions(paths: list[Path]) -> dict[Path, list[Definition]]

An oracle that does not see all of a file (branches of `#if`) also has `unseen`, the lines it says nothing of:

    def unseen(path: Path) -> set[int]

One that reads a file together with others of its project is told where that is before it is asked:

    def prepare(project: Path) -> None

A path that the oracle cannot parse is not in the answer. Oracles are the languages' own parsers; where one
has to be installed, the module's head says how.
"""
