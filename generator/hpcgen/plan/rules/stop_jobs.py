"""Services that are to stop after their clients."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.diagnostics import Diagnostic
from hpcgen.diagnostics.finds import finds
from hpcgen.model.entry import Service
from hpcgen.plan.rules.situation import Situation
from hpcgen.plan.stop_job import clients_of, stop_name


def _stopping(situation: Situation) -> Iterator[Service]:
    services = situation.recipe.services
    yield from (service for service in services if service.stops_after_clients)


@finds("HG408")
def services_without_clients(situation: Situation) -> Iterator[Diagnostic]:
    """A service that is to stop after its clients, and has none in other jobs."""
    for service in _stopping(situation):
        if not clients_of(situation.recipe, service):
            message = f"`{service.name}` is to stop after its clients, and no client uses it"
            hint = "remove `stop`; a job with clients inside ends with them by itself"
            yield Diagnostic("HG408", message, service.origin, hint)


@finds("HG304")
def names(situation: Situation) -> Iterator[Diagnostic]:
    """An entry, a job or an experiment that has the name of a job that stops a service."""
    recipe = situation.recipe
    origins = {job.name: job.origin for job in (*recipe.entries, *recipe.jobs)}
    origins |= {experiment.name: experiment.origin for experiment in recipe.experiments}
    for service in _stopping(situation):
        name = stop_name(service.job_name)
        if name in origins:
            message = f"the job that stops `{service.name}` is called `{name}` too"
            yield Diagnostic("HG304", message, origins[name], "change this name")
