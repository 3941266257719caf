"""The jobs that several services and clients share, and the resources of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hpcgen import schema
from hpcgen.diagnostics import Span
from hpcgen.model.entry import SharedJob
from hpcgen.model.kind import kinds
from hpcgen.model.profile import Profile
from hpcgen.model.resources import SHAREABLE, sets_any
from hpcgen.text import units
from hpcgen.yaml.document import Document

Resources = Mapping[str, Any]


def shared_jobs(document: Document, profile: Profile) -> dict[str, SharedJob]:
    """The jobs of a valid document, by name.

    The first of these that sets a resource wins: the job, the sum of the needs of its services and
    clients, the recipe's `defaults`, the cluster profile, the schema.
    """
    needs: dict[str, list[Resources]] = {name: [] for name in document.data.get("jobs", {})}
    for name, need in _needs(document) if needs else ():
        needs[name].append(need)
    return {name: _shared_job(document, profile, name, needs[name]) for name in needs}


def _shared_job(
    document: Document, profile: Profile, name: str, needs: list[Resources]
) -> SharedJob:
    place = ("jobs", name)
    written = document.node(place).data
    resources = _resources(document, profile, name, needs)
    return SharedJob(
        name=name,
        description=written.get("description", ""),
        resources=resources,
        origin=document.key_span(place),
        origins={field: _origin(document, name, field) for field in resources},
    )


def _resources(
    document: Document, profile: Profile, name: str, needs: list[Resources]
) -> dict[str, Any]:
    resources = document.data["jobs"][name].get("resources", {})
    account = {"account": document.data["account"]} if "account" in document.data else {}
    shared = {row.field for row in SHAREABLE}
    rest = {
        field: value for field, value in _default_resources(document).items() if field not in shared
    }
    default = schema.defaults(schema.read("definitions")["$defs"]["job"])["resources"]
    total = {
        key: value for key, value in _sum(resources, needs).items() if key not in profile.forbid
    }
    return profile.fill(default, {**account, **rest, **total, **resources})


def _default_resources(document: Document) -> Resources:
    resources: Resources = document.data.get("defaults", {}).get("resources", {})
    return resources


def _sum(resources: Resources, needs: list[Resources]) -> dict[str, Any]:
    """The sum of the needs of the job's services and clients, except where `resources` sets it."""
    total: dict[str, Any] = {"cpus_per_task": sum(need.get("cpus_per_task", 1) for need in needs)}
    if not sets_any(resources, "mem") and all("mem" in need for need in needs):
        total["mem"] = units.as_memory(sum(units.memory(need["mem"]) for need in needs))
    gpus = sum(need.get("gpus_per_node", 0) for need in needs)
    if gpus and not sets_any(resources, "gpus_per_node"):
        total["gpus_per_node"] = gpus
    return total


def _needs(document: Document) -> Iterator[tuple[str, Resources]]:
    """For each entry that shares a job: the job's name, and the resources that the entry needs."""
    for section in ("services", "clients"):
        for entry in document.data.get(section, {}).values():
            if "job" in entry:
                usual = schema.defaults(kinds()[entry["kind"]].schema).get("resources", {})
                yield (
                    entry["job"],
                    {**usual, **_default_resources(document), **entry.get("resources", {})},
                )


def _origin(document: Document, name: str, field: str) -> Span:
    """The place that sets a resource: in the job or the recipe's defaults; else the job's key."""
    for place in (("jobs", name, "resources", field), ("defaults", "resources", field), (field,)):
        if document.has(place):
            return document.value_span(place)
    return document.key_span(("jobs", name))
