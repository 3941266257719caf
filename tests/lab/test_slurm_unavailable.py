"""What jobs and helpers do while nobody answers for Slurm, or where Slurm has forgotten a job."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from tests.lab.bundles import Bundle, deploy, detach, install, outcome, processes
from tests.lab.cluster import PATIENCE, Lab

ON_NODE = "--nodelist=node01"
AWAY = 60.0  # seconds for which slurmctld is stopped
SLOW = "until [ -e $0/go ]; do sleep 0.2; done; exec redis-server --protected-mode no --port $1"
TAKES_TIME = """redis-server --port 8300 --protected-mode no &
trap 'until [ -e $0/go ]; do sleep 0.2; done; exit 0' TERM; sleep 600 & wait"""
EXPERIMENT = {"client": "bench", "batch": [{"requests": 100}, {"requests": 200}]}
Done = subprocess.CompletedProcess[str]


def started(lab: Lab, bundle: Bundle, job: str = "cache") -> int:
    """A job, submitted by hand, whose script is stopped before it has asked Slurm anything."""
    number = 1 + max(lab.jobs("all"), default=0)
    pattern = f"job{number:05d}/slurm_script"
    catch = f"until pkill -STOP -u alice -f {pattern}; do :; done"
    detach(lab, ["bash", "-c", catch], user="root", node="node02")
    assert bundle.sbatch("--nodelist=node02", job=job) == number
    stopped = ["pgrep", "-u", "alice", "-r", "T", "-f", pattern]
    lab.wait(lambda: lab.run(stopped, user="root", node="node02", check=False).stdout)
    return number


def go_on(lab: Lab, job: int) -> None:
    find = ["pkill", "-CONT", "-u", "alice", "-f", f"job{job:05d}/slurm_script"]
    lab.run(find, user="root", node="node02")


def several(lab: Lab) -> Bundle:
    """A Redis that keeps data, one that is slow to be ready, and what uses the first."""
    recipe: dict[str, Any] = {
        "name": "phases",
        "services": {
            "cache": {"kind": "redis", "image": lab.image("redis"), "persistence": "aof"},
            "slow": {
                "kind": "container",
                "image": lab.image("redis"),
                "port": 8100,
                "command": ["bash", "-c", SLOW, {"dir": "data"}, {"port": "slow"}],
                "keep_data": True,
                "readiness": {"tcp": True, "timeout": "5m"},
            },
            "stays": {
                "kind": "container",
                "image": lab.image("redis"),
                "port": 8200,
                "command": ["redis-server", "--port", "8200", "--protected-mode", "no"],
                "readiness": {"tcp": True},
            },
        },
        "clients": {
            "waits": {"kind": "command", "target": "slow", "command": ["true"]},
            "bench": {
                "kind": "redis-benchmark",
                "target": "cache",
                "requests": 100,
                "image": lab.image("redis"),
            },
        },
        "experiments": {"rows": EXPERIMENT},
    }
    return install(lab, "phases", json.dumps(recipe))


@contextmanager
def at_once(bundle: Bundle, *calls: tuple[str, ...]) -> Iterator[dict[str, Done]]:
    """Helpers of a bundle that run beside each other; all have ended at the end."""
    results: dict[str, Done] = {}

    def call(words: tuple[str, ...]) -> None:
        results[" ".join(words)] = bundle.script(words[0], *words[1:], check=False)

    with ThreadPoolExecutor(len(calls)) as pool:
        futures = [pool.submit(call, words) for words in calls]
        yield results
    for future in futures:
        future.result()


@pytest.mark.parametrize("frozen", [False, True], ids=["stopped", "frozen"])
def test_nothing_is_decided_while_nobody_answers_for_slurm(fragile: Lab, frozen: bool) -> None:
    lab = fragile
    bundle = several(lab)
    jobs = bundle.submit("cache", "slow", "stays", "waits")
    bundle.ready(jobs["cache"])
    bundle.ready(jobs["stays"], service="stays")
    other = deploy(lab, "starts")
    starting = started(lab, other)
    rival = started(lab, bundle)
    lab.wait_job(jobs["slow"], "RUNNING")
    lab.wait_job(jobs["waits"], "RUNNING")
    with bundle.redis(jobs["cache"]) as redis:
        redis.ask("SET", "kept", "yes")
    calls = (
        ("submit", "bench"), ("status",), ("cancel",), ("clean", "--yes"),
        ("clean", "--data", "--yes"), ("run-rows",), ("preflight",), ("logs",),
    )  # fmt: skip
    began = time.monotonic()
    with lab.without_controller(frozen=frozen):
        go_on(lab, starting)
        go_on(lab, rival)
        with at_once(bundle, *calls) as answers:
            connected = bundle.connect("true")
            offline = bundle.connect("true", env={"HPCGEN_OFFLINE": "1"})
            values = 'echo "$REDIS_HOST:$REDIS_PORT"'
            asked_again = lab.run(
                ["bash", "-c", f'. "$0/connections/cache.env"; {values}', bundle.place],
                env={"HPCGEN_OFFLINE": "1"},
            )
        bundle.path("data/slow/go").touch()  # it becomes ready meanwhile
        lab.wait(lambda: bundle.endpoint(jobs["slow"], "slow"))
        lab.wait(lambda: time.monotonic() - began > AWAY, timeout=PATIENCE)
        assert bundle.endpoint(jobs["cache"])
        assert bundle.path("secrets/cache.password").exists()
    for call in (" ".join(words) for words in calls[:-2]):
        assert answers[call].returncode == 75, (call, answers[call])
        assert "Slurm does not answer" in answers[call].stderr, (call, answers[call])
    assert "UNKNOWN" in answers["status"].stdout
    assert not re.search("READY|ENDED", answers["status"].stdout)
    assert "removed" not in answers["clean --data --yes"].stdout
    assert answers["preflight"].returncode == 75
    assert "FAIL  Slurm does not answer" in answers["preflight"].stdout
    assert answers["logs"].returncode == 0
    for done in (connected, offline):
        assert done.returncode == 3, done
        assert "nobody can tell whether cache runs: Slurm does not answer" in done.stderr
    end = bundle.endpoint(jobs["cache"])
    assert asked_again.stdout == f"{end['HOST']}:{end['PORT']}\n"

    assert bundle.connect("true").returncode == 0
    other.ready(starting)
    held = lab.wait_job(rival)
    assert outcome(held) == ("FAILED", "78:0"), lab.story(rival)
    assert outcome(lab.wait_job(jobs["waits"])) == ("COMPLETED", "0:0")
    with bundle.redis(jobs["cache"]) as redis:
        assert redis.ask("GET", "kept") == "yes"
    left = {jobs[name] for name in ("cache", "slow", "stays")}
    ended = cancelled(bundle)
    assert (ended >= left) if frozen else (ended == left)
    assert all(came_late(lab, job) for job in ended - left), ended


def cancelled(bundle: Bundle) -> set[int]:
    """The jobs that bin/cancel.sh ends."""
    return {int(job) for job in bundle.script("cancel").stdout.split()[1:]}


def came_late(lab: Lab, job: int) -> bool:
    """Whether it was submitted meanwhile: a frozen slurmctld takes what sbatch has given up."""
    return bool(re.search(r"JobName=\S*(bench|rows)\b", lab.job(job).record))


def test_an_end_that_nobody_saw_is_not_told(fragile: Lab) -> None:
    """slurmctld stops between the request to end and the end, and stays away."""
    lab = fragile
    service = {
        "kind": "container", "image": lab.image("redis"), "port": 8300, "keep_data": True,
        "command": ["bash", "-c", TAKES_TIME, {"dir": "data"}],
        "readiness": {"tcp": True},
    }  # fmt: skip
    bundle = install(lab, "asked", json.dumps({"name": "asked", "services": {"web": service}}))
    job = bundle.submit()["web"]
    bundle.ready(job, service="web")
    cancel = [f"{bundle.place}/bin/cancel.sh"]
    with lab.start(["sh", "-c", '"$0" 2>&1; echo "status $?"', *cancel]) as running:
        lab.wait(lambda: not bundle.endpoint(job, "web"))  # it has been asked
        with lab.without_controller():
            printed = running.communicate(timeout=PATIENCE)[0]
    assert "status 75" in printed
    assert f"Slurm does not answer; asked to end: {job}; may still run: {job}" in printed
    assert "ended:" not in printed


def test_data_of_a_job_that_slurm_has_forgotten_is_taken_over_on_its_word_alone(
    fragile: Lab,
) -> None:
    lab = fragile
    bundle = deploy(lab, "forgotten", service={"persistence": "aof"})
    first = bundle.sbatch()
    bundle.ready(first)
    lab.kill_script(first)
    lab.wait_job(first)
    owner = [path.name for path in bundle.path("data/cache/.owner").iterdir()]
    assert owner[0].startswith(f"{first}.{bundle.endpoint(first)['NONCE']}.lab.")
    lab.forget(first)
    assert bundle.connect("true").returncode == 3
    bundle.change("jobs/cache.sbatch", READY_TIMEOUT=8)
    silent = lab.wait_job(bundle.sbatch())
    assert outcome(silent) == ("FAILED", "75:0")
    text = silent.log.read_text()
    assert f"job {first} holds {bundle.run}/data/cache, and may still run" in text
    assert "nothing tells that it has ended" in text
    assert f"rm -r '{bundle.run}/data/cache'/.owner" in text
    status = bundle.script("status", check=False)
    assert (status.returncode, "UNKNOWN" in status.stdout) == (75, True)
    cancelled = bundle.script("cancel", check=False)
    assert cancelled.returncode == 75
    assert f"job {first} may still run: Slurm does not know job {first}" in cancelled.stderr
    cleaned = bundle.script("clean", "--yes", check=False)
    assert cleaned.returncode == 75
    assert bundle.path(f"cache/{first}").exists()
    bundle.script("clean", "--forgotten", "--yes")
    assert not bundle.path(f"cache/{first}").exists()
    bundle.change("jobs/cache.sbatch", READY_TIMEOUT=300)
    bundle.ready(bundle.sbatch())  # whoever has made sure has released the data


def test_an_end_that_somebody_saw_is_remembered(fragile: Lab) -> None:
    lab = fragile
    bundle = deploy(lab, "seen", service={"persistence": "aof"})
    first = bundle.sbatch()
    bundle.ready(first)
    lab.kill_script(first)
    lab.wait_job(first)
    assert "FAILED" in bundle.script("status").stdout
    lab.forget(first)
    assert "FAILED" in bundle.script("status").stdout
    second = bundle.sbatch()
    bundle.ready(second)
    assert f"from job {first}, which has ended" in lab.job(second).log.read_text()


def test_a_controller_that_has_lost_its_state_gives_no_data_away(fragile: Lab) -> None:
    """It begins to count again, so that a new job has the number of the holder."""
    lab = fragile
    lab.stop_controller()
    lab.start_controller(empty=True)
    bundle = deploy(lab, "lost", service={"persistence": "aof"})
    first = bundle.sbatch(ON_NODE)
    bundle.ready(first)
    with bundle.redis(first) as redis:
        redis.ask("SET", "kept", "yes")
    lab.stop_controller()
    lab.start_controller(empty=True)
    bundle.change("jobs/cache.sbatch", READY_TIMEOUT=8)
    assert bundle.sbatch("--nodelist=node02") == first
    lab.wait_job(first)
    for heir in (first, bundle.sbatch("--nodelist=node02")):
        ended = lab.wait_job(heir)
        assert outcome(ended) == ("FAILED", "75:0"), lab.story(heir)
        assert f"job {first} holds" in ended.log.read_text()
    owners = [path.name for path in bundle.path("data/cache/.owner").iterdir()]
    assert len(owners) == 1
    assert owners[0].startswith(f"{first}.")
    assert bundle.script("clean", "--data", "--yes", check=False).returncode == 75
    assert bundle.path("data/cache").exists()


def test_another_clusters_jobs_are_not_judged_by_this_one(fragile: Lab) -> None:
    lab = fragile
    bundle = deploy(lab, "elsewhere", service={"persistence": "aof"})
    first = bundle.sbatch()
    end = bundle.ready(first)
    lab.run(["scancel", str(first)])
    lab.wait_job(first)
    holder = bundle.path("data/cache/.owner") / f"99999.{end['NONCE']}.other"
    holder.mkdir(parents=True)
    lab.give(holder, "alice")
    lab.give(holder.parent, "alice")
    bundle.change("jobs/cache.sbatch", READY_TIMEOUT=8)
    second = lab.wait_job(bundle.sbatch())
    assert outcome(second) == ("FAILED", "75:0")
    assert (
        "job 99999 is one of cluster other, and this node asks cluster lab"
        in second.log.read_text()
    )
    for name in ("status", "cancel", "clean", "submit", "preflight"):
        refused = bundle.script(name, check=False, env={"SLURM_CLUSTERS": "other"})
        assert refused.returncode == 78, name
        assert "SLURM_CLUSTERS=other asks another cluster; unset it" in refused.stderr
    third = bundle.connect("true", env={"SLURM_CLUSTERS": "other"})
    assert (third.returncode, "SLURM_CLUSTERS=other" in third.stderr) == (3, True)
    assert not processes(lab, "node01")
