"""The one job of an experiment, which each task of its arrays runs with a row of its table."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from hpcgen.diagnostics import Diagnostic, RecipeError
from hpcgen.kinds.offer import ClientOffer, ServiceOffer
from hpcgen.model.entry import Client
from hpcgen.model.experiment import Experiment
from hpcgen.model.recipe import Recipe
from hpcgen.model.stopping import Stopping
from hpcgen.plan.experiments.merge_rows import Columns, UnlikeError, merged
from hpcgen.plan.experiments.server import servers, unlike
from hpcgen.plan.experiments.table import Options, option_columns, table
from hpcgen.plan.job import Job
from hpcgen.plan.parts.client_part import client_part
from hpcgen.plan.parts.part import Part
from hpcgen.plan.rules.time_limits import outlasted
from hpcgen.plan.sizes.directives import directives
from hpcgen.text.shell import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentJob:
    """An experiment as it is printed: `job` is the script, `table` the text of its TSV.

    `options` are the directives of each row: what differs is in the table, for sbatch, and not in
    the script. `lasts` are the seconds that each row takes at least, 0 where nothing says it.
    `servers` are the jobs of the service, where rows give it settings of their own.
    """

    experiment: Experiment
    job: Job
    servers: tuple[Job, ...]
    table: str
    options: tuple[Options, ...]
    lasts: tuple[int, ...]

    @property
    def name(self) -> str:
        """The experiment's name."""
        return self.experiment.name

    @property
    def lasts_together(self) -> int:
        """Seconds that all rows take at least, when as many as may be run at once."""
        at_once = self.experiment.max_parallel or len(self.lasts)
        return max(*self.lasts, -(-sum(self.lasts) // at_once), 0)


def experiment_jobs(
    recipe: Recipe, offers: Mapping[str, ServiceOffer], planned: Mapping[str, Job]
) -> tuple[ExperimentJob, ...]:
    """Those of the recipe's experiments; `planned` are its jobs, by name.

    Raises RecipeError: HG433 for a row that lasts longer than its job, HG508 for a field that makes
    its row another script.
    """
    problems: list[Diagnostic] = []
    jobs = []
    for experiment in recipe.experiments:
        known = servers(recipe, experiment, offers)
        works = [row.client.kind.module.offer(row.client) for row in experiment.rows]
        parts = [
            client_part(server.recipe, row.client, work, server.offers, server.seconds)
            for row, work in zip(experiment.rows, works, strict=True)
            for server in (known[row.server],)
        ]
        found = [*_outlasted(recipe, experiment, works), *_unlike(experiment, parts)]
        found += unlike(experiment, known, planned)
        problems += found
        if not found:
            own = {number: each.job for number, each in known.items() if each.job}
            jobs.append(_experiment_job(recipe, experiment, works, parts, own))
    if problems:
        raise RecipeError(problems)
    return tuple(jobs)


def _experiment_job(
    recipe: Recipe,
    experiment: Experiment,
    works: Sequence[ClientOffer],
    parts: Sequence[Part],
    own: Mapping[int, Job],
) -> ExperimentJob:
    rows = experiment.rows
    columns = Columns({field: tuple(row.cells[field] for row in rows) for field in rows[0].cells})
    part = merged(parts, columns)
    asked = tuple(
        _directives(recipe, experiment, row.client, work.mark)
        for row, work in zip(rows, works, strict=True)
    )
    common = tuple(one for one in asked[0] if all(one in options for options in asked))
    served = {"target": tuple(own[row.server].name for row in rows)} if own else {}
    cells = {**columns.cells, **served, **option_columns(asked, common)}
    text = table((row.number for row in rows), cells)
    return ExperimentJob(
        experiment=experiment,
        job=_job(experiment, replace(part, origin=experiment.origin), common, text),
        servers=tuple(own.values()),
        table=text,
        options=asked,
        lasts=tuple(work.lasts for work in works),
    )


def _job(
    experiment: Experiment, part: Part, common: tuple[tuple[str, object], ...], text: str
) -> Job:
    sorts = {
        field: "json" if field in experiment.numeric else "text" for field in experiment.fields
    }
    own: dict[str, Value] = {
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
        values={**part.early_values, **own},
    )


def _directives(recipe: Recipe, experiment: Experiment, client: Client, mark: str) -> Options:
    """Those of a row; its job is called as the client's, and then as the experiment."""
    stopping = Stopping.within(recipe.profile.kill_wait)
    return directives(recipe, client, stopping, f"{experiment.name}{f'.{mark}' if mark else ''}")


def _outlasted(
    recipe: Recipe, experiment: Experiment, works: Sequence[ClientOffer]
) -> Iterator[Diagnostic]:
    """HG433 for each row, at what the row itself says of it."""
    stopping = Stopping.within(recipe.profile.kill_wait)
    for row, work in zip(experiment.rows, works, strict=True):
        for problem in outlasted([(row.client, work)], stopping):
            said = [
                row.places[each] for each in ("resources.time", "duration") if each in row.places
            ]
            yield replace(problem, span=[*said, *row.places.values()][0])


def _unlike(experiment: Experiment, parts: Sequence[Part]) -> Iterator[Diagnostic]:
    """HG508 for the first row that the script of the first row cannot run."""
    first = experiment.rows[0]
    for row, part in zip(experiment.rows, parts, strict=True):
        try:
            merged((parts[0], part), Columns({}))
        except UnlikeError:
            field = next(each for each in row.cells if row.cells[each] != first.cells[each])
            message = f"`{field}` makes this row another script than the first row is"
            hint = "rows may differ in values alone; write a second client for the rest"
            yield Diagnostic("HG508", message, row.places[field], hint)
            return
