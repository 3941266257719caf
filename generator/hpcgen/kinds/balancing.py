"""What a balancer offers, and what the compiler adds to every offer of one.

A balancer is a folder of `balancers/`, or an installed package. Its module has one function,
`offer(service, behind)`, from the balancer and the offer of its replicas to a `BalancerOffer`;
`docs/contract.md` says which bash the folder holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from hpcgen.kinds.offer import ServiceOffer
from hpcgen.model.entry import Service
from hpcgen.text.values import Default, Value, Variable

FLEET_VARIABLES = ("BALANCER_NODE", "WORKER_NODES", "NUM_WORKERS", "WORKERS_PER_NODE")
"""What the connection file of every fleet behind a balancer says beside the address."""


@dataclass(frozen=True, slots=True)
class Symptom:
    """A row of the runbook in Markdown: what is seen of a fleet, why that is, and what to do."""

    seen: str
    cause: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancerOffer(ServiceOffer):
    """A server before the replicas of another."""

    directories: frozenset[str] = frozenset({"scratch"})
    schemes: frozenset[str] = frozenset({"http"})  # of the replicas that it can stand before
    most_connections: int = 0  # how many it takes at once; 0: as many as there are
    symptoms: tuple[Symptom, ...] = ()  # what only this balancer's fleets show
    state_page: str = ""  # in Markdown, where its own view of the fleet is to be seen


def replicas_of(service: Service) -> Service:
    """The replicas that a balancer is before."""
    if service.backend is None:
        raise ValueError(f"{service.name} is no balancer")
    return service.backend


def health_path(service: Service, behind: ServiceOffer) -> str:
    """The path that says whether a replica works; "" where only its port does."""
    readiness = replicas_of(service).readiness
    return str(readiness.expected if readiness.probe == "http" else behind.health)


def replicas_needed(service: Service) -> str:
    """In words, how many replicas a balancer must have found before it is ready."""
    fleet = replicas_of(service).fleet
    if fleet and fleet.one_job_per_replica:
        return f"{fleet.min_healthy} of {fleet.count} replicas"
    return "every replica"


def completed(service: Service, behind: ServiceOffer, offer: BalancerOffer) -> BalancerOffer:
    """The offer of a balancer with what the compiler adds to every one of them.

    Clients get the variables of the kind behind it, and its credential.
    """
    return replace(
        offer,
        behind=behind,
        scheme=behind.scheme,
        connection=behind.connection,
        variables=(*behind.variables, *offer.published, *FLEET_VARIABLES),
        published=(*offer.published, *FLEET_VARIABLES),
        values={**_fleet_values(service, behind), **offer.values},
    )


def _fleet_values(service: Service, behind: ServiceOffer) -> Mapping[str, Value]:
    """What the bash of every balancer reads."""
    replicas = replicas_of(service)
    count = replicas.fleet.count if replicas.fleet else 1
    return {
        "BACKEND": replicas.name,
        "REPLICAS": Default(str(count), "HPCGEN_REPLICAS"),
        **_needed(replicas),
        "HEALTH": health_path(service, behind),
    }


def _needed(replicas: Service) -> Mapping[str, Value]:
    """How many replicas it is ready with, and how many it must have from then on.

    The job of all replicas ends by itself where too few are left.
    """
    if replicas.fleet and replicas.fleet.one_job_per_replica:
        least = replicas.fleet.min_healthy
        return {"NEEDED": least, "MIN_HEALTHY": least}
    return {"NEEDED": Variable("REPLICAS")}
