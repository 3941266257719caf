"""The recipe as data, with the defaults of its kinds and its cluster filled in."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from hpcgen import balancers, schema
from hpcgen.model.entry import Client, Service, SharedJob
from hpcgen.model.kind import kinds
from hpcgen.model.recipe import Recipe
from hpcgen.model.references import Argument, Reference
from hpcgen.yaml.document import Document

_KEYS = (
    "name", "description", "cluster", "account", "acknowledge", "jobs", "services", "clients",
    "experiments",
)  # fmt: skip


def expand(document: Document, recipe: Recipe, cluster: str) -> dict[str, Any]:
    """The data of a complete recipe that compiles to the same as `recipe`, made from `document`.

    `cluster` is its cluster's name. Keys have a fixed order: the recipe's as people write them,
    those of entries and resources as the schemas list them.
    """
    sections = {
        section: {entry.name: _entry(document, section, entry) for entry in entries}
        for section, entries in (("services", recipe.declared), ("clients", recipe.clients))
        if entries
    }
    jobs = {"jobs": {job.name: _job(job) for job in recipe.jobs}} if recipe.jobs else {}
    data = {**document.data, "cluster": cluster, **jobs, **sections}
    return {key: data[key] for key in _KEYS if key in data}


def relative_cluster(recipe: Path, cluster: str) -> str:
    """`--cluster` for the file `recipe`: a path in it is relative to the recipe's directory."""
    if "/" not in cluster and not cluster.endswith(".yaml"):
        return cluster
    return os.path.relpath(cluster, recipe.parent)


def _job(job: SharedJob) -> dict[str, Any]:
    described = {"description": job.description} if job.description else {}
    rules = schema.read("definitions")["$defs"]["resources"]
    return {**described, "resources": _in_schema_order(job.resources, rules)}


def _entry(document: Document, section: str, entry: Service | Client) -> dict[str, Any]:
    rules = kinds()[entry.kind.name].schema
    written = document.data[section][entry.name]
    filled = balancers.filled(schema.fill(rules, written))
    resources = entry.size if entry.job else entry.resources
    if entry.name in _experiment_clients(document):  # a row may change unset resources
        resources = written.get("resources", {})
    filled["resources"] = _in_schema_order(
        resources, schema.deref(rules["properties"]["resources"])
    )
    if isinstance(entry, Service):
        filled["expose"] = entry.expose
        filled["readiness"] = {**filled["readiness"], "timeout": entry.readiness.timeout}
        if "command" in filled["readiness"]:
            filled["readiness"]["command"] = [
                _written_argument(argument) for argument in entry.readiness.command
            ]
    return _in_schema_order({**filled, **_written_arguments(entry)}, rules)


def _experiment_clients(document: Document) -> set[str]:
    """The names of the clients that experiments run with other values."""
    return {experiment["client"] for experiment in document.data.get("experiments", {}).values()}


def _written_arguments(entry: Service | Client) -> dict[str, Any]:
    """The entry's arguments as the program gets them: 1.10 is written as text, and stays 1.10."""
    spelled: dict[str, Any] = (
        {"args": [_written_argument(argument) for argument in entry.args]} if entry.args else {}
    )
    if entry.command is not None:
        spelled["command"] = [_written_argument(argument) for argument in entry.command]
    if entry.setup:
        spelled["setup"] = [
            [_written_argument(argument) for argument in words] for words in entry.setup
        ]
    env = {name: _written_argument(argument) for name, argument in entry.env.items()}
    return {**spelled, "env": env} if env else spelled


def _written_argument(argument: Argument) -> str | dict[str, str]:
    """The argument as a recipe has it, where it is text or a reference and nothing else."""
    if isinstance(argument, Reference):
        return {argument.what: argument.name}
    return str(argument)


def _in_schema_order(data: Mapping[str, Any], rules: schema.Schema) -> dict[str, Any]:
    keys: Iterable[str] = rules["properties"]
    return {key: data[key] for key in keys if key in data and data[key] != {}}
