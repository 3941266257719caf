"""What /metrics says: every family of the real one; a few of them count, and the rest stay 0."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

BOUNDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 50.0, 100.0, 500.0, 1000.0)
LABELS = {"vllm:request_success_total": {"finished_reason": "length"}}


class Metrics:
    """The families of vllm-metrics.txt for the model of one name; any thread may write to it."""

    def __init__(self, model: str) -> None:
        lines = Path(__file__).with_name("vllm-metrics.txt").read_text().splitlines()
        self._types = dict(line.split() for line in lines)
        self._model = model
        self._lock = threading.Lock()
        self._values: defaultdict[str, float] = defaultdict(float)
        self._observed: defaultdict[str, list[float]] = defaultdict(list)

    def add(self, name: str, value: float) -> None:
        """Add to a counter, or to a gauge."""
        assert self._types[name] in ("counter", "gauge"), name
        with self._lock:
            self._values[name] += value

    def observe(self, name: str, value: float) -> None:
        """Put a value into a histogram."""
        assert self._types[name] == "histogram", name
        with self._lock:
            self._observed[name].append(value)

    def text(self) -> str:
        """All families, in Prometheus's text form."""
        with self._lock:
            return "".join(f"{line}\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        for name, kind in self._types.items():
            yield f"# HELP {name} Of a stand-in for vLLM."
            yield f"# TYPE {name} {kind}"
            labels = self._labels(name)
            if kind in ("histogram", "summary"):
                yield from distribution(name, kind, labels, self._observed[name])
            else:
                yield sample(name, labels, self._values[name])

    def _labels(self, name: str) -> dict[str, str]:
        if not name.startswith("vllm:"):
            return {}
        return {"engine": "0", "model_name": self._model, **LABELS.get(name, {})}


def distribution(
    name: str, kind: str, labels: dict[str, str], values: Iterable[float]
) -> Iterator[str]:
    """The samples of a histogram, or of a summary without quantiles."""
    values = list(values)
    if kind == "histogram":
        for bound in (*BOUNDS, float("inf")):
            le = "+Inf" if bound == float("inf") else str(bound)
            below = sum(value <= bound for value in values)
            yield sample(f"{name}_bucket", {**labels, "le": le}, below)
    yield sample(f"{name}_count", labels, len(values))
    yield sample(f"{name}_sum", labels, sum(values))


def sample(name: str, labels: dict[str, str], value: float) -> str:
    """One line."""
    inner = ",".join(f'{label}="{escape(labels[label])}"' for label in sorted(labels))
    return f"{name}{{{inner}}} {float(value)}" if inner else f"{name} {float(value)}"


def escape(value: str) -> str:
    """A label's value as the text form quotes it."""
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
