"""A fleet: replicas of OpenEnv on nodes of their own, and real Envoy before them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.lab.bundles import Bundle, detach, finish, install, outcome, processes
from tests.lab.cluster import PATIENCE, Lab
from tests.lab.fleets import (
    CLUSTERS,
    ENVOY,
    FACTS,
    PARALLEL,
    ask,
    eds,
    failing,
    in_flight,
    kill,
    ready,
    recipe,
    replicas_of,
)


@pytest.mark.parametrize("replicas", [1, 2, 4])
def test_requests_reach_every_replica(lab: Lab, replicas: int) -> None:
    bundle, jobs = ready(lab, f"even{replicas}", replicas)
    hosts, even = ask(bundle, 1000), 1000 / replicas
    assert sum(hosts.values()) == 1000
    assert len(hosts) == replicas, hosts
    assert all(abs(count - even) <= 0.05 * even for count in hosts.values()), hosts
    published = replicas_of(bundle, jobs["envs-replicas"])
    assert len({endpoint["NODE"] for endpoint in published.values()}) == replicas
    assert {endpoint["JOB_ID"] for endpoint in published.values()} == {str(jobs["envs-replicas"])}
    assert len({endpoint["NONCE"] for endpoint in published.values()}) == replicas
    url, envoy, nodes, count, workers = bundle.connect(FACTS, service="envs").stdout.split("|")
    end = bundle.endpoint(jobs["envs"], "envs")
    assert (url, envoy) == (f"http://{end['HOST']}:{end['PORT']}", end["NODE"])
    assert set(nodes.split()) == {endpoint["NODE"] for endpoint in published.values()}
    assert (count, workers.strip()) == (str(replicas), "1")
    checked = bundle.script("preflight", "--fleet", f"--expect={replicas}", "--json")
    result = json.loads(checked.stdout)
    assert result["ok"] and result["expected"] == replicas
    assert set(result["hosts"]) == {
        f"{endpoint['HOST']}:{endpoint['PORT']}" for endpoint in published.values()
    }
    assert {check["check"] for check in result["checks"]} == {
        "workers",
        "balancer",
        "backends",
        "hosts",
    }
    if replicas == 1:
        failed = bundle.script("preflight", "--fleet", check=False)
        assert failed.returncode == 1
        assert "FAIL  hosts: there is one worker: every request reaches" in failed.stdout


def test_workers_sessions_and_port_are_set_when_submitting(lab: Lab) -> None:
    one = {"kind": "openenv", "image": lab.image("openenv"), "resources": {"cpus_per_task": 2}}
    bundle = install(lab, "alone", json.dumps({"name": "alone", "services": {"envs": one}}))
    job = bundle.submit(env={"WORKERS": "3", "MAX_CONCURRENT_ENVS": "7", "PORT": "8123"})["envs"]
    assert bundle.ready(job, service="envs")["PORT"] == "8123"
    log = lab.job(job).log.read_text()
    for change in ("WORKERS=3 instead of 2", "MAX_CONCURRENT_ENVS=7 instead of 100"):
        assert change in log
    argv = next(line for line in processes(lab, lab.job(job).node) if "-m uvicorn" in line)
    assert "--port 8123 --workers 3 " in argv
    bad = bundle.sbatch(job="envs", env={"WORKERS": "3; id"})
    assert outcome(lab.wait_job(bad)) == ("FAILED", "78:0"), lab.story(bad)


def test_a_preflight_that_fails_says_why(lab: Lab) -> None:
    quick = {"health_interval": 1, "health_timeout": 1}
    measure: dict[str, Any] = {"kind": "openenv-scaling", "target": "envs", "requests": [4]}
    measure |= {"image": lab.image("openenv"), "wait": [0.1], "resources": {"time": "00:05:00"}}
    bundle, jobs = ready(lab, "why", 2, balancer=quick, clients={"measure": measure})
    measured = finish(bundle, jobs["measure"])
    passed = bundle.path(f"results/measure/{measured.id}/preflight.json").read_text()
    assert [check["result"] for check in json.loads(passed)["checks"]] == ["ok"] * 4
    first = replicas_of(bundle, jobs["envs-replicas"])["0"]
    worker = f"http://{first['HOST']}:{first['PORT']}"
    assert "the URL is wrong: at " + worker in failing(bundle, f"--url={worker}")
    assert "the URL is wrong, or nothing is there" in failing(bundle, "--url=http://127.0.0.1:1")
    assert "reach 2 workers, not 3" in failing(bundle, "--expect=3")

    pause = ["pkill", "-STOP", "-u", "alice", "-f", "uvicorn"]
    lab.run(pause, user="root", node=first["NODE"])
    lab.wait(lambda: "failed_active_hc" in bundle.connect(CLUSTERS, service="envs").stdout)
    failures = failing(bundle)
    assert f"workers: the health of the worker on {first['NODE']} fails: " in failures
    assert (
        f"backends: to the balancer the worker on {first['NODE']} is /failed_active_hc" in failures
    )
    assert "hosts: there is one worker: every request reaches" in failures

    refused = finish(bundle, bundle.sbatch(job="measure"), "FAILED", "69:0")
    assert f"backends: to the balancer the worker on {first['NODE']} is" in refused.log.read_text()
    assert not bundle.path(f"results/measure/{refused.id}/result.json").exists()

    keep = 'while :; do pkill -STOP -f "$0"; sleep 0.1; done'  # it is not to serve again
    detach(lab, ["bash", "-c", keep, "[u]vicorn"], user="alice", node=first["NODE"])
    kill(lab, first["NODE"], "uvicorn")
    lab.wait(lambda: "0" not in replicas_of(bundle, jobs["envs-replicas"]))
    assert "workers: a worker is missing: there are 1 of 2" in failing(bundle)

    kill(lab, bundle.endpoint(jobs["envs"], "envs")["NODE"], ENVOY)
    lab.wait(lambda: not bundle.endpoint(jobs["envs"], "envs"), job=jobs["envs"])
    assert "balancer: the balancer is missing: envs is not ready" in failing(bundle)
    kept = json.loads(bundle.path("envs/preflight.json").read_text())
    assert not kept["ok"]


def test_a_replica_that_dies_is_left_out_and_serves_again(lab: Lab) -> None:
    bundle, jobs = ready(lab, "dies", 3)
    before = replicas_of(bundle, jobs["envs-replicas"])
    gone = before["1"]
    script = f"set -u; . {bundle.place}/connections/envs.env; " + PARALLEL
    step = """ --header content-type:application/json --data '{"action":{"wait_seconds":0.05}}' """
    load = script + step + """--write-out '\\n%{http_code}\\n' "$OPENENV_URL/step#[1-3000]" """
    with lab.start(["bash", "-c", load]) as running:
        lab.wait(lambda: in_flight(bundle))
        assert running.poll() is None, "the load was to last longer"
        kill(lab, gone["NODE"], "uvicorn")
        lab.wait(lambda: f"address: {gone['HOST']}," not in eds(bundle, jobs["envs"]))
        answers = running.communicate(timeout=PATIENCE)[0]
    statuses = Counter(re.findall(r"^(\d{3})$", answers, re.MULTILINE))
    assert sum(statuses.values()) == 3000, statuses
    assert statuses["200"] > 0.99 * 3000, statuses

    def is_back() -> bool:
        now = replicas_of(bundle, jobs["envs-replicas"]).get("1", gone)
        return now["NONCE"] != gone["NONCE"] and len(ask(bundle, 30)) == 3

    lab.wait(is_back, job=jobs["envs-replicas"])
    log = lab.job(jobs["envs-replicas"]).log.read_text()
    assert "replica 1 has ended with 69, 2 of 3 serve" in log
    bundle.script("cancel")
    for job in jobs.values():
        assert outcome(lab.wait_job(job)) == ("COMPLETED", "0:0"), lab.story(job)


def test_all_replicas_that_die_at_once_serve_again(lab: Lab) -> None:
    bundle, jobs = ready(lab, "at-once", 2)
    job = jobs["envs-replicas"]
    before = replicas_of(bundle, job)
    for endpoint in before.values():
        kill(lab, endpoint["NODE"], "uvicorn")
    lab.wait(lambda: not bundle.endpoint(job, "envs-replicas"), job=job)

    def are_back() -> bool:
        now = replicas_of(bundle, job)
        return len(now) == 2 and ask(bundle, 30).total() == 30

    lab.wait(are_back, job=job)
    lab.wait(lambda: len(ask(bundle, 30)) == 2, job=job)
    after = replicas_of(bundle, job)
    assert all(after[number]["NONCE"] != before[number]["NONCE"] for number in "01")
    lab.wait(lambda: bundle.endpoint(job, "envs-replicas"), job=job)
    assert "has ended with 69, 0 of 2 serve" in lab.job(job).log.read_text()
    assert {lab.job(job).state for job in jobs.values()} == {"RUNNING"}


def signal_all(lab: Lab, signal: str) -> None:
    """Every replica there is, whether it serves already or not."""
    for node in lab.nodes:
        argv = ["pkill", f"-{signal}", "-u", "alice", "-f", "uvicorn"]
        lab.run(argv, user="root", node=node, check=False)


def fail_a_node(bundle: Bundle, job: int) -> None:
    """That of replica 1 fails: what ran there cannot come back."""
    lab, lost = bundle.lab, replicas_of(bundle, job)["1"]["NODE"]
    update = ["scontrol", "update", f"nodename={lost}"]
    lab.run([*update, "state=down", "reason=test"], user="root")
    try:
        lab.wait(lambda: lab.job(job).state != "RUNNING", job=job)
    finally:
        lab.run([*update, "state=resume"], user="root", check=False)  # where it is down still


def kill_for_good(bundle: Bundle, job: int) -> None:
    """Replicas die as often as they are started."""

    def is_over() -> bool:
        signal_all(bundle.lab, "KILL")
        return bundle.lab.job(job).state != "RUNNING"

    bundle.lab.wait(is_over, job=job)


def let_none_get_ready(bundle: Bundle, job: int) -> None:
    """One replica dies, and what is started in its place does nothing."""
    kill(bundle.lab, replicas_of(bundle, job)["0"]["NODE"], "uvicorn")

    def is_over() -> bool:
        signal_all(bundle.lab, "STOP")
        return bundle.lab.job(job).state != "RUNNING"

    bundle.lab.wait(is_over, job=job)


@pytest.mark.parametrize(
    ("lose", "fields", "reason"),
    [
        (fail_a_node, {"min_healthy": 2}, "1 replicas serve, and min_healthy is 2"),
        (kill_for_good, {"max_restarts": 1}, "has died 2 times"),
        (
            let_none_get_ready,
            {"min_healthy": 2, "readiness": {"timeout": 60}},
            "fewer than min_healthy, 2, have served for 60 s",
        ),
    ],
    ids=["node", "restarts", "time"],
)
def test_too_few_replicas_fail_both_jobs(
    lab: Lab, lose: Callable[[Bundle, int], None], fields: dict[str, Any], reason: str
) -> None:
    bundle, jobs = ready(lab, f"few-{lose.__name__.replace('_', '-')}", 2, **fields)
    lose(bundle, jobs["envs-replicas"])
    assert outcome(lab.wait_job(jobs["envs-replicas"])) == ("FAILED", "69:0")
    assert reason in lab.job(jobs["envs-replicas"]).log.read_text()
    assert outcome(lab.wait_job(jobs["envs"])) == ("FAILED", "69:0")
    assert not bundle.endpoint(jobs["envs"], "envs")
    assert not replicas_of(bundle, jobs["envs-replicas"])


def test_envoy_ends_where_nobody_is_left_to_say_that_the_replicas_have(lab: Lab) -> None:
    bundle, jobs = ready(lab, "orphaned", 2)
    job = jobs["envs-replicas"]
    lab.kill_script(job)
    assert outcome(lab.wait_job(jobs["envs"])) == ("FAILED", "69:0")
    assert f"Slurm does not run job {job} any more" in lab.job(jobs["envs"]).log.read_text()
    assert not bundle.endpoint(jobs["envs"], "envs")


def test_the_death_of_envoy_fails_its_job_and_withdraws_the_endpoint(lab: Lab) -> None:
    bundle, jobs = ready(lab, "headless", 2)
    kill(lab, bundle.endpoint(jobs["envs"], "envs")["NODE"], ENVOY)
    lab.wait(lambda: not bundle.endpoint(jobs["envs"], "envs"), job=jobs["envs"])
    assert outcome(lab.wait_job(jobs["envs"])) == ("FAILED", "69:0"), lab.story(jobs["envs"])
    assert bundle.connect("true", service="envs").returncode == 1


@pytest.mark.parametrize("policy", ["round_robin", "least_request", "ring_hash"])
def test_envoy_itself_finds_the_bootstrap_valid(lab: Lab, policy: str) -> None:
    name = f"valid-{policy.replace('_', '-')}"
    bundle = install(lab, name, recipe(lab, name, 2, {"policy": policy, "num_retries": 0}))
    scratch = f"{bundle.place}-scratch"
    lab.run(["mkdir", "-p", f"{scratch}/eds"])
    lab.run(["cp", "/dev/null", f"{scratch}/eds/eds.yaml"])
    binds = (f"{scratch}:/scratch", f"{scratch}:/logs", f"{bundle.place}/envoy:/etc/envoy")
    options = [word for bind in binds for word in ("--bind", bind)]
    envoy = ["apptainer", "-q", "exec", "--containall", *options, lab.image("envoy"), "envoy"]
    done = lab.run([*envoy, "--mode", "validate", "--config-path", "/etc/envoy/envs.yaml"])
    assert "OK" in done.stdout + done.stderr
