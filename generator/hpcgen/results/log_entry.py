"""A report in Markdown: how the runs scale, and an entry of the experiment's log for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from hpcgen.results.results import Result
from hpcgen.results.scaling import Scaling, Series, hosts, invalid_reason, is_even
from hpcgen.text.markdown import code, text
from hpcgen.text.table import aligned

_BAR = 30


def report(
    results: Sequence[Result], scalings: Sequence[Scaling], plots: Iterable[str], folder: Path
) -> Iterator[str]:
    """The lines of the report, whose links are from `folder`."""
    yield from ("# Scaling", "")
    yield from table(_HEADINGS, map(_compared, scalings))
    yield from ("", *(f"![{text(_title(plot))}]({plot})" for plot in plots))
    for result in results:
        of_run = [scaling for scaling in scalings if scaling.series.run == result.run]
        yield from ("", *entry(result, of_run, folder))


_HEADINGS = ("run", "mode", "wait_s", "workers", "ceiling", "factor", "efficiency", "verdict")


def _compared(scaling: Scaling) -> tuple[str, ...]:
    series = scaling.series
    factor = "-" if scaling.factor is None else f"{scaling.factor:.2f}"
    efficiency = "-" if scaling.efficiency is None else f"{scaling.efficiency:.1%}"
    size = (series.run, series.mode, f"{series.wait:g}", str(series.workers), ceiling(series))
    return (*size, factor, efficiency, scaling.verdict)


def terminal(scalings: Sequence[Scaling]) -> str:
    """The comparison for a terminal."""
    headings = [heading.upper() for heading in _HEADINGS]
    return aligned([headings, *map(_compared, scalings)], right=range(2, 7))


def ceiling(series: Series) -> str:
    """A ceiling, as people write it."""
    return f">= {series.sessions}" if series.is_open else str(series.sessions)


def _title(plot: str) -> str:
    return plot.removesuffix(".svg").removesuffix(".png").replace("-", " ")


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A Markdown table; a cell is text, whatever it looks like."""
    yield f"| {' | '.join(headings)} |"
    yield f"| {' | '.join('---' for _ in headings)} |"
    for row in rows:
        yield f"| {' | '.join(text(cell) for cell in row)} |"


def entry(result: Result, scalings: Sequence[Scaling], folder: Path) -> Iterator[str]:
    """The log entry of one run."""
    data, topology = result.data, result.data["topology"]
    is_multi = topology["workers"] > 1
    where = f"slurm-{'multi' if is_multi else 'single'}"
    yield from (f"## Run: {data['started'][:10]}-{where}", "")
    yield f"**Infrastructure:** {where}  "
    yield f"**Start:** {data['started']}  "
    yield f"**End:** {data['ended']}  "
    yield f"**Status:** {_status(result)}"
    yield from ("", "### Configuration", "", *_configuration(topology))
    yield from ("", "### Command", "", *_command(data))
    yield from ("", "### Results Summary", "", *_summary(scalings))
    yield from ("", "### Links", "", *_links(result, folder))
    yield from ("", "### Observations", "", *_observations(result, scalings))


def _status(result: Result) -> str:
    if why := invalid_reason(result):
        return f"**INVALID**: {text(why)}"
    return "Complete" if result.data["complete"] else "Incomplete"


def _configuration(topology: dict[str, Any]) -> Iterator[str]:
    nodes = " ".join(topology["worker_nodes"])
    yield f"- Nodes: {topology['workers']}{f' ({text(nodes)})' if nodes else ''}"
    yield f"- CPUs per node: {topology.get('cpus_per_node', 'unknown')}"
    yield f"- Workers per node: {topology['workers_per_node'] or 'unknown'}"
    yield f"- URL: {', '.join(code(url) for url in topology['urls'])}"
    if node := topology.get("balancer_node"):
        kind = topology.get("balancer") or "one"
        yield f"- Load balancer: {text(kind)} on {text(node)}"


def _command(data: dict[str, Any]) -> Iterator[str]:
    parameters = data["parameters"]
    names = " ".join(name for name in (data["target"], data["client"]) if name)
    yield from ("```bash", f"bin/submit.sh {names}", "```", "")
    waits = ", ".join(f"{wait:g}" for wait in parameters["wait"])
    grid = f"{', '.join(map(str, parameters['requests']))} sessions, steps of {waits} s"
    grid += f", each {parameters['repetitions']} x over {parameters['mode']}"
    most = parameters["search"]
    search = f", and the search up to {most} sessions" if most else ""
    yield f"A grid of {grid}{search}; drivers: {parameters['drivers']}."


def _summary(scalings: Sequence[Scaling]) -> Iterator[str]:
    modes = {scaling.series.mode for scaling in scalings}
    headings = ("wait_s", "Max Batch", "p99 Latency", "Success %", "RPS")
    rows = (_row(scaling.series, is_named=len(modes) > 1) for scaling in scalings)
    yield from table(headings, rows)


def _row(series: Series, *, is_named: bool) -> tuple[str, ...]:
    wait = f"{series.wait:g} ({series.mode})" if is_named else f"{series.wait:g}"
    best = series.ceiling
    if best is None:
        return (wait, "0", "-", "-", "-")
    p99 = "-" if best.p99 is None else f"{best.p99:.3f} s"
    return (wait, ceiling(series), p99, f"{best.success:.1%}".rstrip("%"), f"{best.rate:.1f}")


def _links(result: Result, folder: Path) -> Iterator[str]:
    for title, name in (("Raw data", "raw.jsonl"), ("Summary CSV", "summary.csv")):
        place = Path(result.folder).resolve()
        way = _way(place / name, folder.resolve())
        yield f"- {title}: [{name}](<{way}>)"


def _way(file: Path, folder: Path) -> str:
    """The path from `folder`: the report is read where it lies."""
    shared = 0
    for one, other in zip(file.parts, folder.parts, strict=False):
        if one != other:
            break
        shared += 1
    return "/".join([".."] * (len(folder.parts) - shared) + list(file.parts[shared:]))


def _observations(result: Result, scalings: Sequence[Scaling]) -> Iterator[str]:
    counts, workers = hosts(result), result.data["topology"]["workers"]
    yield f"- Unique hosts seen: {len(counts)} of {workers}"
    yield f"- Load distribution: {'even' if is_even(counts) else 'uneven'}"
    yield from (f"- {text(remark)}" for remark in result.data["remarks"])
    for scaling in scalings:
        series = scaling.series
        if scaling.base and scaling.base is not series:
            efficiency = "-" if scaling.efficiency is None else f"{scaling.efficiency:.1%}"
            name = f"{series.mode}, {series.wait:g} s"
            yield f"- {name}: efficiency {efficiency}; {text(scaling.verdict)}"
    yield from ("", "```", *_histogram(counts), "```")


def _histogram(counts: dict[str, int]) -> Iterator[str]:
    """The sessions of each host, and a bar as long as its share of the busiest one's."""
    width = max(map(len, counts), default=0)
    for host, count in counts.items():
        bar = "#" * round(_BAR * count / max(counts.values()))
        yield f"{host.ljust(width)}  {count:>8}  {bar}"
