"""One search over all that a team has pushed."""

from __future__ import annotations

import json
import subprocess

import pytest

from bridge.daemon.repositories import left_out, names_repositories
from grpc_backend.access.grant import OWNER, READ, Grant
from grpc_backend.errors import InvalidRequest, NotFound
from grpc_backend.index.repositories import snapshots
from grpc_backend.rpc.wire import query_from
from grpc_backend.search.query import parse
from protos import code_index_pb2 as pb
from tests.conftest import codeindex
from tests.team.daemons import TOKEN, Daemon

PUSHED = ["host/team/a@main", "host/team/b@main", "host/team/b@v1", "other/c@main"]
TREES = ["host/team/a@kim@laptop:/home/kim/a", "host/team/a@", "/home/kim/a", "default"]


def test_a_pattern_names_what_was_pushed_and_no_working_tree():
    every = [*PUSHED, *TREES]
    assert snapshots(every, ["*"], OWNER) == ["host/team/a@main", "host/team/b@main", "other/c@main"]
    assert snapshots(every, ["team/*"], OWNER) == ["host/team/a@main", "host/team/b@main"]
    assert snapshots(every, ["team/b@v1", "c"], OWNER) == ["host/team/b@v1", "other/c@main"]


def test_only_what_the_caller_may_read_is_there():
    reader = Grant("reader", frozenset({READ}), ("host/team/a",))
    assert snapshots(PUSHED, ["*"], reader) == ["host/team/a@main"]
    with pytest.raises(NotFound, match="that you may read"):
        snapshots(PUSHED, ["other/*"], reader)


def test_of_a_repository_one_view_is_searched():
    with pytest.raises(InvalidRequest, match="two views"):
        snapshots(PUSHED, ["b@*"], OWNER)


@pytest.mark.parametrize(
    ("query", "names"),
    [("repo:team/* x", True), ("x repo:a", True), ("'repo:a'", False), ('a "b repo:c"', False), ("repo::Type", False)],
)
def test_a_query_that_names_repositories_is_told_by_its_text(query, names):
    assert names_repositories(query) is names
    assert bool(parse(query).repositories) is names


def test_what_was_not_looked_for_is_said():
    assert left_out(pb.SearchPage(repositories=60)) == ""
    assert "not wholly looked for: words, substring; name fewer" in left_out(
        pb.SearchPage(passed_over=["words", "substring"])
    )


def test_across_repositories_a_name_is_needed():
    for request in (pb.SearchRequest(query="repo:a kind:class"), pb.SearchRequest(query="repo:a x", semantic=True)):
        with pytest.raises(InvalidRequest, match="by name"):
            query_from(request)


def pushed(home, server: Daemon, root, text: str) -> None:
    """A repository of one file, pushed."""
    root.mkdir()
    (root / "source.py").write_text(text)
    for command in (["init", "-q"], ["remote", "add", "origin", f"git@github.com:team/{root.name}.git"]):
        subprocess.run(["git", "-C", root, *command], check=True)
    done = ask(home, server, TOKEN, "push", "--workspace", str(root), "--json")
    assert (done.returncode, json.loads(done.stdout)["pushed"][0]["contents"]) == (0, 1), done.stderr


def ask(home, server: Daemon, token: str, *arguments: str):
    return codeindex(home, *arguments, CODEINDEX_TOKEN=token, CODEINDEX_UPSTREAM=server.address)


def found(done) -> list[tuple[str, str]]:
    return sorted((one["workspace"], one["symbol"]) for one in json.loads(done.stdout)["symbols"])


def test_a_team_s_repositories_are_searched_as_far_as_one_may_read_them(server, home, tmp_path):
    pushed(home, server, tmp_path / "first", "class Shared:\n    def run(self):\n        pass\n")
    pushed(home, server, tmp_path / "second", "class Shared:\n    pass\n\nclass Other:\n    pass\n")
    first, second = "github.com/team/first@main", "github.com/team/second@main"
    done = ask(home, server, TOKEN, "search", "repo:team/* Shared", "--json")
    assert found(done) == [(first, "source.py#Shared"), (second, "source.py#Shared")]
    assert json.loads(done.stdout)["repositories"] == 2
    inside = ask(home, server, TOKEN, "search", "repo:team/* Shared.run", "--json")
    assert found(inside) == [(first, "source.py#Shared.run")]
    nothing = ask(home, server, TOKEN, "search", "repo:second run")
    assert (nothing.returncode, nothing.stdout) == (1, "")
    assert "not found in what was pushed of 1 repository" in nothing.stderr
    made = codeindex(server.home, "token", "create", "one", "--scope", "read", "--repository", "github.com/team/first")
    token = made.stdout.split()[-1]
    assert found(ask(home, server, token, "search", "repo:* Shared", "--json")) == [(first, "source.py#Shared")]
    denied = ask(home, server, token, "search", "repo:second Shared")
    assert (denied.returncode, "that you may read" in denied.stderr) == (3, True)


def test_without_a_server_a_person_is_told_to_name_one(home, project):
    done = codeindex(home, "search", "repo:team/* x", "--workspace", str(project))
    assert done.returncode == 2
    assert "CODEINDEX_UPSTREAM" in done.stderr
