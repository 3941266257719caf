"""llm-load and vllm-benchmark against servers of the lab: what they count, and what they keep."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator

from tests.lab import ollama
from tests.lab.bundles import Bundle, install, outcome
from tests.lab.cluster import Lab
from tests.lab.secrets import command_lines, holding, is_nowhere_else
from tests.lab.vllm import HAVE_REAL, REAL, STAND_IN, deployed, service

KEY = "canary-90be14d7f3a24c58"
PHASES = [
    {"name": "climb", "duration": 4, "shape": "ramp", "rate": 2},
    {"name": "sustained", "duration": 6, "rate": 2},
    {"name": "waiting", "duration": 1, "clients": 2},
]
BENCHED = {"num_prompts": 6, "random_input_len": 16, "random_output_len": 5}


def measured(bundle: Bundle, job: int, kind: str) -> dict[str, Any]:
    """The client's result, valid by the schema of its kind."""
    done = bundle.lab.wait_job(job)
    assert outcome(done) == ("COMPLETED", "0:0"), bundle.lab.story(job)
    folder = resources.files("hpcgen") / "services" / kind
    schema = json.loads((folder / "result.schema.json").read_text())
    data: dict[str, Any] = json.loads(bundle.path(f"results/load/{job}/result.json").read_text())
    Draft202012Validator(schema).validate(data)
    return data


def load(lab: Lab, image: str, **more: Any) -> dict[str, Any]:
    entry = {"kind": "llm-load", "target": "llm", "image": lab.image(image), "max_tokens": 4}
    return {"load": {**entry, "resources": {"cpus_per_task": 1, "time": "00:10:00"}, **more}}


def from_outside(lab: Lab, endpoint: str) -> Bundle:
    """The same load, of a bundle that knows where its server is, and where its key."""
    client = load(lab, STAND_IN, phases=PHASES[-1:], api_key={"file": "~/load.key"})["load"]
    del client["target"]
    clients = {"load": {**client, "target_endpoint": endpoint}}
    return install(lab, "load-outside", json.dumps({"name": "load-outside", "clients": clients}))


def test_a_load_holds_its_rate_and_keeps_the_key(lab: Lab) -> None:
    lab.write("/home/alice/load.key", f"{KEY}\n", mode=0o600)
    llm = service(lab, STAND_IN, api_key={"file": "/home/alice/load.key"})
    bundle = deployed(lab, "load", llm, clients=load(lab, STAND_IN, phases=PHASES))
    with command_lines() as seen:
        jobs = bundle.submit()
        figures = measured(bundle, jobs["load"], "llm_load")
        served = bundle.endpoint(jobs["llm"], "llm")
        outside = from_outside(lab, f"{served['HOST']}:{served['PORT']}")
        other = measured(outside, outside.submit()["load"], "llm_load")
        bundle.script("cancel")
    assert (other["failed"], other["parameters"]["model"]) == (0, f"{STAND_IN}-model")
    climb, sustained, waiting = figures["phases"]
    assert [climb["sent"], sustained["sent"]] == [4, 12], "the rate leaves half a second for each"
    assert sustained["sent_per_second"] == 2
    assert "rate" not in waiting
    assert (figures["failed"], figures["unsent"], figures["success_rate"]) == (0, 0, 1)
    assert figures["tokens"]["generated"] == 4 * figures["succeeded"]
    assert figures["parameters"]["model"] == f"{STAND_IN}-model"
    assert any("/bundle/benchmark.py" in line for line in seen)
    assert not [line for line in seen if KEY in line]
    assert not holding(KEY, [*bundle.path(".").rglob("*"), *outside.path(".").rglob("*")])
    is_nowhere_else(bundle, KEY, jobs)


def test_ollama_counts_the_tokens_of_a_load_too(lab: Lab) -> None:
    client = load(lab, ollama.STAND_IN, duration=5, requests_per_second=2, prompts=["a b"])
    bundle = ollama.deployed(lab, "olload", ollama.service(lab), clients=client)
    figures = measured(bundle, bundle.submit()["load"], "llm_load")
    assert (figures["succeeded"], figures["failed"]) == (10, 0)
    assert (figures["tokens"]["prompt"], figures["tokens"]["generated"]) == (20, 40)


def test_a_model_that_is_not_there_leaves_no_result(lab: Lab) -> None:
    client = load(lab, STAND_IN, model="other")
    bundle = deployed(lab, "no-load", service(lab, STAND_IN), clients=client)
    failed = lab.wait_job(bundle.submit()["load"])
    assert outcome(failed) == ("FAILED", "69:0"), lab.story(failed.id)
    assert "no result: the first request failed: status 404" in failed.log.read_text()
    assert not bundle.path(f"results/load/{failed.id}/result.json").exists()


def benched(lab: Lab, image: str) -> Bundle:
    """A vLLM, and its own benchmark from the same image."""
    client = {"kind": "vllm-benchmark", "target": "llm", "image": lab.image(image), **BENCHED}
    resources = {"cpus_per_task": 1, "time": "00:15:00"}
    clients = {"load": {**client, "resources": resources, "max_concurrency": 2}}
    return deployed(lab, f"bench-{image}", service(lab, image), clients=clients)


def vllm_s_own_benchmark_measures(lab: Lab) -> None:
    """Only vLLM itself has it; its tokenizer is the target's, and there is no other network."""
    bundle = benched(lab, REAL)
    jobs = bundle.submit()
    bundle.ready(jobs["llm"], service="llm")
    figures = measured(bundle, jobs["load"], "vllm_benchmark")
    assert (figures["succeeded"], figures["failed"], figures["rounds"]) == (6, 0, 1)
    assert (figures["tokens"]["generated"], figures["tokens"]["per_request"]) == (30, 5)
    assert figures["first_token_ms"]["p50"] < figures["latency_ms"]["p50"]
    assert {name: figures["parameters"][name] for name in BENCHED} == BENCHED


if HAVE_REAL:  # it is not skipped elsewhere, where nothing may be
    test_vllm_s_own_benchmark_measures = vllm_s_own_benchmark_measures


def test_an_image_without_the_benchmark_leaves_no_result(lab: Lab) -> None:
    bundle = benched(lab, STAND_IN)
    failed = lab.wait_job(bundle.submit()["load"])
    assert outcome(failed) == ("FAILED", "69:0"), lab.story(failed.id)
    log = bundle.path(f"load/{failed.id}/load.log").read_text()
    assert "no result: vllm bench serve exited with 2" in log
    assert not bundle.path(f"results/load/{failed.id}/result.json").exists()
