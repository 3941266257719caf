"""Points of a scaling experiment: their figures, the greatest load that is held, the next to try.

It runs in the image of a client, with nothing but Python 3.9 or later and its standard library.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from measuring import percentile

_STAGES = ("connect", "reset", "step")

FIELDS = (
    *("mode", "url", "num_requests", "batch_size", "wait_seconds", "repetition", "timestamp"),
    *("hardware", "successful", "failed", "error_rate", "total_wall_time"),
    *(f"{stage}_p{part}" for stage in _STAGES for part in (50, 95, 99)),
    *("total_min", "total_max", "total_avg", "total_p50", "total_p90", "total_p95", "total_p99"),
    *("requests_per_second", "effective_concurrency"),
    *("unique_pids", "unique_sessions", "unique_hosts"),
)
"""What is told of each point, a line of summary.csv. Times are seconds, of successes alone."""

Figures = dict[str, Any]


def figures(records: Sequence[Mapping[str, Any]], wait: float, seconds: float) -> Figures:
    """The measured part of FIELDS; a time is None where no session succeeded.

    Percentiles are interpolated between the two values next to them. `requests_per_second` counts
    the sessions that succeeded, `effective_concurrency` all: sessions x wait / wall time.
    """
    good = [record for record in records if record["success"]]
    totals = sorted(record["total_latency"] for record in good)
    unique = {name: len({record[name] for record in good}) for name in _UNIQUE}
    return {
        "successful": len(good),
        "failed": len(records) - len(good),
        "error_rate": round(1 - len(good) / len(records), 6),
        "total_wall_time": round(seconds, 6),
        **{key: value for stage in _STAGES for key, value in _stage(good, stage).items()},
        "total_min": totals[0] if totals else None,
        "total_max": totals[-1] if totals else None,
        "total_avg": round(sum(totals) / len(totals), 6) if totals else None,
        **_parts("total", totals, (50, 90, 95, 99)),
        "requests_per_second": round(len(good) / seconds, 3),
        "effective_concurrency": round(len(records) * wait / seconds, 3),
        **{_UNIQUE[name]: count for name, count in unique.items()},
    }


_UNIQUE = {"pid": "unique_pids", "session_hash": "unique_sessions", "host_url": "unique_hosts"}


def _stage(good: Iterable[Mapping[str, Any]], stage: str) -> Figures:
    return _parts(stage, sorted(record[f"{stage}_latency"] for record in good), (50, 95, 99))


def _parts(name: str, ordered: Sequence[float], parts: Iterable[int]) -> Figures:
    values = {part: percentile(ordered, part) if ordered else None for part in parts}
    return {f"{name}_p{part}": value and round(value, 6) for part, value in values.items()}


def hosts(records: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many sessions each host has answered."""
    counted = Counter(str(record["host_url"]) for record in records if record["success"])
    return dict(sorted(counted.items()))


def errors(records: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many sessions failed, by the kind of their error."""
    counted = Counter(str(record["error_type"]) for record in records if not record["success"])
    return dict(sorted(counted.items()))


@dataclass(frozen=True)
class Search:
    """How to look for the ceiling beyond the grid.

    The load doubles until fewer than `until` of its sessions succeed, or `most` is reached; then
    the gap between the greatest load that is held and the next that is not is halved until the one
    is within `precision` of the other.
    """

    until: float
    most: int
    precision: float


def held(rates: Mapping[int, float], success: float) -> int:
    """The greatest load of which at least `success` of the sessions succeeded; 0: none."""
    return max((load for load, rate in rates.items() if rate >= success), default=0)


def next_load(rates: Mapping[int, float], success: float, search: Search) -> int | None:
    """The next load to measure, given the success rate of each so far; None: it is found.

    >>> next_load({100: 1.0}, 0.95, Search(0.5, 1000, 0.1))
    200
    >>> next_load({100: 1.0, 200: 0.7}, 0.95, Search(0.5, 1000, 0.1))
    400
    >>> next_load({100: 1.0, 200: 0.7, 400: 0.2}, 0.95, Search(0.5, 1000, 0.1))
    150
    """
    greatest = max(rates)
    if min(rates.values()) >= search.until and greatest < search.most:
        return min(2 * greatest, search.most)
    low = held(rates, success)
    high = min((load for load in rates if load > low), default=None)
    if high is None or high - low <= max(1, search.precision * low):
        return None
    return (low + high) // 2
