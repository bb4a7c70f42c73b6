"""What a PromQL expression asks for: series, with the labels that it matches or groups them by."""

from __future__ import annotations

from typing import Any

import promql_parser

CHILDREN = ("lhs", "rhs", "expr", "param", "vector_selector", "args")
# What Grafana puts in place of these.
VARIABLES = {"$__rate_interval": "5m", "$instance": ".*"}


def selectors(text: str) -> list[tuple[str, set[str]]]:
    """Every series that an expression names, and the labels that it must have. Errors: ValueError of the parser."""
    for variable, value in VARIABLES.items():
        text = text.replace(variable, value)
    return list(_walk(promql_parser.parse(text), frozenset()))


def _walk(node: Any, grouped: frozenset[str]):
    if isinstance(node, list):
        for one in node:
            yield from _walk(one, grouped)
        return
    if isinstance(node, promql_parser.VectorSelector):
        matched = {one.name for one in node.matchers.matchers}
        yield node.name, matched | grouped
        return
    if isinstance(node, promql_parser.AggregateExpr) and node.modifier is not None:
        grouped |= frozenset(node.modifier.labels)
    for name in CHILDREN:
        child = getattr(node, name, None)
        if child is not None:
            yield from _walk(child, grouped)
