"""What is known of a client: where its configuration lies and what codeindex's part in it looks like."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct

from bridge.setup import jsonc, toml
from bridge.setup.launch import Launch
from bridge.setup.places import Places

Change = Callable[[str, Launch], str]


class Client(Struct, frozen=True, kw_only=True):
    """One program that can use codeindex.

    `change` takes a file's text (empty for a new one) and returns it with codeindex in it; it raises
    ValueError with the place where it cannot read the text.
    """

    name: str
    title: str
    user_files: Callable[[Places], list[Path]]
    change: Change
    next: str  # what is left to do
    project_file: str = ""  # in the project's folder; empty where it has none
    project_variable: str = ""  # stands for the project's folder in a project's file
    on_path: bool = False  # it is started from a terminal, so it finds what the user's shell finds
    knows_project: bool = True  # it tells its folders, or starts servers in the project's

    def user_file(self, places: Places) -> Path:
        """The user's file: the first that exists of those that the client reads, else the first."""
        candidates = self.user_files(places)
        return next((file for file in candidates if file.exists()), candidates[0])


def json_change(*keys: str, entry: Callable[[Launch], dict[str, Any]]) -> Change:
    """Put `entry` under these keys of a JSON document, by the name codeindex."""
    return lambda text, launch: jsonc.merge(text, _nested([*keys, "codeindex"], entry(launch)))


def toml_change(*keys: str, entry: Callable[[Launch], dict[str, Any]]) -> Change:
    """The same for TOML."""
    return lambda text, launch: toml.merge(text, _nested([*keys, "codeindex"], entry(launch)))


def whole_file(content: Callable[[Launch], str]) -> Change:
    """A file of ours: whatever was in it, this is."""
    return lambda _text, launch: content(launch)


def _nested(keys: list[str], value: Any) -> dict[str, Any]:
    for key in reversed(keys):
        value = {key: value}
    return value  # type: ignore[no-any-return]  # there is at least one key


def server(launch: Launch, **more: Any) -> dict[str, Any]:
    """The entry that most clients take; `more` comes first."""
    return {**more, "command": launch.command, "args": list(launch.arguments)}
