"""What a fleet cannot be, and what it probably should not be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hpcgen.diagnostics import Diagnostic, Related
from hpcgen.kinds.offer import ServiceOffer
from hpcgen.model.entry import Service
from hpcgen.model.fleet import Fleet
from hpcgen.model.profile import Profile
from hpcgen.model.recipe import Recipe
from hpcgen.plan.sizes.request import Request

_EPHEMERAL = 28_232
"""Connections from one address to one port: Linux's ip_local_port_range is 32768 to 60999."""

Offers = Mapping[str, ServiceOffer]


def unbuildable(recipe: Recipe, offers: Offers) -> Iterator[Diagnostic]:
    """HG460: a service that cannot have replicas; HG461: one that no balancer can stand before.

    HG462: ports that meet, HG463: more replicas must serve than there are. HG468: a balancer on the
    one node of the one replica. HG420: a QOS that does not run it beside its replicas.
    """
    for service in recipe.services:
        if service.fleet:
            yield from _single(service, offers[service.name])
            yield from _too_many(service, service.fleet)
        if service.backend:
            yield from _unbalanced(service, offers[service.name])
            yield from _meeting(service, service.backend)
            yield from _pointless(service, service.backend)
            yield from _in_turn(service, service.backend, recipe.profile)


def doubtful(recipe: Recipe, offers: Offers) -> Iterator[Diagnostic]:
    """HG464: a balancer before one replica. HG465: more connections than one address can make."""
    for service in recipe.services:
        if service.backend and service.backend.fleet:
            yield from _alone(service, service.backend.fleet)
            yield from _crowded(service, offers[service.name])


def _single(service: Service, offer: ServiceOffer) -> Iterator[Diagnostic]:
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
    asked = any(each.what == "dir" and each.name == "data" for each in service.references())
    return offer.keeps_data and (asked or "data" in offer.directories)


def _too_many(service: Service, fleet: Fleet) -> Iterator[Diagnostic]:
    if fleet.min_healthy > fleet.count:
        message = f"`{service.name}` has {fleet.count} replicas, and {fleet.min_healthy} must serve"
        yield Diagnostic("HG463", message, service.origin, f"give at most {fleet.count}")


def _unbalanced(service: Service, offer: ServiceOffer) -> Iterator[Diagnostic]:
    if offer.scheme != "http":
        message = f"`{service.name}` does not speak HTTP, and Envoy balances nothing else here"
        yield Diagnostic("HG461", message, service.origin, "remove `balancer`")


def _meeting(service: Service, backend: Service) -> Iterator[Diagnostic]:
    port, admin = service.port, service.settings["admin_port"]
    hint = "give one of them another port"
    if port == admin:
        message = f"`port` and `admin_port` of the balancer of `{service.name}` are both {port}"
        yield Diagnostic("HG462", message, service.place("port"), hint)
    for field, each in (("port", port), ("admin_port", admin)):
        if each in _taken(backend):
            message = f"the balancer's `{field}` is {each}, the port of a replica"
            first = Related(service.origin, "Slurm may start both on one node")
            span = service.place(field)
            yield Diagnostic("HG462", message, span, hint, (first,))


def _taken(backend: Service) -> range:
    """The ports that replicas of a node take, where the recipe names the first."""
    count = backend.fleet.slots if backend.fleet else 1
    return range(backend.port, backend.port + count) if backend.port else range(0)


def _pointless(service: Service, backend: Service) -> Iterator[Diagnostic]:
    if service.is_beside and backend.fleet and backend.fleet.count == 1:
        message = f"`{service.name}` would be one node with a balancer"
        hint = "give `replicas: 2` or more, or remove `balancer`"
        yield Diagnostic("HG468", message, service.written["placement"], hint)


def _in_turn(service: Service, backend: Service, profile: Profile) -> Iterator[Diagnostic]:
    """Jobs that wait for each other, where their QOS lets fewer of one user's run."""
    request, fleet = Request(service, profile), backend.fleet
    most = request.qos.max_jobs
    apart = fleet is not None and fleet.own_jobs
    needed = 1 + (fleet.min_healthy if fleet and apart else 1)
    together = Request(backend, profile).qos_name == request.qos_name
    if service.placement == "dedicated" and together and most is not None and needed > most:
        message = f"qos `{request.qos_name}` runs at most {most} of your jobs at a time"
        message += f", and `{service.name}` needs {needed}: its balancer's, and its replicas'"
        instead = "leave out `replica_jobs`" if apart else "`placement: colocated`"
        hint = f"give the balancer another qos, or {instead}"
        yield Diagnostic("HG420", message, request.place("qos"), hint)


def _alone(service: Service, fleet: Fleet) -> Iterator[Diagnostic]:
    if fleet.count == 1:
        message = f"`{service.name}` has a balancer, and one replica behind it"
        hint = "give `replicas: 2` or more, or remove `balancer`"
        yield Diagnostic("HG464", message, service.origin, hint, warning=True)


def _crowded(service: Service, offer: ServiceOffer) -> Iterator[Diagnostic]:
    """Each connection from one address to one port needs a port of its own at its beginning."""
    most = offer.most_connections
    each = offer.behind.sessions if offer.behind else 0
    if most > _EPHEMERAL:
        message = f"`{service.name}` takes {most} connections"
        message += f", and one client node can make {_EPHEMERAL}"
        hint = "run the clients on several nodes"
        yield Diagnostic("HG465", message, service.origin, hint, warning=True)
    if each > _EPHEMERAL:
        message = f"a replica of `{service.name}` has room for {each} sessions"
        message += f", and the balancer can make {_EPHEMERAL} connections to each"
        yield Diagnostic("HG465", message, service.origin, "give more replicas", warning=True)
