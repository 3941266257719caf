"""A service on several nodes: its members start, are counted, die, and end in order."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lab.bundles import outcome, processes
from tests.lab.cluster import Lab
from tests.lab.nodes import nothing_is_left, nothing_runs, others
from tests.lab.vllm import (
    ASK,
    GIVES_KEY,
    IMAGES,
    STAND_IN,
    completion,
    deployed,
    service,
)


def wide(lab: Lab, image: str, nodes: int = 2, **more: Any) -> dict[str, Any]:
    """A vLLM whose tensors lie on several nodes, over its own processes.

    The real one has no pipeline on a CPU that does not compile (its workers lack a buffer there).
    """
    split = {"tensor_parallel_size": nodes, "pipeline_parallel_size": 1}
    resources = {"nodes": nodes, "cpus_per_task": 2, "time": "00:10:00"}
    return service(lab, image, distributed="mp", resources=resources, **split, **more)


@pytest.mark.parametrize("image", IMAGES)
def test_a_model_on_two_nodes_answers_and_ends_in_order(lab: Lab, image: str) -> None:
    bundle = deployed(lab, f"wide-{image}", wide(lab, image))
    job = bundle.submit()["llm"]
    end = bundle.ready(job, service="llm")
    (other,) = others(bundle, job)
    assert any("vllm serve" in line for line in processes(lab, other)), processes(lab, other)
    assert other != end["NODE"]
    text, status = completion(bundle, f"{ASK} {GIVES_KEY}")
    assert (status, text["usage"]["completion_tokens"]) == ("200", 3)
    bundle.script("cancel")
    assert outcome(lab.wait_job(job)) == ("COMPLETED", "0:0"), lab.story(job)
    lab.wait(lambda: nothing_is_left(lab), job=job)


@pytest.mark.parametrize("image", IMAGES)
def test_a_members_death_fails_the_job_and_is_named(lab: Lab, image: str) -> None:
    bundle = deployed(lab, f"lost-{image}", wide(lab, image))
    job = bundle.submit()["llm"]
    bundle.ready(job, service="llm")
    (other,) = others(bundle, job)
    lab.run(["pkill", "-KILL", "-u", "alice", "-f", "python3.*vllm"], user="root", node=other)
    lab.wait(lambda: not bundle.endpoint(job, "llm"), job=job)
    ended = lab.wait_job(job)
    assert outcome(ended) == ("FAILED", "69:0"), lab.story(job)
    assert f"the member on {other} has ended with 137" in ended.log.read_text(), lab.story(job)
    lab.wait(lambda: nothing_is_left(lab), job=job)


def test_a_member_that_ends_without_a_fault_fails_the_job_too(lab: Lab) -> None:
    leaves = ["bash", "-c", "if ((HPCGEN_NODE_RANK == 2)); then sleep 2; else sleep 3600; fi"]
    bundle = deployed(lab, "leaves", wide(lab, STAND_IN, nodes=3, command=leaves))
    job = bundle.submit()["llm"]
    ended = lab.wait_job(job)
    assert outcome(ended) == ("FAILED", "69:0"), lab.story(job)
    last = others(bundle, job)[-1]
    assert f"the member on {last} has ended with 0" in ended.log.read_text(), lab.story(job)
    lab.wait(lambda: nothing_is_left(lab), job=job)


def test_the_members_that_are_there_are_counted(lab: Lab) -> None:
    late = lab.nodes[2]
    waits = {"command": ["bash", "-c", "sleep 3600"], "readiness": {"timeout": 30}}
    bundle = deployed(lab, "late", wide(lab, STAND_IN, nodes=3, **waits))
    lab.run(["pkill", "-STOP", "-x", "slurmd"], user="root", node=late)
    try:
        job = bundle.submit()["llm"]
        lab.wait(lambda: bundle.path(f"llm/{job}/ended").is_file(), job=job)
        assert "; 1 of 2 members are there" in lab.job(job).log.read_text(), lab.story(job)
    finally:
        lab.run(["pkill", "-CONT", "-x", "slurmd"], user="root", node=late)
    assert outcome(lab.wait_job(job)) == ("FAILED", "75:0")


def test_nothing_of_a_cancelled_job_runs_on(lab: Lab) -> None:
    bundle = deployed(lab, "cancelled", wide(lab, STAND_IN, nodes=3))
    job = bundle.submit()["llm"]
    bundle.ready(job, service="llm")
    lab.run(["scancel", str(job)])
    assert outcome(lab.wait_job(job)) == ("CANCELLED", "143:0"), lab.story(job)
    lab.wait(lambda: nothing_runs(lab), job=job)
