"""The file of tokens: what is in it, what it gives, and that a change of it holds at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from grpc_backend.access.grant import Grant
from grpc_backend.access.tokens import TokenFile
from grpc_backend.errors import InvalidRequest, RepositoryDenied, ScopeDenied, TokenExpired, Unauthenticated


@pytest.fixture
def file(tmp_path):
    return TokenFile(tmp_path / "tokens.json")


def test_a_token_gives_what_it_was_made_for(file):
    grant = file.grant_of(file.create("ci", ["push"], ["team/*"], None))
    grant.require("push")
    assert grant.admit("team/site") == "team/site"
    with pytest.raises(ScopeDenied, match=r"needs the scope 'read'.*has: push"):
        grant.require("read")
    with pytest.raises(RepositoryDenied, match="'other/site'"):
        grant.admit("other/site")


def test_the_file_holds_no_secret_and_nobody_else_can_read_it(file):
    token = file.create("ci", ["read"], ["*"], None)
    _, _, secret = token.split("_", 2)
    assert secret not in file.path.read_text()
    assert file.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "spoil", [lambda _: "", lambda t: "x" + t, lambda t: t + "x", lambda t: t[:-1], lambda _: "cix_1_2"]
)
def test_what_is_nearly_a_token_is_none(file, spoil):
    token = file.create("ci", ["read"], ["*"], None)
    with pytest.raises(Unauthenticated):
        file.grant_of(spoil(token))


def test_an_expired_token_says_so_and_only_to_its_holder(file):
    token = file.create("ci", ["read"], ["*"], datetime.now(UTC) - timedelta(seconds=1))
    with pytest.raises(TokenExpired, match="'ci'"):
        file.grant_of(token)
    with pytest.raises(Unauthenticated):
        file.grant_of(token + "x")


def test_what_another_process_changes_holds_from_the_next_call_on(file):
    other = TokenFile(file.path)
    token = other.create("ci", ["read"], ["*"], None)
    assert file.grant_of(token).covers("anything")
    other.revoke(token.split("_")[1])
    with pytest.raises(Unauthenticated):
        file.grant_of(token)


def test_a_file_that_someone_is_writing_changes_nothing_and_one_that_is_gone_takes_all(file):
    token = file.create("ci", ["read"], ["*"], None)
    assert file.grant_of(token)
    file.path.write_text('{"tokens": [')
    assert file.grant_of(token)
    with pytest.raises(InvalidRequest, match=r"tokens\.json"):
        file.tokens()
    file.path.unlink()
    with pytest.raises(Unauthenticated):
        file.grant_of(token)


def test_many_writers_lose_nothing(file):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: TokenFile(file.path).create(f"t{n}", ["read"], ["*"], None), range(40)))
    assert len(file.tokens()) == 40
    assert all(file.grant_of(token) for token in made)


def test_revoking_what_is_not_there_says_where_to_look(file):
    with pytest.raises(InvalidRequest, match="codeindex token list"):
        file.revoke("beef")


@pytest.mark.parametrize(
    ("patterns", "name", "covered"),
    [
        (["*"], "a", True),
        (["a/*"], "a/b/c", True),
        (["a/*"], "ab", False),
        (["a"], "A", False),
        (["h/a"], "h/a@ann@laptop:/src/a", True),
        (["h/a"], "h/ab@ann@laptop:/src/a", False),
        (["*:/src/a"], "h/b@ann@laptop:/src/a", False),
        ([], "a", False),
    ],
)
def test_patterns(patterns, name, covered):
    assert Grant("x", frozenset(), tuple(patterns)).covers(name) is covered
