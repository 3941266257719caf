"""The service that an experiment's rows talk to, with the settings that rows give it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from hpcgen.diagnostics import Diagnostic
from hpcgen.kinds.neighbours import service_offers
from hpcgen.kinds.offer import ServiceOffer
from hpcgen.model.entry import Service
from hpcgen.model.experiment import Experiment
from hpcgen.model.recipe import Recipe
from hpcgen.plan.connection import connection
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
    own = Server(recipe=recipe, offers=offers, seconds=patience(recipe.services, offers))
    given = experiment.servers.items()
    return {0: own, **{number: _server(recipe, experiment, number, each) for number, each in given}}


def unlike(
    experiment: Experiment, known: Mapping[int, Server], planned: Mapping[str, Job]
) -> Iterator[Diagnostic]:
    """HG508: settings that change what clients are told of the service, or files of the bundle."""
    for row in experiment.rows:
        service, server = row.client.target, known[row.server]
        if service is None or server.job is None:
            continue
        base = planned[service.name]
        own, other = (_told(each, service.name) for each in (known[0], server))
        carried = [part.files for part in base.parts] == [part.files for part in server.job.parts]
        if own != other or not carried:
            field = next(each for each in row.cells if each.startswith("target."))
            message = f"`{field}` changes more of `{service.name}` than its own job"
            hint = "what its clients read of it is one for all rows; write a second service"
            yield Diagnostic("HG508", message, row.places[field], hint)
            return


def _told(server: Server, name: str) -> object:
    """The connection file of the service."""
    service = next(each for each in server.recipe.services if each.name == name)
    return connection(service, server.offers[name])


def _server(recipe: Recipe, experiment: Experiment, number: int, service: Service) -> Server:
    services = (service if each.name == service.name else each for each in recipe.services)
    changed = replace(recipe, services=tuple(services), clients=(), experiments=())
    offers = service_offers(changed)
    job = next(each for each in jobs(changed, offers) if each.name == service.name)
    cells = {cell for row in experiment.rows if row.server == number for cell in row.cells}
    fields = {each.removeprefix("target.") for each in cells if each.startswith("target.")}
    mark = f"{experiment.name}-{number}"
    (option, called), *rest = job.directives
    return Server(
        recipe=changed,
        offers=offers,
        seconds=patience(changed.services, offers),
        job=replace(
            _by_row(job, fields),
            name=f"{service.name}.{mark}",
            title=f"{service.name}: its settings number {number} of {experiment.name}.",
            directives=((option, f"{called}.{mark}"), *rest),
        ),
    )


def _by_row(job: Job, fields: set[str]) -> Job:
    """The job, whose submitter does not set what rows do."""
    every = [each for part in job.parts for each in part.overrides]
    fixed = {each.variable: each.default for each in every if each.field in fields}
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
