"""What a daemon's metrics say, read as Prometheus reads them."""

from __future__ import annotations

import re
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import wait_for
from tests.e2e.serving import Server


def url_of(server: Server) -> str:
    """Where it is scraped: its log says."""
    return wait_for(lambda: re.search(r"metrics at (\S+)", server.log.read_text()))[1]


def scraped(url: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample by its name and labels."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        families = text_string_to_metric_families(answer.read().decode())
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def value(samples, name: str, **labels: str) -> float:
    """One sample; 0 where there is none yet."""
    return samples.get((name, tuple(sorted(labels.items()))), 0.0)
