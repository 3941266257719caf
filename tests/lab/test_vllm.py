"""The `vllm` kind: a completion through the connection file, and what it never publishes."""

from __future__ import annotations

import json

import pytest

from tests.lab.bundles import Bundle, outcome
from tests.lab.cluster import Lab
from tests.lab.secrets import command_lines, holding, is_nowhere_else
from tests.lab.vllm import (
    ASK,
    ASK_FROM_INSIDE,
    FIRST_ANSWER,
    GIVES_KEY,
    IMAGES,
    STAND_IN,
    completion,
    deployed,
    service,
)

OPEN = ["bash", "-c", 'unset VLLM_API_KEY; exec "$@"', "open"]
SERVE = ["vllm", "serve", "/model", "--host", {"host": "llm"}, "--port", {"port": "port"}]


KEY = "canary-3f1c9a7be2d84460"


@pytest.mark.parametrize("image", IMAGES)
def test_whoever_sources_the_connection_file_gets_a_completion(lab: Lab, image: str) -> None:
    name = f"serves-{image}"
    file = f"/home/alice/{name}.key"
    lab.write(file, f"{KEY}\n", mode=0o600)
    inside = ["python3", "-c", ASK_FROM_INSIDE, {"dir": "results"}, str(FIRST_ANSWER)]
    bare = ["bash", "-c", f'{ASK} {GIVES_KEY} --output "$0/answer.json"', {"dir": "results"}]
    asks = {"kind": "command", "target": "llm"}
    clients = {
        "inside": {**asks, "image": lab.image(image), "command": inside},
        "bare": {**asks, "command": bare},
    }
    llm = service(lab, image, api_key={"file": file})
    bundle = deployed(lab, name, llm, clients=clients)
    with command_lines() as seen:
        jobs = bundle.submit()
        end = bundle.ready(jobs["llm"], service="llm")
        for node in ("login", *(node for node in lab.nodes if node != end["NODE"])):
            text, status = completion(bundle, f"{ASK} {GIVES_KEY}", node)
            assert (status, text["usage"]["completion_tokens"]) == ("200", 3), node
        lab.wait(lambda: is_seen_asking(bundle, seen))
        refused = ({"error": "Unauthorized"}, "401")
        assert completion(bundle, ASK) == refused
        assert completion(bundle, f"OPENAI_API_KEY=another; {ASK} {GIVES_KEY}") == refused
        for client in clients:
            ended = lab.wait_job(jobs[client])
            assert outcome(ended) == ("COMPLETED", "0:0"), lab.story(jobs[client])
            answer = bundle.path(f"results/{client}/{jobs[client]}/answer.json").read_text()
            assert json.loads(answer)["usage"]["completion_tokens"] == 3
        bundle.script("status")
        bundle.script("logs")
        bundle.script("cancel")
    assert outcome(lab.job(jobs["llm"])) == ("COMPLETED", "0:0")
    assert any(f" serve /model --served-model-name {image}-model " in line for line in seen)
    assert not [line for line in seen if KEY in line]
    assert not holding(KEY, bundle.path(".").rglob("*"))
    is_nowhere_else(bundle, KEY, jobs)


def is_seen_asking(bundle: Bundle, seen: set[str]) -> bool:
    """Whether a look has met curl, which is over between two looks where it is answered soon."""
    completion(bundle, f"{ASK} {GIVES_KEY}")
    return any(line.startswith("curl") and "/v1/completions" in line for line in tuple(seen))


def test_another_model_and_an_open_server_are_never_published(lab: Lab) -> None:
    soon = {"readiness": {"timeout": 40}}
    named = [*SERVE, "--served-model-name"]
    wrong = service(lab, STAND_IN, command=[*named, "other"], **soon)
    ignores = service(lab, STAND_IN, command=[*OPEN, *named, f"{STAND_IN}-model"], **soon)
    bundles = (deployed(lab, "wrong", wrong), deployed(lab, "open", ignores))
    jobs = [bundle.submit()["llm"] for bundle in bundles]
    for bundle, number, reason in zip(
        bundles, jobs, ('"id":"other"', "without the key"), strict=True
    ):
        job = lab.wait_job(number)
        assert outcome(job) == ("FAILED", "75:0"), lab.story(number)
        assert reason in job.log.read_text()
        assert not bundle.path("llm/current").is_symlink()
