"""How a client is to start codeindex: the command, and its arguments."""

from __future__ import annotations

import shutil
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from bridge.errors import NotFound

# As it is called where it is on PATH.
COMMAND: Final = "codeindex"


class Launch(Struct, frozen=True):
    """A command line for a configuration file."""

    command: str
    arguments: tuple[str, ...]


def launch(command: str, home: Path, workspaces: Sequence[str]) -> Launch:
    """`codeindex mcp` for these workspaces.

    A home that is not the default one is named: most clients hand no variables of the user's on, and
    without it they would start a second daemon.
    """
    state = () if home == Path.home() / ".codeindex" else ("--home", str(home))
    named = tuple(word for workspace in workspaces for word in ("--workspace", workspace))
    return Launch(command, (*state, "mcp", *named))


def own_command(on_path: bool) -> str:
    """What starts this very installation: the bare name where the client has the user's PATH, else a whole path.

    Errors: NotFound where it is run from sources that are not installed.
    """
    script = Path(sysconfig.get_path("scripts")) / COMMAND
    found = shutil.which(COMMAND)
    ours = found is not None and script.exists() and Path(found).samefile(script)
    if ours and on_path:
        return COMMAND
    if ours and found is not None:  # a link in a folder of the user's outlives the environment that it leads to
        return str(Path(found).absolute())
    if not script.exists():
        raise NotFound("the command codeindex is not installed: `uv tool install .` or `pip install .` in a checkout")
    return str(script)
