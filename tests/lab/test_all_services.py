"""Every service that a recipe can hold, each with its benchmark, from one build to the results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hpcgen.load import load

from tests.lab.bundles import Bundle, install, outcome
from tests.lab.cluster import Lab
from tests.lab.monitoring import Monitored, watching

RECIPE = Path(__file__).parents[2] / "recipes" / "everything.yaml"
IMAGES = {
    "ollama": "ollama-stand-in",
    "ollama-benchmark": "ollama-stand-in",
    "chroma": "chroma",
    "chroma-benchmark": "chroma",
    "mysql": "mysql",
    "mysql-benchmark": "mysql",
    "redis": "redis",
    "redis-benchmark": "redis",
    "prometheus": "monitoring",
    "grafana": "grafana-stand-in",
}
PARAMETERS = {"llm-bench": {"model": "tiny"}, "db-bench": {"database": "bench"}}
"""What a service of the recipe would have told its client."""
EXPORTERS = {"redis": ("redis", "node"), "mysql": ("mysqld", "node"), "prometheus": ("results",)}
SMALL: dict[str, Any] = {"resources": {"cpus_per_task": 1, "mem": "2G"}}


def test_everything_runs_at_once_and_leaves_its_results(lab: Lab) -> None:
    recipe: dict[str, Any] = load(RECIPE).data
    recipe["services"]["llm"]["model"] = "tiny"
    recipe["services"]["metrics"]["expose"] = "cluster"  # for us; else Grafana alone asks it
    for entry in (*recipe["services"].values(), *recipe["clients"].values()):
        entry |= {"image": lab.image(IMAGES[entry["kind"]]), **SMALL}
    for service in recipe["services"].values():
        service["readiness"] = {"timeout": "4m"}
        exporters = EXPORTERS.get(service["kind"], ("node",))
        service["exporters"] = {
            exporter: {"image": lab.image("monitoring")} for exporter in exporters
        }
    bundle = install(lab, "everything", json.dumps(recipe))
    submitted = bundle.submit()
    services = {name: service.get("job", name) for name, service in recipe["services"].items()}
    jobs = {**submitted, **{name: submitted[job] for name, job in services.items()}}
    for name in recipe["clients"]:
        over = lab.wait_job(jobs[name], timeout=600)
        assert outcome(over) == ("COMPLETED", "0:0"), lab.story(jobs[name])
        result = json.loads(bundle.path(f"results/{name}/{jobs[name]}/result.json").read_text())
        assert (result["client"], result["job_id"]) == (name, jobs[name])
    ports = {bundle.endpoint(jobs[name], name)["PORT"] for name in recipe["services"]}
    assert len(ports) == len(recipe["services"])
    assert bundle.script("preflight", "--from-node").returncode == 0
    _from_outside(bundle, jobs, recipe)
    watched(watching(bundle, jobs, "monitoring"))
    bundle.script("cancel")
    for name in recipe["services"]:
        assert outcome(lab.job(jobs[name])) == ("COMPLETED", "0:0"), lab.story(jobs[name])


def _from_outside(bundle: Bundle, jobs: dict[str, int], recipe: dict[str, Any]) -> None:
    """Clients alone, which know of the same services by HOST:PORT and a file with the password."""
    lab, clients = bundle.lab, {}
    for name, client in recipe["clients"].items():
        service = client["target"]
        place = bundle.endpoint(jobs[service], service)
        secret = f"{bundle.run}/secrets/{service}.password"
        clients[name] = {
            **{key: value for key, value in client.items() if key != "target"},
            "target_endpoint": f"{place['HOST']}:{place['PORT']}",
            **({"password": {"file": secret}} if lab.path(secret).exists() else {}),
            **PARAMETERS.get(name, {}),
        }
    outside = install(lab, "outside", json.dumps({"name": "outside", "clients": clients}))
    started = outside.submit()
    for name, client in clients.items():
        over = lab.wait_job(started[name], timeout=600)
        assert outcome(over) == ("COMPLETED", "0:0"), lab.story(started[name])
        text = outside.path(f"results/{name}/{started[name]}/result.json").read_text()
        assert json.loads(text)["target"] == client["target_endpoint"]


def watched(deployment: Monitored) -> None:
    """Prometheus finds all that its recipe has, and what clients tell of their runs."""
    everybody = {series["metric"]["job"] for series in deployment.query("job:up:expected")}
    assert len(everybody) == 9
    up = dict.fromkeys(everybody, "up")
    deployment.bundle.lab.wait(lambda: deployment.up() == up)
    running = deployment.query("hpcgen_client_running")
    assert {"llm-bench", "vectors-bench"} <= {series["metric"]["client"] for series in running}
