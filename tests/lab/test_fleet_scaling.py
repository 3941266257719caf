"""A fleet proves its own scaling: real OpenEnv behind real Envoy, compared with one replica of it.

HPCGEN_LAB_SESSIONS is how many sessions the fleet is to hold; `make soak` asks for 10,000, and gets
as many as there are descriptors for.
"""

from __future__ import annotations

import csv
import json
import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hpcgen import cli
from hpcgen.verbs.exit_status import OK

from tests.lab.bundles import Bundle, install
from tests.lab.cluster import PATIENCE, Lab

WORKERS = 4
MOST = (resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 600) // 2 * 50 // 53
"""Envoy has two descriptors for each session, and some hundreds of its own."""

REQUESTED = min(int(os.environ.get("HPCGEN_LAB_SESSIONS", "1000")), MOST)
SESSIONS = REQUESTED - REQUESTED % (20 * WORKERS) if REQUESTED > 1000 else REQUESTED
ROOM = SESSIONS // WORKERS
"""Sessions that each replica has room for; with one process, that is what it holds."""

BEYOND = 1.2 if SESSIONS <= 1000 else 1.06
"""Times what is held, asked for too: less than 95 % of it succeeds, and the grid ends there."""

WAIT = 10 if SESSIONS <= 1000 else 60
"""Seconds of a step: longer than it takes for all sessions to begin, so that all are there."""

BUSY = 0.8


def recipe(lab: Lab) -> dict[str, Any]:
    """A fleet, and the two phases: one replica at its room and beyond, then all at theirs.

    Replicas refuse what they have no room for; Envoy alone would have it wait until there is.
    """
    core = {"cpus_per_task": 1}
    size = {**core, "time": "00:20:00"}
    envs = {
        "kind": "openenv",
        "image": lab.image("openenv"),
        "replicas": WORKERS,
        "workers": 1,
        "max_concurrent_envs": ROOM,
        "resources": size,
        "balancer": {
            "kind": "envoy",
            "image": lab.image("envoy"),
            "max_connections": max(4096, 2 * SESSIONS),
            "resources": {"cpus_per_task": 1},
        },
    }
    client = {
        "kind": "openenv-scaling",
        "image": lab.image("openenv"),
        "target": "envs",
        "wait": [WAIT],
        "preflight": 40,
        "timeout": "10m",
        "resources": size,
    }
    phases = {
        "single": {"requests": [ROOM, int(ROOM * BEYOND)]},
        "multi": {"requests": [SESSIONS * 19 // 20, SESSIONS, int(SESSIONS * BEYOND)]},
    }
    return {
        "name": "scaling",
        "services": {"envs": envs},
        "clients": {"scaling": client},
        "experiments": {"ceilings": {"client": "scaling", "phases": phases}},
    }


@contextmanager
def cpu_of_servers(lab: Lab) -> Iterator[dict[str, float]]:
    """The share of a CPU that each node's server has used, by node, once the block is over."""
    shares: dict[str, float] = {}
    before, begun = seconds_of_servers(lab), time.monotonic()
    yield shares
    after, passed = seconds_of_servers(lab), time.monotonic() - begun
    shares.update({node: (after[node] - before[node]) / passed for node in before})


def seconds_of_servers(lab: Lab) -> dict[str, int]:
    """The CPU seconds of the server of each node that has one."""
    argv = ["ps", "--no-headers", "-ww", "-u", "alice", "-o", "cputimes,args"]
    seconds = {}
    for node in lab.nodes:
        lines = lab.run(argv, user="root", node=node, check=False).stdout.splitlines()
        spent = [int(line.split()[0]) for line in lines if " -m uvicorn " in line]
        seconds.update({node: sum(spent)} if spent else {})
    return seconds


def report(bundle: Bundle, folder: Path) -> list[dict[str, str]]:
    """The ceilings of hpcgen's report on the experiment's results."""
    argv = ["report", str(bundle.path("results/scaling")), "-o", str(folder)]
    assert cli.main(argv) == OK
    return list(csv.DictReader((folder / "ceilings.csv").read_text().splitlines()))


def test_four_replicas_hold_four_times_what_one_holds(lab: Lab, tmp_path: Path) -> None:
    bundle = install(lab, "scaling", json.dumps(recipe(lab)))
    jobs = bundle.submit("envs-replicas", "envs")
    bundle.ready(jobs["envs"], service="envs")
    with cpu_of_servers(lab) as busy:
        ran = lab.run([f"{bundle.place}/bin/run-ceilings.sh"], timeout=PATIENCE + 15 * WAIT)
    assert "row 1 (through=worker" in ran.stdout
    assert len(busy) == WORKERS
    assert max(busy.values()) < BUSY, "the servers wait, and do not compute"
    single, multi = report(bundle, tmp_path / "report")
    assert (single["workers"], multi["workers"]) == ("1", str(WORKERS))
    assert int(single["ceiling"]) == pytest.approx(ROOM, rel=0.01)
    assert int(multi["ceiling"]) >= 0.95 * WORKERS * int(single["ceiling"])
    assert 0.95 <= float(multi["efficiency"]) <= 1
    assert multi["verdict"] == "90 to 100 %: good linear scaling"
    text = (tmp_path / "report/report.md").read_text()
    for plot in (f"load-ws-{WAIT}s.svg", "efficiency.svg"):
        assert f"]({plot})" in text
        assert (tmp_path / "report" / plot).stat().st_size > 10_000
    assert f"- Unique hosts seen: {WORKERS} of {WORKERS}\n- Load distribution: even" in text
    bundle.script("cancel")
