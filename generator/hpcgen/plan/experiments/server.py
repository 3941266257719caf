"""The service that an experiment's rows talk to, with the settings that rows give it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from hpcgen.kinds.neighbours import service_offers
from hpcgen.kinds.offer import ServiceOffer
from hpcgen.model.entry import Service
from hpcgen.model.experiment import Experiment
from hpcgen.model.recipe import Recipe
from hpcgen.plan.job import Job
from hpcgen.plan.jobs import jobs
from hpcgen.plan.wait_timeouts import patience


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A recipe whose service has the settings of some rows, its offers, and how long they take.

    `job` is the service's then, None where rows leave it as the recipe has it.
    """

    recipe: Recipe
    offers: Mapping[str, ServiceOffer]
    seconds: Mapping[str, int]
    job: Job | None = None


def servers(
    recipe: Recipe, experiment: Experiment, offers: Mapping[str, ServiceOffer]
) -> dict[int, Server]:
    """By the numbers of the settings that rows have; 0 is the recipe as it is."""
    unchanged = Server(recipe=recipe, offers=offers, seconds=patience(recipe.services, offers))
    changed = {
        number: _server(recipe, experiment, number, service)
        for number, service in experiment.servers.items()
    }
    return {0: unchanged, **changed}


def _server(recipe: Recipe, experiment: Experiment, number: int, service: Service) -> Server:
    services = (service if old.name == service.name else old for old in recipe.services)
    changed = replace(recipe, services=tuple(services), clients=(), experiments=())
    offers = service_offers(changed)
    job = next(job for job in jobs(changed, offers, {}) if job.name == service.name)
    cells = {cell for row in experiment.rows if row.server == number for cell in row.cells}
    fields = {cell.removeprefix("target.") for cell in cells if cell.startswith("target.")}
    mark = f"{experiment.name}-{number}"
    (option, name), *rest = job.directives
    return Server(
        recipe=changed,
        offers=offers,
        seconds=patience(changed.services, offers),
        job=replace(
            _by_row(job, fields),
            name=f"{service.name}.{mark}",
            title=f"{service.name}: its settings number {number} of {experiment.name}.",
            directives=((option, f"{name}.{mark}"), *rest),
        ),
    )


def _by_row(job: Job, fields: set[str]) -> Job:
    """The job, whose submitter does not set what rows do."""
    overrides = [override for part in job.parts for override in part.overrides]
    fixed = {o.variable: o.default for o in overrides if o.field in fields}
    parts = (
        replace(
            part,
            values={name: fixed.get(name, value) for name, value in part.values.items()},
            overrides=tuple(replace(o, by_row=o.variable in fixed) for o in part.overrides),
        )
        for part in job.parts
    )
    values = {name: fixed.get(name, value) for name, value in job.values.items()}
    return replace(job, values=values, parts=tuple(parts))
