"""What a tool is: its name and schemas, and a function from arguments to an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from bridge.assistant.structure import Json
from bridge.errors import InvalidRequest
from bridge.session import WorkspaceSession

T = TypeVar("T")

MAX_LIMIT = 200
MAX_WAIT_MS = 30_000


class Answer(Struct, frozen=True):
    """Text for clients that show text, the same as structure for those that show structure."""

    text: str
    structure: Json


class Place(Struct, frozen=True):
    """A path within one of the workspaces."""

    workspace: WorkspaceSession
    path: str


class Scope:
    """The workspaces of a session. Paths carry their root's name where there are several."""

    def __init__(self, workspaces: Sequence[WorkspaceSession]) -> None:
        self.workspaces = list(workspaces)

    def prefix(self, workspace: WorkspaceSession) -> str:
        """What stands before the paths of a workspace in answers."""
        return f"{workspace.root.name}/" if len(self.workspaces) > 1 else ""

    def places(self, path: str) -> list[Place]:
        """The workspaces that a path (or an id, which begins with one) may lie in.

        Absolute paths are taken where they lie in a root. Errors: InvalidRequest for any other.
        """
        if path.startswith("/"):
            return [self._within(path)]
        if any(part == ".." for part in path.split("#", 1)[0].split("/")):
            raise InvalidRequest("paths are relative to the workspace, without '..'")
        named = [
            Place(one, path.removeprefix(self.prefix(one)))
            for one in self.workspaces
            if path.startswith(self.prefix(one))
        ]
        return named or [Place(one, path) for one in self.workspaces]

    async def ask(self, question: Callable[[WorkspaceSession], Awaitable[T]]) -> list[tuple[str, T]]:
        """Ask all workspaces at once; each answer comes with its workspace's prefix."""
        answers = await asyncio.gather(*(question(one) for one in self.workspaces))
        return [(self.prefix(one), answer) for one, answer in zip(self.workspaces, answers, strict=True)]

    def _within(self, path: str) -> Place:
        for one in self.workspaces:
            root = f"{one.root}/"
            if path.startswith(root):
                return Place(one, path.removeprefix(root))
        raise InvalidRequest("the path lies outside the workspace")


class Tool(Struct, frozen=True):
    """One tool. `arguments` is a Struct whose fields, types and descriptions are the input schema."""

    name: str
    title: str
    description: str
    arguments: type[Struct]
    output_schema: Json
    call: Callable[[Scope, Any], Awaitable[Answer]]
    main: bool = False

    def input_schema(self) -> Json:
        """The JSON Schema of the arguments."""
        (_,), components = msgspec.json.schema_components([self.arguments])
        schema: Json = components[self.arguments.__name__]
        return {key: value for key, value in schema.items() if key not in ("title", "description")}

    def parse(self, arguments: Json | None) -> Struct:
        """The arguments, checked. Errors: InvalidRequest that names the argument."""
        try:
            return msgspec.convert(arguments or {}, self.arguments)
        except msgspec.ValidationError as error:
            raise InvalidRequest(f"{self.name}: {error}") from None
