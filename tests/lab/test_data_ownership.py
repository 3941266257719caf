"""Kept data has one owner at a time, and no acknowledged write is lost, however its jobs end."""

from __future__ import annotations

import os
from collections.abc import Callable

from tests.lab.bundles import Bundle, deploy, outcome
from tests.lab.cluster import Lab
from tests.lab.writer import Writer

ROUNDS = int(os.environ.get("HPCGEN_LAB_ROUNDS", "8"))
FILTERS = {"SQUEUE_PARTITION": "gpu", "SQUEUE_STATES": "PENDING", "SQUEUE_USERS": "bob"}


def kill(bundle: Bundle, job: int) -> int:
    """Its batch script is killed outright, so that nothing of it is in order."""
    bundle.lab.kill_script(job)
    bundle.lab.wait_job(job)
    return bundle.sbatch(env=FILTERS)


def cancel(bundle: Bundle, job: int) -> int:
    """It is asked to end."""
    assert bundle.script("cancel").stdout == f"ended: {job}\n"
    return bundle.sbatch(env=FILTERS)


def scancel(bundle: Bundle, job: int) -> int:
    """Slurm ends everything of it at once, and an heir is there before that is over."""
    heir = bundle.sbatch("--dependency=afterany:" + str(job), env=FILTERS)
    bundle.lab.run(["scancel", str(job)])
    bundle.lab.wait_job(job)
    return heir


def requeue(bundle: Bundle, job: int) -> int:
    """It starts again, under its own number."""
    before = bundle.endpoint(job)["NONCE"]
    bundle.lab.run(["scontrol", "requeue", str(job)])
    bundle.lab.wait(lambda: bundle.lab.job(job).state == "PENDING", job=job)
    bundle.lab.start_again(job)
    bundle.lab.wait(lambda: bundle.endpoint(job).get("NONCE", before) != before, job=job)
    return job


def test_no_acknowledged_write_is_lost(lab: Lab) -> None:
    """HPCGEN_LAB_ROUNDS says how often; a rival tries to take the data in each round."""
    service = {"persistence": "aof", "resources": {"time": "01:00:00", "requeue": True}}
    bundle = deploy(lab, "rounds", service=service)
    ways: tuple[Callable[[Bundle, int], int], ...] = (kill, cancel, scancel, requeue)
    acknowledged: list[int] = []
    job = bundle.sbatch()
    for number in range(ROUNDS):
        bundle.ready(job)
        rival = lab.wait_job(bundle.sbatch(env=FILTERS))
        assert outcome(rival) == ("FAILED", "78:0"), lab.story(rival.id)
        writer = Writer(bundle.redis(job), f"{number}.")
        lab.wait(lambda: writer.acknowledged > 200)  # noqa: B023
        job = ways[number % len(ways)](bundle, job)
        acknowledged.append(writer.end())
        bundle.ready(job)
        with bundle.redis(job) as redis:
            kept = int(redis.ask("DBSIZE"))
            assert sum(acknowledged) <= kept <= sum(acknowledged) + len(acknowledged), acknowledged
            for key in range(acknowledged[-1]):
                assert redis.ask("GET", f"{number}.{key}") == "here", (number, key)
    with bundle.redis(job) as redis:
        for number, count in enumerate(acknowledged):
            assert all(redis.ask("GET", f"{number}.{key}") == "here" for key in range(count))
