"""A fleet: replicas of OpenEnv on nodes of their own, and real Envoy before them."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest

from tests.lab.bundles import Bundle, install
from tests.lab.cluster import Lab

READY_WITHIN = 60.0
PARALLEL = "curl --silent --parallel --parallel-max 20 --request POST"
ASK = PARALLEL + ' "$OPENENV_URL/reset#[1-{count}]"'
HOST = re.compile(r'"host_url":"([^"]+)"')


def recipe(lab: Lab, name: str, replicas: int, **more: Any) -> str:
    balancer = {"kind": "envoy", "image": lab.image("envoy"), **more.pop("balancer", {})}
    envs = {
        "kind": "openenv",
        "image": lab.image("openenv"),
        "replicas": replicas,
        "workers": 1,
        "max_concurrent_envs": 500,
        "resources": {"cpus_per_task": 2, "time": "00:10:00"},
        "balancer": balancer,
        **more,
    }
    return json.dumps({"name": name, "services": {"envs": envs}})


def ready(lab: Lab, name: str, replicas: int, **more: Any) -> tuple[Bundle, dict[str, int]]:
    bundle = install(lab, name, recipe(lab, name, replicas, **more))
    jobs = bundle.submit()
    bundle.ready(jobs["envs"], timeout=READY_WITHIN, service="envs")
    return bundle, jobs


@pytest.mark.parametrize("replicas", [1, 2])
def test_requests_reach_every_replica(lab: Lab, replicas: int) -> None:
    bundle, _ = ready(lab, f"even{replicas}", replicas)
    answers = bundle.connect(ASK.format(count=1000), service="envs").stdout
    hosts = Counter(HOST.findall(answers))
    assert sum(hosts.values()) == 1000
    assert len(hosts) == replicas
    even = 1000 / replicas
    assert all(abs(count - even) <= 0.05 * even for count in hosts.values()), hosts
