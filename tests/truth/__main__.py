"""Hold the extractor against a language's own parser: `python -m tests.truth LANGUAGE DIRECTORY…`.

Prints, for each of the oracle's kinds, how many of its definitions we find with exact name and line (recall),
and how many of ours the oracle knows (precision), universal-ctags on the same files beside it, and with `--list N` the
first N that are missing and that are too many. With `--cache FOLDER` the oracle's answers are kept there: a run that
was ended goes on where it was, and a rerun after a change of the extractor asks nothing again.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from grpc_backend.extract import detect
from grpc_backend.extract.extractor import extract
from grpc_backend.model import Extraction
from tests.truth import ctags
from tests.truth.answers import Answer, Answers
from tests.truth.definition import Definition

Found = Mapping[Path, list[Definition]]
Key = tuple[Path, str, int]


def main() -> None:
    arguments = _arguments()
    oracle = importlib.import_module(f"tests.truth.oracles.{arguments.language}")
    paths: list[Path] = []
    answers: dict[Path, Answer] = {}
    asked = Answers(oracle, arguments.cache)
    for directory in arguments.directories:
        found = _paths(directory, arguments.language, arguments.files)
        paths += found
        answers |= asked.of(found, directory)
        print(f"{len(answers)} of {len(paths)}, {directory}", file=sys.stderr)
    extracted = {path: extract(arguments.language, path.read_bytes()) for path in answers}
    ours: Found = {path: _definitions(found) for path, found in extracted.items() if not found.problem}
    left_out = len(answers) - len(ours)
    truth: Found = {path: answers[path].definitions or [] for path in ours}
    print(
        f"{arguments.language}: {len(truth)} files of {len(paths)} that the oracle parses, below "
        f"{_names(arguments.directories)}; {left_out} are left out (minified, binary)"
    )
    ours = _judged(answers, truth, ours)
    _table("ours", truth, ours)
    if rival := ctags.definitions(arguments.language, list(truth)):
        _table("ctags", truth, _judged(answers, truth, rival))
    _list(truth, ours, arguments.list)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("language", choices=detect.languages())
    parser.add_argument("directories", type=Path, nargs="+", help="each one project, with its headers and imports")
    parser.add_argument("--files", type=int, default=1000, help="at most so many of each directory, evenly picked")
    parser.add_argument("--list", type=int, default=0, help="so many of the missing and of the superfluous")
    parser.add_argument("--cache", type=Path, metavar="FOLDER", help="keep the oracle's answers here")
    return parser.parse_args()


def _paths(directory: Path, language: str, limit: int) -> list[Path]:
    found = []
    for path in sorted(directory.rglob("*")):
        dialect = detect.dialect_of(path.name)
        if dialect and path.is_file() and detect.language_of(dialect, path.read_bytes()) == language:
            found.append(path)
    return found[:: max(1, len(found) // limit)][:limit]


def _names(directories: list[Path]) -> str:
    return ", ".join(one.resolve().name for one in directories)


def _definitions(extraction: Extraction) -> list[Definition]:
    return [Definition(one.name, one.line, one.kind) for one in extraction.symbols]


def _judged(answers: Mapping[Path, Answer], truth: Found, found: Found) -> Found:
    """Without what an oracle has not seen."""
    known = _keys(truth)
    return {
        path: [one for one in each if one.line not in answers[path].unseen or known[path, one.name, one.line]]
        for path, each in found.items()
    }


def _keys(found: Found) -> Counter[Key]:
    return Counter((path, one.name, one.line) for path, each in found.items() for one in each)


def _table(title: str, truth: Found, found: Found) -> None:
    known, have = _keys(truth), _keys(found)
    print(f"\n{title:<18}{'truth':>8}{'recall':>9}")
    kinds = Counter(one.kind for each in truth.values() for one in each)
    hits: Counter[str] = Counter()
    left = have.copy()
    for path, each in truth.items():
        for one in each:
            if left[path, one.name, one.line] > 0:
                left[path, one.name, one.line] -= 1
                hits[one.kind] += 1
    for kind, count in kinds.most_common():
        print(f"{kind:<18}{count:>8}{hits[kind] / count:>9.4f}")
    print(f"{'all':<18}{known.total():>8}{hits.total() / max(known.total(), 1):>9.4f}")
    print(f"\n{title:<18}{'found':>8}{'precision':>11}")
    by_kind: Counter[str] = Counter()
    right: Counter[str] = Counter()
    left = known.copy()
    for path, each in found.items():
        for one in each:
            by_kind[one.kind] += 1
            if left[path, one.name, one.line] > 0:
                left[path, one.name, one.line] -= 1
                right[one.kind] += 1
    for kind, count in by_kind.most_common():
        print(f"{kind:<18}{count:>8}{right[kind] / count:>11.4f}")
    print(f"{'all':<18}{by_kind.total():>8}{right.total() / max(by_kind.total(), 1):>11.4f}")


def _list(truth: Found, ours: Found, limit: int) -> None:
    known, have = _keys(truth), _keys(ours)
    for title, one, other in (("missing", known, have), ("superfluous", have, known)):
        for path, name, line in sorted((one - other).elements(), key=str)[:limit]:
            print(f"{title}: {path}:{line} {name}")


if __name__ == "__main__":
    main()
