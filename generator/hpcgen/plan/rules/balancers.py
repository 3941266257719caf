"""Fleets, and the balancers before them."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.diagnostics import Diagnostic, Related
from hpcgen.diagnostics.finds import finds
from hpcgen.kinds.offer import ServiceOffer
from hpcgen.model.entry import Service
from hpcgen.model.fleet import Fleet
from hpcgen.model.profile import Profile
from hpcgen.plan.rules.situation import Situation
from hpcgen.plan.sizes.request import Request

_EPHEMERAL = 28_232
"""Connections from one address to one port: Linux's ip_local_port_range is 32768 to 60999."""


@finds("HG460", "HG463")
def impossible_fleets(situation: Situation) -> Iterator[Diagnostic]:
    """HG460: a service that cannot have replicas. HG463: more must serve than there are."""
    for service in situation.recipe.services:
        if service.fleet:
            yield from _one_only(service, situation.service_offers[service.name])
            yield from _too_many_required(service, service.fleet)


@finds("HG420", "HG461", "HG462", "HG468")
def impossible_balancers(situation: Situation) -> Iterator[Diagnostic]:
    """HG461: a service that no balancer can stand before. HG462: ports that meet.

    HG468: a balancer on the one node of the one replica. HG420: a QOS that does not run it beside
    its replicas.
    """
    for service in situation.recipe.services:
        if service.backend:
            yield from _protocol(service, situation.service_offers[service.name])
            yield from _ports_that_meet(service, service.backend)
            yield from _one_node(service, service.backend)
            yield from _too_few_jobs(service, service.backend, situation.recipe.profile)


@finds("HG464", "HG465")
def questionable_balancers(situation: Situation) -> Iterator[Diagnostic]:
    """HG464: one replica. HG465: more connections than one address can make. Warnings."""
    for service in situation.recipe.services:
        if service.backend and service.backend.fleet:
            yield from _one_replica(service, service.backend.fleet)
            yield from _too_many_connections(service, situation.service_offers[service.name])


def _one_only(service: Service, offer: ServiceOffer) -> Iterator[Diagnostic]:
    reasons = {
        "it shares the job `{job}`, which runs on one node": service.job,
        "each listens on the loopback of its own node": service.expose == "job",
        "each keeps data, and data has one owner": _keeps_data(service, offer),
        "each would have several nodes": service.resources.get("nodes", 1) > 1,
    }
    for reason, holds in reasons.items():
        if holds:
            why = reason.format(job=service.job.name if service.job else "")
            message = f"`{service.name}` cannot have replicas: {why}"
            hint = "remove `replicas` and `balancer`, or what stands against them"
            yield Diagnostic("HG460", message, service.origin, hint)


def _keeps_data(service: Service, offer: ServiceOffer) -> bool:
    directories = (reference for reference in service.references() if reference.what == "dir")
    refers_to_it = any(directory.name == "data" for directory in directories)
    return offer.keeps_data and (refers_to_it or "data" in offer.directories)


def _too_many_required(service: Service, fleet: Fleet) -> Iterator[Diagnostic]:
    if fleet.min_healthy > fleet.count:
        message = f"`{service.name}` has {fleet.count} replicas, and {fleet.min_healthy} must serve"
        yield Diagnostic("HG463", message, service.origin, f"give at most {fleet.count}")


def _protocol(service: Service, offer: ServiceOffer) -> Iterator[Diagnostic]:
    if offer.scheme != "http":
        message = f"`{service.name}` does not speak HTTP, and Envoy balances nothing else here"
        yield Diagnostic("HG461", message, service.origin, "remove `balancer`")


def _ports_that_meet(service: Service, backend: Service) -> Iterator[Diagnostic]:
    port, admin = service.port, service.settings["admin_port"]
    hint = "give one of them another port"
    if port == admin:
        message = f"`port` and `admin_port` of the balancer of `{service.name}` are both {port}"
        yield Diagnostic("HG462", message, service.place("port"), hint)
    for field, number in (("port", port), ("admin_port", admin)):
        if number in _ports_of_replicas(backend):
            message = f"the balancer's `{field}` is {number}, the port of a replica"
            first = Related(service.origin, "Slurm may start both on one node")
            span = service.place(field)
            yield Diagnostic("HG462", message, span, hint, (first,))


def _ports_of_replicas(backend: Service) -> range:
    """The ports that replicas of a node take, where the recipe names the first."""
    count = backend.fleet.slots if backend.fleet else 1
    return range(backend.port, backend.port + count) if backend.port else range(0)


def _one_node(service: Service, backend: Service) -> Iterator[Diagnostic]:
    if service.is_colocated and backend.fleet and backend.fleet.count == 1:
        message = f"`{service.name}` would be one node with a balancer"
        hint = "give `replicas: 2` or more, or remove `balancer`"
        yield Diagnostic("HG468", message, service.written["placement"], hint)


def _too_few_jobs(service: Service, backend: Service, profile: Profile) -> Iterator[Diagnostic]:
    """Jobs that wait for each other, where their QOS lets fewer of one user's run."""
    request, fleet = Request(service, profile), backend.fleet
    most = request.qos.max_jobs
    separate_jobs = fleet is not None and fleet.one_job_per_replica
    needed = 1 + (fleet.min_healthy if fleet and separate_jobs else 1)
    together = Request(backend, profile).qos_name == request.qos_name
    if service.placement == "dedicated" and together and most is not None and needed > most:
        message = f"qos `{request.qos_name}` runs at most {most} of your jobs at a time"
        message += f", and `{service.name}` needs {needed}: its balancer's, and its replicas'"
        instead = "leave out `replica_jobs`" if separate_jobs else "`placement: colocated`"
        hint = f"give the balancer another qos, or {instead}"
        yield Diagnostic("HG420", message, request.place("qos"), hint)


def _one_replica(service: Service, fleet: Fleet) -> Iterator[Diagnostic]:
    if fleet.count == 1:
        message = f"`{service.name}` has a balancer, and one replica behind it"
        hint = "give `replicas: 2` or more, or remove `balancer`"
        yield Diagnostic("HG464", message, service.origin, hint, warning=True)


def _too_many_connections(service: Service, offer: ServiceOffer) -> Iterator[Diagnostic]:
    """Each connection from one address to one port needs a port of its own at its beginning."""
    most = offer.most_connections
    sessions = offer.behind.sessions if offer.behind else 0
    if most > _EPHEMERAL:
        message = f"`{service.name}` takes {most} connections"
        message += f", and one client node can make {_EPHEMERAL}"
        hint = "run the clients on several nodes"
        yield Diagnostic("HG465", message, service.origin, hint, warning=True)
    if sessions > _EPHEMERAL:
        message = f"a replica of `{service.name}` has room for {sessions} sessions"
        message += f", and the balancer can make {_EPHEMERAL} connections to each"
        yield Diagnostic("HG465", message, service.origin, "give more replicas", warning=True)
