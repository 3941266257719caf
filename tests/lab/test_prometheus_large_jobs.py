"""Prometheus where jobs are larger than one service on one node: shared ones, and several nodes."""

from __future__ import annotations

from typing import Any

from hpcgen.balancers import balancers

from tests.alert_rules import metrics
from tests.lab.bundles import finish
from tests.lab.cluster import Lab
from tests.lab.monitoring import SMALL, fleet, start, until_scraped

PROGRESS = """# TYPE hpcgen_client_running gauge
hpcgen_client_running{client="bench", job_id="999"} 1
"""


def recipe(lab: Lab) -> dict[str, Any]:
    """A job of Prometheus and a Redis, a web server on two nodes, and a client."""
    tools = lab.image("monitoring")
    exporters = {name: {"image": tools} for name in ("node", "redis", "results")}
    web = ["python3", "-m", "http.server", "--bind", {"host": "web"}, {"port": "web"}]
    return {
        "name": "watched-jobs",
        "jobs": {"monitoring": {"resources": {"time": "00:20:00", "cpus_per_task": 4}}},
        "services": {
            "metrics": {
                "kind": "prometheus",
                "image": tools,
                "job": "monitoring",
                "resources": {"cpus_per_task": 1},
                "exporters": {"results": exporters["results"]},
                "scrape_interval": "1s",
                "evaluation_interval": "1s",
            },
            "cache": {
                "kind": "redis",
                "image": lab.image("redis"),
                "job": "monitoring",
                "resources": {"cpus_per_task": 1},
                "exporters": {"redis": exporters["redis"]},
            },
            "web": {
                "kind": "container",
                "image": lab.image("vllm-stand-in"),
                "port": 18080,
                "command": web,
                "exporters": {"node": exporters["node"]},
                "resources": {**SMALL["resources"], "nodes": 2},
            },
            "envs": fleet(lab, {"node": exporters["node"]}),
        },
        "clients": {"bench": {"kind": "command", "command": ["true"], "target": "web"}},
    }


def test_every_part_of_a_job_and_every_node_is_watched(lab: Lab) -> None:
    monitored = start(lab, recipe(lab))
    bundle, jobs = monitored.bundle, monitored.jobs
    results = bundle.path("results/bench/999")
    results.mkdir(parents=True)
    for path in (results.parent, results):
        lab.give(path, "alice")
    lab.write(f"{bundle.run}/results/bench/999/progress.prom", PROGRESS)
    replicas = {"envs-replicas.node", "envs", "envs.node"}
    everyone = {"metrics", "metrics.results", "cache.redis", "web.node", *replicas}
    lab.wait(lambda: monitored.up() == dict.fromkeys(everyone, "up"))
    lab.wait(lambda: len(monitored.query('up{job="web.node"} == 1')) == 2)
    nodes = {series["metric"]["node"] for series in monitored.query('up{job="web.node"}')}
    assert len(nodes) == 2
    lab.wait(lambda: monitored.query('job:up:expected{job="web.node"} == 2'))
    served = monitored.query('up{job="envs-replicas.node"}')
    assert {series["metric"]["replica"] for series in served} == {"0", "1"}
    until_scraped(monitored, metrics(balancers()["envoy"].folder / "alerts.yml"))
    lab.wait(lambda: monitored.query("hpcgen_client_running"))
    assert monitored.query("hpcgen_client_running")[0]["metric"]["job_id"] == "999"
    bundle.script("cancel", "web")
    finish(bundle, jobs["web"])
    lab.wait(lambda: set(monitored.up()) == everyone - {"web.node"})
    bundle.script("cancel")
    finish(bundle, jobs["monitoring"])
    assert not [*bundle.path("targets").iterdir()]
    assert bundle.path(f"tsdb/metrics/{jobs['monitoring']}/wal").is_dir()
