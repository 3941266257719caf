"""Fleets in the lab: OpenEnv's stand-in behind real Envoy, and what is seen of them."""

from __future__ import annotations

import json
import re
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.lab.bundles import Bundle, install
from tests.lab.cluster import Lab

PARALLEL = "curl --silent --parallel --parallel-immediate --parallel-max 16"
RESET = PARALLEL + ' --request POST "$OPENENV_URL/reset#[1-{count}]"'
HOST = re.compile(r'"host_url":"([^"]+)"')
FACTS = 'echo "$OPENENV_URL|$ENVOY_NODE|$WORKER_NODES|$NUM_WORKERS|$WORKERS_PER_NODE"'
CLUSTERS = 'curl --silent "$ENVOY_ADMIN_URL/clusters"'
ENVOY = "envoy --config-path"


def recipe(
    lab: Lab,
    name: str,
    replicas: int,
    balancer: dict[str, Any],
    clients: dict[str, Any] | None = None,
    **more: Any,
) -> str:
    envs = {
        "kind": "openenv",
        "image": lab.image("openenv"),
        "replicas": replicas,
        "workers": 1,
        "max_concurrent_envs": 500,
        "resources": {"cpus_per_task": 2, "time": "00:10:00"},
        "readiness": {"timeout": 300},
        "balancer": {"kind": "envoy", "image": lab.image("envoy"), **balancer},
        **more,
    }
    further = {"clients": clients} if clients else {}
    return json.dumps({"name": name, "services": {"envs": envs}, **further})


def ready(
    lab: Lab, name: str, replicas: int, *, balancer: dict[str, Any] | None = None, **more: Any
) -> tuple[Bundle, dict[str, int]]:
    """A fleet that serves, and its jobs: `envs` is Envoy's, `envs-replicas` all the others'."""
    bundle = install(lab, name, recipe(lab, name, replicas, balancer or {}, **more))
    jobs = bundle.submit()
    bundle.ready(jobs["envs"], service="envs")
    return bundle, jobs


def replicas_of(bundle: Bundle, job: int) -> dict[str, dict[str, str]]:
    """What each replica has published, by its number."""
    return published(bundle.path(f"envs-replicas/{job}"))


def published(job: Path) -> dict[str, dict[str, str]]:
    """What each replica has published below a job's directory, by its number."""
    endpoints = {}
    for path in job.glob("replicas/*/endpoint"):
        with suppress(FileNotFoundError):  # it has just been withdrawn
            lines = path.read_text().splitlines()
            endpoints[path.parent.name] = dict(line.split("=", 1) for line in lines)
    return endpoints


def eds(bundle: Bundle, job: int) -> str:
    """What Envoy is told now, on the disk of its node."""
    node = bundle.endpoint(job, "envs")["NODE"]
    (file,) = bundle.lab.path("/tmp/x", node).parent.glob("hpcgen.*/eds/eds.yaml")
    return file.read_text()


def kill(lab: Lab, node: str, pattern: str) -> None:
    lab.run(["pkill", "-KILL", "-u", "alice", "-f", pattern], user="root", node=node)


def ask(bundle: Bundle, count: int) -> Counter[str]:
    """How many of so many requests each replica has answered."""
    answers = bundle.connect(RESET.format(count=count), service="envs").stdout
    return Counter(HOST.findall(answers))


def in_flight(bundle: Bundle) -> bool:
    """Whether somebody on the login node has a connection to the fleet."""
    end = bundle.path("envs/current/endpoint").read_text()
    port = dict(line.split("=", 1) for line in end.splitlines())["PORT"]
    argv = ["ss", "--no-header", "-tn", "state", "established", f"dport = :{port}"]
    return bool(bundle.lab.run(argv).stdout)


def failing(bundle: Bundle, *options: str) -> str:
    """What the check of the fleet says, which is to fail."""
    done = bundle.script("preflight", "--fleet", *options, check=False)
    assert done.returncode == 1, done.stdout
    return done.stdout
