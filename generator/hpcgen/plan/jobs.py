"""Which jobs there are: one for each service and client, and those that several share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter

from hpcgen.kinds.offer import ClientOffer, ServiceOffer
from hpcgen.model.entry import Service, SharedJob, Submission
from hpcgen.model.recipe import Recipe
from hpcgen.model.stopping import Stopping
from hpcgen.plan.job import Job
from hpcgen.plan.parts.client_part import client_part
from hpcgen.plan.parts.colocated_fleet import with_replicas
from hpcgen.plan.parts.part import ClientPart, Part, ServicePart
from hpcgen.plan.parts.service_part import service_part
from hpcgen.plan.parts.sidecar import place
from hpcgen.plan.ports import PortRequest, plan_ports
from hpcgen.plan.sizes.directives import directives
from hpcgen.plan.sizes.request import Request
from hpcgen.plan.stop_job import stop_jobs
from hpcgen.plan.wait_timeouts import patience
from hpcgen.resolve.names import waits_for
from hpcgen.text.values import Value


def jobs(
    recipe: Recipe,
    offers: Mapping[str, ServiceOffer],
    client_offers: Mapping[str, ClientOffer],
) -> Iterator[Job]:
    """The jobs in the order of submission: services after those they wait for, then clients.

    A job that is shared is where the first of what it runs would be. What stops a service after its
    clients comes last.
    """
    job_names = {entry.name: entry.job_name for entry in recipe.entries}
    parts: dict[str, list[Part]] = {}
    for part in _parts(recipe, offers, client_offers):
        parts.setdefault(job_names[part.name], []).append(part)
    submissions = {submission.name: submission for submission in recipe.submissions}
    for name, parts_of_job in parts.items():
        namesake_first = tuple(sorted(parts_of_job, key=lambda part: part.name != name))
        job = _job(recipe, submissions[name], namesake_first)
        yield job if job.shared or not job.inside else with_replicas(recipe, job, submissions)
    yield from stop_jobs(recipe)


def _job(recipe: Recipe, submission: Submission, parts: tuple[Part, ...]) -> Job:
    stopping = recipe.profile.stopping
    shared = isinstance(submission, SharedJob)
    return Job(
        name=submission.name,
        title=_title(submission, parts) if shared else parts[0].title,
        description=submission.description,
        template="shared.sbatch.j2" if shared else _template(parts[0]),
        directives=directives(recipe, submission, stopping, "" if shared else _mark(parts[0])),
        parts=parts,
        origin=submission.origin,
        values=_values(recipe, submission, parts, stopping) if shared else parts[0].values,
        tasks=submission.tasks,
        requests=(Request(submission, recipe.profile),),
    )


def _template(part: Part) -> str:
    return "service.sbatch.j2" if isinstance(part, ServicePart) else "client.sbatch.j2"


def _mark(part: Part) -> str:
    return part.mark if isinstance(part, ClientPart) else ""


def _title(submission: Submission, parts: tuple[Part, ...]) -> str:
    return f"{submission.name}: {', '.join(part.name for part in parts)}."


def _values(
    recipe: Recipe, submission: Submission, parts: tuple[Part, ...], stopping: Stopping
) -> dict[str, Value]:
    """The values of a shared job itself; each of its parts has its own."""
    serves = any(isinstance(part, ServicePart) for part in parts)
    return {
        "DEPLOYMENT": recipe.name,
        "NAME": submission.name,
        "RUN_ROOT": recipe.profile.run_root.word,
        **({"GRACE": stopping.grace} if serves else {}),
    }


def _parts(
    recipe: Recipe,
    offers: Mapping[str, ServiceOffer],
    client_offers: Mapping[str, ClientOffer],
) -> Iterator[Part]:
    ports = plan_ports(recipe.services, offers, tuple(_exporter_ports(recipe, offers)))
    services = tuple(_in_order(recipe.services))
    seconds = patience(services, offers)
    for service in services:
        yield service_part(recipe, service, offers[service.name], ports, seconds)
    for client in recipe.clients:
        yield client_part(recipe, client, client_offers[client.name], offers, seconds)


def _exporter_ports(recipe: Recipe, offers: Mapping[str, ServiceOffer]) -> Iterator[PortRequest]:
    for service in recipe.services:
        for chosen in offers[service.name].chosen_exporters:
            exporter = chosen.exporter
            yield place(service, exporter.name), chosen.port, exporter.usual_port


def _in_order(services: tuple[Service, ...]) -> Iterator[Service]:
    """Services after those they wait for, else as the recipe has them."""
    by_name = {service.name: service for service in services}
    sorter = TopologicalSorter({service.name: waits_for(service) for service in services})
    sorter.prepare()
    while sorter.is_active():
        ready = sorter.get_ready()
        yield from (by_name[name] for name in by_name if name in ready)
        sorter.done(*ready)
