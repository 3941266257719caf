"""The plots of a report: latency and success against load, efficiency against workers.

They need matplotlib, which is not among what hpcgen itself needs: `pip install 'hpcgen[report]'`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, PercentFormatter, ScalarFormatter

from hpcgen.results.scaling import LEAST, Scaling, Series

_MARKS = "osD^vPX*"
_AREA = "shaded: p50 to p99"
_FIXED: Any = {"svg.hashsalt": "hpcgen", "font.size": 10, "axes.grid": True, "grid.alpha": 0.3}


def write(every: Sequence[Scaling], success: float, folder: Path, form: str) -> Iterator[str]:
    """Write the plots as files of `folder`, and yield their names."""
    with mpl.rc_context(_FIXED):
        for mode, wait in dict.fromkeys(
            (scaling.series.mode, scaling.series.wait) for scaling in every
        ):
            mine = [e.series for e in every if (e.series.mode, e.series.wait) == (mode, wait)]
            yield _save(_load(mine, success), folder, f"load-{mode}-{wait:g}s.{form}")
        if len({scaling.series.workers for scaling in every if scaling.efficiency is not None}) > 1:
            yield _save(_efficiency(every), folder, f"efficiency.{form}")


def _save(figure: Figure, folder: Path, name: str) -> str:
    """Write a figure without its date, and so the same bytes each time."""
    figure.savefig(folder / name, dpi=120, metadata={} if name.endswith("png") else {"Date": None})
    return name


def _load(every: Sequence[Series], success: float) -> Figure:
    """Latency and success of all runs of one mode and wait, against the load."""
    figure = Figure(figsize=(8, 7), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    one = every[0]
    figure.suptitle(f"Sessions over {one.mode} with steps of {one.wait:g} s")
    for number, series in enumerate(every):
        _latency(above, series, number)
        _success(below, series, number)
    above.axhline(one.wait, color="grey", linestyle=":", label="the wait itself")
    above.set(ylabel="latency of a session (s)")
    above.set_ylim(bottom=0)
    below.axhline(success, color="grey", linestyle=":", label=f"held: {success:.0%}")
    below.set(xlabel="sessions begun at once", ylabel="sessions that succeeded", xscale="log")
    below.set_ylim(-0.05, 1.05)
    below.yaxis.set_major_formatter(PercentFormatter(1.0))
    below.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    below.xaxis.set_major_formatter(ScalarFormatter())
    below.xaxis.set_minor_formatter(NullFormatter())
    for axes in (above, below):
        axes.legend(fontsize="small")
    return figure


def _latency(axes: Axes, series: Series, number: int) -> None:
    """The median as a line, and the area between it and the 99th percentile."""
    measured = [load for load in series.loads if load.p50 is not None and load.p99 is not None]
    loads, color = [load.sessions for load in measured], f"C{number}"
    medians, p99s = [load.p50 or 0 for load in measured], [load.p99 or 0 for load in measured]
    axes.plot(loads, medians, color=color, marker=_MARKS[number % len(_MARKS)], label=_name(series))
    axes.fill_between(
        loads, medians, p99s, color=color, alpha=0.15, label=_AREA if number == 0 else None
    )


def _success(axes: Axes, series: Series, number: int) -> None:
    """The success rate, and the ceiling."""
    loads, color = [load.sessions for load in series.loads], f"C{number}"
    rates, mark = [load.success for load in series.loads], _MARKS[number % len(_MARKS)]
    axes.plot(loads, rates, color=color, marker=mark, label=_name(series))
    if series.ceiling and not series.is_open:
        axes.axvline(series.sessions, color=color, linestyle="--", alpha=0.6)


def _name(series: Series) -> str:
    workers = f"{series.workers} worker{'s' * (series.workers > 1)}"
    return f"{workers}: {series.run}{' (invalid)' if series.wrong else ''}"


def _efficiency(every: Sequence[Scaling]) -> Figure:
    """Efficiency against workers, a line for each mode and wait, before the bands."""
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    figure.suptitle("Scaling efficiency: ceiling / (ceiling of one worker x workers)")
    greatest = max(scaling.efficiency or 0 for scaling in every)
    axes.axhspan(LEAST, 1, color="green", alpha=0.12, label="90 to 100 %: good")
    axes.axhspan(0, LEAST, color="orange", alpha=0.08, label="below 90 %: overhead")
    axes.axhspan(
        1, max(1.2, greatest + 0.1), color="red", alpha=0.08, label="above 100 %: suspicious"
    )
    for number, (mode, wait) in enumerate(
        dict.fromkeys((scaling.series.mode, scaling.series.wait) for scaling in every)
    ):
        mine = [e for e in every if (e.series.mode, e.series.wait) == (mode, wait)]
        points = [(e.series.workers, e.efficiency) for e in mine if e.efficiency is not None]
        workers, figures = [w for w, _ in points], [e for _, e in points]
        label, mark = f"{mode}, steps of {wait:g} s", _MARKS[number % len(_MARKS)]
        axes.plot(workers, figures, color=f"C{number}", marker=mark, label=label)
    axes.set(xlabel="workers", ylabel="efficiency", ylim=(0, max(1.2, greatest + 0.1)))
    axes.set_xticks(sorted({scaling.series.workers for scaling in every}))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.legend(fontsize="small", loc="lower left")
    return figure
