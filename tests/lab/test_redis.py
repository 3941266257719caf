"""What the fields of the `redis` kind come to in a Redis that runs."""

from __future__ import annotations

import pytest

from tests.lab.bundles import deploy, outcome
from tests.lab.cluster import Lab

SNAPSHOTS = "900 1 300 10 60 10000"


@pytest.mark.parametrize(
    ("persistence", "appends", "saves"),
    [("none", "no", ""), ("aof", "yes", ""), ("rdb", "no", SNAPSHOTS), ("both", "yes", SNAPSHOTS)],
)
def test_persistence_is_what_the_next_job_finds(
    lab: Lab, persistence: str, appends: str, saves: str
) -> None:
    bundle = deploy(lab, f"keeps-{persistence}", service={"persistence": persistence})
    for life in (1, 2):
        job = bundle.submit()["cache"]
        bundle.ready(job)
        with bundle.redis(job) as redis:
            assert redis.ask("CONFIG", "GET", "appendonly") == f"appendonly\n{appends}"
            assert redis.ask("CONFIG", "GET", "save") == f"save\n{saves}"
            kept = redis.ask("GET", "kept") if life == 2 else redis.ask("SET", "kept", "yes")
        bundle.script("cancel")
        assert outcome(lab.wait_job(job)) == ("COMPLETED", "0:0"), lab.story(job)
    assert kept == ("" if persistence == "none" else "yes")


def test_memory_has_the_limit_and_the_policy_that_were_asked_for(lab: Lab) -> None:
    limits = {"maxmemory": "64mb", "maxmemory_policy": "allkeys-lru"}
    bundle = deploy(lab, "limits", service=limits)
    job = bundle.submit()["cache"]
    bundle.ready(job)
    with bundle.redis(job) as redis:
        info = redis.ask("INFO", "memory").splitlines()
    assert f"maxmemory:{64 * 1024**2}" in info
    assert "maxmemory_policy:allkeys-lru" in info
