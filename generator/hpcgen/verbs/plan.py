"""`hpcgen plan`: the resources that a recipe requests of its cluster."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpcgen.verbs import recipes
from hpcgen.verbs.exit_status import OK
from hpcgen.verbs.parser import Options, Parser, Verbs, declare

if TYPE_CHECKING:
    from collections.abc import Callable

    from hpcgen.plan.sizes.sizes import Size
    from hpcgen.plan.sizes.totals import ExperimentTotals, JobTotals, Totals

_EXAMPLES = """\
  hpcgen plan recipes/quickstart.yaml                jobs in their start order, and the totals
  hpcgen plan my.yaml --set services.cache.resources.time=12:00:00 --format json
"""
_HEADINGS = ("JOB", "KIND", "NODES", "CPUS", "MEMORY", "GPUS", "TIME LIMIT", "PORTS", "WAITS FOR")
_RIGHT = (2, 3, 4, 5, 6)
_EXPERIMENT = (
    *("EXPERIMENT", "CLIENT", "ROWS", "SERVERS", "AT ONCE", "NODES", "CPUS", "MEMORY", "GPUS"),
    *("TIME LIMIT", "AT LEAST", "ALL ROWS, AT MOST"),
)
_EXPERIMENT_RIGHT = (2, 3, 4, 5, 6, 7, 8, 9, 10)


def add(verbs: Verbs[Parser]) -> None:
    """Declare the verb."""
    summary = "show the jobs, their sizes and their start order, the experiments, and the totals"
    parser = declare(verbs, "plan", run, summary, _EXAMPLES)
    recipes.add_options(parser, 1, formats=("text", "json"))


def run(options: Options) -> int:
    """Print the plan as a table, or as JSON."""
    from hpcgen import build
    from hpcgen.plan import plan
    from hpcgen.plan.sizes.totals import totals

    def one(path: Path) -> int:
        planned = totals(plan(build.resolve_recipe(path, recipes.compiler_options(options))))
        print(_json(planned) if options.format == "json" else _text(planned), end="")
        return OK

    return recipes.run_each(options, options.recipes, one)


def _text(planned: Totals) -> str:
    from hpcgen.text.table import aligned

    table = aligned([_HEADINGS, *(_row(job) for job in planned.jobs)], right=_RIGHT)
    sums = ", ".join(
        (
            _count("node", planned.nodes),
            _count("CPU", planned.cpus),
            "memory in part as Slurm gives it"
            if planned.memory_mib is None
            else f"{_memory(planned.memory_mib)} of memory",
            _count("GPU", planned.gpus),
            _hours(planned),
        )
    )
    rest = f"{_experiments(planned)}{_services(planned)}{_override_table(planned)}"
    return f"{table}\nat most: {sums}\n{rest}"


def _hours(counted: Totals | ExperimentTotals) -> str:
    hours = (_count("node-hour", counted.node_hours), _count("GPU-hour", counted.gpu_hours))
    return ", ".join(hours)


def _experiments(planned: Totals) -> str:
    """The table of experiments: the ranges of their rows, and their maximum totals."""
    from hpcgen.text.table import aligned

    rows = [_experiment(experiment) for experiment in planned.experiments]
    return f"\n{aligned([_EXPERIMENT, *rows], right=_EXPERIMENT_RIGHT)}" if rows else ""


def _experiment(experiment: ExperimentTotals) -> tuple[str, ...]:
    from hpcgen.text import units

    def span(what: Callable[[Size], int | None], show: Callable[[int | None], str] = str) -> str:
        values = sorted({what(run) for run in experiment.runs}, key=lambda value: value or 0)
        return "-".join(dict.fromkeys((show(values[0]), show(values[-1]))))

    return (
        experiment.name,
        experiment.client,
        str(len(experiment.runs)),
        str(len(experiment.servers) or "-"),
        str(experiment.max_parallel or "all"),
        span(lambda run: run.nodes),
        span(lambda run: run.cpus),
        span(lambda run: run.memory_mib, _memory),
        span(lambda run: run.gpus),
        span(lambda run: run.seconds, lambda seconds: units.as_walltime(seconds or 0)),
        units.as_walltime(experiment.lasts) if experiment.lasts else "-",
        _hours(experiment),
    )


def _services(planned: Totals) -> str:
    """The table of services: who may reach each port, and the proof that it is ready."""
    from hpcgen.text.table import aligned

    services = [service for job in planned.jobs for service in job.services]
    rows = [(service.name, service.protection, service.proof) for service in services]
    return f"\n{aligned([('SERVICE', 'REACHED FROM, WITH', 'READY WHEN'), *rows])}" if rows else ""


def _override_table(planned: Totals) -> str:
    """The table of overrides that a submit may set, as in CLIENTS=100 bin/submit.sh."""
    from hpcgen.text.table import aligned

    values = [value for job in planned.jobs for value in job.overridable]
    rows = [(v.variable, f"{v.name}.{v.field}", v.default, v.rule) for v in values]
    headings = ("SET WHEN SUBMITTING", "INSTEAD OF", "WHICH IS", "TAKES")
    return f"\n{aligned([headings, *rows])}" if rows else ""


def _row(job: JobTotals) -> tuple[str, ...]:
    from hpcgen.text import units

    return (
        job.name,
        job.kind,
        str(job.nodes),
        str(job.cpus),
        _memory(job.memory_mib),
        str(job.gpus),
        units.as_walltime(job.seconds),
        ", ".join(_ports(service.ports) for service in job.services) or "-",
        ", ".join((*job.waits_for, *(f"the end of {name}" for name in job.after))) or "-",
    )


def _memory(mebibytes: int | None) -> str:
    if mebibytes is None:
        return "-"
    for unit, size in (("T", 1024 * 1024), ("G", 1024)):
        if mebibytes % size == 0:
            return f"{mebibytes // size}{unit}"
    return f"{mebibytes}M"


def _ports(ports: tuple[int, ...]) -> str:
    """One port, or the range of which the service uses the first free one."""
    return str(ports[0]) if len(ports) == 1 else f"{ports[0]}-{ports[-1]}"


def _count(noun: str, number: float) -> str:
    shown = f"{number:.2f}".rstrip("0").rstrip(".")
    return f"{shown} {noun}" if number == 1 else f"{shown} {noun}s"


def _json(planned: Totals) -> str:
    names = ("nodes", "cpus", "memory_mib", "gpus", "node_hours", "gpu_hours")
    total: dict[str, Any] = {name: getattr(planned, name) for name in names}
    hours = ("node_hours", "gpu_hours")
    experiments = [
        {**asdict(experiment), "totals": {name: getattr(experiment, name) for name in hours}}
        for experiment in planned.experiments
    ]
    jobs = [asdict(job) for job in planned.jobs]
    data = {"jobs": jobs, "totals": total, "experiments": experiments}
    return json.dumps(data, indent=2) + "\n"
