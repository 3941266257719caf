"""openenv-scaling against real OpenEnv: what it leaves, and what it does not take for a result."""

from __future__ import annotations

import csv
import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.lab.bundles import Bundle, finish, install
from tests.lab.cluster import Lab

RAW = [
    "request_id",
    "mode",
    "timestamp",
    "wait_requested",
    "batch_size",
    "hardware",
    "connect_latency",
    "reset_latency",
    "step_latency",
    "total_latency",
    "waited_seconds",
    "pid",
    "session_hash",
    "host_url",
    "success",
    "error_type",
    "error_message",
]
SUMMARY = [
    "mode",
    "url",
    "num_requests",
    "batch_size",
    "wait_seconds",
    "repetition",
    "timestamp",
    "hardware",
    "successful",
    "failed",
    "error_rate",
    "total_wall_time",
    "connect_p50",
    "connect_p95",
    "connect_p99",
    "reset_p50",
    "reset_p95",
    "reset_p99",
    "step_p50",
    "step_p95",
    "step_p99",
    "total_min",
    "total_max",
    "total_avg",
    "total_p50",
    "total_p90",
    "total_p95",
    "total_p99",
    "requests_per_second",
    "effective_concurrency",
    "unique_pids",
    "unique_sessions",
    "unique_hosts",
]
SERVER = ["python3", "-m", "uvicorn", "benchmark.server.app:app", "--host", {"host": "envs"}]
ONE_CORE = {"cpus_per_task": 1, "time": "00:10:00"}


def service(lab: Lab, **env: str) -> dict[str, Any]:
    """One real OpenEnv server, whose address its connection names as a fleet's does."""
    return {
        "kind": "container",
        "image": lab.image("openenv"),
        "port": 18200,
        "command": [*SERVER, "--port", {"port": "envs"}],
        "env": {"PORT": "18200", **env},
        "connection": {"OPENENV_URL": "url"},
        "readiness": {"http": "/health", "timeout": "5m"},
        "resources": ONE_CORE,
    }


def client(lab: Lab, **more: Any) -> dict[str, Any]:
    entry = {"kind": "openenv-scaling", "image": lab.image("openenv"), "resources": ONE_CORE}
    return {**entry, "preflight": 10, "pause": 0, **more}


def deployed(lab: Lab, name: str, envs: dict[str, Any], **clients: Any) -> Bundle:
    recipe = {"name": name, "services": {"envs": envs}, "clients": clients}
    return install(lab, name, json.dumps(recipe))


def left(bundle: Bundle, name: str, job: int) -> tuple[dict[str, Any], Path]:
    """The result, which fits its schema, and the directory where it lies."""
    folder = bundle.path(f"results/{name}/{job}")
    kind = resources.files("hpcgen") / "services" / "openenv_scaling"
    schema = json.loads((kind / "result.schema.json").read_text())
    result: dict[str, Any] = json.loads((folder / "result.json").read_text())
    Draft202012Validator(schema).validate(result)
    return result, folder


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "summary.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_sessions_of_both_kinds_from_two_nodes_and_hosts_that_are_not_there(lab: Lab) -> None:
    two = {**ONE_CORE, "nodes": 2}
    grid = {"requests": [4, 40], "wait": [0.2], "repetitions": 2, "mode": "both"}
    bundle = deployed(
        *(lab, "openenv", service(lab)),
        scaling=client(lab, target="envs", resources=two, hardware="two lab nodes", **grid),
        missing=client(lab, target="envs", requests=[8], require_hosts=2),
    )
    jobs = bundle.submit()
    failed = finish(bundle, jobs["missing"], "FAILED", "69:0")
    assert "no result: the pre-flight reached 1 hosts of 2: ['node0" in failed.log.read_text()
    assert not bundle.path(f"results/missing/{failed.id}/result.json").exists()
    finish(bundle, jobs["scaling"])
    result, folder = left(bundle, "scaling", jobs["scaling"])
    sessions = [json.loads(line) for line in (folder / "raw.jsonl").read_text().splitlines()]
    assert {tuple(session) for session in sessions} == {tuple(RAW)}
    assert [*rows(folder)[0]] == SUMMARY
    points = [(row["mode"], row["num_requests"], row["repetition"]) for row in rows(folder)]
    assert points == [(m, n, r) for m in ("ws", "http") for n in ("4", "40") for r in "12"]
    assert {session["host_url"] for session in sessions} == {f"{lab.job(jobs['envs']).node}:18200"}
    assert len({record["session_hash"] for record in sessions}) == len(sessions) == 2 * 2 * 44
    assert {session["hardware"] for session in sessions} == {"two lab nodes"}
    assert min(session["waited_seconds"] for session in sessions) > 0.199
    host = bundle.endpoint(jobs["envs"], "envs")["HOST"]
    assert result["topology"]["urls"] == [f"http://{host}:18200"]
    assert result["parameters"]["drivers"] == 2
    log = bundle.path(f"scaling/{jobs['scaling']}/scaling.log").read_text()
    assert log.count("a driver on node0") == 2
    bundle.script("cancel")


def test_the_ceiling_is_found_and_no_load_beyond_is_taken_for_held(lab: Lab) -> None:
    grid = {"requests": [10], "wait": [4], "search": 1000, "precision": 0.1}
    bundle = deployed(
        *(lab, "ceiling", service(lab, MAX_CONCURRENT_ENVS="40")),
        scaling=client(lab, target="envs", **grid),
    )
    jobs = bundle.submit()
    finish(bundle, jobs["scaling"])
    result, _ = left(bundle, "scaling", jobs["scaling"])
    (ceiling,) = result["ceilings"]
    assert ceiling["sessions"] == pytest.approx(40, abs=4), "40 sessions fit, and 95 % of 42 are 40"
    beyond = [p for p in result["points"] if p["num_requests"] > 45]
    assert min(1 - point["error_rate"] for point in beyond) < 0.5
    assert {"CAPACITY_REACHED"} <= {code for point in beyond for code in point["errors"]}
    bundle.script("cancel")
