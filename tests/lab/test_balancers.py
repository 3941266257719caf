"""A fleet behind a balancer that hpcgen does not have: one that a user has installed beside it."""

from __future__ import annotations

import json

import pytest

from tests.installed_balancer import tiny
from tests.lab.bundles import outcome
from tests.lab.cluster import Lab
from tests.lab.fleets import ask, kill, ready, replicas_of

__all__ = ["tiny"]

LISTED = 'cat <"/dev/tcp/${TINY_STATE}"'


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("placement", ["dedicated", "colocated"])
def test_a_fleet_serves_behind_a_balancer_of_a_users_own(lab: Lab, placement: str) -> None:
    balancer = {"kind": "tiny", "image": lab.image("openenv"), "placement": placement}
    bundle, jobs = ready(lab, f"tiny-{placement}", 2, balancer=balancer)
    place = bundle.path(f"envs-replicas/{jobs.get('envs-replicas', jobs['envs'])}")
    replicas = replicas_of(bundle, int(place.name))
    addresses = {f"{replica['HOST']}:{replica['PORT']}" for replica in replicas.values()}
    assert len(ask(bundle, 100)) == len(addresses) == 2
    checked = json.loads(bundle.script("preflight", "--fleet", "--json").stdout)
    assert [(check["check"], check["result"]) for check in checked["checks"]] == [
        ("workers", "ok"),
        ("balancer", "ok"),
        ("backends", "ok"),
    ]

    def listed() -> set[str]:
        return {*bundle.connect(LISTED, service="envs").stdout.split()} - {"healthy"}

    assert listed() == addresses
    first = replicas["0"]
    kill(lab, first["NODE"], f"uvicorn.*--port {first['PORT']}")
    left = addresses - {f"{first['HOST']}:{first['PORT']}"}
    lab.wait(lambda: listed() == left)
    lab.wait(lambda: len(listed()) == 2, job=jobs["envs"])
    bundle.script("cancel")
    assert outcome(lab.wait_job(jobs["envs"])) == ("COMPLETED", "0:0"), lab.story(jobs["envs"])
