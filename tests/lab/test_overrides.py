"""What is set when a job is submitted: in force where it may be, refused where it does not fit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.lab.bundles import Bundle, deploy, finish, install, outcome, processes, result
from tests.lab.cluster import Lab
from tests.lab.vllm import (
    ASK,
    ASK_FROM_INSIDE,
    GIVES_KEY,
    STAND_IN,
    completion,
    deployed,
    service,
)

RECIPE: dict[str, Any] = {"clients": 5, "requests": 400, "tests": ["set"]}
SHELL = {"CLIENTS": "7", "PIPELINE": "3", "DATA_SIZE": "", "TESTS": "get", "BENCHMARK": "-l"}
PWNED = "/home/alice/pwned"


def measured(bundle: Bundle, job: int) -> tuple[dict[str, Any], list[str]]:
    """What the result says of how it was measured, and the log's lines on what was set."""
    ended = finish(bundle, job)
    lines = ended.log.read_text().splitlines()
    return result(bundle, ended, "redis-benchmark")["parameters"], [
        line.split(" ", 1)[1] for line in lines if " instead of " in line
    ]


def test_what_is_set_when_submitting_is_in_force_logged_and_kept(lab: Lab) -> None:
    bundle = deploy(lab, "settable", client=RECIPE)
    built = {**RECIPE, "data_size": 256, "pipeline": 1}
    jobs = bundle.submit(env=SHELL)
    both = ["CLIENTS=7 instead of 5", "PIPELINE=3 instead of 1"]
    assert measured(bundle, jobs["bench"]) == ({**built, "clients": 7, "pipeline": 3}, both)
    bundle.ready(jobs["cache"])
    for options, env, parameters, overrides in (
        ((), {"CLIENTS": "8"}, {"clients": 8}, ["CLIENTS=8 instead of 5"]),
        (("--export=ALL,CLIENTS=9",), SHELL, {"clients": 9, "pipeline": 3},
         ["CLIENTS=9 instead of 5", both[1]]),
        (("--export=CLIENTS=6",), SHELL, {"clients": 6}, ["CLIENTS=6 instead of 5"]),
        (("--export=NONE",), SHELL, {}, []),
        ((), {"CLIENTS": "5", "REQUESTS": "400"}, {}, []),
    ):  # fmt: skip
        job = bundle.sbatch(*options, job="bench", env=env)
        assert measured(bundle, job) == ({**built, **parameters}, overrides), (options, env)


@pytest.mark.parametrize(
    ("settings", "refused"),
    [
        ({"CLIENTS": f"a[$(touch {PWNED})]"}, f"CLIENTS='a[$(touch {PWNED})]'"),
        ({"CLIENTS": f"5;touch {PWNED}"}, f"CLIENTS='5;touch {PWNED}'"),
        ({"CLIENTS": "05"}, "CLIENTS='05'"),
        ({"CLIENTS": "10001"}, "CLIENTS='10001'"),
        ({"CLIENTS": "5\n6"}, "CLIENTS=$'5\\n6'"),
        ({"REQUESTS": "10", "CLIENTS": " 5"}, "CLIENTS=' 5'"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_does_not_fit_ends_78_and_says_what_would(
    lab: Lab, settings: Mapping[str, str], refused: str, request: pytest.FixtureRequest
) -> None:
    number = request.node.callspec.indices["settings"]
    bundle = deploy(lab, f"unfit-{number}", client=RECIPE)
    job = finish(bundle, bundle.sbatch(job="bench", env=settings), "FAILED", "78:0")
    refusal = f"{refused} is not a whole number from 1 to 10000"
    assert f"FATAL: {refusal}\n" in job.log.read_text()
    assert f"exit 78: {refusal}\n" in bundle.path(f"bench/{job.id}/ended").read_text()
    assert refusal in bundle.script("status").stdout
    assert not lab.path(PWNED).exists()
    assert not bundle.path(f"results/bench/{job.id}/result.json").exists()


def test_clients_of_a_shared_job_take_what_is_set_each_for_itself(lab: Lab) -> None:
    image = lab.image("redis")
    bench = {"kind": "redis-benchmark", "target": "cache", "job": "pair", **RECIPE}
    recipe = {
        "name": "settable-shared",
        "jobs": {"pair": {"resources": {"time": "00:05:00"}}},
        "services": {"cache": {"kind": "redis", "image": image, "job": "pair"}},
        "clients": {"bench": bench, "other": {**bench, "clients": 7}},
    }
    bundle = install(lab, "settable-shared", json.dumps(recipe))
    job = lab.wait_job(bundle.sbatch(job="pair", env={"CLIENTS": "7"}))
    assert outcome(job) == ("COMPLETED", "0:0"), lab.story(job.id)
    for name in ("bench", "other"):
        kept = json.loads(bundle.path(f"results/{name}/{job.id}/result.json").read_text())
        assert kept["parameters"]["clients"] == 7
    log = job.log.read_text()
    assert "bench: CLIENTS=7 instead of 5\n" in log
    assert "other: CLIENTS" not in log
    ended = lab.wait_job(bundle.sbatch(job="pair", env={"CLIENTS": "0"}))
    assert outcome(ended) == ("FAILED", "78:0"), lab.story(ended.id)
    assert "bench: FATAL: CLIENTS='0' is not a whole" in ended.log.read_text()


def test_a_service_starts_with_what_is_set(lab: Lab) -> None:
    llm = service(
        lab,
        STAND_IN,
        model="org/built",
        secrets={"HF_TOKEN": {"env": "HF_TOKEN"}},
        gpu_memory_utilization=0.5,
        max_model_len=256,
    )
    bundle = deployed(lab, "settable-llm", llm)
    env = {"GPU_MEMORY_FRACTION": "0.25", "TENSOR_PARALLEL_SIZE": "1", "MAX_MODEL_LEN": "128"}
    env["HF_MODEL"] = "org/another"
    bundle.script("secrets", env={"HF_TOKEN": "hf-canary"})
    job = bundle.sbatch(job="llm", env=env)
    end = bundle.ready(job, service="llm")
    serving = [line for line in processes(lab, end["NODE"]) if "--gpu-memory-utilization" in line]
    assert serving
    assert " serve org/another --served-model-name org/another " in serving[0]
    look = "tr '\\0' '\\n' <\"/proc/$(pgrep -fn '^python3 -m vllm_stand_in serve')/environ\""
    environment = lab.run(["sh", "-c", look], user="root", node=end["NODE"]).stdout
    assert "HF_TOKEN=hf-canary\n" in environment
    text, status = completion(bundle, f"{ASK} {GIVES_KEY}")
    assert (status, text["model"]) == ("200", "org/another"), "as the connection file has it"
    assert (
        "--tensor-parallel-size 1 --max-model-len 128 --gpu-memory-utilization 0.25" in serving[0]
    )
    changes = [line for line in lab.job(job).log.read_text().splitlines() if "instead of" in line]
    assert [line.split(" ", 1)[1] for line in changes] == [
        "HF_MODEL=org/another instead of org/built",
        "MAX_MODEL_LEN=128 instead of 256",
        "GPU_MEMORY_FRACTION=0.25 instead of 0.5",
    ]
    for model in ("../model", "/home/alice", "a/b/c", "$(id)"):
        wrong = finish(bundle, bundle.sbatch(job="llm", env={"HF_MODEL": model}), "FAILED", "78:0")
        assert "is not the name of a model on Hugging Face\n" in wrong.log.read_text()
    unfit = lab.wait_job(bundle.sbatch(job="llm", env={"GPU_MEMORY_FRACTION": "1.01"}))
    assert outcome(unfit) == ("FAILED", "78:0")
    assert (
        "FATAL: GPU_MEMORY_FRACTION='1.01' is not a number above 0 and at most 1\n"
        in unfit.log.read_text()
    )


def test_a_shared_job_tells_its_client_of_the_model_that_is_set(lab: Lab) -> None:
    shared = {"job": "pair", "resources": {"cpus_per_task": 1}}
    ask = ["python3", "-c", ASK_FROM_INSIDE, {"dir": "results"}, "60"]
    client = {"kind": "command", "target": "llm", "image": lab.image(STAND_IN), "command": ask}
    recipe = {
        "name": "settable-pair",
        "jobs": {"pair": {"resources": {"time": "00:05:00", "cpus_per_task": 2}}},
        "services": {"llm": {**service(lab, STAND_IN, model="org/built"), **shared}},
        "clients": {"ask": {**client, **shared}},
    }
    bundle = install(lab, "settable-pair", json.dumps(recipe))
    job = finish(bundle, bundle.sbatch(job="pair", env={"HF_MODEL": "org/another"}))
    answer = json.loads(bundle.path(f"results/ask/{job.id}/answer.json").read_text())
    assert answer["model"] == "org/another"


def test_a_chroma_takes_the_port_and_the_queue_that_are_set(lab: Lab) -> None:
    vectors = {"kind": "chroma", "image": lab.image("chroma"), "readiness": {"timeout": "5m"}}
    recipe = {"name": "settable-port", "services": {"vectors": vectors}}
    bundle = install(lab, "settable-port", json.dumps(recipe))
    slurms = {"SBATCH_PARTITION": "debug", "SBATCH_ACCOUNT": "p200981"}
    job = bundle.sbatch(job="vectors", env={"CHROMA_PORT": "18123", **slurms})
    assert bundle.ready(job, service="vectors")["PORT"] == "18123"
    beat = 'curl -s "http://$CHROMA_HOST:$CHROMA_PORT/api/v2/heartbeat"'
    assert "nanosecond heartbeat" in bundle.connect(beat, service="vectors").stdout
    assert "CHROMA_PORT=18123 instead of 8000\n" in lab.job(job).log.read_text()
    record = lab.job(job).record
    assert "Partition=debug " in record, "where the recipe names none, the submitter does"
    assert "Account=p200981 " in record
