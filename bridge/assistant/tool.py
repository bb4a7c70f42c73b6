"""What a tool is: its name and schemas, and a function from arguments to an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from bridge.assistant.structure import Json
from bridge.errors import InvalidRequest, NotFound
from bridge.session import WorkspaceSession
from protos import code_index_pb2 as pb

T = TypeVar("T")

MAX_LIMIT = 200
MAX_TOKENS = 50_000
MAX_WAIT_MS = 30_000


class Answer(Struct, frozen=True):
    """Text for clients that show text, the same as structure for those that show structure."""

    text: str
    structure: Json


class Place(Struct, frozen=True):
    """A path (or an id, or globs) within one of the workspaces; empty: all of it."""

    workspace: WorkspaceSession
    path: str


class Scope:
    """The workspaces of a session. Paths carry their root's name where there are several."""

    def __init__(self, workspaces: Sequence[WorkspaceSession]) -> None:
        self.workspaces = list(workspaces)
        self._prefixes = dict(zip(self.workspaces, _prefixes([one.root for one in self.workspaces]), strict=True))

    def prefix(self, workspace: WorkspaceSession) -> str:
        """What stands before the paths of a workspace in answers."""
        return self._prefixes[workspace]

    def everywhere(self, path: str = "") -> list[Place]:
        """The same in every workspace."""
        return [Place(one, path) for one in self.workspaces]

    def places(self, path: str) -> list[Place]:
        """The workspaces that a path (or an id, which begins with one) may lie in.

        Absolute paths are taken where they lie in a root. Errors: InvalidRequest for any other.
        """
        if path.startswith("/"):
            return [self._within(path)]
        if any(part == ".." for part in path.split("#", 1)[0].split("/")):
            raise InvalidRequest(f"{path!r}: paths are relative to the workspace, without '..'")
        plain = "" if path == "." else path.removeprefix("./")
        named = [
            Place(one, plain.removeprefix(prefix.rstrip("/")).lstrip("/"))
            for one, prefix in self._prefixes.items()
            if prefix and f"{plain}/".startswith(prefix)
        ]
        return named or self.everywhere(plain)

    def narrowed(self, globs: str) -> list[Place]:
        """The workspaces that comma-separated globs may fit in, each with the globs as it understands them."""
        found: dict[WorkspaceSession, list[str]] = {}
        for glob in filter(None, (part.strip() for part in globs.split(","))):
            for place in self.places(glob):
                found.setdefault(place.workspace, []).append(place.path or "**")
        return [Place(one, ",".join(inside)) for one, inside in found.items()] or self.everywhere()

    async def ask(
        self,
        places: Iterable[Place],
        question: Callable[[Place], Awaitable[T]],
        missing: Callable[[pb.Freshness], T] | None = None,
    ) -> list[tuple[WorkspaceSession, T]]:
        """Ask at all places at once.

        `missing` makes the answer of a workspace that does not know the id asked for: an error would not say what was
        looked at, and where there are several workspaces, the id may be known in another. Errors: NotFound without it.
        """

        async def one(place: Place) -> tuple[WorkspaceSession, T]:
            try:
                return place.workspace, await question(place)
            except NotFound:
                if missing is None:
                    raise
                return place.workspace, missing((await status(place.workspace, 1)).freshness)

        return await asyncio.gather(*map(one, places))

    def _within(self, path: str) -> Place:
        """The place of an absolute path, in the innermost root around it."""
        for one in sorted(self.workspaces, key=lambda one: -len(str(one.root))):
            if f"{path}/".startswith(f"{one.root}/"):
                return Place(one, path.removeprefix(str(one.root)).lstrip("/"))
        roots = ", ".join(str(one.root) for one in self.workspaces)
        raise InvalidRequest(f"{path!r} lies outside the workspace ({roots}): give a path relative to it")


async def status(workspace: WorkspaceSession, problems: int) -> pb.GetStatusReply:
    """The state of a workspace, with so many of the files that were left out."""
    request = pb.GetStatusRequest(workspace=True, problems_limit=problems, require=await workspace.requirement())
    return await workspace.client.status(request)


def _prefixes(roots: Sequence[Path]) -> list[str]:
    """As many last folders of the roots as tell them apart; nothing where there is but one."""
    if len(roots) < 2:
        return ["" for _ in roots]
    deepest = max(len(root.parts) for root in roots)
    names = (["/".join(root.parts[-depth:]).lstrip("/") for root in roots] for depth in range(1, deepest + 1))
    return next([f"{name}/" for name in several] for several in names if len(set(several)) == len(roots))


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
        for argument in schema["properties"].values():
            # That nothing means nothing need not be told, and every word here is in the model's context.
            if not argument.get("default", True):
                del argument["default"]
        return {key: value for key, value in schema.items() if key not in ("title", "description") and value != []}

    def parse(self, arguments: Json | None) -> Struct:
        """The arguments, checked. Errors: InvalidRequest that names what is wrong and what the tool takes."""
        # To JSON Schema 1.0 is an integer as well.
        given = {
            name: int(value) if isinstance(value, float) and value.is_integer() else value
            for name, value in (arguments or {}).items()
        }
        try:
            return msgspec.convert(given, self.arguments)
        except msgspec.ValidationError as error:
            takes = ", ".join(
                f"{field.name} (required)" if field.required else field.name
                for field in msgspec.structs.fields(self.arguments)
            )
            raise InvalidRequest(f"{self.name}: {error}. It takes: {takes}") from None
