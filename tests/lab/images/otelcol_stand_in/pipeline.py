"""One pipeline: what comes in is counted, given its attributes, collected, and handed on."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from typing import Any, Protocol

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

COUNTED = {"metrics": "metric_points", "traces": "spans", "logs": "log_records"}
"""How its own metrics call what a pipeline carries."""


class Exporter(Protocol):
    """Where a pipeline ends; `send` raises OSError where it does not get rid of it."""

    name: str

    def send(self, requests: list[Any]) -> None: ...


class Pipeline:
    """`counts` are by the metric's name and the label that tells whose it is."""

    def __init__(self, signal: str, config: dict[str, Any], exporter: Exporter) -> None:
        self.what, self.exporter = COUNTED[signal], exporter
        self.counts: Counter[tuple[str, str, str]] = Counter()
        self._batch = config["processors"]["batch"]
        resource = config["processors"].get("resource", {})
        self._attributes = {
            attribute["key"]: attribute["value"] for attribute in resource.get("attributes", ())
        }
        self._waiting: list[tuple[Any, int]] = []
        self._lock = threading.Lock()
        threading.Thread(target=self._send_at_times, daemon=True).start()

    def take(self, request: Any, transport: str) -> None:
        """Take in one request of OTLP."""
        resources = next(iter(request.ListFields()), (None, ()))[1]
        for resource in resources:
            _upsert(resource.resource.attributes, self._attributes)
        size = sum(_size(resource) for resource in resources)
        if not size:
            return
        with self._lock:
            self.counts["receiver_accepted", "transport", transport] += size
            self._waiting.append((request, size))
            full = sum(size for _, size in self._waiting) >= self._batch["send_batch_size"]
        if full:
            self.flush()

    def flush(self) -> None:
        """Hand on what has come in."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        size, word = sum(waiting_size for _, waiting_size in waiting), "sent"
        try:
            if size:
                self.exporter.send([request for request, _ in waiting])
        except OSError as error:
            word = "send_failed"
            print(f"Exporting failed: {self.exporter.name}: {error}", file=sys.stderr, flush=True)
        with self._lock:
            self.counts[f"exporter_{word}", "exporter", self.exporter.name] += size

    def _send_at_times(self) -> None:
        seconds = float(self._batch["timeout"].removesuffix("s"))
        while not threading.Event().wait(seconds):
            self.flush()


def _upsert(attributes: Any, more: dict[str, str]) -> None:
    kept = [attribute for attribute in attributes if attribute.key not in more]
    added = [KeyValue(key=k, value=AnyValue(string_value=str(v))) for k, v in more.items()]
    del attributes[:]
    attributes.extend([*kept, *added])


def _size(resource: Any) -> int:
    """How many data points, spans or log records there are."""
    if hasattr(resource, "scope_metrics"):
        metrics = (metric for scope in resource.scope_metrics for metric in scope.metrics)
        return sum(
            len(getattr(metric, metric.WhichOneof("data")).data_points) for metric in metrics
        )
    if hasattr(resource, "scope_spans"):
        return sum(len(scope.spans) for scope in resource.scope_spans)
    return sum(len(scope.log_records) for scope in resource.scope_logs)
