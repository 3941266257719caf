"""The `vllm` kind: a completion through the connection file, and what it never publishes."""

from __future__ import annotations

import json
from typing import Any

from tests.lab.bundles import Bundle, install, outcome
from tests.lab.cluster import Lab
from tests.lab.test_vllm_image import IMAGES, READY_WITHIN, REAL, put_model

CPU = ("--dtype", "float32", "--enforce-eager", "--max-model-len", "256")


def service(lab: Lab, image: str, **more: Any) -> dict[str, Any]:
    """A vLLM of the tiny model in alice's home."""
    put_model(lab, image)
    return {
        "kind": "vllm",
        "image": lab.image(image),
        "model": f"/home/alice/{image}-model",
        "hf_cache": "/tmp",
        "args": list(CPU),
        "readiness": {"timeout": READY_WITHIN[image]},
        **more,
    }


def deployed(lab: Lab, name: str, llm: dict[str, Any], **more: Any) -> Bundle:
    return install(lab, name, json.dumps({"name": name, "services": {"llm": llm}, **more}))


STAND_IN = next(image for image in IMAGES if image != REAL)
OPEN = ["bash", "-c", 'unset VLLM_API_KEY; exec "$@"', "open"]
SERVE = ["vllm", "serve", "/model", "--host", {"host": "llm"}, "--port", {"port": "port"}]


def test_another_model_and_an_open_server_are_never_published(lab: Lab) -> None:
    soon = {"readiness": {"timeout": 8}}
    named = [*SERVE, "--served-model-name"]
    wrong = service(lab, STAND_IN, command=[*named, "other"], **soon)
    ignores = service(lab, STAND_IN, command=[*OPEN, *named, f"{STAND_IN}-model"], **soon)
    bundles = (deployed(lab, "wrong", wrong), deployed(lab, "open", ignores))
    jobs = [bundle.submit()["llm"] for bundle in bundles]
    for bundle, number, said in zip(
        bundles, jobs, ('"id":"other"', "without the key"), strict=True
    ):
        job = lab.wait_job(number)
        assert outcome(job) == ("FAILED", "75:0"), lab.story(number)
        assert said in job.log.read_text()
        assert not bundle.path("llm/current").is_symlink()


def test_a_killed_vllm_ends_69_and_its_endpoint_is_withdrawn(lab: Lab) -> None:
    bundle = deployed(lab, "killed", service(lab, STAND_IN))
    job = bundle.submit()["llm"]
    node = bundle.ready(job, service="llm")["NODE"]
    lab.run(["pkill", "-KILL", "-u", "alice", "-f", "vllm_stand_in"], user="root", node=node)
    assert outcome(lab.wait_job(job, timeout=5)) == ("FAILED", "69:0")
    assert not bundle.endpoint(job, "llm")
