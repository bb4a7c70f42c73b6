"""Grammars with their rules and queries, loaded when first needed, one by one."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path

import tree_sitter

from grpc_backend.extract.detect import module_of
from grpc_backend.extract.rules import Rules


class Grammar:
    """All that is needed to read one language."""

    def __init__(self, rules: Rules, query: str) -> None:
        module, function = rules.grammar
        language = tree_sitter.Language(getattr(importlib.import_module(module), function)())
        self.rules = rules
        self.parser = tree_sitter.Parser(language)
        self.query = tree_sitter.Query(language, query)
        self.cursor = tree_sitter.QueryCursor(self.query)
        if rules.hints:
            self.cursor.set_max_start_depth(1)


@cache
def load(language: str) -> Grammar:
    """The grammar of a language that `detect.languages()` names."""
    module = importlib.import_module(f"grpc_backend.extract.languages.{module_of(language)}")
    rules: Rules = module.RULES[language]
    folder = Path(str(module.__file__)).parent
    return Grammar(rules, "".join((folder / f"{name}.scm").read_text() for name in rules.queries))
