"""The `ollama` kind: its model, pulled once and in time or not at all, and who may reach it."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.lab.bundles import Bundle, install, outcome
from tests.lab.cluster import Job, Lab
from tests.lab.ollama import STAND_IN, deployed, service


def ready(bundle: Bundle, **how: Any) -> tuple[int, str]:
    """Submit the service; its job, and its log, once it is ready."""
    job = bundle.submit(**how)["llm"]
    bundle.ready(job, service="llm")
    return job, bundle.lab.job(job).log.read_text()


def ended(bundle: Bundle, job: int, state: str, status: str, timeout: float = 30) -> Job:
    over = bundle.lab.wait_job(job, timeout=timeout)
    assert outcome(over) == (state, status), bundle.lab.story(job)
    assert not bundle.endpoint(job, "llm")
    return over


def until_it_says(lab: Lab, job: int, text: str) -> None:
    """Wait for a line of the job's log."""
    log = lab.job(job).log
    lab.wait(lambda: log.is_file() and text in log.read_text(), job=job)


def curled(bundle: Bundle, then: str) -> Any:
    """What curl answers in a shell that has sourced the connection file."""
    return json.loads(bundle.connect(then, service="llm").stdout)


def test_an_absent_model_is_pulled_once_and_served_through_the_connection_file(lab: Lab) -> None:
    tuned: dict[str, Any] = {
        "keep_alive": "24h",
        "num_parallel": 3,
        "context_length": 512,
        "max_loaded_models": 1,
    }
    bundle = deployed(lab, "serves", service(lab, gpu_layers=2, **tuned))
    mine = {"OLLAMA_HOST": "0.0.0.0:9", "OLLAMA_MODELS": "/no", "APPTAINERENV_OLLAMA_NOPRUNE": "0"}
    job, log = ready(bundle, env=mine)
    assert "tiny:latest: pulling manifest" in log
    assert "% of 2 MB" in log
    assert "hpcgen/tiny:latest-gpu2 is ready" in log

    announced = bundle.path(f"llm/{job}/llm.log").read_text().splitlines()[0]
    where = bundle.endpoint(job, "llm")
    for setting in (
        f"OLLAMA_HOST:http://{where['HOST']}:{where['PORT']}",
        "OLLAMA_MODELS:/models",
        "OLLAMA_NOPRUNE:1",
        "OLLAMA_KEEP_ALIVE:24h",
        "OLLAMA_NUM_PARALLEL:3",
        "OLLAMA_CONTEXT_LENGTH:512",
        "OLLAMA_MAX_LOADED_MODELS:1",
    ):
        assert setting in announced

    loaded = curled(bundle, 'curl -s "${OLLAMA_HOST}/api/ps"')["models"]
    assert [model["name"] for model in loaded] == ["hpcgen/tiny:latest-gpu2"]
    assert loaded[0]["context_length"] == 512
    shown = curled(
        bundle, 'curl -s "${OLLAMA_HOST}/api/show" -d "{\\"model\\":\\"${OPENAI_MODEL}\\"}"'
    )
    assert shown["parameters"].split() == ["num_gpu", "2"]
    chat = (
        'curl -s "${OPENAI_BASE_URL}/chat/completions" -H "Authorization: Bearer ${OPENAI_API_KEY}"'
        ' -d "{\\"model\\":\\"${OPENAI_MODEL}\\",\\"messages\\":'
        '[{\\"role\\":\\"user\\",\\"content\\":\\"hello there\\"}]}"'
    )
    assert curled(bundle, chat)["usage"]["prompt_tokens"] == 2
    urls = bundle.connect('echo "${OLLAMA_HOST} ${HPCGEN_LLM_URL}"', service="llm").stdout.split()
    assert urls[0] == urls[1]

    again = deployed(lab, "again", service(lab, "tiny", models="$HOME/serves models"))
    _, log = ready(again)
    assert "pulling" not in log
    assert "tiny:latest is ready" in log


def test_a_model_that_cannot_be_had_ends_the_job_and_says_why(lab: Lab) -> None:
    cases: dict[str, tuple[dict[str, Any], str, str]] = {
        "no-such": ({"model": "none:7b"}, "78", '{"error":"pull model manifest: file does not'),
        "no-net": ({"model": "unreachable"}, "78", "lookup registry.ollama.ai: no such host"),
        "corrupt": ({"model": "corrupt"}, "78", "digest mismatch"),
        "stuck": ({"model": "stuck", "pull_timeout": 3}, "75", "stuck:latest was not pulled in 3"),
        "offline": ({"pull": False}, "78", "tiny:latest is not there; where the login node alone"),
    }
    bundles = {
        name: deployed(lab, name, service(lab, **more)) for name, (more, _, _) in cases.items()
    }
    jobs = {name: bundle.submit()["llm"] for name, bundle in bundles.items()}
    for name, (_, status, why) in cases.items():
        over = ended(bundles[name], jobs[name], "FAILED", f"{status}:0")
        assert why in over.log.read_text(), lab.story(over.id)
        assert why in bundles[name].path(f"llm/{over.id}/ended").read_text()
        assert not list(lab.path(f"/home/alice/{name} models").glob(".pulling*"))


def measured(bundle: Bundle, job: int) -> dict[str, Any]:
    """The client's result, valid by the schema of its kind."""
    done = bundle.lab.wait_job(job)
    assert outcome(done) == ("COMPLETED", "0:0"), bundle.lab.story(job)
    folder = resources.files("hpcgen") / "services" / "ollama_benchmark"
    schema = json.loads((folder / "result.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    data: dict[str, Any] = json.loads(bundle.path(f"results/bench/{job}/result.json").read_text())
    Draft202012Validator(schema).validate(data)
    return data


def benchmark(lab: Lab, **more: Any) -> dict[str, Any]:
    image = lab.image(STAND_IN)
    return {"bench": {"kind": "ollama-benchmark", "target": "llm", "image": image, **more}}


def test_the_benchmark_counts_what_the_server_counts(lab: Lab) -> None:
    llm = service(lab, num_parallel=3, gpu_layers=1)
    settings = {"requests": 9, "concurrency": 3, "prompt_length": 20, "max_tokens": 5}
    bundle = deployed(lab, "measures", llm, clients=benchmark(lab, **settings))
    jobs = bundle.submit()
    figures = measured(bundle, jobs["bench"])
    assert figures["parameters"] == {
        **settings,
        "model": "hpcgen/tiny:latest-gpu1",
        "temperature": 0,
        "timeout": 120,
        "prompts": 0,
    }
    assert (figures["succeeded"], figures["failed"], figures["success_rate"]) == (9, 0, 1)
    tokens = figures["tokens"]
    assert (tokens["prompt"], tokens["generated"], tokens["per_request"]) == (180, 45, 5)
    assert tokens["per_second"] == pytest.approx(45 / figures["seconds"], rel=0.01)
    assert figures["requests_per_second"] == pytest.approx(9 / figures["seconds"], rel=0.01)
    for times in (figures["latency_ms"], figures["first_token_ms"]):
        order = [times[name] for name in ("min", "p50", "p95", "p99", "max")]
        assert order == sorted(order)
    assert figures["first_token_ms"]["p50"] < figures["latency_ms"]["p50"]
    assert figures["generation_tokens_per_second"]["max"] <= 250, "a token takes 4 ms"


def test_the_benchmark_ends_in_time_asks_its_prompts_and_fails_without_figures(lab: Lab) -> None:
    prompts = ["one $(touch /tmp/x) 'three'", "- two\n`words`"]
    lasting = benchmark(lab, duration=2, prompts=prompts, max_tokens=2, concurrency=1)
    lasts = deployed(lab, "lasts", service(lab), clients=lasting)
    absent = deployed(lab, "absent", service(lab), clients=benchmark(lab, model="none"))
    jobs, missing = lasts.submit(), absent.submit()
    figures = measured(lasts, jobs["bench"])
    assert figures["seconds"] >= 2, "and it ends, though nothing counts its requests"
    succeeded = figures["succeeded"]
    assert figures["tokens"]["prompt"] == 4 * (succeeded - succeeded // 2) + 3 * (succeeded // 2)
    assert figures["parameters"]["prompts"] == 2
    failed = lab.wait_job(missing["bench"])
    assert outcome(failed) == ("FAILED", "69:0"), lab.story(failed.id)
    assert "no result: the first request failed: status 404" in failed.log.read_text()
    assert not absent.path(f"results/bench/{failed.id}/result.json").exists()


def test_two_in_one_job_share_a_model_and_a_client_of_theirs_ends_it(lab: Lab) -> None:
    shared = {"job": "pair", "models": "$HOME/pair models", "resources": {"cpus_per_task": 1}}
    recipe = {
        "name": "pair",
        "jobs": {"pair": {"resources": {"cpus_per_task": 3, "time": "00:10:00"}}},
        "services": {name: service(lab, "slow", **shared) for name in ("llm", "other")},
        "clients": benchmark(lab, job="pair", after=["other"], resources={"cpus_per_task": 1}),
    }
    bundle = install(lab, "pair", json.dumps(recipe))
    job = bundle.submit()["pair"]
    assert measured(bundle, job)["succeeded"] == 10
    assert lab.job(job).log.read_text().count("pulling manifest") == 1


def test_of_two_that_start_at_once_one_pulls(lab: Lab) -> None:
    bundle = deployed(lab, "twice", service(lab, "slow"))
    jobs = [bundle.submit()["llm"] for _ in range(2)]
    for job in jobs:
        bundle.ready(job, service="llm")
    logs = [lab.job(job).log.read_text() for job in jobs]
    assert sorted("pulling" in log for log in logs) == [False, True]
    assert len({tuple(sorted(bundle.endpoint(job, "llm").items())) for job in jobs}) == 2


def test_a_model_for_embeddings_is_loaded_too(lab: Lab) -> None:
    bundle = deployed(lab, "embeds", service(lab, "embedder", expose="job"))
    job, _ = ready(bundle)
    where = bundle.endpoint(job, "llm")
    assert where["HOST"] == "127.0.0.1"
    look = ["curl", "-s", f"http://127.0.0.1:{where['PORT']}/api/ps"]
    loaded = json.loads(lab.run(look, node=where["NODE"]).stdout)["models"]
    assert [model["name"] for model in loaded] == ["embedder:latest"]


def test_a_turn_of_a_job_that_is_gone_is_taken_over(lab: Lab) -> None:
    bundle = deployed(lab, "heir", service(lab))
    lab.run(["mkdir", "/home/alice/heir models"])
    lab.write("/home/alice/pulls", "#!/bin/sh\n", mode=0o755)
    gone = lab.wait_job(lab.sbatch("pulls", cwd="/home/alice"))
    lab.run(["ln", "-s", f"{gone.id}.llm", "/home/alice/heir models/.pulling"])
    _, log = ready(bundle)
    assert "pulling manifest" in log


def test_an_ollama_that_is_killed_while_it_pulls_ends_69(lab: Lab) -> None:
    bundle = deployed(lab, "killed-pulling", service(lab, "stuck"))
    job = bundle.submit()["llm"]
    until_it_says(lab, job, "% of 2 MB")
    node = lab.job(job).node
    lab.run(["pkill", "-KILL", "-u", "alice", "-f", "ollama_stand_in"], user="root", node=node)
    ended(bundle, job, "FAILED", "69:0")


@pytest.mark.parametrize("how", ["in order", "at once"])
def test_a_pull_that_is_told_to_stop_stops(lab: Lab, how: str) -> None:
    bundle = deployed(lab, f"stops-{how.replace(' ', '-')}", service(lab, "stuck"))
    job = bundle.submit()["llm"]
    until_it_says(lab, job, "% of 2 MB")
    if how == "in order":
        lab.run(["scancel", "--batch", "--signal=USR1", str(job)])
        ended(bundle, job, "COMPLETED", "0:0")
    else:
        lab.run(["scancel", str(job)])
        ended(bundle, job, "CANCELLED", "143:0")


def test_a_requeued_job_pulls_again(lab: Lab) -> None:
    bundle = deployed(lab, "requeued", service(lab, "slow"))
    job = bundle.sbatch("--requeue", job="llm")
    until_it_says(lab, job, "% of 2 MB")
    lab.run(["scontrol", "requeue", str(job)])
    lab.start_again(job)
    bundle.ready(job, service="llm")
    assert lab.job(job).log.read_text().count("pulling manifest") == 2


def test_the_login_node_pulls_for_jobs_that_do_not(lab: Lab) -> None:
    bundle = deployed(lab, "fetched", service(lab, pull=False, preload=False))
    assert "% of 2 MB" in bundle.script("fetch-llm").stdout
    assert "tiny:latest is ready" in bundle.script("fetch-llm").stdout
    _, log = ready(bundle)
    assert "pulling" not in log
    refused = deployed(lab, "not-fetched", service(lab, "none")).script("fetch-llm", check=False)
    assert (refused.returncode, "file does not exist" in refused.stdout) == (78, True)
    assert not [line for line in lab.run(["ps", "-u", "alice", "-o", "args"]).stdout.splitlines()
                if "ollama_stand_in" in line]  # fmt: skip
