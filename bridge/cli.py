"""The command line: what is asked for, which verb answers.

Exit codes: 0 found or done, 1 nothing found, 2 usage, 3 failure. With --json, stdout holds
one JSON document; everything else goes to stderr. A verb's module is imported when it is used.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bridge import __version__
from bridge.config import resolve_home
from bridge.verbs import FAILURE, USAGE

# Verbs that read their flags themselves.
OWN_FLAGS = ("daemon", "token")


def run(arguments: Sequence[str]) -> int:
    """Run one verb and return its exit code."""
    from bridge.errors import BridgeError, InvalidRequest

    parser = _parser()
    args, rest = parser.parse_known_args(arguments)
    args.rest = rest
    if args.rest and args.verb not in OWN_FLAGS:
        parser.error(f"unrecognized arguments: {' '.join(args.rest)}")
    home = resolve_home(args.home, os.environ)
    try:
        module = importlib.import_module(f"bridge.verbs.{args.verb}")
        code: int = module.run(args, home)
        sys.stdout.flush()
    except InvalidRequest as error:
        print(f"codeindex: {error}", file=sys.stderr)
        return USAGE
    except BridgeError as error:
        print(f"codeindex: {error}", file=sys.stderr)
        return FAILURE
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read stdout has seen enough. The interpreter must not find that out anew when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="codeindex", description="Exact, fresh answers about the symbols of a codebase"
    )
    parser.add_argument("-V", "--version", action="version", version=f"codeindex {__version__}")
    parser.add_argument(
        "--home", metavar="DIR", help="keep all state here (default: CODEINDEX_HOME, else ~/.codeindex)"
    )
    parser.add_argument(
        "--server",
        metavar="HOST:PORT",
        default=os.environ.get("CODEINDEX_SERVER", ""),
        help="ask a team's server in place of this machine's daemon: mcp, search, index, status (CODEINDEX_SERVER)",
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    _add_mcp(verbs)
    _add_lsp(verbs)
    _add_search(verbs)
    _add_index(verbs)
    _add_push(verbs)
    _add_jobs(verbs)
    _add_setup(verbs)
    _add_daemon_verbs(verbs)
    return parser


Verbs = argparse._SubParsersAction  # argparse has no public name for it


def _add_mcp(verbs: Verbs[argparse.ArgumentParser]) -> None:
    mcp = verbs.add_parser("mcp", help="MCP server on stdio, for assistants")
    mcp.add_argument("--workspace", "--root", type=Path, action="append", default=[], metavar="DIR")


def _add_lsp(verbs: Verbs[argparse.ArgumentParser]) -> None:
    lsp = verbs.add_parser("lsp", help="language server on stdio, for editors")
    lsp.add_argument("--stdio", action="store_true", help="taken because VS Code adds it; stdio is all there is")


def _add_search(verbs: Verbs[argparse.ArgumentParser]) -> None:
    search = verbs.add_parser("search", help="find symbols by name")
    search.add_argument("query")
    _add_workspace(search)
    search.add_argument("--kind", action="append", default=[], metavar="K", help="class, function, method, …")
    search.add_argument("--language", action="append", default=[], metavar="L")
    search.add_argument("--path", action="append", default=[], metavar="GLOB")
    search.add_argument("--near", type=Path, metavar="FILE", help="what lies near it comes first among equals")
    search.add_argument("--limit", type=int, default=20, metavar="N")
    search.add_argument("--cursor", default="", help="go on after the page that gave it (--json)")
    search.add_argument("--semantic", action="store_true", help="QUERY is a question in plain words")
    search.add_argument("--explain", action="store_true", help="tell what each score is made of")


def _add_index(verbs: Verbs[argparse.ArgumentParser]) -> None:
    index = verbs.add_parser("index", help="bring the index up to date")
    _add_workspace(index)


def _add_push(verbs: Verbs[argparse.ArgumentParser]) -> None:
    push = verbs.add_parser("push", help="bring a team's server to what this checkout is")
    _add_workspace(push)
    push.add_argument("--commit", default="main", metavar="NAME", help="what the server calls it (default: main)")
    push.add_argument("--from-list", type=Path, metavar="FILE", help="push many: a checkout a line, relative to FILE")
    pull = verbs.add_parser("pull", help="have a team's server say what it knows of this checkout's files")
    _add_workspace(pull)


def _add_jobs(verbs: Verbs[argparse.ArgumentParser]) -> None:
    jobs = verbs.add_parser("jobs", help="repositories that a team's server has workers index")
    actions = jobs.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="have repositories indexed")
    add.add_argument("sources", nargs="*", metavar="SOURCE", help="a URL, or a folder that workers can read")
    add.add_argument("--from-list", type=Path, metavar="FILE", help="a SOURCE a line, folders relative to FILE")
    add.add_argument("--commit", default="main", metavar="NAME", help="what the server calls it (default: main)")
    listing = actions.add_parser("list", help="those that wait, are taken or have failed")
    work = actions.add_parser("work", help="take jobs and do them, one after the other")
    work.add_argument("--until-done", action="store_true", help="end when no job waits or is taken")
    work.add_argument(
        "--lease", type=float, default=60.0, metavar="S", help="lost for so long, and another worker has the job"
    )
    for action in (add, listing, work):
        action.add_argument("--json", action="store_true", help="print one JSON document on stdout")


def _add_setup(verbs: Verbs[argparse.ArgumentParser]) -> None:
    setup = verbs.add_parser("setup", help="register codeindex with a client: write its configuration")
    setup.add_argument("client", nargs="?", default="", metavar="CLIENT", help="its name; --list shows all")
    setup.add_argument("--list", action="store_true", help="the clients that are known, and their files")
    setup.add_argument(
        "--print", action="store_true", help="print what would be written into a new file; write nothing"
    )
    setup.add_argument(
        "--workspace",
        "--root",
        action="append",
        type=Path,
        default=[],
        metavar="DIR",
        help="serve this folder, whatever is open",
    )
    setup.add_argument(
        "--project", type=Path, metavar="DIR", help="write the file in this project, for all who work on it"
    )
    setup.add_argument("--json", action="store_true", help="print one JSON document on stdout")


def _add_daemon_verbs(verbs: Verbs[argparse.ArgumentParser]) -> None:
    for name, text in (
        ("status", "what runs and what it holds"),
        ("doctor", "what is wrong and how to mend it"),
    ):
        verb = verbs.add_parser(name, help=text)
        _add_workspace(verb)
    verbs.add_parser("stop", help="stop the daemon").add_argument("--json", action="store_true")
    verbs.add_parser("daemon", help="run the daemon in the foreground", add_help=False)
    verbs.add_parser("token", help="make, list and revoke the tokens of a server", add_help=False)


def _add_workspace(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--workspace", "--root", type=Path, default=None, metavar="DIR")
    verb.add_argument("--json", action="store_true", help="print one JSON document on stdout")
