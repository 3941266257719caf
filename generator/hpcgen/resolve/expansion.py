"""The recipe with everything filled in that it leaves to defaults, to its kinds and its cluster."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from hpcgen import schema
from hpcgen.model.entry import Client, Service, SharedJob
from hpcgen.model.kind import kinds
from hpcgen.model.recipe import Recipe
from hpcgen.model.references import Argument, Reference
from hpcgen.yaml.document import Document

_KEYS = ("name", "description", "cluster", "account", "jobs", "services", "clients", "experiments")


def expand(document: Document, recipe: Recipe, cluster: str) -> dict[str, Any]:
    """A recipe that says all that `recipe`, made from `document`, means; it compiles to the same.

    `cluster` is what it names its cluster. Keys are in one order: the recipe's as people write
    them, an entry's and its resources' as the schemas list them.
    """
    sections = {
        section: {entry.name: _entry(document, section, entry) for entry in entries}
        for section, entries in (("services", recipe.declared), ("clients", recipe.clients))
        if entries
    }
    jobs = {"jobs": {job.name: _job(job) for job in recipe.jobs}} if recipe.jobs else {}
    data = {**document.data, "cluster": cluster, **jobs, **sections}
    return {key: data[key] for key in _KEYS if key in data}


def cluster_beside(recipe: Path, cluster: str) -> str:
    """`--cluster` as a recipe in that place says it: a path there starts beside the recipe."""
    if "/" not in cluster and not cluster.endswith(".yaml"):
        return cluster
    return os.path.relpath(cluster, recipe.parent)


def _job(job: SharedJob) -> dict[str, Any]:
    described = {"description": job.description} if job.description else {}
    rules = schema.read("definitions")["$defs"]["resources"]
    return {**described, "resources": _ordered(job.resources, rules)}


def _entry(document: Document, section: str, entry: Service | Client) -> dict[str, Any]:
    rules = kinds()[entry.kind.name].schema
    written = document.data[section][entry.name]
    filled = schema.fill(rules, written)
    resources = entry.size if entry.job else entry.resources
    if entry.name in _varied(document):  # where nothing is said, a row may make it another thing
        resources = written.get("resources", {})
    filled["resources"] = _ordered(resources, schema.deref(rules["properties"]["resources"]))
    if isinstance(entry, Service):
        filled["expose"] = entry.expose
        filled["readiness"] = {**filled["readiness"], "timeout": entry.readiness.timeout}
        if "command" in filled["readiness"]:
            filled["readiness"]["command"] = [_written(each) for each in entry.readiness.command]
    return _ordered({**filled, **_spelled(entry)}, rules)


def _varied(document: Document) -> set[str]:
    """The clients that experiments run with other values."""
    return {each["client"] for each in document.data.get("experiments", {}).values()}


def _spelled(entry: Service | Client) -> dict[str, Any]:
    """The entry's arguments as they reach the program: 1.10 is written as text, and stays 1.10."""
    spelled: dict[str, Any] = (
        {"args": [_written(each) for each in entry.args]} if entry.args else {}
    )
    if entry.command is not None:
        spelled["command"] = [_written(each) for each in entry.command]
    if entry.setup:
        spelled["setup"] = [[_written(each) for each in words] for words in entry.setup]
    env = {name: _written(each) for name, each in entry.env.items()}
    return {**spelled, "env": env} if env else spelled


def _written(argument: Argument) -> str | dict[str, str]:
    """The argument as a recipe has it, where it is text or a reference and nothing else."""
    if isinstance(argument, Reference):
        return {argument.what: argument.name}
    return str(argument)


def _ordered(data: Mapping[str, Any], rules: schema.Schema) -> dict[str, Any]:
    known: Iterable[str] = rules["properties"]
    return {key: data[key] for key in known if key in data and data[key] != {}}
