"""Ids and names: `Class#method` is an id by its looks, and a name in many languages' way of writing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from bridge.session import WorkspaceSession

T = TypeVar("T")

Replies = list[tuple[WorkspaceSession, T]]


def as_name(symbol: str) -> str:
    """The qualified name that an id may have been meant as; "" for what can only be a path's."""
    owner, _, member = symbol.partition("#")
    return f"{owner}.{member}" if owner and member and "/" not in owner else ""


async def by_id_or_name(
    symbol: str, ask: Callable[[str], Awaitable[Replies[T]]], found: Callable[[T], object]
) -> Replies[T]:
    """Ask for a symbol; for one with '#' that nobody knows as an id, ask again for it as a name."""
    replies = await ask(symbol)
    name = as_name(symbol)
    if not name or any(found(reply) for _, reply in replies):
        return replies
    again = await ask(name)
    return again if any(found(reply) for _, reply in again) else replies
