"""How a fleet scales: the ceiling of each run, and how it compares with a single worker's.

A ceiling is the greatest load of which at least `success` of the sessions succeeded, over all
repetitions. The scaling factor is a run's ceiling by that of one worker; efficiency is the factor
by the number of workers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hpcgen.results.results import Result

LEAST = 0.9
"""The efficiency below which the overhead is significant; above 1 the figure is suspicious."""

_EVEN = 0.05
_LATE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A load, over its repetitions: success rate, the greatest p99 in seconds, the mean rate."""

    sessions: int
    success: float
    p50: float | None
    p95: float | None
    p99: float | None
    rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The loads of a run that have one mode and one wait, in order.

    `wrong` is the reason why the run proves nothing about a fleet; "" if it does.
    """

    run: str
    mode: str
    wait: float
    workers: int
    loads: tuple[Load, ...]
    ceiling: Load | None
    wrong: str

    @property
    def sessions(self) -> int:
        """The ceiling; 0 where no load is held."""
        return self.ceiling.sessions if self.ceiling else 0

    @property
    def is_open(self) -> bool:
        """Whether the greatest load is held, so that the ceiling is at least as high."""
        return self.ceiling is not None and self.ceiling is self.loads[-1]

    @property
    def is_prompt(self) -> bool:
        """Whether the p99 at the ceiling is below twice the wait and half a second."""
        p99 = self.ceiling.p99 if self.ceiling else None
        return p99 is not None and p99 < 2 * (self.wait + _LATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """A series beside `base`, that of the fewest workers with the same mode and wait.

    Figures are None where there is no base to compare with.
    """

    series: Series
    base: Series | None

    @property
    def factor(self) -> float | None:
        """The ceiling divided by that of one worker."""
        if not self.base or not self.base.sessions or self.series.wrong:
            return None
        return self.series.sessions / (self.base.sessions / self.base.workers)

    @property
    def efficiency(self) -> float | None:
        """The factor divided by the number of workers: 1 is linear."""
        return None if self.factor is None else self.factor / self.series.workers

    @property
    def verdict(self) -> str:
        """The meaning of the figure, in words."""
        if self.series.wrong:
            return f"invalid: {self.series.wrong}"
        if self.efficiency is None:
            return "nothing to compare with"
        if self.series is self.base:
            return "the base"
        return _open_verdict(self) or band(self.efficiency)


def band(efficiency: float) -> str:
    """The band of an efficiency, in words."""
    if efficiency < LEAST:
        return "below 90 %: significant overhead, look at the load balancer"
    if efficiency <= 1:
        return "90 to 100 %: good linear scaling"
    return "above 100 %: suspicious, caches or a base that was disturbed"


def _open_verdict(scaling: Scaling) -> str:
    """The verdict if a grid ended below its ceiling, so that the efficiency is not final; or ""."""
    if scaling.base and scaling.base.is_open:
        return f"unknown: the grid of {scaling.base.run} ended below its ceiling"
    return "at least this: the grid ended below the ceiling" if scaling.series.is_open else ""


def series(result: Result, success: float) -> Iterator[Series]:
    """The series of a run, in the order of its points."""
    points, wrong = result.data["points"], invalid_reason(result)
    for mode, wait in dict.fromkeys((p["mode"], p["wait_seconds"]) for p in points):
        mine = [p for p in points if (p["mode"], p["wait_seconds"]) == (mode, wait)]
        loads = tuple(_loads(mine))
        held = [load for load in loads if load.success >= success]
        yield Series(
            run=result.run,
            mode=mode,
            wait=wait,
            workers=result.data["topology"]["workers"],
            loads=loads,
            ceiling=held[-1] if held else None,
            wrong=wrong,
        )


def _loads(points: Sequence[dict[str, Any]]) -> Iterator[Load]:
    for sessions in sorted({point["num_requests"] for point in points}):
        mine = [point for point in points if point["num_requests"] == sessions]
        good = sum(point["successful"] for point in mine)
        yield Load(
            sessions=sessions,
            success=good / (sessions * len(mine)),
            **{part: _maximum(mine, f"total_{part}") for part in ("p50", "p95", "p99")},
            rate=sum(point["requests_per_second"] for point in mine) / len(mine),
        )


def _maximum(points: Iterable[dict[str, Any]], name: str) -> float | None:
    return max((point[name] for point in points if point[name] is not None), default=None)


def invalid_reason(result: Result) -> str:
    """The reason why a run proves nothing about its fleet, such as one host of several; or ""."""
    data = result.data
    if data["topology"]["workers"] > 1 and len(hosts(result)) == 1:
        return f"all sessions went to one of {data['topology']['workers']} workers"
    return "" if data["valid"] else "; ".join(data["remarks"]) or "the run says so"


def hosts(result: Result) -> dict[str, int]:
    """The sessions that each host has answered, over all points."""
    counted: Counter[str] = Counter()
    for point in result.data["points"]:
        counted.update(point["hosts"])
    return dict(sorted(counted.items()))


def is_even(counts: dict[str, int]) -> bool:
    """Whether each host's share is within 5 % of an equal one."""
    equal = sum(counts.values()) / max(1, len(counts))
    return all(abs(count - equal) <= _EVEN * equal for count in counts.values())


def compare(every: Sequence[Series]) -> tuple[Scaling, ...]:
    """Each series with the base of its mode and wait, sorted by mode, wait and workers.

    The base is the highest ceiling of the fewest workers.
    """
    ordered = sorted(every, key=lambda run: (run.mode, run.wait, run.workers, run.run))
    return tuple(Scaling(series=run, base=_base(run, ordered)) for run in ordered)


def _base(one: Series, every: Iterable[Series]) -> Series | None:
    alike = [run for run in every if (run.mode, run.wait) == (one.mode, one.wait)]
    valid = [run for run in alike if not run.wrong]
    return min(valid, key=lambda run: (run.workers, -run.sessions), default=None)
