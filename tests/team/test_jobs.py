"""Jobs of a team's server: added by one, done by workers that are processes of their own, one of which is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from tests.conftest import codeindex, stop_daemon, wait_for
from tests.team.daemons import TOKEN, Daemon, free_ports

GIT = ("git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main")
LEASE_S = 3


@pytest.fixture
def postgres(postgresql, tmp_path):
    daemon = Daemon(tmp_path / "server", free_ports(1)[0], postgresql.database())
    daemon.start()
    yield daemon
    daemon.stop()


@pytest.fixture
def homes(tmp_path):
    """The homes of two workers."""
    paths = [tmp_path / "w0", tmp_path / "w1"]
    yield paths
    for path in paths:
        stop_daemon(path)


def ask(home, server: Daemon, *arguments: str) -> subprocess.CompletedProcess[str]:
    return codeindex(home, "--server", server.address, *arguments, CODEINDEX_TOKEN=TOKEN)


def document(home, server: Daemon, *arguments: str):
    done = ask(home, server, *arguments, "--json")
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def begin_work(home, server: Daemon, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bridge", "--home", str(home), "--server", server.address, "jobs", "work", *more]
    return subprocess.Popen(command, env={**os.environ, "CODEINDEX_TOKEN": TOKEN}, stdout=subprocess.PIPE, text=True)


def repository(folder, number: int):
    """A repository with one symbol of its own."""
    folder.mkdir(parents=True)
    (folder / "a.py").write_text(f"def only_in_{number}():\n    pass\n")
    subprocess.run([*GIT, "init", "-q", folder], check=True)
    subprocess.run([*GIT, "-C", folder, "add", "."], check=True)
    subprocess.run([*GIT, "-C", folder, "commit", "-qm", "one"], check=True)
    return folder


def found(home, server: Daemon, number: int) -> list[str]:
    symbols = document(home, server, "search", f"repo:local/* only_in_{number}")["symbols"]
    return [one["name"] for one in symbols if one["name"] == f"only_in_{number}"]


def test_two_workers_do_what_was_added_and_one_goes_on_where_the_other_was_killed(postgres, homes, home, tmp_path):
    roots = [repository(tmp_path / f"project{number}", number) for number in range(5)]
    (tmp_path / "list").write_text("\n".join(root.name for root in roots))
    assert document(home, postgres, "jobs", "add", "--from-list", str(tmp_path / "list"))["added"] == 5
    assert document(home, postgres, "jobs", "add", str(roots[0]))["waiting_already"] == 1

    def states() -> dict[str, tuple[str, int]]:
        return {one["source"]: (one["state"], one["tries"]) for one in document(home, postgres, "jobs", "list")["jobs"]}

    assert states() == {str(root): ("waiting", 0) for root in roots}
    killed = begin_work(homes[0], postgres, "--lease", str(LEASE_S))
    lost = wait_for(lambda: next((source for source, (state, _) in states().items() if state == "taken"), None), 60)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    work = begin_work(homes[1], postgres, "--lease", str(LEASE_S), "--until-done", "--json")
    done = json.loads(work.communicate(timeout=300)[0])["done"]
    assert work.returncode == 0
    assert all(not one["error"] for one in done)
    # What the first had finished before it was killed is not done again; what it held is.
    assert {one["source"] for one in done} <= set(map(str, roots))
    assert lost in {one["source"] for one in done} or found(home, postgres, int(lost[-1]))
    assert states() == {}
    assert [found(home, postgres, number) for number in range(5)] == [[f"only_in_{number}"] for number in range(5)]


def test_a_job_of_a_killed_worker_is_taken_by_another_when_its_lease_is_over(postgres, homes, home, tmp_path):
    root = repository(tmp_path / "project", 1)
    gate = tmp_path / "gate"
    gate.mkdir()
    (gate / "git").write_text("#!/bin/sh\nexec sleep 600\n")  # a clone that never ends
    (gate / "git").chmod(0o755)
    document(home, postgres, "jobs", "add", f"file://{root}")
    command = [sys.executable, "-m", "bridge", "--home", str(homes[0]), "--server", postgres.address]
    stuck = subprocess.Popen(
        [*command, "jobs", "work", "--lease", str(LEASE_S)],
        env={**os.environ, "CODEINDEX_TOKEN": TOKEN, "PATH": f"{gate}:{os.environ['PATH']}"},
        start_new_session=True,
    )

    def job():
        return document(home, postgres, "jobs", "list")["jobs"][0]

    wait_for(lambda: job()["state"] == "taken", 60)
    held_by = job()["worker"]
    assert held_by.endswith(f":{stuck.pid}")
    os.killpg(stuck.pid, signal.SIGKILL)
    stuck.wait()
    work = begin_work(homes[1], postgres, "--until-done", "--json")
    done = json.loads(work.communicate(timeout=300)[0])["done"]
    assert [(one["source"], one["error"]) for one in done] == [(f"file://{root}", "")]
    assert found(home, postgres, 1) == ["only_in_1"]


def test_what_cannot_be_indexed_is_told_and_kept(postgres, homes, home, tmp_path):
    nowhere = str(tmp_path / "nowhere")
    document(home, postgres, "jobs", "add", nowhere)
    worker = begin_work(homes[0], postgres)
    line = worker.stdout.readline()
    assert f"{nowhere} is not a folder on this machine" in line
    (job,) = document(home, postgres, "jobs", "list")["jobs"]
    assert (job["state"], job["tries"], "not a folder" in job["error"]) == ("waiting", 1, True)
    worker.kill()
    worker.wait()
    worker.stdout.close()


def test_a_clone_follows_its_repository(postgres, homes, home, tmp_path):
    root = repository(tmp_path / "project", 1)
    for number in (1, 2):
        (root / "a.py").write_text(f"def only_in_{number}():\n    pass\n")
        subprocess.run([*GIT, "-C", root, "commit", "-qam", "more", "--allow-empty"], check=True)
        document(home, postgres, "jobs", "add", f"file://{root}")
        work = begin_work(homes[0], postgres, "--until-done", "--json")
        assert json.loads(work.communicate(timeout=300)[0])["done"][0]["error"] == ""
        assert found(home, postgres, number) == [f"only_in_{number}"]
    assert found(home, postgres, 1) == []


def test_jobs_are_for_tokens_of_all_repositories_and_need_a_database(postgres, home, tmp_path):
    made = codeindex(postgres.home, "token", "create", "some", "--scope", "push", "--repository", "team/*")
    refused = codeindex(home, "--server", postgres.address, "jobs", "list", CODEINDEX_TOKEN=made.stdout.split()[-1])
    assert refused.returncode == 3
    assert "jobs name any repository" in refused.stderr
    alone = Daemon(tmp_path / "alone", free_ports(1)[0], "")
    alone.start()
    try:
        refused = ask(home, alone, "jobs", "add", str(tmp_path))
    finally:
        alone.stop()
    assert refused.returncode == 2
    assert "--store postgresql://" in refused.stderr


def test_what_is_no_job_is_refused_at_once(postgres, home, tmp_path):
    for arguments, told in (
        (["add"], "which repositories?"),
        (["add", "--from-list", str(tmp_path / "nowhere")], "cannot read"),
        (["add", str(tmp_path), "--commit", ""], "a commit has a name"),
        (["work", "--lease", "0"], "--lease"),
        (["work", "--lease", "100000", "--until-done"], "a lease is"),
    ):
        done = ask(home, postgres, "jobs", *arguments)
        assert (done.returncode, told in done.stderr) == (2, True), done.stderr
    nowhere = codeindex(home, "jobs", "list", CODEINDEX_SERVER="", CODEINDEX_UPSTREAM="")
    assert (nowhere.returncode, "which server?" in nowhere.stderr) == (2, True)
