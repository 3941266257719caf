"""What a run tells Prometheus while it lasts, in progress.prom beside its result.

node_exporter's textfile collector reads the file, where the deployment has a Prometheus. Times are
seconds. It runs in the image of a client, with nothing but Python 3.9 or later.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

FILE = Path("/results/progress.prom")
Note = Callable[[float, str], None]
"""Called with the seconds of a request and why it has failed, or "" where it has not."""

_EVERY = 2.0
_BOUNDS = tuple(
    digit * 10.0**power for power in range(-4, 3) for digit in (1, 2.5, 5)
)  # 0.1 ms to 500 s
_ABOUT = {
    "hpcgen_client_running": "gauge 1 while the run lasts, 0 once it has ended.",
    "hpcgen_client_requests_total": "counter Requests of the run, by how they ended.",
    "hpcgen_client_request_seconds": "histogram Seconds of the requests that succeeded.",
    "hpcgen_client_result_requests_per_second": "gauge The result: requests a second.",
    "hpcgen_client_result_latency_seconds": "gauge The result: seconds of a request.",
}


class _Part:
    """Counts of one part of a run, such as its insertions."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter({"succeeded": 0, "failed": 0})
        self.buckets = [0] * (len(_BOUNDS) + 1)
        self.seconds = 0.0

    def note(self, seconds: float, error: str) -> None:
        """Count one request."""
        self.outcomes["failed" if error else "succeeded"] += 1
        if not error:
            self.buckets[bisect_left(_BOUNDS, seconds)] += 1
            self.seconds += seconds


class Progress:
    """The progress of one run, written every two seconds while the `with` block lasts.

    `labels` are those of every sample: who measures what, and in which job.
    """

    def __init__(self, labels: Mapping[str, object]) -> None:
        self.labels = {name: str(value) for name, value in labels.items()}
        self.parts: dict[str, _Part] = {}
        self.results: dict[str, Any] = {}
        self.lock, self.ended = threading.Lock(), threading.Event()
        self.thread = threading.Thread(target=self._repeat, daemon=True)

    def __enter__(self) -> Progress:
        """Begin to write."""
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Write what is known at the end, however it came."""
        self.ended.set()
        self.thread.join()

    def part(self, name: str = "") -> Note:
        """What counts the requests of one part of the run; any thread may call it."""
        with self.lock:
            part = self.parts.setdefault(name, _Part())

        def note(seconds: float, error: str) -> None:
            with self.lock:
                part.note(seconds, error)

        return note

    def _repeat(self) -> None:
        while not self.ended.wait(_EVERY):
            self._write(running=1)
        self._write(running=0)

    def _write(self, *, running: int) -> None:
        """Replace the file. That it cannot be written is no reason to end the measurement."""
        with self.lock:
            samples = [("hpcgen_client_running", {}, running), *self._samples()]
        text = "".join(self._lines(samples))
        unfinished = FILE.with_name(".progress.new")
        try:
            unfinished.write_text(text, encoding="utf-8")
            unfinished.replace(FILE)
        except OSError:
            pass

    def _samples(self) -> Iterator[tuple[str, Mapping[str, str], float]]:
        for name, part in self.parts.items():
            for outcome, count in part.outcomes.items():
                labels = {"part": name, "outcome": outcome}
                yield "hpcgen_client_requests_total", labels, count
        for name, part in self.parts.items():
            yield from _histogram("hpcgen_client_request_seconds", {"part": name}, part)
        yield from sorted(_results(self.results), key=lambda sample: sample[0], reverse=True)

    def _lines(self, samples: list[tuple[str, Mapping[str, str], float]]) -> Iterator[str]:
        """Prometheus' text format; the samples of one metric stand together."""
        seen = set()
        for name, labels, value in samples:
            family = next(prefix for prefix in _ABOUT if name.startswith(prefix))
            if family not in seen:
                kind, _, what = _ABOUT[family].partition(" ")
                yield f"# HELP {family} {what}\n# TYPE {family} {kind}\n"
                seen.add(family)
            shown = ",".join(f'{k}="{_escaped(v)}"' for k, v in {**self.labels, **labels}.items())
            yield f"{name}{{{shown}}} {value:.9g}\n"


def _histogram(
    name: str, labels: Mapping[str, str], part: _Part
) -> Iterator[tuple[str, Mapping[str, str], float]]:
    count = 0
    for bound, more in zip((*_BOUNDS, float("inf")), part.buckets):  # noqa: B905 - Python 3.9
        count += more
        edge = "+Inf" if bound == float("inf") else f"{bound:g}"
        yield f"{name}_bucket", {**labels, "le": edge}, count
    yield f"{name}_sum", labels, part.seconds
    yield f"{name}_count", labels, count


def _results(
    figures: Mapping[str, Any], part: str = ""
) -> Iterator[tuple[str, Mapping[str, str], float]]:
    """The rate and latencies of a result, and of each of its parts, by the names it has there."""
    if "requests_per_second" in figures:
        rate = figures["requests_per_second"]
        yield "hpcgen_client_result_requests_per_second", {"part": part}, rate
    for name, value in figures.get("latency_ms", {}).items():
        if name in ("mean", "p50", "p95", "p99"):
            labels = {"part": part, "figure": name}
            yield "hpcgen_client_result_latency_seconds", labels, value / 1000
    for name, value in figures.items():
        if isinstance(value, dict):
            yield from _results(value, name)
    for phase in figures.get("phases", ()):
        yield from _results(phase, phase["name"])


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
