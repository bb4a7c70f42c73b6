"""Which workspace a path, an id or a glob means, and how it is named there."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.assistant.tool import Scope
from bridge.errors import InvalidRequest, NotFound


class Workspace:
    """All that a scope looks at."""

    def __init__(self, root: str) -> None:
        self.root = Path(root)


def scope_of(*roots: str) -> Scope:
    return Scope([Workspace(root) for root in roots])


def told(places) -> list[tuple[str, str]]:
    return [(str(place.workspace.root), place.path) for place in places]


ONE = ("/w/app",)
TWO = ("/w/app", "/w/lib")


@pytest.mark.parametrize(
    ("roots", "path", "expected"),
    [
        (ONE, "a/b.py", [("/w/app", "a/b.py")]),
        (ONE, "./a/b.py", [("/w/app", "a/b.py")]),
        (ONE, "app/b.py", [("/w/app", "app/b.py")]),
        (ONE, "", [("/w/app", "")]),
        (ONE, ".", [("/w/app", "")]),
        (ONE, "/w/app", [("/w/app", "")]),
        (ONE, "/w/app/a.py#A.b", [("/w/app", "a.py#A.b")]),
        (ONE, "a..b/c.py", [("/w/app", "a..b/c.py")]),
        (TWO, "lib/a.py", [("/w/lib", "a.py")]),
        (TWO, "lib", [("/w/lib", "")]),
        (TWO, "library/a.py", [("/w/app", "library/a.py"), ("/w/lib", "library/a.py")]),
        (TWO, "a.py#A", [("/w/app", "a.py#A"), ("/w/lib", "a.py#A")]),
        (("/w", "/w/lib"), "/w/lib/a.py", [("/w/lib", "a.py")]),
        (("/w", "/w/lib"), "/w/other/a.py", [("/w", "other/a.py")]),
    ],
)
def test_a_path_means_these_places(roots, path, expected):
    assert told(scope_of(*roots).places(path)) == expected


@pytest.mark.parametrize("path", ["/etc/passwd", "/w/application/a.py", "../a.py", "a/../../b.py"])
def test_a_path_outside_is_refused_with_advice(path):
    with pytest.raises(InvalidRequest, match="relative to"):
        scope_of(*ONE).places(path)


@pytest.mark.parametrize(
    ("roots", "prefixes"),
    [
        (ONE, [""]),
        (TWO, ["app/", "lib/"]),
        (("/a/app", "/b/app"), ["a/app/", "b/app/"]),
        (("/a/x/app", "/b/x/app", "/lib"), ["a/x/app/", "b/x/app/", "lib/"]),
    ],
)
def test_roots_are_told_apart_by_as_little_as_it_takes(roots, prefixes):
    scope = scope_of(*roots)
    assert [scope.prefix(workspace) for workspace in scope.workspaces] == prefixes


@pytest.mark.parametrize(
    ("globs", "expected"),
    [
        ("", [("/w/app", ""), ("/w/lib", "")]),
        ("src/**", [("/w/app", "src/**"), ("/w/lib", "src/**")]),
        ("lib/src/**", [("/w/lib", "src/**")]),
        ("lib", [("/w/lib", "**")]),
        ("lib/a, lib/b,", [("/w/lib", "a,b")]),
        ("/w/app/src/*.py,lib/x", [("/w/app", "src/*.py"), ("/w/lib", "x")]),
    ],
)
def test_globs_narrow_to_the_workspaces_they_may_fit_in(globs, expected):
    assert told(scope_of(*TWO).narrowed(globs)) == expected


async def test_what_no_workspace_knows_is_an_error_where_nothing_else_is_said():
    async def question(_place):
        raise NotFound("nowhere")

    scope = scope_of(*TWO)
    with pytest.raises(NotFound):
        await scope.ask(scope.everywhere(), question)
