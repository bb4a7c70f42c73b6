"""Register codeindex with one client: which file, for which project, and the change itself."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from bridge.errors import CannotChange, InvalidRequest
from bridge.setup import files
from bridge.setup.client import Client
from bridge.setup.launch import COMMAND, Launch, launch, own_command
from bridge.setup.places import Places


class Wish(Struct, frozen=True, kw_only=True):
    """What the user asks for. All paths are absolute; `here` is the current folder's workspace, if it has one."""

    home: Path  # of codeindex's state
    workspaces: tuple[Path, ...] = ()
    project: Path | None = None
    here: Path | None = None
    command: str = ""  # empty: what starts this installation


class Change(Struct, frozen=True):
    """A file, what it holds and what it is to hold. `before` is None where there is no file yet."""

    file: Path
    before: str | None
    after: str

    @property
    def needed(self) -> bool:
        """Whether the file is not yet as it is to be."""
        return self.before != self.after


def new_text(client: Client, wish: Wish) -> str:
    """The text of a new file. Errors: InvalidRequest, NotFound."""
    return client.change("", _launch(client, wish))


def planned(client: Client, wish: Wish, places: Places) -> Change:
    """What is to be done, with nothing done. Errors: BridgeError, where the file is not what its format says."""
    file = _file(client, wish, places)
    before = files.read(file)
    try:
        after = client.change(before or "", _launch(client, wish))
    except ValueError as error:
        raise CannotChange(f"{file} is not understood, so it was left alone: {error}") from None
    return Change(file, before, after)


def applied(change: Change) -> Path | None:
    """Make the change; return the copy of the file as it was, if there was one. Errors: CannotChange."""
    return files.replace(change.file, change.before, change.after) if change.needed else None


def _file(client: Client, wish: Wish, places: Places) -> Path:
    if wish.project is None:
        return client.user_file(places)
    if not client.project_file:
        raise InvalidRequest(f"{client.title} has no file in a project: leave --project out")
    return wish.project / client.project_file


def _launch(client: Client, wish: Wish) -> Launch:
    return launch(wish.command or _command(client, wish), wish.home, _served(client, wish))


def _command(client: Client, wish: Wish) -> str:
    """A project's file is for everyone, whose PATH leads to an installation of their own."""
    return own_command(client.on_path) if wish.project is None else COMMAND


def _served(client: Client, wish: Wish) -> list[str]:
    """The workspaces to name: none where the client tells them itself. Errors: InvalidRequest."""
    if wish.workspaces:
        return [str(workspace) for workspace in wish.workspaces]
    if wish.project is not None and client.project_variable:
        return [client.project_variable]
    if client.knows_project:
        return []
    here = wish.project or wish.here
    if here is None:
        raise InvalidRequest(f"{client.title} does not tell which project is open: name it with --workspace DIR")
    return [str(here)]
