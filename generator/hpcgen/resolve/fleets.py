"""Replicas of a service, and the balancer before them: the services that one entry stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from hpcgen import schema
from hpcgen.diagnostics import Diagnostic
from hpcgen.model.entry import Service
from hpcgen.model.fleet import Fleet, replicas_name
from hpcgen.model.kind import ENVOY
from hpcgen.model.profile import Profile
from hpcgen.model.recipe import Recipe
from hpcgen.resolve.entries import QUEUE, image_of
from hpcgen.yaml.document import Document


def planned(document: Document, profile: Profile, service: Service) -> tuple[Service, ...]:
    """What jobs are made for: the service, or its replicas, or these and then their balancer.

    The balancer has the service's name, for it is what clients connect to.
    """
    entry = document.node(("services", service.name)).data
    if "balancer" not in entry:
        return (_replicas(profile, service, entry) if "replicas" in entry else service,)
    filled = schema.fill(ENVOY.schema, entry["balancer"])
    own = filled["placement"] == "dedicated"
    backend = replace(
        _replicas(profile, service, entry),
        name=replicas_name(service.name),
        declared=service,
        placement=filled["placement"],
        started_by="" if own else service.name,
    )
    return backend, _balancer(document, profile, service, backend, filled)


def duplicate_replica_names(recipe: Recipe) -> Iterator[Diagnostic]:
    """HG304: an entry or a job that is called as the replicas of a balanced service are."""
    backends = {each.backend.name: each for each in recipe.services if each.backend}
    others = (each for each in (*recipe.entries, *recipe.jobs) if each.name in backends)
    for each in others:
        service = backends[each.name]
        if each is not service.backend:
            message = f"the replicas of `{service.name}` are called `{each.name}` too"
            yield Diagnostic("HG304", message, each.origin, "change this name")


def _replicas(profile: Profile, service: Service, entry: Mapping[str, Any]) -> Service:
    count = entry.get("replicas", 1)
    fleet = Fleet(
        count=count,
        per_node=min(count, _per_node(profile, service, entry)),
        min_healthy=entry.get("min_healthy", 1),
        max_restarts=entry.get("max_restarts", 3),
        one_job_per_replica=entry.get("replica_jobs", False),
    )
    return replace(service, fleet=fleet)


def _per_node(profile: Profile, service: Service, entry: Mapping[str, Any]) -> int:
    """How many replicas a node of their job has: as many as its GPUs are for, where that is known.

    In jobs of their own it is for Slurm to say.
    """
    if entry.get("replica_jobs") or "replicas_per_node" in entry:
        return int(entry.get("replicas_per_node", 1))
    partition = profile.partitions.get(profile.partition_name(service.resources) or "")
    there = partition.gpus if partition else None
    each: int = entry.get("gpus_per_replica", there)
    return max(there // each, 1) if there else 1


def _balancer(
    document: Document,
    profile: Profile,
    service: Service,
    backend: Service,
    filled: Mapping[str, Any],
) -> Service:
    place = ("services", service.name, "balancer")
    written = document.node(place).data
    return replace(
        service,
        kind=ENVOY,
        image=image_of(filled, profile),
        resources=_resources(document, profile, service, filled),
        settings=filled,
        written={key: document.value_span((*place, key)) for key in written},
        port=filled["port"],
        readiness=replace(service.readiness, stable_for=0, probe=None, expected=None, command=()),
        after=(backend.name,),
        backend=backend,
        declared=service,
        placement=filled["placement"],
        expose="cluster",
        ports={"admin": filled["admin_port"]},
        **_NOTHING,
    )


_NOTHING: Mapping[str, Any] = {
    "command": None, "args": (), "env": {}, "secrets": {}, "binds": (), "setup": (), "modules": (),
    "job": None, "size": {}, "connection": {},
}  # fmt: skip
"""What a balancer has not, whatever its service has."""


def _resources(
    document: Document, profile: Profile, service: Service, filled: Mapping[str, Any]
) -> dict[str, Any]:
    """The balancer's own, as long as its service, in the queue that was asked for that."""
    asked = {
        **document.data.get("defaults", {}).get("resources", {}),
        **document.node(("services", service.name)).data.get("resources", {}),
    }
    queue = {field: asked[field] for field in QUEUE if field in asked}
    account = {"account": document.data["account"]} if "account" in document.data else {}
    time = {"time": service.resources["time"]}
    usual = schema.defaults(ENVOY.schema)["resources"]
    return profile.fill(usual, {**account, **queue, **time, **filled["resources"]})
