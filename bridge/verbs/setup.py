"""`codeindex setup CLIENT`: write a client's configuration, and keep all else that is in it."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from bridge.config import default_roots
from bridge.errors import InvalidRequest
from bridge.setup.client import Client
from bridge.setup.clients import CLIENTS, client_named
from bridge.setup.places import Places
from bridge.setup.registration import Wish, applied, new_text, planned
from bridge.verbs import FOUND
from bridge.verbs.one_workspace import print_json
from bridge.workspace.roots import refuse_root


def run(args: argparse.Namespace, home: Path) -> int:
    """Say what was done and what is left to do."""
    places = Places(Path.home(), os.environ, sys.platform)
    if args.list:
        _list(places, args.json)
        return FOUND
    if not args.client:
        raise InvalidRequest("name a client; `codeindex setup --list` shows those that are known")
    client = client_named(args.client)
    wish = Wish(
        home=home,
        workspaces=tuple(_folder(one) for one in args.workspace),
        project=_folder(args.project) if args.project else None,
        here=next(iter(default_roots(os.environ)), None),
    )
    if args.print:
        sys.stdout.write(new_text(client, wish))
        return FOUND
    _write(client, wish, places, args.json)
    return FOUND


def _folder(named: Path) -> Path:
    """A folder that may be indexed. Errors: InvalidRequest."""
    folder = named.expanduser().resolve()
    if not folder.is_dir():
        raise InvalidRequest(f"{named} is no folder")
    if reason := refuse_root(folder):
        raise InvalidRequest(reason)
    return folder


def _write(client: Client, wish: Wish, places: Places, as_json: bool) -> None:
    change = planned(client, wish, places)
    backup = applied(change)
    if as_json:
        said = {"client": client.name, "file": str(change.file), "changed": change.needed}
        print_json({**said, "backup": str(backup) if backup else None, "next": client.next})
        return
    if not change.needed:
        print(f"{client.title} is set up already: {change.file}")
    else:
        print(f"{client.title}: wrote {change.file}")
        if backup:
            print(f"what was there before: {backup}")
    print(f"next: {client.next}")


def _list(places: Places, as_json: bool) -> None:
    """Every client, with its file; whether that exists tells which ones are used here."""
    rows = [(client, client.user_file(places)) for client in CLIENTS]
    if as_json:
        print_json({"clients": [_row(client, file) for client, file in rows]})
        return
    width = max(len(client.name) for client in CLIENTS)
    for client, file in rows:
        print(f"{client.name:{width}}  {client.title}: {file}{'' if file.exists() else ' (not there yet)'}")


def _row(client: Client, file: Path) -> dict[str, Any]:
    return {
        "client": client.name,
        "title": client.title,
        "file": str(file),
        "exists": file.exists(),
        "project_file": client.project_file or None,
    }
