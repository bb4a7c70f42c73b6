"""What a listener may be told, and what it says when that is not enough."""

from __future__ import annotations

from argparse import ArgumentParser

import pytest

from grpc_backend.access.listening import Said, add_arguments, resolve_listening
from grpc_backend.errors import InvalidRequest


def resolved(home, *arguments, **environ):
    parser = ArgumentParser()
    add_arguments(parser)
    return resolve_listening(Said(parser.parse_args(arguments), environ), home, environ)


def test_nothing_listens_unless_told_to(tmp_path):
    assert resolved(tmp_path, "--plaintext") is None


@pytest.mark.parametrize("address", ["127.0.0.1:1", "[::1]:1", "localhost:1"])
def test_loopback_needs_no_tls(tmp_path, address):
    assert resolved(tmp_path, "--listen", address).tls is None


@pytest.mark.parametrize("address", ["0.0.0.0:1", "[::]:1", "index.example:1", "10.0.0.1:1"])
def test_beyond_this_machine_nothing_goes_in_the_clear_by_accident(tmp_path, address):
    with pytest.raises(InvalidRequest, match="--tls-certificate and --tls-key, or --plaintext"):
        resolved(tmp_path, "--listen", address)
    assert resolved(tmp_path, "--listen", address, "--plaintext")
    assert resolved(tmp_path, "--listen", address, "--tls-certificate", "c", "--tls-key", "k").tls


@pytest.mark.parametrize("flags", [("--tls-key", "k"), ("--tls-client-authorities", "a"), ("--tls-certificate", "c")])
def test_half_of_tls_is_none(tmp_path, flags):
    with pytest.raises(InvalidRequest, match="both --tls-certificate and --tls-key"):
        resolved(tmp_path, "--listen", "127.0.0.1:1", *flags)


def test_the_environment_says_what_flags_say_and_flags_win(tmp_path):
    said = resolved(tmp_path, "--listen", "[::1]:2", CODEINDEX_LISTEN="[::1]:1", CODEINDEX_TOKENS="/t")
    assert said.address == "[::1]:2"
    assert str(said.tokens) == "/t"


def test_an_address_without_a_port_is_refused(tmp_path):
    with pytest.raises(InvalidRequest, match="HOST:PORT"):
        resolved(tmp_path, "--listen", "localhost")


def test_a_token_that_may_do_everything_is_made_once_for_this_user(tmp_path):
    first = resolved(tmp_path, "--listen", "127.0.0.1:1").token
    assert len(first) > 40
    assert resolved(tmp_path, "--listen", "127.0.0.1:1").token == first
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600
