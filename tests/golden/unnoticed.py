"""Patterns that no case would miss: `python -m tests.golden.unnoticed [LANGUAGE …]`.

Takes each pattern out of a language's query in turn and reads the language's cases without it. A pattern is unnoticed
where all of them still say the same: it needs a case, or it is not needed. Exit code 1 if there is any; seconds to
half a minute a language.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import tree_sitter

from grpc_backend.extract import detect, extractor
from grpc_backend.extract.grammar import TreeSitter, load
from tests.golden.case import cases, rendered


def main() -> None:
    found = [one for language in sys.argv[1:] or detect.languages() for one in unnoticed(language)]
    print("\n".join(found) or "every pattern is noticed")
    sys.exit(bool(found))


def unnoticed(language: str) -> Iterator[str]:
    """Each as `language: pattern`."""
    if not isinstance(load(language), TreeSitter):
        return
    own = {path: path.read_bytes().decode() for path in cases() if path.parent.name == language}
    for pattern, others in _parted(language):
        with mock.patch.object(
            extractor, "load", lambda name, others=others: others if name == language else load(name)
        ):
            if all(rendered(path) == text for path, text in own.items()):
                yield f"{language}: {pattern}"


def _parted(language: str) -> Iterator[tuple[str, TreeSitter]]:
    """Each pattern, and the grammar with all the others."""
    rules = load(language).rules
    assert rules.grammar is not None
    folder = Path(extractor.__file__).parent / "languages"
    source = b"".join((folder / f"{name}.scm").read_bytes() for name in rules.queries)
    module, function = rules.grammar
    query = tree_sitter.Query(
        tree_sitter.Language(getattr(importlib.import_module(module), function)()), source.decode()
    )
    for index in range(query.pattern_count):
        start, end = query.start_byte_for_pattern(index), query.end_byte_for_pattern(index)
        pattern = " ".join(re.sub(r";.*", "", source[start:end].decode()).split())
        yield pattern, TreeSitter(rules, rules.grammar, (source[:start] + source[end:]).decode())


if __name__ == "__main__":
    main()
