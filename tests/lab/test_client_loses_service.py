"""Clients whose service has ended, and that would not notice."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.lab.bundles import Bundle, finish, install, outcome, processes
from tests.lab.cluster import Lab

IGNORES = "trap '' TERM; sleep 3003 & wait; wait"
ERRS = "until [[ -e $0/now ]]; do sleep 0.2; done; exit 3"
CLIENTS: dict[str, dict[str, Any]] = {
    "sleeps": {"target": "cache", "command": ["sleep", "3001"]},
    "refers": {"command": ["sleep", "3002"], "env": {"CACHE": {"url": "cache"}}},
    "ignores": {"target": "cache", "command": ["bash", "-c", IGNORES]},
    "errs": {"target": "cache", "command": ["bash", "-c", ERRS, {"dir": "results"}]},
    "follows": {"after": ["cache"], "command": ["sleep", "3004"]},
}


def deployed(lab: Lab, name: str, *clients: str) -> tuple[Bundle, dict[str, int]]:
    """A Redis and those of CLIENTS, all of which have connected to it."""
    service = {"kind": "redis", "image": lab.image("redis")}
    chosen = {client: {"kind": "command", **CLIENTS[client]} for client in clients}
    recipe = {"name": name, "services": {"cache": service}, "clients": chosen}
    bundle = install(lab, name, json.dumps(recipe))
    for client in clients:  # Slurm is asked as soon as a client looks
        script = lab.path(f"{bundle.place}/jobs/{client}.sbatch")
        text = re.sub(r"SECONDS \+ 30", "SECONDS", script.read_text())
        if client == "errs":  # it has all the time there is to end by itself
            text, count = re.subn("gone < 4", "gone < 400", text)
            assert count == 1
        script.write_text(text)
    jobs = bundle.submit()
    for client in clients:
        reached = bundle.path(f"{client}/{jobs[client]}/connections/cache.endpoint")
        lab.wait(reached.exists, job=jobs[client])
    return bundle, jobs


def test_a_client_ends_soon_after_its_service(lab: Lab) -> None:
    bundle, jobs = deployed(lab, "bereaved", *CLIENTS)
    lab.run(["scancel", str(jobs["cache"])])
    lab.wait(lambda: not bundle.endpoint(jobs["cache"]))
    bundle.path(f"results/errs/{jobs['errs']}/now").touch()
    errs = finish(bundle, jobs["errs"], "FAILED", "69:0")
    assert "FATAL: bash exited with 3\n" in errs.log.read_text(), "its own error is kept"
    for client in ("sleeps", "refers"):
        job = finish(bundle, jobs[client], "FAILED", "69:0")
        assert "FATAL: cache has ended\n" in job.log.read_text()
    ignores = finish(bundle, jobs["ignores"], "FAILED", "69:0")
    assert "FATAL: cache has ended\n" in ignores.log.read_text(), "it had to be killed"
    running = [line for node in lab.nodes for line in processes(lab, node)]
    assert not [line for line in running if re.search("sleep 300[1-3]", line)]
    assert [line for line in running if "sleep 3004" in line], "it does not talk to the service"
    lab.run(["scancel", str(jobs["follows"])])
    assert outcome(lab.wait_job(jobs["follows"])) == ("CANCELLED", "143:0")


def test_even_where_the_service_could_not_withdraw_its_endpoint(lab: Lab) -> None:
    bundle, jobs = deployed(lab, "bereaved-killed", "sleeps")
    lab.run(["scancel", "--batch", "--signal=KILL", str(jobs["cache"])])
    job = finish(bundle, jobs["sleeps"], "FAILED", "69:0")
    assert "FATAL: cache has ended\n" in job.log.read_text()
    assert bundle.endpoint(jobs["cache"]), "nobody was left to do it"
