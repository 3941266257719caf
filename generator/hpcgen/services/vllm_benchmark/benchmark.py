"""vllm-benchmark: run vLLM's own `vllm bench serve`, and leave its figures in result.json.

vLLM makes the prompts, sends them and takes the times. The figures here are made of what it noted
of each request: those of requests that succeeded, with the tokens that the server counted.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from measuring import end_in_order, fail, leave, options, progress, say, spread
from progress import Note

_NOTED = Path("/tmp/bench.json")  # noqa: S108 - the container's own
_COUNTS = ("num_prompts", "random_input_len", "random_output_len", "random_prefix_len", "seed")
_NUMBERS = ("burstiness", "random_range_ratio", "temperature")
_PARAMETERS = (
    *("model", "num_prompts", "request_rate", "burstiness", "max_concurrency"),
    *("random_input_len", "random_output_len", "random_range_ratio", "random_prefix_len"),
    *("ignore_eos", "temperature", "seed"),
)
_REASONS = 20


def command(arguments: Namespace, seed: int) -> list[str]:
    """One round of `vllm bench serve`; the key is in its environment, and not here."""
    words = ["vllm", "bench", "serve", "--backend", "vllm", "--endpoint", "/v1/completions"]
    words += ["--base-url", os.environ["OPENAI_BASE_URL"].removesuffix("/v1")]
    words += ["--model", arguments.model, "--tokenizer", arguments.tokenizer]
    words += ["--dataset-name", "random", "--disable-tqdm", "--save-result", "--save-detailed"]
    words += ["--result-dir", str(_NOTED.parent), "--result-filename", _NOTED.name]
    for name in (*_COUNTS, *_NUMBERS, "request_rate", "max_concurrency"):
        value = seed if name == "seed" else getattr(arguments, name)
        words += [] if value is None else [f"--{name.replace('_', '-')}", str(value)]
    return [*words, *(["--ignore-eos"] if arguments.ignore_eos else []), *arguments.more]


def rounds(arguments: Namespace) -> Iterator[dict[str, Any]]:
    """What vLLM notes of one round, or of rounds until the duration is over, each another seed."""
    end = time.perf_counter() + (arguments.duration or -math.inf)
    seed = arguments.seed
    while True:
        _NOTED.unlink(missing_ok=True)
        status = subprocess.run(command(arguments, seed), check=False).returncode
        if status or not _NOTED.exists():
            fail(f"vllm bench serve exited with {status}, and left no result")
        yield json.loads(_NOTED.read_text(encoding="utf-8"))
        if time.perf_counter() >= end:
            return
        seed += 1


def watched(noted: Iterable[dict[str, Any]], note: Note) -> Iterator[dict[str, Any]]:
    """The rounds as they are; each request of one is told of as soon as its round is over."""
    for one in noted:
        for error, _, _, _, _, latency in _requests([one], succeeded=True):
            note(latency, error)
        for error, *_ in _requests([one], succeeded=False):
            note(0.0, _reason(error))
        yield one


def figures(noted: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The figures of all rounds together. Ends the program where not one request succeeded."""
    errors = Counter(_reason(error) for error, *_ in _requests(noted, succeeded=False))
    kept = Counter(dict(errors.most_common(_REASONS)))
    done = list(_requests(noted, succeeded=True))
    if not done:
        fail("; ".join(["not one request succeeded", *kept]))
    seconds = sum(one["duration"] for one in noted)
    times = _times(done)
    return {
        "rounds": len(noted),
        "success_rate": round(len(done) / (len(done) + sum(errors.values())), 4),
        "succeeded": len(done),
        "failed": sum(errors.values()),
        "errors": dict(sorted(kept.items())),
        "seconds": round(seconds, 3),
        "requests_per_second": round(len(done) / seconds, 3),
        "tokens": _tokens(done, seconds),
        **{name: spread(values) for name, values in times.items() if values},
    }


def _requests(noted: Sequence[dict[str, Any]], *, succeeded: bool) -> Iterator[tuple[Any, ...]]:
    """Error, tokens of prompt and answer, and times of each request that did, or did not."""
    names = ("errors", "input_lens", "output_lens", "ttfts", "itls", "latencies")
    for one in noted:
        for request in zip(*map(one.__getitem__, names)):  # noqa: B905 - Python 3.9
            if (request[2] > 0) == succeeded:
                yield request


def _times(done: Sequence[tuple[Any, ...]]) -> dict[str, list[float]]:
    """As vLLM defines them: a token's time is that after the first, by the tokens but one."""
    return {
        "latency_ms": [latency for *_, latency in done],
        "first_token_ms": [first for *_, first, _, _ in done],
        "per_output_token_ms": [
            (latency - first) / (tokens - 1)
            for _, _, tokens, first, _, latency in done
            if tokens > 1
        ],
        "inter_token_ms": [gap for *_, gaps, _ in done for gap in gaps],
    }


def _tokens(done: Sequence[tuple[Any, ...]], seconds: float) -> dict[str, Any]:
    prompt, generated = (sum(request[place] for request in done) for place in (1, 2))
    return {
        "prompt": prompt,
        "generated": generated,
        "per_request": round(generated / len(done), 3),
        "per_second": round(generated / seconds, 3),
        "total_per_second": round((prompt + generated) / seconds, 3),
    }


def _reason(error: str) -> str:
    """The last line of an error, which may be a traceback."""
    lines = str(error or "").strip().splitlines()
    return lines[-1][:200] if lines else "no reason given"


def _arguments() -> Namespace:
    parser = options("vllm-benchmark")
    for name in (*_COUNTS, *_NUMBERS):
        kind = int if name in _COUNTS else float
        parser.add_argument(f"--{name.replace('_', '-')}", type=kind, required=True)
    parser.add_argument("--request-rate", type=float)
    parser.add_argument("--max-concurrency", type=int)
    parser.add_argument("--ignore-eos", action="store_true")
    parser.add_argument("--tokenizer", default=os.environ["OPENAI_MODEL"])
    parser.add_argument("--model", default=os.environ["OPENAI_MODEL"])
    arguments, more = parser.parse_known_args()
    arguments.more = more
    return arguments


def main() -> None:
    """Measure as the command line says, and leave the result."""
    end_in_order()
    arguments = _arguments()
    with progress(arguments) as run:
        result = figures(list(watched(rounds(arguments), run.part())))
        total = result["succeeded"] + result["failed"]
        say(f"{result['succeeded']} of {total} requests succeeded in {result['seconds']:.1f} s")
        leave(arguments, _PARAMETERS, result, run)


if __name__ == "__main__":
    main()
