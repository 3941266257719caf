"""Where a balancer runs: beside the first replica, or in one heterogeneous job with all of them."""

from __future__ import annotations

import pytest

from tests.lab.bundles import Bundle, finish, outcome, processes
from tests.lab.cluster import PATIENCE, Lab
from tests.lab.fleets import ENVOY, FACTS, ask, in_flight, kill, ready, replicas_of

SLOW = """set -u; . {place}/connections/envs.env
exec curl --silent --output /dev/null --write-out '%{{http_code}}' --data '{body}' \\
  --header content-type:application/json "$OPENENV_URL/step" """
NODES = {"colocated": 2, "hetjob": 3}
"""Of a fleet of two replicas."""


def answered_while_it_ends(bundle: Bundle) -> str:
    """The status of a request that is in flight when everything is asked to end.

    Half of the grace is for such requests.
    """
    slow = SLOW.format(place=bundle.place, body='{"action":{"wait_seconds":1}}')
    with bundle.lab.start(["bash", "-c", slow]) as running:
        bundle.lab.wait(lambda: in_flight(bundle))
        assert running.poll() is None
        bundle.script("cancel")
        return running.communicate(timeout=PATIENCE)[0]


@pytest.mark.parametrize("placement", NODES)
def test_a_fleet_and_its_balancer_are_one_job(lab: Lab, placement: str) -> None:
    bundle, jobs = ready(lab, f"one-{placement}", 2, balancer={"placement": placement})
    assert set(jobs) == {"envs"}
    job = jobs["envs"]
    url, envoy, nodes, count, workers = bundle.connect(FACTS, service="envs").stdout.split("|")
    replicas = replicas_of(bundle, job)
    end = bundle.endpoint(job, "envs")
    assert (url, envoy) == (f"http://{end['HOST']}:{end['PORT']}", end["NODE"])
    assert set(nodes.split()) == {replica["NODE"] for replica in replicas.values()}
    assert (count, workers.strip()) == ("2", "1")
    assert len({envoy, *nodes.split()}) == NODES[placement]
    assert (envoy == replicas["0"]["NODE"]) == (placement == "colocated")
    assert len(ask(bundle, 100)) == 2
    assert "ok    hosts" in bundle.script("preflight", "--fleet").stdout
    status = bundle.script("status").stdout
    assert status.count(" READY ") == 2, status

    gone = replicas["1"]
    kill(lab, gone["NODE"], "uvicorn")
    lab.wait(lambda: replicas_of(bundle, job).get("1", {}).get("NONCE") != gone["NONCE"], job=job)
    lab.wait(lambda: "1" in replicas_of(bundle, job) and len(ask(bundle, 20)) == 2, job=job)
    assert answered_while_it_ends(bundle) == "200"
    finish(bundle, job)
    assert not bundle.endpoint(job, "envs") and not replicas_of(bundle, job)
    used = {envoy, *nodes.split()}
    lab.wait(lambda: not any(processes(lab, node) for node in used))


def lose_a_node(bundle: Bundle, job: int) -> None:
    """The node of replica 1 fails, and the other serves on."""
    lab, lost = bundle.lab, replicas_of(bundle, job)["1"]["NODE"]
    fail = ["scontrol", "update", f"nodename={lost}", "state=down", "reason=test"]
    lab.run(fail, user="root")
    lab.wait(lambda: "1" not in replicas_of(bundle, job), job=job)
    given_up = f"replica 1 is given up: {lost} has failed"
    lab.wait(lambda: given_up in lab.job(job).log.read_text(), job=job)
    lab.wait(lambda: len(ask(bundle, 20)) == 1, job=job)
    assert ask(bundle, 50).total() == 50


@pytest.mark.parametrize("placement", NODES)
def test_a_lost_node_is_done_without_and_a_lost_balancer_is_not(lab: Lab, placement: str) -> None:
    bundle, jobs = ready(lab, f"dead-{placement}", 2, balancer={"placement": placement})
    job = jobs["envs"]
    if placement == "colocated":  # Slurm ends a heterogeneous job whose node has failed
        lose_a_node(bundle, job)
    kill(lab, bundle.endpoint(job, "envs")["NODE"], ENVOY)
    lab.wait(lambda: not bundle.endpoint(job, "envs"), job=job)
    assert outcome(lab.wait_job(job)) == ("FAILED", "69:0"), lab.story(job)
    assert not replicas_of(bundle, job)


def test_two_jobs_end_in_order_the_client_first_the_replicas_last(lab: Lab) -> None:
    client = {"kind": "command", "target": "envs", "command": ["sleep", "600"]}
    bundle, jobs = ready(lab, "in-order", 2, clients={"ask": client})
    lab.wait(lambda: lab.job(jobs["ask"]).state == "RUNNING", job=jobs["ask"])
    assert answered_while_it_ends(bundle) == "200"
    for job in jobs.values():
        finish(bundle, job)
    ended = [bundle.path(f"{name}/{job}") for name, job in jobs.items()]
    replicas, balancer, asking = (directory / "ended" for directory in ended)
    first = min(end.stat().st_mtime for end in ended[0].glob("replicas/*/ended"))
    assert asking.stat().st_mtime < balancer.stat().st_mtime < first < replicas.stat().st_mtime
