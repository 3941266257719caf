"""The tables of a report, as CSV: ceilings, points, hosts, and the results of other clients."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from hpcgen.results.results import Result
from hpcgen.results.scaling import Scaling, hosts

Row = Mapping[str, Any]


def text(rows: Sequence[Row]) -> str:
    """Rows as CSV; the columns are the keys of all rows, in the order of their first occurrence."""
    columns = dict.fromkeys(name for row in rows for name in row)
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue()


def ceilings(every: Iterable[Scaling]) -> Iterator[Row]:
    """A row for each run, mode and wait."""
    for scaling in every:
        series, ceiling = scaling.series, scaling.series.ceiling
        yield {
            "run": series.run,
            "mode": series.mode,
            "wait_seconds": series.wait,
            "workers": series.workers,
            "ceiling": series.sessions,
            "at_least": "yes" if series.is_open else "no",
            "success_rate": _round(ceiling.success if ceiling else None),
            "total_p99": _round(ceiling.p99 if ceiling else None),
            "p99_below_twice_wait": "yes" if series.is_prompt else "no",
            "requests_per_second": _round(ceiling.rate if ceiling else None),
            "base": scaling.base.run if scaling.base else "",
            "scaling_factor": _round(scaling.factor),
            "efficiency": _round(scaling.efficiency),
            "verdict": scaling.verdict,
        }


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def points(results: Iterable[Result]) -> Iterator[Row]:
    """A row for each point of each run: what summary.csv has, and whether it is valid."""
    for result in results:
        for point in result.data["points"]:
            plain = {
                name: value for name, value in point.items() if name not in ("hosts", "errors")
            }
            yield {"run": result.run, "workers": result.data["topology"]["workers"], **plain}


def histogram(results: Iterable[Result]) -> Iterator[Row]:
    """A row for each host of each run: its sessions, and its share of all."""
    for result in results:
        counts = hosts(result)
        for host, count in counts.items():
            share = round(count / sum(counts.values()), 4)
            yield {"run": result.run, "host": host, "sessions": count, "share": share}
