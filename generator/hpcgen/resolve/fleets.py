"""Replicas of a service, and the balancer before them: the services that one entry stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from hpcgen import schema
from hpcgen.balancers import balancers
from hpcgen.diagnostics import Diagnostic
from hpcgen.model.entry import Service
from hpcgen.model.fleet import Fleet, replicas_name
from hpcgen.model.kind import Kind
from hpcgen.model.profile import Profile
from hpcgen.model.recipe import Recipe
from hpcgen.model.resources import QUEUE
from hpcgen.resolve.entries import image_of
from hpcgen.yaml.document import Document


def planned(document: Document, profile: Profile, service: Service) -> tuple[Service, ...]:
    """What jobs are made for: the service, or its replicas, or these and then their balancer.

    The balancer has the service's name, for it is what clients connect to.
    """
    entry = document.node(("services", service.name)).data
    fields = service.settings.get("balancer")
    if fields is None:
        return (_replicas(profile, service, entry) if "replicas" in entry else service,)
    has_a_job = fields["placement"] == "dedicated"
    backend = replace(
        _replicas(profile, service, entry),
        name=replicas_name(service.name),
        declared=service,
        placement=fields["placement"],
        started_by="" if has_a_job else service.name,
    )
    return backend, _balancer(document, profile, service, backend)


def duplicate_replica_names(recipe: Recipe) -> Iterator[Diagnostic]:
    """HG304: an entry or a job that is called as the replicas of a balanced service are."""
    balanced = {service.backend.name: service for service in recipe.services if service.backend}
    for entry in (*recipe.entries, *recipe.jobs):
        service = balanced.get(entry.name)
        if service and entry is not service.backend:
            message = f"the replicas of `{service.name}` are called `{entry.name}` too"
            yield Diagnostic("HG304", message, entry.origin, "change this name")


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
    """How many replicas a node of their job has: as many as its GPUs are for, where those count.

    In jobs of their own it is for Slurm to say.
    """
    if entry.get("replica_jobs") or "replicas_per_node" in entry:
        return int(entry.get("replicas_per_node", 1))
    partition = profile.partitions.get(profile.partition_name(service.resources) or "")
    gpus = partition.gpus if partition else None
    of_a_replica: int = entry.get("gpus_per_replica", gpus)
    return max(gpus // of_a_replica, 1) if gpus else 1


def _balancer(document: Document, profile: Profile, service: Service, backend: Service) -> Service:
    place = ("services", service.name, "balancer")
    written, fields = document.node(place).data, service.settings["balancer"]
    kind = balancers()[fields["kind"]]
    named_ports = kind.port_names.items()
    return replace(
        service,
        kind=kind,
        image=image_of(fields, profile),
        resources=_resources(document, profile, service, kind),
        settings=fields,
        written={key: document.value_span((*place, key)) for key in written},
        port=fields["port"],
        readiness=replace(service.readiness, stable_for=0, probe=None, expected=None, command=()),
        after=(backend.name,),
        backend=backend,
        declared=service,
        placement=fields["placement"],
        expose="cluster",
        ports={name: fields[field] for field, name in named_ports if field in fields},
        **_NOTHING,
    )


_NOTHING: Mapping[str, Any] = {
    "command": None, "args": (), "env": {}, "secrets": {}, "binds": (), "setup": (), "modules": (),
    "job": None, "size": {}, "connection": {},
}  # fmt: skip
"""What a balancer has not, whatever its service has."""


def _resources(
    document: Document, profile: Profile, service: Service, kind: Kind
) -> dict[str, Any]:
    """The balancer's, as long as its service, in the queue that was asked for that."""
    recipe = {
        **document.data.get("defaults", {}).get("resources", {}),
        **document.node(("services", service.name)).data.get("resources", {}),
    }
    queue = {row.field: recipe[row.field] for row in QUEUE if row.field in recipe}
    account = {"account": document.data["account"]} if "account" in document.data else {}
    time, fields = {"time": service.resources["time"]}, service.settings["balancer"]
    usual = schema.defaults(kind.schema)["resources"]
    return profile.fill(usual, {**account, **queue, **time, **fields["resources"]})
