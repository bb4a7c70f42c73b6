"""The command line, as a person uses it."""

from __future__ import annotations

import json

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
