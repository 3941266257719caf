"""OTLP's data points as the series of Prometheus that the collector makes of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_UNITS = {"s": "seconds", "ms": "milliseconds", "By": "bytes", "1": "ratio"}


@dataclass(frozen=True, slots=True)
class Series:
    """One sample of a series; the name is the label __name__."""

    labels: Mapping[str, str]
    value: float
    milliseconds: int


def series(request: Any, *, suffixes: bool) -> Iterator[Series]:
    """Every sample of a request; `suffixes` adds unit and type to names."""
    for resource in request.resource_metrics:
        labels = _of_resource(resource.resource.attributes)
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                yield from _of_metric(metric, labels, suffixes=suffixes)


def _of_resource(attributes: Iterable[Any]) -> dict[str, str]:
    """Its attributes as labels, and `job` and `instance` of what names the sender."""
    values = {attribute.key: _text(attribute.value) for attribute in attributes}
    names = (values.get("service.namespace"), values.get("service.name"))
    target_labels = {
        "job": "/".join(filter(None, names)),
        "instance": values.get("service.instance.id", ""),
    }
    return {**_labels(attributes), **{name: text for name, text in target_labels.items() if text}}


def _labels(attributes: Iterable[Any]) -> dict[str, str]:
    return {
        re.sub(r"[^A-Za-z0-9_]", "_", attribute.key): _text(attribute.value)
        for attribute in attributes
    }


def _text(value: Any) -> str:
    content = getattr(value, value.WhichOneof("value") or "string_value")
    return str(content).lower() if isinstance(content, bool) else str(content)


def _of_metric(metric: Any, labels: Mapping[str, str], *, suffixes: bool) -> Iterator[Series]:
    kind = metric.WhichOneof("data")
    data = getattr(metric, kind)
    name = re.sub(r"[^A-Za-z0-9_:]", "_", metric.name)
    if suffixes and metric.unit in _UNITS:
        name = f"{name}_{_UNITS[metric.unit]}"
    if suffixes and kind == "sum" and data.is_monotonic:
        name = f"{name}_total"
    for point in data.data_points:
        point_labels = {**labels, **_labels(point.attributes)}
        moment = point.time_unix_nano // 1_000_000
        samples = _histogram(point) if kind == "histogram" else [("", {}, _number(point))]
        for suffix, more, value in samples:
            yield Series({**point_labels, **more, "__name__": name + suffix}, value, moment)


def _number(point: Any) -> float:
    return float(getattr(point, point.WhichOneof("value")))


def _histogram(point: Any) -> Iterator[tuple[str, dict[str, str], float]]:
    """The buckets of Prometheus count all that is below their bound."""
    below = 0
    bounds = [*(f"{bound:g}" for bound in point.explicit_bounds), "+Inf"]
    for bound, count in zip(bounds, point.bucket_counts, strict=True):
        below += count
        yield "_bucket", {"le": bound}, below
    yield "_sum", {}, point.sum
    yield "_count", {}, point.count
