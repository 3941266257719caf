"""ollama-benchmark: ask an Ollama server for completions, and measure how they come.

Every token is counted by the server (`eval_count`), and the rates are over requests that succeeded.
It speaks Ollama's HTTP API, and needs no package.
"""

from __future__ import annotations

import http.client
import json
import math
import os
import random
import time
from argparse import Namespace
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from measuring import (
    Requests,
    end_in_order,
    fail,
    leave,
    load,
    options,
    percentile,
    progress,
    say,
    spread,
)
from progress import Progress

_NUMBERS = ("requests", "concurrency", "prompt_length", "max_tokens")
_WORDS = (
    *("the", "model", "answers", "many", "short", "questions", "about", "water", "light", "stone"),
    *("wind", "numbers", "music", "rivers", "trees", "history", "and", "how", "they", "change"),
)


class RefusedError(Exception):
    """The server answers that it will not, or not any further."""


@dataclass(frozen=True)
class Answer:
    """What a finished request took; times are seconds, and all but the first the server's own."""

    first_token: float
    prompt_tokens: int
    tokens: int
    generating: float


class Ollama:
    """One connection to the server of OLLAMA_HOST."""

    def __init__(self, timeout: float) -> None:
        place = urlsplit(os.environ["OLLAMA_HOST"])
        self._http = http.client.HTTPConnection(place.hostname or "", place.port, timeout=timeout)
        self._http.connect()

    def generate(self, body: bytes) -> Answer:
        """A completion, read as it comes.

        Raises RefusedError, OSError, HTTPException, and ValueError for what is not JSON.
        """
        begun = time.perf_counter()
        self._http.request("POST", "/api/generate", body, {"Content-Type": "application/json"})
        answer = self._http.getresponse()
        if answer.status != http.client.OK:
            raise RefusedError(f"status {answer.status}, {answer.read()[:120].decode()}")
        first = 0.0
        for text in answer:
            line = json.loads(text)
            if "error" in line:
                raise RefusedError(str(line["error"])[:120])
            if not first and (line.get("response") or line.get("thinking")):
                first = time.perf_counter() - begun
            if line.get("done"):
                answer.read()  # so that the connection can be used again
                return _finished(line, first)
        raise RefusedError("the answer ends before it is done")


def _finished(line: dict[str, Any], first: float) -> Answer:
    """The figures of an answer's last line. Raises RefusedError where it has no token."""
    tokens = int(line.get("eval_count") or 0)
    if not first or not tokens:
        raise RefusedError("the answer has no token")
    generating = int(line["eval_duration"]) / 1e9
    return Answer(first, int(line.get("prompt_eval_count") or 0), tokens, generating)


class Benchmark:
    """One run; `answers` are those of requests that succeeded, in the order of their end."""

    def __init__(self, arguments: Namespace, progress: Progress) -> None:
        self.arguments, self.progress = arguments, progress
        self.answers: list[Answer] = []

    def run(self) -> dict[str, Any]:
        """The figures. Before them one request is asked that does not count: it loads the model."""
        try:
            self.connect().generate(self.body(-1))
        except (RefusedError, OSError, http.client.HTTPException, ValueError) as problem:
            fail(f"the first request failed: {problem}")
        requests = Requests(self.connect, self.body, self.ask)
        count = None if self.arguments.duration else self.arguments.requests
        end = time.perf_counter() + (self.arguments.duration or math.inf)
        report, workers = self.progress.part(), self.arguments.concurrency
        done = load(requests, count=count, workers=workers, deadline=end, report=report)
        figures = {**done.figures(), **_tokens(self.answers, done.seconds)}
        total = figures["succeeded"] + figures["failed"]
        say(f"{figures['succeeded']} of {total} requests succeeded in {done.seconds:.1f} s")
        return {"success_rate": round(figures["succeeded"] / total, 4), **figures}

    def connect(self) -> Ollama:
        """A connection of its own for each worker."""
        return Ollama(self.arguments.timeout)

    def ask(self, ollama: Ollama, body: bytes) -> None:
        """One request."""
        self.answers.append(ollama.generate(body))

    def body(self, number: int) -> bytes:
        """Request `number`, which is the same in every run."""
        prompts = self.arguments.prompt
        prompt = prompts[number % len(prompts)] if prompts else self.prompt(number)
        limits = {
            "num_predict": self.arguments.max_tokens,
            "temperature": self.arguments.temperature,
        }
        body = {"model": self.arguments.model, "prompt": prompt, "stream": True}
        return json.dumps({**body, "options": limits}).encode()

    def prompt(self, number: int) -> str:
        """Words that no other request has in this order."""
        like = random.Random(number)  # noqa: S311 - nothing is kept secret by it
        return " ".join([str(number), *like.choices(_WORDS, k=self.arguments.prompt_length - 1)])


def _tokens(answers: list[Answer], seconds: float) -> dict[str, Any]:
    """Tokens, as the server counted them, and how soon and how fast they came."""
    generated = sum(answer.tokens for answer in answers)
    speeds = sorted(answer.tokens / answer.generating for answer in answers if answer.generating)
    return {
        "tokens": {
            "prompt": sum(answer.prompt_tokens for answer in answers),
            "generated": generated,
            "per_request": round(generated / len(answers), 3),
            "per_second": round(generated / seconds, 3),
        },
        "first_token_ms": spread([answer.first_token for answer in answers]),
        "generation_tokens_per_second": {
            "mean": round(sum(speeds) / len(speeds), 3),
            "min": round(speeds[0], 3),
            "p50": round(percentile(speeds, 50), 3),
            "max": round(speeds[-1], 3),
        },
    }


def _arguments() -> Namespace:
    parser = options("ollama-benchmark")
    for name in _NUMBERS:
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, required=True)
    for name in ("temperature", "timeout"):
        parser.add_argument(f"--{name}", type=float, required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--prompt", action="append", default=[], help="asked in turn")
    return parser.parse_args()


def main() -> None:
    """Measure as the command line says, and leave the result."""
    end_in_order()
    arguments = _arguments()
    arguments.prompts = len(arguments.prompt)
    with progress(arguments) as run:
        figures = Benchmark(arguments, run).run()
        leave(arguments, ("model", *_NUMBERS, "temperature", "timeout", "prompts"), figures, run)


if __name__ == "__main__":
    main()
