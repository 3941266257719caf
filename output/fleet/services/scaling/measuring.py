"""What the benchmark programs share: their options, the load, the figures, result.json.

It runs in the image of a client, with nothing but Python 3.9 or later and its standard library.
"""

from __future__ import annotations

import argparse
import json
import math
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, NoReturn, TypeVar

from progress import Note, Progress

RESULT = Path("/results/result.json")
Connection = TypeVar("Connection")
Item = TypeVar("Item")

_REASONS = 20
"""Different reasons of failure that are told apart."""


def options(kind: str) -> argparse.ArgumentParser:
    """A parser of the options that every program takes; a program adds its own."""
    parser = argparse.ArgumentParser(prog=kind, allow_abbrev=False)
    parser.set_defaults(kind=kind)
    parser.add_argument("--client", required=True, help="the client's name in the recipe")
    parser.add_argument("--target", required=True, help="the service that is measured")
    parser.add_argument("--job-id", required=True, type=int, help="the Slurm job that measures")
    parser.add_argument("--duration", type=float, help="seconds until no request is begun any more")
    return parser


def end_in_order() -> None:
    """Let SIGTERM end the program as an exception does: what is made is unmade.

    The first one counts; whoever ends a job may send several.
    """

    def end(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.exit(143)

    signal.signal(signal.SIGTERM, end)


@dataclass
class Load:
    """Requests as they were answered: seconds of those that succeeded, and reasons of the others.

    `seconds` is the time from the first request's start to the last one's end. `broken` is why
    the target could no longer be connected to; then the load ended early, and there are no figures.
    """

    latencies: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    broken: str = ""

    def figures(self) -> dict[str, Any]:
        """Counts, the rate of those that succeeded, and their latencies in milliseconds.

        Ends the program where the target went away, or not one request has succeeded.
        """
        if self.broken:
            fail(self.broken)
        if not self.latencies:
            fail("; ".join(["not one request succeeded", *self.errors]))
        return {
            "succeeded": len(self.latencies),
            "failed": sum(self.errors.values()),
            "errors": dict(sorted(self.errors.items())),
            "seconds": round(self.seconds, 3),
            "requests_per_second": round(len(self.latencies) / self.seconds, 3),
            "latency_ms": spread(self.latencies),
        }


@dataclass(frozen=True)
class Requests(Generic[Connection, Item]):
    """What a load sends: `prepare` makes request 0, 1, 2, ..., and `request` sends what it made.

    Sending alone is timed. A request fails by raising; its worker then connects anew.
    """

    connect: Callable[[], Connection]
    prepare: Callable[[int], Item]
    request: Callable[[Connection, Item], object]


class _Load(Generic[Connection, Item]):
    """A load while it runs; what its threads share is touched under the lock alone."""

    def __init__(
        self, requests: Requests[Connection, Item], count: int | None, deadline: float, report: Note
    ) -> None:
        self.requests, self.deadline, self.report = requests, deadline, report
        self.numbers = iter(range(sys.maxsize if count is None else count))
        self.lock, self.result, self.begun = threading.Lock(), Load(), time.perf_counter()

    def work(self) -> None:
        """What one thread does: one request after the other, and after a failure a new start."""
        connection = None
        while (number := self.next()) is not None:
            if connection is None and (connection := self.connected()) is None:
                break
            item = self.requests.prepare(number)
            start = time.perf_counter()
            error = self.attempt(connection, item)
            self.note(start, time.perf_counter(), error)
            connection = None if error else connection

    def next(self) -> int | None:
        """The number of the next request; None where there is to be none."""
        with self.lock:
            over = self.result.broken or time.perf_counter() >= self.deadline
            return None if over else next(self.numbers, None)

    def connected(self) -> Connection | None:
        """A connection; None where the target is not there, which ends the load."""
        try:
            return self.requests.connect()
        except Exception as problem:  # whatever it is, there is no target
            with self.lock:
                self.result.broken = f"no connection to the target: {_reason(problem)}"
            return None

    def attempt(self, connection: Connection, item: Item) -> str:
        """Why the request failed, or "" where it succeeded."""
        try:
            self.requests.request(connection, item)
        except Exception as problem:  # whatever it is, it is counted
            return _reason(problem)
        return ""

    def note(self, start: float, end: float, error: str) -> None:
        """Count one request."""
        self.report(end - start, error)
        with self.lock:
            self.result.seconds = max(self.result.seconds, end - self.begun)
            if error:
                is_listed = error in self.result.errors or len(self.result.errors) < _REASONS
                self.result.errors[error if is_listed else "others"] += 1
            else:
                self.result.latencies.append(end - start)


def _ignored(_seconds: float, _error: str) -> None:
    """For a load of which nobody else is told."""


def load(
    requests: Requests[Connection, Item],
    *,
    count: int | None,
    workers: int,
    deadline: float = math.inf,
    report: Note = _ignored,
) -> Load:
    """Send requests from `workers` threads, each over a connection of its own.

    It ends after `count` requests, or, with None, when `time.perf_counter()` has reached
    `deadline`; none is begun after that. It ends early where the target cannot be connected to.
    Each request goes to `report` too.
    """
    running = _Load(requests, count, deadline, report)
    threads = [threading.Thread(target=running.work, daemon=True) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return running.result


def _reason(problem: Exception) -> str:
    return f"{type(problem).__name__}: {problem}"[:200]


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """Mean, extremes and percentiles of latencies, in milliseconds."""
    ordered = sorted(seconds)
    figures = {
        "mean": sum(ordered) / len(ordered),
        "min": ordered[0],
        **{f"p{part}": percentile(ordered, part) for part in (50, 95, 99)},
        "max": ordered[-1],
    }
    return {name: round(1000 * value, 3) for name, value in figures.items()}


def percentile(ordered: Sequence[float], part: float) -> float:
    """The value that `part` of 100 are not above, interpolated between the two next to it."""
    place = (len(ordered) - 1) * part / 100
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def progress(arguments: argparse.Namespace) -> Progress:
    """The progress of this run, by the names under which its result is known too."""
    who = {"client": arguments.client, "target": arguments.target, "run": arguments.job_id}
    return Progress(who)


def leave(
    arguments: argparse.Namespace,
    parameters: Sequence[str],
    figures: dict[str, Any],
    progress: Progress,
) -> None:
    """Write result.json, whole or not at all: who measured what, how, and the figures."""
    progress.results = figures
    result = {
        "client": arguments.client,
        "kind": arguments.kind,
        "target": arguments.target,
        "job_id": arguments.job_id,
        "parameters": {name: getattr(arguments, name) for name in parameters},
        **figures,
    }
    unfinished = RESULT.with_name(".result.json")
    unfinished.write_text(json.dumps(result, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    unfinished.replace(RESULT)


def say(text: str) -> None:
    """A line for the client's log, at once."""
    print(text, flush=True)


def fail(reason: str) -> NoReturn:
    """End the program: there is no result."""
    sys.exit(f"no result: {reason}")
