"""Fleets, and the balancers before them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from hpcgen.diagnostics import Diagnostic, Related
from hpcgen.diagnostics.finds import finds
from hpcgen.kinds.balancing import BalancerOffer
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
            yield from _protocol(service, service.backend, situation.service_offers)
            yield from _ports_that_meet(service, service.backend)
            yield from _one_node(service, service.backend)
            yield from _too_few_jobs(service, service.backend, situation.recipe.profile)


@finds("HG464", "HG465")
def questionable_balancers(situation: Situation) -> Iterator[Diagnostic]:
    """HG464: one replica. HG465: more connections than one address can make. Warnings."""
    for service in situation.recipe.services:
        if service.backend and service.backend.fleet:
            yield from _one_replica(service, service.backend.fleet)
        offer = situation.service_offers[service.name]
        if isinstance(offer, BalancerOffer) and offer.behind:
            yield from _too_many_connections(service, offer, offer.behind)


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


def _protocol(
    service: Service, backend: Service, offers: Mapping[str, ServiceOffer]
) -> Iterator[Diagnostic]:
    offer, scheme = offers[service.name], offers[backend.name].scheme
    if isinstance(offer, BalancerOffer) and scheme not in offer.schemes:
        schemes = " and ".join(sorted(offer.schemes))
        message = f"`{service.name}` speaks {scheme}, and the balancer `{service.kind.name}`"
        message += f" balances {schemes} alone"
        yield Diagnostic("HG461", message, service.origin, "remove `balancer`")


def _ports_that_meet(service: Service, backend: Service) -> Iterator[Diagnostic]:
    named = {field: service.ports[name] for field, name in service.kind.port_names.items()}
    ports, hint = {"port": service.port, **named}, "give one of them another port"
    for (first, number), (second, other) in combinations(ports.items(), 2):
        if number == other:
            message = f"`{first}` and `{second}` of the balancer of `{service.name}` are both"
            yield Diagnostic("HG462", f"{message} {number}", service.place(first), hint)
    for field, number in ports.items():
        if number in _ports_of_replicas(backend):
            message = f"the balancer's `{field}` is {number}, the port of a replica"
            related = Related(service.origin, "Slurm may start both on one node")
            span = service.place(field)
            yield Diagnostic("HG462", message, span, hint, (related,))


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


def _too_many_connections(
    service: Service, offer: BalancerOffer, behind: ServiceOffer
) -> Iterator[Diagnostic]:
    """Each connection from one address to one port needs a port of its own at its beginning."""
    most, sessions = offer.most_connections, behind.sessions
    if most > _EPHEMERAL:
        message = f"`{service.name}` takes {most} connections"
        message += f", and one client node can make {_EPHEMERAL}"
        hint = "run the clients on several nodes"
        yield Diagnostic("HG465", message, service.origin, hint, warning=True)
    if sessions > _EPHEMERAL:
        message = f"a replica of `{service.name}` has room for {sessions} sessions"
        message += f", and the balancer can make {_EPHEMERAL} connections to each"
        yield Diagnostic("HG465", message, service.origin, "give more replicas", warning=True)
