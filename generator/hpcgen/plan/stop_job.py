"""The jobs that end a service once the clients that use it have ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hpcgen.model.entry import Client, Service, Submission
from hpcgen.model.recipe import Recipe
from hpcgen.model.stopping import Stopping
from hpcgen.plan.job import Job
from hpcgen.plan.sizes.directives import directives
from hpcgen.plan.sizes.request import Request
from hpcgen.resolve.names import waits_for


def stop_jobs(recipe: Recipe) -> Iterator[Job]:
    """One for each job with a service that is to stop after its clients."""
    services: dict[str, Service] = {}
    for service in recipe.services:
        if service.stops_after_clients and not service.started_by:
            services.setdefault(service.job_name, service)
    for name, service in services.items():
        yield _stop_job(recipe, name, service)


def clients_of(recipe: Recipe, service: Service) -> tuple[Client, ...]:
    """The clients of other jobs that use the service, its balancer, or one that shares its job."""
    services = recipe.services
    job_mates = {other.name for other in services if other.job and other.job is service.job}
    balancers = {other.name for other in services if other.backend and other.backend == service}
    used = job_mates | balancers | {service.name}
    clients = (c for c in recipe.clients if c.job is None or c.job is not service.job)
    return tuple(client for client in clients if used & set(waits_for(client)))


def _stop_job(recipe: Recipe, name: str, service: Service) -> Job:
    stopping = recipe.profile.stopping
    clients = clients_of(recipe, service)
    submission = Submission(
        name=stop_name(name),
        description="",
        resources=recipe.stop_resources,
        origin=service.origin,
        origins={},
    )
    return Job(
        name=submission.name,
        title=f"{submission.name}: stops {name} when its clients have ended.",
        description="",
        template="stop.sbatch.j2",
        directives=_directives(recipe, submission, stopping),
        parts=(),
        origin=service.origin,
        values={
            "DEPLOYMENT": recipe.name,
            "NAME": submission.name,
            "RUN_ROOT": recipe.profile.run_root.word,
            "SERVICE": service.name,
            "GRACE": stopping.grace,
        },
        stops=service.name,
        after=tuple(dict.fromkeys(client.job_name for client in clients)),
        requests=(Request(submission, recipe.profile),),
    )


def stop_name(name: str) -> str:
    """What the job that stops the job `name` is called."""
    return f"{name}-stop"


def _directives(
    recipe: Recipe, submission: Submission, stopping: Stopping
) -> tuple[tuple[str, object], ...]:
    """Those of any job, but for the signal before the time limit, which it has no use for."""
    options: Mapping[str, Any] = dict(directives(recipe, submission, stopping))
    return tuple((name, value) for name, value in options.items() if name != "signal")
