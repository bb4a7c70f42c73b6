"""Grammars with their rules and queries, loaded when first needed, one by one."""

from __future__ import annotations

import importlib
import time
import warnings
from collections.abc import Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import tree_sitter

from grpc_backend.extract.definitions import find_definitions
from grpc_backend.extract.detect import module_of
from grpc_backend.extract.draft import Unit
from grpc_backend.extract.handed import Handed
from grpc_backend.extract.repair import damage
from grpc_backend.extract.rules import Rules
from grpc_backend.extract.skim import Range

if TYPE_CHECKING:
    from tree_sitter import Node


# A file's parses may take so much processor time. The slowest grammar needs half a second for a megabyte.
PARSED_WITHIN_S: Final = 1.0
PARSED_WITHIN_S_PER_BYTE: Final = 2e-6


class Stuck(Exception):
    """A grammar made no headway: error recovery takes some exponential time, here and there."""


class Grammar(Protocol):
    """All that is needed to read one language."""

    rules: Rules

    def define(self, unit: Unit) -> bool:
        """Find what a file defines; return whether it has syntax errors. Errors: Stuck."""


class TreeSitter:
    """A language that a tree-sitter grammar parses."""

    def __init__(self, rules: Rules, grammar: tuple[str, str], query: str) -> None:
        module, function = grammar
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # one wheel still gives a number
            language = tree_sitter.Language(getattr(importlib.import_module(module), function)())
        self.rules = rules
        self.parser = tree_sitter.Parser(language)
        self.query = tree_sitter.Query(language, query)
        self.cursor = tree_sitter.QueryCursor(self.query)
        self._until_s = self._until_clock_s = 0.0
        if rules.hints:
            self.cursor.set_max_start_depth(1)

    def define(self, unit: Unit) -> bool:
        """Parse, and run the language's query."""
        if self.rules.hints:
            unit.hints = self.rules.hinted(unit.text)
        source = self.rules.prepare(unit)
        within_s = PARSED_WITHIN_S + PARSED_WITHIN_S_PER_BYTE * len(source)
        self._until_s, self._until_clock_s = time.process_time() + within_s, time.monotonic() + within_s
        skimmed = self.rules.skim(unit, source)
        root = self._parsed(skimmed, unit.skipped)
        if root.has_error and damage(root) > self.rules.slight_damage:
            source = self.rules.whole(unit, source)
            if skimmed != source:
                root = self._parsed(source)
        if root.has_error:
            mended = self.rules.mend(source)
            root, source = self._better(root, source, mended), mended
        broken = root.has_error
        if broken:
            root = self._better(root, source, self.rules.repair(source))
        find_definitions(unit, self.rules, self.cursor, root)
        return broken

    def _parsed(self, source: bytes, skipped: Sequence[Range] = ()) -> Node:
        """The syntax tree, as if nothing stood in these ranges.

        From a bytestring it could not be had within a time: then no progress is told of.
        """
        if skipped:
            self.parser.included_ranges = _between(skipped, len(source))
        until_s = self._until_clock_s
        clock = time.monotonic

        def is_late(*_progress: int) -> bool:
            # Asked every few microseconds: the clock on the wall, which is not later, costs a tenth of the other.
            return clock() > until_s and self._is_late()

        handed = Handed(source)
        try:
            return self.parser.parse(handed.read, progress_callback=is_late).root_node
        except ValueError:
            self.parser.reset()
            if not self._is_late():
                raise
            raise Stuck from None
        finally:
            handed.let_go()
            if skipped:
                self.parser.included_ranges = []

    def _is_late(self) -> bool:
        return time.process_time() > self._until_s

    def _better(self, root: Node, source: bytes, repaired: bytes) -> Node:
        """The tree of the repaired source, if there is less wrong with it than with that of the source."""
        if repaired == source:
            return root
        other = self._parsed(repaired)
        return other if damage(other) < damage(root) else root


def _between(skipped: Sequence[Range], length: int) -> list[tree_sitter.Range]:
    """What is between these ranges, which are in order. Nobody asks for rows: they need only grow."""
    borders = [0, *chain.from_iterable(skipped), length]
    return [
        tree_sitter.Range((start, 0), (end, 0), start, end) for start, end in zip(*[iter(borders)] * 2, strict=True)
    ]


class ByHand:
    """A language whose rules read it by themselves."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def define(self, unit: Unit) -> bool:
        """Have the rules read it."""
        return self.rules.define(unit)


@cache
def load(language: str) -> Grammar:
    """The grammar of a language that `detect.languages()` names, loaded when first needed."""
    module = importlib.import_module(f"grpc_backend.extract.languages.{module_of(language)}")
    rules: Rules = module.RULES[language]
    if rules.grammar is None:
        return ByHand(rules)
    folder = Path(str(module.__file__)).parent
    return TreeSitter(rules, rules.grammar, "".join((folder / f"{name}.scm").read_text() for name in rules.queries))
