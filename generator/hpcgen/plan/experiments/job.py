"""The one job of an experiment, which each task of its arrays runs with a row of its table."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from hpcgen.model.entry import Client
from hpcgen.model.experiment import Experiment
from hpcgen.model.recipe import Recipe
from hpcgen.plan.experiments.merge_rows import Columns, merged
from hpcgen.plan.experiments.rows import ExperimentRows
from hpcgen.plan.experiments.table import Options, option_columns, table
from hpcgen.plan.job import Job
from hpcgen.plan.parts.part import ClientPart
from hpcgen.plan.sizes.directives import directives
from hpcgen.text.values import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentJob:
    """An experiment as it is printed: `job` is the script, `table` the text of its TSV.

    `options` are the directives of each row: what differs is in the table, for sbatch, and not in
    the script. `servers` are the jobs of the service, where rows give it settings of their own.
    """

    rows: ExperimentRows
    job: Job
    servers: tuple[Job, ...]
    table: str
    options: tuple[Options, ...]

    @property
    def experiment(self) -> Experiment:
        """The experiment, as the recipe has it."""
        return self.rows.experiment

    @property
    def name(self) -> str:
        """The experiment's name."""
        return self.experiment.name

    @property
    def lasts(self) -> tuple[int, ...]:
        """The seconds that each row takes at least, 0 where nothing says it."""
        return tuple(offer.lasts for offer in self.rows.offers)

    @property
    def lasts_together(self) -> int:
        """Seconds that all rows take at least, when as many as may be run at once."""
        return self.rows.lasts_together


def experiment_jobs(
    recipe: Recipe, experiments: Iterable[ExperimentRows]
) -> tuple[ExperimentJob, ...]:
    """The job of each experiment, whose rows are such that one script runs them all."""
    return tuple(_experiment_job(recipe, rows) for rows in experiments)


def _experiment_job(recipe: Recipe, rows: ExperimentRows) -> ExperimentJob:
    experiment = rows.experiment
    fields = experiment.fields
    columns = Columns({name: tuple(row.cells[name] for row in experiment.rows) for name in fields})
    part = merged(rows.parts, columns)
    options = tuple(
        _directives(recipe, experiment, row.client, offer.mark)
        for row, offer in zip(experiment.rows, rows.offers, strict=True)
    )
    common = tuple(option for option in options[0] if all(option in row for row in options))
    jobs = {number: server.job for number, server in rows.servers.items() if server.job}
    target = {"target": tuple(jobs[row.server].name for row in experiment.rows)} if jobs else {}
    cells = {**columns.cells, **target, **option_columns(options, common)}
    text = table((row.number for row in experiment.rows), cells)
    return ExperimentJob(
        rows=rows,
        job=_job(experiment, replace(part, origin=experiment.origin), common, text),
        servers=tuple(jobs.values()),
        table=text,
        options=options,
    )


def _job(
    experiment: Experiment, part: ClientPart, common: tuple[tuple[str, object], ...], text: str
) -> Job:
    sorts = {
        field: "json" if field in experiment.numeric else "text" for field in experiment.fields
    }
    table_values: dict[str, Value] = {
        "EXPERIMENT": experiment.name,
        "TABLE": hashlib.sha256(text.encode()).hexdigest(),
        "FIELDS": sorts,
    }
    return Job(
        name=experiment.name,
        title=f"{experiment.name}: {experiment.client.name}, with a row of the experiment's table.",
        description=experiment.description,
        template="client.sbatch.j2",
        directives=common,
        parts=(part,),
        origin=experiment.origin,
        values={**part.early_values, **table_values},
    )


def _directives(recipe: Recipe, experiment: Experiment, client: Client, mark: str) -> Options:
    """Those of a row; its job is called as the client's, and then as the experiment."""
    stopping = recipe.profile.stopping
    return directives(recipe, client, stopping, f"{experiment.name}{f'.{mark}' if mark else ''}")
