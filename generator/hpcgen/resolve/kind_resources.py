"""The Slurm resources that a kind's fields stand for.

A property's `x-resources` names the resource that its value is, such as `"nodes"`, or maps each of
its values to resources.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hpcgen.model.kind import Kind
from hpcgen.model.resources import alternatives
from hpcgen.text import units


def resource_fields(kind: Kind) -> Iterator[tuple[str, str | Mapping[str, Any]]]:
    """The fields of the kind that stand for resources, each with its `x-resources`."""
    for field, rules in kind.schema["properties"].items():
        if "x-resources" in rules:
            yield field, rules["x-resources"]


def resources_from_values(kind: Kind, entry: Mapping[str, Any]) -> dict[str, Any]:
    """The resources that are values of fields: a number of nodes, a time limit in minutes."""
    return {
        what: units.as_walltime(60 * entry[field]) if what == "time" else entry[field]
        for field, what in resource_fields(kind)
        if isinstance(what, str) and field in entry
    }


def resources_from_names(kind: Kind, entry: Mapping[str, Any]) -> dict[str, Any]:
    """The resources that names in the entry stand for, without those its `resources` replace."""
    named = {
        name: value
        for field, what in resource_fields(kind)
        if not isinstance(what, str) and field in entry
        for name, value in what[entry[field]].items()
    }
    return without_replaced(named, entry.get("resources", {}))


def without_replaced(resources: Mapping[str, Any], requested: Mapping[str, Any]) -> dict[str, Any]:
    """The resources without those that the requested ones replace."""
    replaced = {name for field in requested for name in alternatives(field)}
    return {name: value for name, value in resources.items() if name not in replaced}


def source_field(kind: Kind, entry: Mapping[str, Any], resource: str) -> str | None:
    """The field of the entry that stands for the resource; None if none does."""
    for field, what in resource_fields(kind):
        stands_for = (what,) if isinstance(what, str) else what.get(entry.get(field, ""), ())
        if field in entry and resource in stands_for:
            return field
    return None
