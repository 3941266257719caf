"""`hpcgen report`: tables, a log entry and plots of results."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hpcgen.verbs.exit_status import OK, PROBLEMS
from hpcgen.verbs.parser import Options, Parser, Verbs, declare

if TYPE_CHECKING:
    from hpcgen.results.results import Result
    from hpcgen.results.scaling import Scaling

_EXAMPLES = """\
  hpcgen report results/                             every result below it, into report/
  hpcgen report one/ four/ -o scaling --plots png    how four workers compare with one
"""


def add(verbs: Verbs[Parser]) -> None:
    """Declare the verb."""
    summary = "make tables, a log entry and plots of what clients have measured"
    parser = declare(verbs, "report", run, summary, _EXAMPLES)
    parser.add_argument("results", nargs="+", type=Path, metavar="RESULTS",
                        help="result.json, or a directory in which to look for them")  # fmt: skip
    parser.add_argument("-o", "--output", type=Path, default=Path("report"), metavar="DIR",
                        help="where the report is written (default: report)")  # fmt: skip
    parser.add_argument("--success", type=_share, default=0.95, metavar="SHARE",
                        help="of a load's sessions, for it to be held (default: 0.95)")  # fmt: skip
    parser.add_argument("--plots", choices=("svg", "png", "none"), default="svg",
                        help="the form of the plots (default: svg)")  # fmt: skip


def _share(text: str) -> float:
    if not 0 < (share := float(text)) <= 1:
        raise ValueError
    return share


def run(options: Options) -> int:
    """Write the report; its table and then its path go to stdout."""
    from hpcgen.results import comparison
    from hpcgen.results.results import SCALING, ResultError, read
    from hpcgen.results.scaling import compare, series

    try:
        results = read(options.results)
    except ResultError as problem:
        print(f"hpcgen report: {problem}", file=sys.stderr)
        return PROBLEMS
    runs = [result for result in results if result.kind == SCALING]
    every = compare([loads for result in runs for loads in series(result, options.success)])
    options.output.mkdir(parents=True, exist_ok=True)
    lines = [*_scaling(runs, every, options)]
    for kind, others in comparison.kinds(results).items():
        lines += ["", *_comparison(kind, others, options.output)]
    (options.output / "report.md").write_text("\n".join(lines).lstrip() + "\n", encoding="utf-8")
    print(options.output)
    return OK


def _scaling(runs: Sequence[Result], every: Sequence[Scaling], options: Options) -> Iterator[str]:
    """The lines of the report on scaling, whose tables and plots are written beside it."""
    from hpcgen.results import log_entry, tables

    if not runs:
        return
    rows = {
        "ceilings.csv": [*tables.ceilings(every)],
        "points.csv": [*tables.points(runs)],
        "hosts.csv": [*tables.histogram(runs)],
    }
    for name, csv_rows in rows.items():
        (options.output / name).write_text(tables.text(csv_rows), encoding="utf-8")
    print(log_entry.terminal(every), end="")
    yield from log_entry.report(runs, every, _plots(every, options), options.output)


def _plots(every: Sequence[Scaling], options: Options) -> list[str]:
    """The names of the plots; none, and a message, if matplotlib is not installed."""
    if options.plots == "none":
        return []
    try:
        from hpcgen.results import plots
    except ModuleNotFoundError as problem:
        hint = "pip install 'hpcgen[report]', or say --plots none"
        print(f"hpcgen report: no plots, there is no {problem.name}: {hint}", file=sys.stderr)
        return []
    return [*plots.write(every, options.success, options.output, options.plots)]


def _comparison(kind: str, results: Sequence[Result], output: Path) -> Iterator[str]:
    """The lines on another kind of client: a table in which each run is a column."""
    from hpcgen.results import comparison, log_entry, tables

    rows = comparison.rows(results)
    (output / f"{kind}.csv").write_text(tables.text(rows), encoding="utf-8")
    shown = comparison.without_equal_parameters(rows)
    runs = [row["run"] for row in shown]
    figures = [name for name in shown[0] if name != "run"]
    body = ([name, *(_cell(row[name]) for row in shown)] for name in figures)
    yield from (f"# {kind}", "", *log_entry.table(["", *runs], body))


def _cell(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
