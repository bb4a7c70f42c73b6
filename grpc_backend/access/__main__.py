"""`codeindex token`: make, list and revoke the tokens of a server. Run it where the server's home is."""

from __future__ import annotations

import argparse
import json
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from grpc_backend.access.grant import EVERYTHING, READ, SCOPES
from grpc_backend.access.listening import token_file_of
from grpc_backend.access.tokens import Token, TokenFile
from grpc_backend.errors import CodeIndexError, InvalidRequest

_DURATION = re.compile(r"(\d+)([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 168}


def main() -> int:
    """Exit 0 when done, 2 when it was told what it cannot do."""
    args = _parser().parse_args()
    file = TokenFile(args.tokens or token_file_of(Path(args.home).absolute()))
    try:
        {"create": _create, "list": _list, "revoke": _revoke}[args.action](file, args)
    except CodeIndexError as error:
        print(f"codeindex: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="codeindex token", description=__doc__)
    parser.add_argument("--home", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--tokens", type=Path, metavar="FILE", help="the file of tokens (default: HOME/tokens.json)")
    actions = parser.add_subparsers(dest="action", required=True, metavar="create | list | revoke")
    create = actions.add_parser("create", help="make a token and print it: it is shown this once")
    create.add_argument("name", help="who it is for")
    create.add_argument("--scope", action="append", choices=SCOPES, help=f"may be repeated (default: {READ})")
    create.add_argument(
        "--repository", action="append", metavar="NAME", help="may be repeated; `*` is any text (default: all)"
    )
    create.add_argument("--expires", metavar="DURATION", help="12h, 90d, 4w (default: never)")
    actions.add_parser("list", help="all tokens, without their secrets")
    revoke = actions.add_parser("revoke", help="end a token, and the streams that it opened")
    revoke.add_argument("id")
    for action in actions.choices.values():
        action.add_argument("--json", action="store_true", help="print one JSON document on stdout")
    return parser


def _create(file: TokenFile, args: argparse.Namespace) -> None:
    token = file.create(args.name, args.scope or [READ], args.repository or [EVERYTHING], _expiry(args.expires))
    print(json.dumps({"token": token}) if args.json else token)


def _list(file: TokenFile, args: argparse.Namespace) -> None:
    tokens = file.tokens()
    if args.json:
        print(json.dumps({"tokens": [_described(token) for token in tokens]}, indent=2))
        return
    for token in tokens:
        ends = f"until {token.expires:%Y-%m-%d %H:%M}" if token.expires else "for ever"
        print(f"{token.id}  {token.name}: {', '.join(token.scopes)} on {', '.join(token.repositories)}, {ends}")


def _revoke(file: TokenFile, args: argparse.Namespace) -> None:
    token = file.revoke(args.id)
    print(json.dumps({"revoked": token.id}) if args.json else f"revoked {token.name}")


def _described(token: Token) -> dict[str, object]:
    return {
        "id": token.id,
        "name": token.name,
        "scopes": token.scopes,
        "repositories": token.repositories,
        "created": token.created.isoformat(),
        "expires": token.expires.isoformat() if token.expires else None,
    }


def _expiry(duration: str | None) -> datetime | None:
    if duration is None:
        return None
    match = _DURATION.fullmatch(duration)
    if match is None:
        raise InvalidRequest(f"--expires wants a number and h, d or w (90d), not {duration!r}")
    return datetime.now(UTC) + timedelta(hours=int(match[1]) * _HOURS[match[2]])


if __name__ == "__main__":
    sys.exit(main())
