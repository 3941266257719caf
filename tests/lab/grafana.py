"""Grafana in the lab, beside the Prometheus of a deployment under load."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hpcgen.grafana.panel import UID

from tests.lab.bundles import Bundle
from tests.lab.cluster import Lab
from tests.lab.monitoring import SMALL, fleet, recipe, start
from tests.lab.otel_collector import IMAGE as COLLECTOR
from tests.lab.otel_collector import SENDER

STAND_IN = "grafana-stand-in"
LOAD = {"clients": 2, "duration": "10m"}
ASK = """
import os, time, urllib.request
while True:
    urllib.request.urlopen(os.environ["OPENENV_URL"] + "/health").close()
    time.sleep(0.1)
"""


@dataclass(frozen=True, slots=True)
class Grafana:
    """A running Grafana, of the service `dashboards` of a bundle."""

    bundle: Bundle
    jobs: Mapping[str, int]
    url: str
    password: str

    def get(self, path: str, password: str | None = "", **query: str) -> tuple[int, bytes]:
        """What the admin is answered, who gives another password where one is given, or none."""
        address = f"{self.url}{path}?{urllib.parse.urlencode(query)}"
        request = urllib.request.Request(address)  # noqa: S310 - our own
        if password is not None:
            word = base64.b64encode(f"admin:{password or self.password}".encode()).decode()
            request.add_header("Authorization", f"Basic {word}")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def json(self, path: str, **query: str) -> Any:
        """An answer that succeeds, as data."""
        status, body = self.get(path, **query)
        assert status == 200, body
        return json.loads(body)

    def query(self, expression: str) -> list[Any]:
        """The series that the data source gives, asked through Grafana."""
        path = f"/api/datasources/proxy/uid/{UID}/api/v1/query"
        result: list[Any] = self.json(path, query=expression)["data"]["result"]
        return result


def watched(lab: Lab, name: str, **more: Any) -> dict[str, Any]:
    """The recipe of `monitoring`, whose Prometheus has a Grafana beside it in one job."""
    made = recipe(lab, name)
    image = {"kind": "grafana", "image": lab.image(STAND_IN), "exporters": []}
    made["jobs"] = {"monitoring": {"resources": {"time": "00:20:00"}}}
    made["services"]["metrics"] |= {"job": "monitoring", "resources": {"cpus_per_task": 1}}
    tools = made["services"]["metrics"]["image"]
    exporters = {**made["services"]["metrics"]["exporters"], "results": {"image": tools}}
    made["services"]["metrics"]["exporters"] = exporters
    made["services"]["dashboards"] = {
        **image,
        "datasource": "metrics",
        "job": "monitoring",
        "resources": {"cpus_per_task": 1},
        **more,
    }
    made["services"]["envs"] = fleet(lab, {"node": {"image": tools}})
    made["services"]["otel"] = {
        "kind": "otel-collector",
        "image": lab.image(COLLECTOR),
        "remote_write": "metrics",
        "job": "monitoring",
        "resources": {"cpus_per_task": 1},
        "batch_timeout": "1s",
        "exporters": [],
        "expose": "cluster",
    }
    made["clients"] = {
        "app": {
            "kind": "command",
            "image": lab.image(COLLECTOR),
            "target": "otel",
            "command": ["python3", "-c", SENDER, "600"],
        },
        "envs-load": {"kind": "command", "target": "envs", "command": ["python3", "-c", ASK]},
        "cache-load": {**LOAD, "kind": "redis-benchmark", "target": "cache", "requests": 2000},
        "db-load": {**LOAD, "kind": "mysql-benchmark", "target": "db", "transactions": 20},
        "llm-load": {
            "kind": "llm-load",
            "target": "llm",
            "image": lab.image("vllm-stand-in"),
            "requests_per_second": 4,
            **LOAD,
        },
    }
    for client in made["clients"].values():
        client.setdefault("image", made["services"][client["target"]]["image"])
        client.update(SMALL)
    return made


def grafana(lab: Lab, made: dict[str, Any]) -> Grafana:
    """The Grafana of a recipe, once everything is there."""
    deployed = start(lab, made)
    there = deployed.bundle.endpoint(deployed.jobs["monitoring"], "dashboards")
    password = deployed.bundle.path("secrets/dashboards.password").read_text()
    return Grafana(
        deployed.bundle, deployed.jobs, f"http://{there['HOST']}:{there['PORT']}", password
    )
