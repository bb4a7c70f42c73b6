"""What a feature is: a name for the settings, and a handler for each request that belongs to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from msgspec import Struct

from bridge.editor.editor import Editor

Handler: TypeAlias = Callable[[Editor, Any], Awaitable[Any]]


class Feature(Struct, frozen=True):
    """One feature. A request that fails, or that is off in its language, is answered with null."""

    name: str
    handlers: dict[str, Handler]
