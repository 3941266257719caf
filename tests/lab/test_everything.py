"""Every service that a recipe can hold, each with its benchmark, from one build to the results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hpcgen.load import load

from tests.lab.bundles import install, outcome
from tests.lab.cluster import Lab

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
}
SMALL: dict[str, Any] = {"resources": {"cpus_per_task": 1, "mem": "2G"}}


def test_everything_runs_at_once_and_leaves_its_results(lab: Lab) -> None:
    recipe: dict[str, Any] = load(RECIPE).data
    recipe["services"]["llm"]["model"] = "tiny"
    for entry in (*recipe["services"].values(), *recipe["clients"].values()):
        entry |= {"image": lab.image(IMAGES[entry["kind"]]), **SMALL}
    for service in recipe["services"].values():
        service["readiness"] = {"timeout": "4m"}
    bundle = install(lab, "everything", json.dumps(recipe))
    jobs = bundle.submit()
    for name in recipe["clients"]:
        over = lab.wait_job(jobs[name], timeout=400)
        assert outcome(over) == ("COMPLETED", "0:0"), lab.story(jobs[name])
        result = json.loads(bundle.path(f"results/{name}/{jobs[name]}/result.json").read_text())
        assert (result["client"], result["job_id"]) == (name, jobs[name])
    ports = {bundle.endpoint(jobs[name], name)["PORT"] for name in recipe["services"]}
    assert len(ports) == len(recipe["services"])
    assert bundle.script("preflight", "--from-node").returncode == 0
    bundle.script("cancel")
    for name in recipe["services"]:
        assert outcome(lab.job(jobs[name])) == ("COMPLETED", "0:0"), lab.story(jobs[name])
