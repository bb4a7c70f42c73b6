"""What the user has set, as `initializationOptions`, or as the section `codeindex` of the editor's configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

ALL = "*"


class Settings(Struct, frozen=True):
    """`off`: by language (`*`: all) the features that another server answers; `*` among them: all."""

    off: dict[str, frozenset[str]] = {}
    progress: bool = True
    status: bool = False

    def answers(self, feature: str, language: str = ALL) -> bool:
        """Whether a feature is ours to answer, in a language."""
        off = self.off.get(ALL, frozenset()) | self.off.get(language, frozenset())
        return feature not in off and ALL not in off


def settings_from(given: Any) -> Settings:
    """Settings out of what an editor sent; what is not understood counts as not set."""
    if isinstance(given, Mapping) and isinstance(given.get("codeindex"), Mapping):
        given = given["codeindex"]
    if not isinstance(given, Mapping):
        return Settings()
    off = given.get("off")
    return Settings(
        {str(language): _features(value) for language, value in off.items()} if isinstance(off, Mapping) else {},
        given.get("progress") is not False,
        given.get("status") is True,
    )


def _features(value: Any) -> frozenset[str]:
    """`true` is all of them; a list names them."""
    if value is True:
        return frozenset({ALL})
    return frozenset(map(str, value)) if isinstance(value, list | tuple) else frozenset()
