"""The files of `deploy/`, and what is in them."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy"
DASHBOARD = json.loads((FOLDER / "grafana/dashboards/codeindex.json").read_text())
RULES = yaml.safe_load((FOLDER / "prometheus/rules.yml").read_text())
COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text())
KUBERNETES = list(yaml.safe_load_all((FOLDER / "kubernetes/codeindex.yaml").read_text()))


def expressions() -> list[str]:
    """Every PromQL expression: the dashboard's, then the alerts'."""
    shown = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    return shown + [rule["expr"] for group in RULES["groups"] for rule in group["rules"]]


def environments() -> dict[str, dict[str, str]]:
    """The environment that each way to deploy gives the daemon."""
    (deployment,) = (one for one in KUBERNETES if one["kind"] == "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    lines = (FOLDER / "systemd/daemon.env").read_text().splitlines()
    return {
        "compose": COMPOSE["services"]["daemon"]["environment"],
        "kubernetes": {one["name"]: one.get("value", "postgresql://x") for one in container["env"]},
        "systemd": dict(line.lstrip("#").split("=", 1) for line in lines if "=" in line),
    }
