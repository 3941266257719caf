"""Replicas: what several on one node cannot share, and what they leave unused."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.diagnostics import Diagnostic
from hpcgen.diagnostics.finds import finds
from hpcgen.model.entry import Service
from hpcgen.model.fleet import Fleet
from hpcgen.model.profile import Profile
from hpcgen.model.resources import gpus_per_node
from hpcgen.plan.rules.situation import Situation
from hpcgen.plan.sizes.request import Request

_OF_REPLICAS = (
    "replicas_per_node", "gpus_per_replica", "replica_jobs", "min_healthy", "max_restarts",
)  # fmt: skip
_LAST = 65_535
"""The highest port."""


@finds("HG466", "HG469", "HG470")
def impossible_replicas(situation: Situation) -> Iterator[Diagnostic]:
    """HG466: replicas that do not fit on a node, or of which nobody knows how many do.

    HG469: replicas that cannot be jobs of their own. HG470: fields of replicas without replicas.
    """
    recipe, balanced = situation.recipe, situation.recipe.backends
    for service in recipe.services:
        if service.fleet is None and service.backend is None:
            yield from _fields_without_replicas(service)
        if service.fleet and service.fleet.one_job_per_replica:
            balancer = service.name in balanced
            yield from _separate_jobs(service, service.fleet, recipe.profile, balancer)
        if service.fleet and service.fleet.slots > 1:
            yield from _shared_by_replicas(service, service.fleet)
        if service.fleet and "gpus_per_replica" in service.settings:
            yield from _gpus(service, service.fleet, recipe.profile)


@finds("HG467")
def unused_room(situation: Situation) -> Iterator[Diagnostic]:
    """Fewer replicas on the last node than it has room for: a warning."""
    for service in situation.recipe.services:
        left = -service.fleet.count % service.fleet.per_node if service.fleet else 0
        if left:
            message = f"the last node of `{service.name}` has room for {left} more of its replicas"
            hint = "Slurm gives, and counts, whole nodes of them: change `replicas`"
            yield Diagnostic("HG467", message, service.place("replicas"), hint, warning=True)


def _fields_without_replicas(service: Service) -> Iterator[Diagnostic]:
    for field in (field for field in _OF_REPLICAS if field in service.written):
        message = f"`{field}` of `{service.name}` is of its replicas, and it has none"
        hint = "add `replicas`, or remove it"
        yield Diagnostic("HG470", message, service.written[field], hint)


def _shared_by_replicas(service: Service, fleet: Fleet) -> Iterator[Diagnostic]:
    """What each replica would have to itself, and finds its neighbour has."""
    message = f"{fleet.slots} replicas of `{service.name}` on a node"
    place = service.place("replicas_per_node", "replica_jobs", "gpus_per_replica")
    for name, port in service.ports.items():
        hint = "remove it, or have each replica on a node of its own"
        yield Diagnostic(
            "HG466", f"{message} would all take its port `{name}`, {port}", place, hint
        )
    if "gres" in service.resources and fleet.shares_nodes:
        hint = "ask for `gpus_per_node`, which is counted for all of them"
        message_gres = f"{message} would share one `gres`, which is passed on as it stands"
        yield Diagnostic("HG466", message_gres, place, hint)
    if service.port and service.port + fleet.slots - 1 > _LAST:
        hint = f"give a `port` of at most {_LAST + 1 - fleet.slots}"
        beyond = f"{message} need the ports from {service.port} on, and {_LAST} is the last"
        yield Diagnostic("HG466", beyond, place, hint)


def _separate_jobs(
    service: Service, fleet: Fleet, profile: Profile, balancer: bool
) -> Iterator[Diagnostic]:
    """Jobs that nobody would know of, that are told where to be, or that are too many."""
    place = service.place("replica_jobs")
    if not balancer:
        message = f"the replicas of `{service.name}` are jobs of their own, and nothing knows them"
        yield Diagnostic("HG469", message, place, "add a `balancer`, which finds those that serve")
    if "replicas_per_node" in service.settings:
        message = f"Slurm places the replicas of `{service.name}`, which are jobs of their own"
        span = service.written["replicas_per_node"]
        hint = "remove `replicas_per_node`, or `replica_jobs`"
        yield Diagnostic("HG469", message, span, hint)
    if service.placement in ("colocated", "hetjob"):
        message = f"the replicas of `{service.name}` are jobs of their own, and their balancer is"
        message += " to be in one job with them"
        yield Diagnostic("HG469", message, place, f"remove `placement: {service.placement}`")
    if fleet.count > profile.max_array_size:
        message = f"a job array of `{profile.name}` has at most {profile.max_array_size} tasks"
        message += f", and `{service.name}` has {fleet.count} replicas"
        yield Diagnostic("HG469", message, service.place("replicas"), "give fewer replicas")


def _gpus(service: Service, fleet: Fleet, profile: Profile) -> Iterator[Diagnostic]:
    """How many replicas a node takes, where its GPUs are to say that."""
    if fleet.count == 1 or fleet.one_job_per_replica or "replicas_per_node" in service.settings:
        return
    request, size = Request(service, profile), gpus_per_node(service.resources)
    place, there = service.place("gpus_per_replica"), request.partition.gpus
    if there is None:
        message = f"how many replicas of `{service.name}` a node takes is not known: "
        message += f"`{profile.name}` does not say how many GPUs its nodes have"
        yield Diagnostic("HG466", message, place, "give `replicas_per_node`")
    elif there % size and size < there:
        message = f"a node of partition `{request.partition_name}` has {there} GPUs, and replicas"
        message += f" of {size} do not use them up"
        fits = ", ".join(str(n) for n in range(1, there + 1) if there % n == 0)
        yield Diagnostic("HG466", message, place, f"give one of {fits}, or `replicas_per_node`")
