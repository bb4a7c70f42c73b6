"""The command line, as a person uses it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from bridge.verbs import doctor
from tests.conftest import codeindex


def test_search_starts_what_is_needed_and_finds_the_definition_first(home, project):
    ran = codeindex(home, "search", "HttpResponse", "--json", cwd=project)
    assert ran.returncode == 0, ran.stderr
    document = json.loads(ran.stdout)
    first = document["symbols"][0]
    assert (first["symbol"], first["kind"], first["line"]) == ("app/http/response.py#HttpResponse", "class", 12)
    assert document["freshness"]["complete"] is True
    assert document["freshness"]["indexed_files"] == 3


def test_filters_narrow_a_search(home, project):
    ran = codeindex(home, "search", "gree", "--language", "go", "--kind", "method", "--json", cwd=project)
    assert [one["qualified_name"] for one in json.loads(ran.stdout)["symbols"]] == ["Greeter.Greet"]
    ran = codeindex(home, "search", "HttpResponse", "--path", "app/views.py", cwd=project)
    assert (ran.returncode, ran.stdout) == (1, "")


def test_exit_codes_tell_found_nothing_usage_and_failure(home, project, tmp_path):
    assert codeindex(home, "search", "index", cwd=project).returncode == 0
    assert codeindex(home, "search", "no_such_name", cwd=project).returncode == 1
    assert codeindex(home, "search", "x", "--limit", "0", cwd=project).returncode == 2
    assert codeindex(home, "search", "x", "--workspace", str(tmp_path / "missing")).returncode == 2
    assert codeindex(home, "search", "x", "--kind", "klass", cwd=project).returncode == 2
    unusable = tmp_path / "file"
    unusable.write_text("")
    assert codeindex(unusable, "search", "x", cwd=project).returncode == 3


def test_what_git_ignores_is_not_indexed(home, project):
    assert codeindex(home, "search", "ignored_by_git", cwd=project).returncode == 1


def test_index_status_stop(home, project):
    indexed = json.loads(codeindex(home, "index", "--json", cwd=project).stdout)
    assert (indexed["files"], indexed["freshness"]["complete"]) == (3, True)
    assert indexed["symbols"] >= 7
    status = json.loads(codeindex(home, "status", "--json", cwd=project).stdout)
    assert status["running"] is True
    assert status["symbols"] == indexed["symbols"]
    assert codeindex(home, "stop", "--json").returncode == 0
    assert json.loads(codeindex(home, "status", "--json", cwd=project).stdout) == {"running": False}
    assert codeindex(home, "stop").returncode == 1


def test_nothing_is_written_into_the_workspace(home, project):
    before = sorted(str(path) for path in project.rglob("*"))
    codeindex(home, "index", cwd=project)
    assert sorted(str(path) for path in project.rglob("*")) == before


def test_doctor_names_what_is_wrong_with_its_mend(home, project):
    healthy = json.loads(codeindex(home, "doctor", "--json", cwd=project).stdout)
    assert healthy["ok"] is True
    home.chmod(0o755)
    ran = codeindex(home, "doctor", "--json", cwd=project)
    wrong = [check for check in json.loads(ran.stdout)["checks"] if not check["ok"]]
    assert ran.returncode == 3
    assert [check["name"] for check in wrong] == ["home"]
    assert "chmod 700" in wrong[0]["mend"]


def test_doctor_says_how_a_workspace_is_watched_and_the_mend(project, monkeypatch):
    assert doctor._watched(project).found.startswith("3 folders, of at most")
    monkeypatch.setattr(doctor, "watch_budget", lambda: 2)
    few = doctor._watched(project)
    assert (few.ok, few.found) == (False, "3 folders, of at most 2 for one workspace")
    assert "max_user_watches" in few.mend
    monkeypatch.setattr(doctor, "foreign_file_system", lambda _root: "nfs4")
    foreign = doctor._watched(project)
    assert not foreign.ok
    assert "is on nfs4, which does not tell of every change" in foreign.found


def test_an_index_of_nothing_says_why(home, tmp_path):
    root = tmp_path / "all_ignored"
    root.mkdir()
    (root / ".gitignore").write_text("*\n")
    (root / "a.py").write_text("def a(): pass\n")
    ran = codeindex(home, "index", "--workspace", str(root))
    assert "0 files, 0 symbols" in ran.stdout
    assert "are ignored (.gitignore, .codeindexignore, git's excludes)" in ran.stdout
    assert "ignored" in json.loads(codeindex(home, "index", "--json", "--workspace", str(root)).stdout)["remark"]


def test_a_person_sees_hits_on_stdout_and_remarks_on_stderr(home, project):
    (project / "app/evil.py").write_text('def evil():\n    """Red \x1b[31mink."""\n')
    ran = codeindex(home, "search", "HttpRespons", "--limit", "1", cwd=project)
    assert ran.stdout == "app/http/response.py:12 class HttpResponse(HttpResponseBase) — A response with a body.\n"
    assert "no symbol is named exactly 'HttpRespons'" in ran.stderr
    assert "raise --limit" in ran.stderr
    ran = codeindex(home, "search", "nope", "--kind", "class", cwd=project)
    assert (ran.stdout, ran.returncode) == ("", 1)
    assert ran.stderr.startswith("'nope' with kind class: not found in any of the 4 indexed files")
    assert "\x1b" not in codeindex(home, "search", "evil", cwd=project).stdout


def test_every_verb_takes_the_current_folder_where_there_is_no_repository(home, tmp_path):
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / "a.py").write_text("def alone():\n    pass\n")
    assert codeindex(home, "search", "alone", cwd=folder).returncode == 0
    assert "here: 1 of 1 files" in codeindex(home, "status", cwd=folder).stdout
    assert codeindex(home, "doctor", cwd=folder).returncode == 0


def test_whoever_has_seen_enough_may_leave(home, project):
    (project / "app/many.py").write_text("".join(f"def many_{number}():\n    pass\n" for number in range(1000)))
    command = [sys.executable, "-m", "bridge", "--home", str(home), "search", "many", "--limit", "1000"]
    reading, writing = os.pipe()
    os.close(reading)
    ran = subprocess.run(
        command, cwd=project, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60, check=False
    )
    os.close(writing)
    assert ran.returncode == 141
    assert "Traceback" not in ran.stderr


def test_a_terminal_gets_a_progress_bar(home, project):
    terminal, theirs = os.openpty()
    command = [sys.executable, "-m", "bridge", "--home", str(home), "index"]
    ran = subprocess.run(
        command, cwd=project, stdout=subprocess.PIPE, stderr=theirs, text=True, timeout=60, check=False
    )
    shown = os.read(terminal, 65_536).decode()
    os.close(terminal)
    os.close(theirs)
    assert "indexing" in shown
    assert ran.stdout.startswith("3 files, ")


def test_a_daemon_that_cannot_start_says_why_in_a_line(home):
    ran = codeindex(home, "daemon", "--listen", "nonsense")
    assert ran.returncode == 2
    assert "--listen wants HOST:PORT" in ran.stderr
    assert "Traceback" not in ran.stderr
