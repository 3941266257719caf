"""Where a balancer runs: beside the first replica, or in one heterogeneous job with all of them."""

from __future__ import annotations

import pytest

from tests.lab.bundles import finish, outcome, processes
from tests.lab.cluster import Lab
from tests.lab.fleets import ENVOY, FACTS, SOON, ask, kill, ready, replicas_of

NODES = {"colocated": 2, "hetjob": 3}
"""Of a fleet of two replicas."""


@pytest.mark.parametrize("placement", NODES)
def test_a_fleet_and_its_balancer_are_one_job(lab: Lab, placement: str) -> None:
    bundle, jobs = ready(lab, f"one-{placement}", 2, balancer={"placement": placement})
    assert set(jobs) == {"envs"}
    job = jobs["envs"]
    url, envoy, nodes, count, workers = bundle.connect(FACTS, service="envs").stdout.split("|")
    replicas = replicas_of(bundle, job)
    end = bundle.endpoint(job, "envs")
    assert (url, envoy) == (f"http://{end['HOST']}:{end['PORT']}", end["NODE"])
    assert set(nodes.split()) == {each["NODE"] for each in replicas.values()}
    assert (count, workers.strip()) == ("2", "1")
    assert len({envoy, *nodes.split()}) == NODES[placement]
    assert (envoy == replicas["0"]["NODE"]) == (placement == "colocated")
    assert len(ask(bundle, 100)) == 2
    assert "ok    hosts" in bundle.script("preflight", "--fleet").stdout
    status = bundle.script("status").stdout
    assert status.count(" READY ") == 2, status

    gone = replicas["1"]
    kill(lab, gone["NODE"], "uvicorn")
    lab.wait(lambda: "1" not in replicas_of(bundle, job), timeout=SOON, job=job)
    lab.wait(lambda: len(ask(bundle, 20)) == 2, timeout=60, job=job)
    bundle.script("cancel")
    finish(bundle, job)
    assert not bundle.endpoint(job, "envs") and not replicas_of(bundle, job)
    for node in {envoy, *nodes.split()}:
        assert not processes(lab, node)


@pytest.mark.parametrize("placement", NODES)
def test_the_death_of_the_balancer_fails_the_job(lab: Lab, placement: str) -> None:
    bundle, jobs = ready(lab, f"dead-{placement}", 2, balancer={"placement": placement})
    job = jobs["envs"]
    kill(lab, bundle.endpoint(job, "envs")["NODE"], ENVOY)
    lab.wait(lambda: not bundle.endpoint(job, "envs"), timeout=SOON, job=job)
    assert outcome(lab.wait_job(job)) == ("FAILED", "69:0"), lab.story(job)
    assert not replicas_of(bundle, job)
