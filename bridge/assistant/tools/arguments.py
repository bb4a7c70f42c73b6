"""Arguments that several tools take, described once."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from bridge.assistant.tool import MAX_LIMIT, MAX_TOKENS, MAX_WAIT_MS

Limit = Annotated[int, Meta(ge=1, le=MAX_LIMIT)]
MaxTokens = Annotated[int, Meta(ge=100, le=MAX_TOKENS)]
WaitMs = Annotated[int, Meta(ge=0, le=MAX_WAIT_MS, description="wait for a complete index")]
Name = Annotated[str, Meta(min_length=1, max_length=512)]
Path = Annotated[str, Meta(max_length=4096)]
Globs = Annotated[str, Meta(max_length=4096, description="glob, e.g. src/**")]
