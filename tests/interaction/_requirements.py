"""The behaviours that the MCP side promises, each by a stable `<area>:<feature>[:<variant>]` name.

Every entry owns the tests that show it: a test says `@requirement("<name>")` (several, if it shows several), and
`test_coverage.py` holds both together: every requirement has a test, every test of this folder a requirement, and
no test names one that is not here. In the manner of the MCP Python SDK's `tests/interaction`.

`source` is where a promise comes from: a revision of the MCP specification, or `ours`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import pytest

HANDSHAKE = "https://modelcontextprotocol.io/specification/2025-11-25"
MODERN = "https://modelcontextprotocol.io/specification/2026-07-28"
OURS = "ours"

Test = TypeVar("Test", bound=Callable[..., Any])


class Requirement(NamedTuple):
    """One behaviour, and where it comes from."""

    source: str
    behavior: str


REQUIREMENTS: dict[str, Requirement] = {
    # -- the opening
    "opening:eras": Requirement(MODERN, "One server answers the handshake and discovery, with the same tools."),
    "opening:identity": Requirement(HANDSHAKE, "The server names itself: name, title, version, an icon, a website."),
    "opening:instructions": Requirement(HANDSHAKE, "Instructions say which tool is for what, in both eras."),
    "opening:capabilities": Requirement(
        HANDSHAKE, "Tools, resources with subscriptions and list changes, prompts, completions are announced."
    ),
    "opening:lazy": Requirement(OURS, "Nothing but the SDK is imported before the first answer."),
    "opening:cacheable": Requirement(MODERN, "Lists that never change may be kept by the client."),
    # -- tools
    "tools:list": Requirement(OURS, "The seven tools of DESIGN, always the same, each marked as only reading."),
    "tools:schemas": Requirement(HANDSHAKE, "Every answer's structure fits the tool's output schema."),
    "tools:small": Requirement(OURS, "Schemas and instructions together take at most 1,500 tokens."),
    "tools:errors": Requirement(HANDSHAKE, "What is wrong with a call is an answer that says what to do."),
    "tools:both-channels": Requirement(OURS, "Text and structure name the same symbols: each is complete alone."),
    "search:exact-or-not": Requirement(OURS, "A search says when nothing is named exactly as asked."),
    "definition:name-id-place": Requirement(OURS, "A definition is found by name, by id, by path, line and column."),
    "definition:ambiguous": Requirement(OURS, "An ambiguous name is answered with all candidates, counted."),
    "definition:hash-member": Requirement(OURS, "`Class#member` is taken as a name where there is no such path."),
    "references:grouped": Requirement(OURS, "Uses come by file and enclosing symbol with roles, counts first."),
    "references:all-roles": Requirement(OURS, "Roles are counted over all uses, not only those on the page."),
    "read:several": Requirement(OURS, "Several symbols are read at once, each exactly, with context if asked."),
    "read:unsaved": Requirement(OURS, "A symbol of a document that is open unsaved is read from the editor's text."),
    "outline:folder": Requirement(OURS, "A folder that does not fit shows its parts with sizes, then symbols."),
    "overview:central": Requirement(
        OURS, "Areas, entry points, and what most is built upon, nearest first; uses are of one language."
    ),
    "status:reasons": Requirement(OURS, "The status names what was left out and why."),
    "budget:tokens": Requirement(OURS, "An answer stays within the budget of tokens, and says that there is more."),
    "budget:cursor": Requirement(OURS, "Cursors lead through everything once, over several roots too."),
    # -- honesty
    "absence:searched": Requirement(OURS, "Nothing found says in how many files of how many, at which generation."),
    "absence:left-out": Requirement(OURS, "Nothing found says what was not looked at, by reason."),
    "absence:nearest": Requirement(OURS, "Nothing found offers the nearest names."),
    "absence:pending": Requirement(OURS, "Not found and not indexed yet are told apart."),
    # -- resources
    "resources:list": Requirement(HANDSHAKE, "The status and each root's outline are listed, the rest by template."),
    "resources:read": Requirement(HANDSHAKE, "Outlines, symbols and the status are read by their URI."),
    "resources:escapes": Requirement(HANDSHAKE, "Percent escapes in a URI are decoded, `%23` is `#`."),
    "resources:missing": Requirement(MODERN, "A URI that names nothing is an error, -32602."),
    "subscriptions:handshake": Requirement(HANDSHAKE, "A subscriber is told when the file or symbol changes."),
    "subscriptions:stream": Requirement(MODERN, "A listening stream carries changes of what it chose."),
    "subscriptions:others": Requirement(HANDSHAKE, "A change elsewhere is not told."),
    "subscriptions:unsaved": Requirement(OURS, "An unsaved edit is a change."),
    "subscriptions:end": Requirement(HANDSHAKE, "After unsubscribing nothing is told."),
    "subscriptions:unknown": Requirement(OURS, "Subscribing to what is no resource of ours is refused."),
    "list-changed:roots": Requirement(HANDSHAKE, "The list of resources changes with the roots, and that is told."),
    # -- prompts and completions
    "prompts:list": Requirement(HANDSHAKE, "Prompts are listed with their arguments."),
    "prompts:find-your-way": Requirement(OURS, "The prompt holds the overview, quoted."),
    "prompts:what-breaks": Requirement(OURS, "The prompt holds definitions and uses of the symbol, quoted."),
    "prompts:arguments": Requirement(HANDSHAKE, "An unknown prompt or a missing argument is an error that says so."),
    "completions:names": Requirement(HANDSHAKE, "Symbol names are completed by search."),
    "completions:ids": Requirement(HANDSHAKE, "Ids are completed: the file, then what it defines."),
    "completions:paths": Requirement(HANDSHAKE, "Paths are completed a folder at a time, without what is ignored."),
    "completions:words": Requirement(HANDSHAKE, "Kinds and languages are completed."),
    "completions:unknown": Requirement(OURS, "An argument of which nothing is known has no completions."),
    # -- waiting
    "progress:told": Requirement(HANDSHAKE, "A call with a progress token hears how far the index is, never less."),
    "progress:unasked": Requirement(HANDSHAKE, "Without a token nothing is told."),
    "cancel:daemon": Requirement(HANDSHAKE, "A cancelled call is cancelled in the daemon, too, in both eras."),
    # -- roots
    "roots:client": Requirement(HANDSHAKE, "Where nobody named a workspace, the client's roots are it, in both eras."),
    "roots:early": Requirement(OURS, "In the handshake era roots are asked for before the first call."),
    "roots:changed": Requirement(HANDSHAKE, "New roots of the client are taken over."),
    "roots:named": Requirement(OURS, "A workspace that was named stays, whatever the client opens."),
    "roots:none": Requirement(OURS, "Without any workspace the answer says how to give one."),
    # -- safety
    "safety:fenced": Requirement(OURS, "What comes from sources stands between fences, and nowhere else."),
    "safety:hidden": Requirement(OURS, "Control, bidirectional and invisible characters do not reach the model."),
    "safety:outside": Requirement(OURS, "Paths outside the roots are refused everywhere."),
    "safety:reads-only": Requirement(OURS, "No tool, resource, prompt or completion writes into the workspace."),
}


def requirement(name: str) -> Callable[[Test], Test]:
    """Mark a test as showing a requirement. KeyError if there is no such one."""
    if name not in REQUIREMENTS:
        raise KeyError(f"no requirement {name!r} in tests/interaction/_requirements.py")
    return pytest.mark.requirement(name)
