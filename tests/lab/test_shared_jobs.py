"""Jobs that several services and clients share: their ends, their shares, and who sees what."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lab.bundles import Bundle, install, outcome
from tests.lab.cluster import Lab
from tests.lab.shared_jobs import CACHE, SHARE

LOAD = {"kind": "redis-benchmark", "target": "cache", "job": "stack", "requests": 1000}


def web(lab: Lab, **more: Any) -> dict[str, Any]:
    """A Redis without a password, which starts once `cache` is ready."""
    return {
        "kind": "container",
        "job": "stack",
        "image": lab.image("redis"),
        "port": 7000,
        "after": ["cache"],
        "command": ["redis-server", "--port", {"port": "port"}, "--save", ""],
        "readiness": {"timeout": 300},
        **more,
    }


def command(lab: Lab, script: str, **more: Any) -> dict[str, Any]:
    """A client that runs a line of bash in a container."""
    words = ["bash", "-c", script]
    return {
        "kind": "command",
        "job": "stack",
        "image": lab.image("redis"),
        "command": words,
        **more,
    }


def deployed(lab: Lab, name: str, **parts: Any) -> Bundle:
    lab.image("redis")
    name = f"jobs-{name}"  # one home has the bundles of every test
    return install(lab, name, json.dumps({"name": name, "jobs": {"stack": {}}, **parts}))


def test_services_and_a_client_share_a_job_that_ends_with_the_client(lab: Lab) -> None:
    services = {"cache": CACHE, "web": web(lab)}
    clients = {"load": {**LOAD, "after": ["web"]}}
    bundle = deployed(lab, "shared", services=services, clients=clients)
    number = bundle.submit()["stack"]
    job = lab.wait_job(number)
    assert outcome(job) == ("COMPLETED", "0:0"), lab.story(number)
    result = json.loads(bundle.path(f"results/load/{number}/result.json").read_text())
    assert {test["test"] for test in result["tests"]} == {"PING_INLINE", "PING_MBULK", "SET", "GET"}
    log = job.log.read_text()
    assert log.index("cache: ready") < log.index("web: ready")
    assert "HEAD NODE" in log
    assert "its clients have ended" in bundle.path(f"stack/{number}/ended").read_text()
    for service in services:
        assert not bundle.endpoint(number, service)
        assert "exit 0: asked to end" in bundle.path(f"{service}/{number}/ended").read_text()
    assert "exit 0: done" in bundle.path(f"load/{number}/ended").read_text()


def test_the_worst_status_of_its_clients_is_the_jobs(lab: Lab) -> None:
    clients = {
        "good": command(lab, "sleep 1", target="cache"),
        "late": command(lab, "sleep 3000", target="cache", duration="2s"),
        "bad": command(lab, "exit 3", target="cache"),
    }
    bundle = deployed(lab, "worst", services={"cache": CACHE}, clients=clients)
    number = bundle.submit()["stack"]
    assert outcome(lab.wait_job(number)) == ("FAILED", "75:0"), lab.story(number)
    ended = {name: bundle.path(f"{name}/{number}/ended").read_text() for name in clients}
    assert "exit 0" in ended["good"]
    assert "exit 75" in ended["late"]
    assert "exit 69: bash exited with 3" in ended["bad"]


@pytest.mark.parametrize(("victim", "port"), [("cache", 6379), ("web", 7000)])
@pytest.mark.parametrize("shares", [True, False])
def test_the_death_of_either_service_fails_the_job(
    lab: Lab, victim: str, port: int, shares: bool
) -> None:
    size: dict[str, Any] = {"resources": SHARE} if shares else {"resources": {}}
    services = {"cache": {**CACHE, **size}, "web": web(lab, **size)}
    clients = {"forever": command(lab, "sleep 6000", target="cache")}
    bundle = deployed(lab, f"dies-{victim}-{shares}".lower(), services=services, clients=clients)
    number = bundle.submit()["stack"]
    node = bundle.ready(number, service="web")["NODE"]
    lab.run(["pkill", "-KILL", "-f", f"redis-server .*:{port}"], user="root", node=node)
    job = lab.wait_job(number)
    assert outcome(job) == ("FAILED", "69:0"), lab.story(number)
    assert f"stack: FATAL: {victim} has ended with 69" in job.log.read_text()
    assert not bundle.endpoint(number, "cache")
    assert not bundle.endpoint(number, "web")


def test_without_clients_it_serves_until_it_is_asked_to_end(lab: Lab) -> None:
    services = {"cache": {**CACHE, "expose": "cluster"}, "web": web(lab, resources=SHARE)}
    bundle = deployed(lab, "serves", services=services)
    for life in (1, 2):
        number = bundle.submit()["stack"]
        bundle.ready(number, service="web")
        status = bundle.script("status").stdout
        states = {
            line.split()[0]: line.split()[2] for line in status.splitlines() if str(number) in line
        }
        assert states == {"stack": "RUNNING", "cache": "READY", "web": "READY"}
        with bundle.redis(number) as client:
            answers = {client.ask("SET", f"{life}-{number}", "x") for number in range(100)}
            assert (answers, client.ask("DBSIZE")) == ({"OK"}, str(100 * life))
        assert "SSH TUNNEL" in bundle.script("logs", "stack").stdout
        bundle.script("cancel")
        assert outcome(lab.wait_job(number)) == ("COMPLETED", "0:0"), lab.story(number)


def test_a_second_job_is_refused_the_data_and_scancel_ends_143(lab: Lab) -> None:
    bundle = deployed(lab, "twice", services={"cache": CACHE, "web": web(lab)})
    first = bundle.submit()["stack"]
    bundle.ready(first, service="web")
    second = bundle.submit()["stack"]
    job = lab.wait_job(second)
    assert outcome(job) == ("FAILED", "78:0"), lab.story(second)
    assert f"job {first} holds" in job.log.read_text()
    assert "bin/cancel.sh stack" in job.log.read_text()
    lab.run(["scancel", str(first)])
    assert outcome(lab.wait_job(first)) == ("CANCELLED", "143:0"), lab.story(first)
    assert not bundle.endpoint(first, "cache")


def test_a_share_is_what_its_program_gets(lab: Lab) -> None:
    see = 'echo "${CUDA_VISIBLE_DEVICES-}" >"$0/gpus"'
    clients = {
        name: command(lab, see, args=[{"dir": "results"}], resources={**SHARE, **gpus})
        for name, gpus in {
            "one": {"gpus_per_node": 1},
            "two": {"gpus_per_node": 2},
            "none": {},
        }.items()
    }
    bundle = deployed(lab, "shares", services={"cache": CACHE}, clients=clients)
    number = bundle.submit()["stack"]
    assert outcome(lab.wait_job(number)) == ("COMPLETED", "0:0"), lab.story(number)
    seen = {
        name: bundle.path(f"results/{name}/{number}/gpus").read_text().strip() for name in clients
    }
    gpus = {name: set(text.split(",")) for name, text in seen.items() if text}
    assert {name: len(devices) for name, devices in gpus.items()} == {"one": 1, "two": 2}
    assert not gpus["one"] & gpus["two"]


def test_a_container_is_told_which_gpus_are_the_jobs(lab: Lab) -> None:
    see = 'echo "${CUDA_VISIBLE_DEVICES-}" >"$0/gpus"'
    alone = command(lab, see, args=[{"dir": "results"}], resources={"gpus_per_node": 2})
    del alone["job"]
    two = {"one": alone, "other": alone}
    services = {"cache": {"kind": "redis"}}
    bundle = install(
        lab, "gpus", json.dumps({"name": "gpus", "services": services, "clients": two})
    )
    jobs = bundle.submit(*two)
    for name, number in jobs.items():
        assert outcome(lab.wait_job(number)) == ("COMPLETED", "0:0"), lab.story(number)
        text = bundle.path(f"results/{name}/{number}/gpus").read_text()
        assert len(set(text.strip().split(","))) == 2


def test_a_service_stops_when_the_last_of_its_clients_has_ended(lab: Lab) -> None:
    cache = {"kind": "redis", "stop": "after-clients"}
    clients = {
        "soon": {**LOAD, "image": lab.image("redis")},
        "late": command(lab, "sleep 4; exit 3", target="cache"),
    }
    for client in clients.values():
        del client["job"]
    recipe = {"name": "stops", "services": {"cache": cache}, "clients": clients}
    bundle = install(lab, "stops", json.dumps(recipe))
    jobs = bundle.submit()
    assert outcome(lab.wait_job(jobs["late"])) == ("FAILED", "69:0"), lab.story(jobs["late"])
    assert outcome(lab.wait_job(jobs["cache-stop"])) == ("COMPLETED", "0:0")
    assert outcome(lab.wait_job(jobs["cache"])) == ("COMPLETED", "0:0"), lab.story(jobs["cache"])
    assert "asked to end" in bundle.path(f"cache/{jobs['cache']}/ended").read_text()
    assert f"job {jobs['cache']} has ended" in bundle.script("status").stdout


def test_by_hand_it_stops_the_job_that_serves(lab: Lab) -> None:
    stack = {"cache": {**CACHE, "expose": "cluster", "stop": "after-clients"}}
    clients = {"soon": {**LOAD, "image": lab.image("redis")}}
    del clients["soon"]["job"]
    bundle = deployed(lab, "by-hand", services=stack, clients=clients)
    serving = bundle.submit("stack")["stack"]
    bundle.ready(serving)
    stops = bundle.sbatch(job="stack-stop")
    assert outcome(lab.wait_job(serving)) == ("COMPLETED", "0:0"), lab.story(serving)
    assert outcome(lab.wait_job(stops)) == ("COMPLETED", "0:0"), lab.story(stops)
