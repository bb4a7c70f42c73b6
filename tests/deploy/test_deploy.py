"""The files of `deploy/` fit the daemon: every query finds its series, every setting is understood."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from argparse import Namespace

import pytest

from bridge.daemon.credentials import Credentials
from grpc_backend.config import resolve
from protos import code_index_pb2 as pb
from tests.deploy.files import COMPOSE, FOLDER, KUBERNETES, ROOT, environments, expressions
from tests.deploy.promql import selectors
from tests.e2e.scrape import scraped, url_of
from tests.e2e.serving import serving
from tests.e2e.test_access import KINDS, WITHIN_S, acknowledged, file_of
from tests.e2e.test_metrics import opened_as

# Put on by Prometheus when it scrapes, not by the daemon.
SCRAPE_LABELS = {"instance", "job"}


@pytest.fixture
async def samples(home):
    """What a daemon tells that has served calls of every kind."""
    with serving(home, "--metrics", "127.0.0.1:0") as server:
        async with server.reached() as stub:
            for call in KINDS.values():
                await call(stub, ())
            stream = await opened_as(stub, "one")
            await stream.write(pb.SyncRequest(delta=pb.Delta(sequence=1, files=[file_of("a.py", 1)])))
            await acknowledged(stream, 1)
            stream.cancel()
        yield await asyncio.to_thread(scraped, url_of(server))


async def test_every_query_of_dashboard_and_alerts_asks_for_what_is_there(samples):
    labels: dict[str, set[str]] = {"up": set()}
    for name, pairs in samples:
        labels.setdefault(name, set()).update(label for label, _ in pairs)
    asked = [(name, wanted - SCRAPE_LABELS) for text in expressions() for name, wanted in selectors(text)]
    assert len(asked) > 25
    assert [(name, wanted) for name, wanted in asked if not wanted <= labels.get(name, {"(no such series)"})] == []
    assert [name for name, _ in asked if name not in labels] == []


@pytest.mark.parametrize("way", environments())
def test_every_setting_is_one_that_the_daemon_knows(way, tmp_path):
    environ = environments()[way]
    sources = "".join(path.read_text() for path in (ROOT / "grpc_backend").rglob("*.py"))
    for name in environ:
        flag = f"--{name.removeprefix('CODEINDEX_').lower().replace('_', '-')}"
        assert f'"{flag}"' in sources or f'"{name}"' in sources or name == "PGPASSWORD", name
    config = resolve(Namespace(home=tmp_path), environ)
    assert config.listening.tls.client_authorities
    assert config.metrics
    assert config.log_json
    assert config.idle_s == 0
    assert config.store.startswith("postgresql://")


def test_probes_and_scrapes_go_where_the_daemon_listens():
    environ = environments()["kubernetes"]
    (deployment,) = (one for one in KUBERNETES if one["kind"] == "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    health = int(environ["CODEINDEX_HEALTH"].split(":")[1])
    probes = [container[name]["grpc"] for name in ("startupProbe", "readinessProbe", "livenessProbe")]
    assert {probe["port"] for probe in probes} == {health}
    assert container["readinessProbe"]["grpc"]["service"] == "codeindex.CodeIndexService"
    told = deployment["spec"]["template"]["metadata"]["annotations"]["prometheus.io/port"]
    assert {told, *re.findall(r"port: (\d+)", (FOLDER / "prometheus/prometheus.yml").read_text())} == {"9464"}
    for way in ("compose", "kubernetes"):
        assert environments()[way]["CODEINDEX_METRICS"].endswith(":9464")
    exposed = re.search(r"EXPOSE (.*)", (FOLDER / "Containerfile").read_text())[1].split()
    assert exposed == [environ[f"CODEINDEX_{name}"].split(":")[1] for name in ("LISTEN", "HEALTH", "METRICS")]


def test_what_compose_mounts_is_there_or_is_told_how_to_make():
    told = (FOLDER / "README.md").read_text()
    for service in COMPOSE["services"].values():
        for volume in service.get("volumes", ()):
            place = volume.split(":")[0]
            if place.startswith("."):
                assert (FOLDER / place).exists() or place.removeprefix("./") in told, place


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the script needs openssl")
def test_certificates_of_the_script_do(home, tmp_path):
    folder = tmp_path / "access"
    make = [FOLDER / "certificates.sh", folder, "localhost,127.0.0.1", "ann"]
    subprocess.run(make, check=True)
    authority = (folder / "authority.pem").read_bytes()
    subprocess.run(make, check=True)  # renews all but the authority
    assert (folder / "authority.pem").read_bytes() == authority
    flags = [
        f"--tls-{name}={folder / file}"
        for name, file in (
            ("certificate", "server.pem"),
            ("key", "server.key"),
            ("client-authorities", "authority.pem"),
        )
    ]
    with serving(home, *flags) as server:
        shown = Credentials("open sesame", folder / "authority.pem", folder / "ann.pem", folder / "ann.key")
        assert asyncio.run(status(server, shown)).pid
    assert (folder / "server.key").stat().st_mode & 0o077 == 0


async def status(server, shown):
    async with server.reached(shown) as stub:
        return await stub.GetStatus(pb.GetStatusRequest(), timeout=WITHIN_S)
