"""The ready configurations of editor-configs/: what `codeindex setup` writes into a new file.

`python -m tests.setup.ready_files` writes them; a test holds them to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bridge.setup.client import Client
from bridge.setup.clients import CLIENTS
from bridge.setup.places import Places
from bridge.setup.registration import Wish, new_text

FOLDER = Path(__file__).parents[2] / "editor-configs"
PROJECT = Path("/PATH/TO/PROJECT")
FOLDERS = {"vscode": "vscode-mcp"}  # vscode/ is the extension


def ready_files() -> Iterator[tuple[Path, str]]:
    """Each file with its text: the project's file where a client has one, else the user's."""
    for client in CLIENTS:
        wish = Wish(
            home=Path.home() / ".codeindex",
            project=PROJECT if client.project_file else None,
            here=PROJECT,
            command="codeindex",
        )
        yield FOLDER / FOLDERS.get(client.name, client.name) / _name(client), new_text(client, wish)


def _name(client: Client) -> str:
    """The name of the client's file, without what hides it."""
    named = client.project_file or client.user_files(Places(Path("/"), {}, "linux"))[0]
    return Path(named).name.lstrip(".")


if __name__ == "__main__":
    for file, text in ready_files():
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
