"""vllm-benchmark's program: what it asks of `vllm bench serve`, and what it makes of its notes.

vllm-bench.json was noted by vLLM 0.32.0, of five requests of which the server refused one.
"""

from __future__ import annotations

import itertools
import json
import statistics
from argparse import Namespace
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hpcgen.services.vllm_benchmark import benchmark
from hpcgen.services.vllm_benchmark.benchmark import command, figures, rounds
from jsonschema import Draft202012Validator

NOTED = json.loads((Path(__file__).parent / "vllm-bench.json").read_text())
SCHEMA = json.loads((files("hpcgen.services") / "vllm_benchmark/result.schema.json").read_text())
URL = "http://10.0.0.1:8000/v1"
KEY = "canary-77d1f0c25b3e4a96"
PARAMETERS = {
    "model": "chat",
    "num_prompts": 5,
    "request_rate": None,
    "burstiness": 1.0,
    "max_concurrency": 2,
    "random_input_len": 8,
    "random_output_len": 4,
    "random_range_ratio": 0.5,
    "random_prefix_len": 0,
    "ignore_eos": True,
    "temperature": 0.0,
    "seed": 7,
}


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> Namespace:
    monkeypatch.setenv("OPENAI_BASE_URL", URL)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return Namespace(
        **PARAMETERS, tokenizer="/tokenizer", duration=None, more=["--goodput", "ttft:5"]
    )


def test_figures_are_those_of_requests_that_succeeded_and_fit_the_schema() -> None:
    made = figures([NOTED, NOTED])
    who = {"client": "bench", "kind": "vllm-benchmark", "target": "llm", "job_id": 1}
    Draft202012Validator(SCHEMA).validate({**who, "parameters": PARAMETERS, **made})
    assert (made["succeeded"], made["failed"], made["success_rate"]) == (8, 2, 0.8)
    assert made["errors"] == {"Bad Request": 2}
    assert (made["tokens"]["prompt"], made["tokens"]["generated"]) == (20, 16)
    for name, theirs in (("first_token_ms", "ttft"), ("per_output_token_ms", "tpot")):
        assert made[name]["mean"] == pytest.approx(NOTED[f"mean_{theirs}_ms"], abs=0.001)
    for name, theirs in (
        ("requests_per_second", "request_throughput"),
        ("tokens", "output_throughput"),
    ):
        rate = made[name]["per_second"] if name == "tokens" else made[name]
        assert rate == pytest.approx(NOTED[theirs], rel=0.001)
    latencies = [latency for latency in NOTED["latencies"] if latency]
    assert made["latency_ms"]["p50"] == pytest.approx(1000 * statistics.median(latencies), abs=0.01)


def test_there_is_no_result_without_a_success() -> None:
    lost = {**NOTED, "output_lens": [0] * 5, "errors": ["", "Traceback\n\nOSError: gone\n"] * 2}
    with pytest.raises(SystemExit, match=r"no result: not one .*; no reason given; OSError: gone"):
        figures([lost])


def test_vllm_is_told_what_the_recipe_says_and_never_the_key(parsed: Namespace) -> None:
    words = command(parsed, 7)
    assert words[:3] == ["vllm", "bench", "serve"]
    assert words[-3:] == ["--ignore-eos", "--goodput", "ttft:5"]
    pairs = dict(itertools.pairwise(words))
    assert pairs["--base-url"] == "http://10.0.0.1:8000"
    assert (pairs["--max-concurrency"], pairs["--seed"]) == ("2", "7")
    assert "--request-rate" not in words
    assert KEY not in " ".join(words)


def ran(statuses: list[int], notes: Path) -> Callable[..., Namespace]:
    """A `subprocess.run` that ends as `statuses` say, and leaves notes where that is 0."""

    def run(argv: list[str], **_: Any) -> Namespace:
        status = statuses.pop(0)
        if not status:
            notes.write_text(json.dumps({"argv": argv}))
        return Namespace(returncode=status)

    return run


def test_a_round_that_fails_leaves_no_result_and_a_duration_has_several(
    parsed: Namespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmark, "_NOTED", tmp_path / "noted")
    times = iter([0.0, 4.0, 8.0, 12.0])
    run = ran([0, 0, 0, 1], tmp_path / "noted")
    monkeypatch.setattr(benchmark, "time", Namespace(perf_counter=lambda: next(times)))
    monkeypatch.setattr(benchmark, "subprocess", Namespace(run=run))
    parsed.duration = 10
    seeds = [run["argv"][run["argv"].index("--seed") + 1] for run in rounds(parsed)]
    assert seeds == ["7", "8", "9"]
    times = iter([0.0])
    with pytest.raises(SystemExit, match="no result: vllm bench serve exited with 1"):
        next(rounds(parsed))
