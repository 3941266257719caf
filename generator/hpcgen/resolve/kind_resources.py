"""What the fields of a kind ask Slurm for.

A property's `x-resources` names the resource that its value is, such as `"nodes"`, or maps each of
its values to the resources that it stands for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hpcgen.model.kind import Kind
from hpcgen.text import units

SAME = (("gres", "gpus_per_node"), ("mem", "mem_per_cpu"))
"""Pairs of resources that ask for the same."""


def asking(kind: Kind) -> Iterator[tuple[str, str | Mapping[str, Any]]]:
    """The fields of the kind that ask for resources, each with its `x-resources`."""
    for field, rules in kind.schema["properties"].items():
        if "x-resources" in rules:
            yield field, rules["x-resources"]


def stated(kind: Kind, entry: Mapping[str, Any]) -> dict[str, Any]:
    """The resources that fields of the entry are: a number of nodes, a time limit in minutes."""
    return {
        what: units.as_walltime(60 * entry[field]) if what == "time" else entry[field]
        for field, what in asking(kind)
        if isinstance(what, str) and field in entry
    }


def chosen(kind: Kind, entry: Mapping[str, Any]) -> dict[str, Any]:
    """The resources that a name in the entry stands for, without what its own words replace."""
    named = {
        name: value
        for field, what in asking(kind)
        if not isinstance(what, str) and field in entry
        for name, value in what[entry[field]].items()
    }
    return giving_way(named, entry.get("resources", {}))


def giving_way(resources: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """Of the resources, those that do not ask for the same as what was asked for."""
    replaced = {one for pair in SAME for one in pair if {*pair} & asked.keys()}
    return {name: value for name, value in resources.items() if name not in replaced}


def source(kind: Kind, entry: Mapping[str, Any], resource: str) -> str | None:
    """The field of the entry that asks for the resource; None where none does."""
    for field, what in asking(kind):
        stands_for = (what,) if isinstance(what, str) else what.get(entry.get(field, ""), ())
        if field in entry and resource in stands_for:
            return field
    return None
