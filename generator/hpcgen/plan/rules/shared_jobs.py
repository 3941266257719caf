"""Jobs that several services and clients share."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.diagnostics import Diagnostic, Related
from hpcgen.diagnostics.finds import finds
from hpcgen.model.entry import Client, Entry, Service, SharedJob
from hpcgen.model.recipe import Recipe
from hpcgen.model.resources import SHAREABLE
from hpcgen.model.service_references import named_services
from hpcgen.plan.rules.situation import Situation
from hpcgen.resolve.kind_resources import resource_fields
from hpcgen.resolve.sharing import REFERENCES
from hpcgen.text import units


def _jobs(situation: Situation) -> Iterator[tuple[SharedJob, list[Entry]]]:
    """Each job below `jobs`, and the entries that run in it."""
    entries = situation.recipe.entries
    for job in situation.recipe.jobs:
        yield job, [entry for entry in entries if entry.job and entry.job.name == job.name]


@finds("HG403")
def resources_of_the_job(situation: Situation) -> Iterator[Diagnostic]:
    """A resource that an entry asks for, and that only its job can ask for."""
    for job, entries in _jobs(situation):
        yield from _resources_of_the_job(job, entries)


@finds("HG404")
def shares(situation: Situation) -> Iterator[Diagnostic]:
    """Shares that are more than the job has."""
    for job, entries in _jobs(situation):
        yield from _shares(job, entries)


@finds("HG405")
def ports(situation: Situation) -> Iterator[Diagnostic]:
    """One port for two services of a node."""
    for _, entries in _jobs(situation):
        yield from _ports(entries)


@finds("HG403", "HG407")
def several_nodes(situation: Situation) -> Iterator[Diagnostic]:
    """HG407: a shared job of several nodes, or a program in one that starts tasks of its own.

    HG403: a field of the kind that asks for what only the job can ask for.
    """
    for job, entries in _jobs(situation):
        yield from _several_nodes(job, entries)


def _resources_of_the_job(job: SharedJob, entries: list[Entry]) -> Iterator[Diagnostic]:
    shareable = {row.field for row in SHAREABLE}
    for entry in entries:
        for field in entry.size:
            if field not in shareable:
                message = f"`{field}` is not for `{entry.name}` to ask for, but for its job"
                hint = f"write it in `jobs: {{{job.name}: {{resources: …}}}}`"
                yield Diagnostic("HG403", message, entry.origins[field], hint)


def _shares(job: SharedJob, entries: list[Entry]) -> Iterator[Diagnostic]:
    for field in (row.field for row in SHAREABLE):
        sharers = [entry for entry in entries if field in entry.size]
        has = job.resources.get(field)
        if has is None or not sharers:
            continue
        total = sum(_amount(entry.size[field]) for entry in sharers)
        if total > _amount(has):
            shown = units.as_memory(total) if field == "mem" else total
            message = f"the shares of job `{job.name}` are {shown} of `{field}`, and it has {has}"
            others = tuple(Related(entry.origins[field], "and this") for entry in sharers[1:])
            hint = "give the job more, or a share less"
            yield Diagnostic("HG404", message, sharers[0].origins[field], hint, others)


def _amount(value: int | str) -> int:
    return units.memory(value) if isinstance(value, str) else value


def _ports(entries: list[Entry]) -> Iterator[Diagnostic]:
    taken: dict[int, Entry] = {}
    for service in (entry for entry in entries if isinstance(entry, Service)):
        for port in (port for port in (service.port, *service.ports.values()) if port):
            if port in taken:
                message = (
                    f"`{taken[port].name}` and `{service.name}` both want port {port} of a node"
                )
                first = Related(taken[port].origin, "this one has it first")
                hint = "change one, or give each a job of its own"
                yield Diagnostic("HG405", message, service.origin, hint, (first,))
            taken[port] = service


@finds("HG406")
def private_services(situation: Situation) -> Iterator[Diagnostic]:
    """A service that listens within its own job, and an entry of another job that uses it."""
    recipe = situation.recipe
    private = {service.name: service for service in recipe.services if service.expose == "job"}
    for entry in recipe.entries if private else ():
        for name in sorted({*_uses(recipe, entry)} & private.keys() - {entry.name}):
            service = private[name]
            if entry.job is None or entry.job is not service.job:
                message = (
                    f"`{entry.name}` cannot reach `{name}`, which listens for its own job alone"
                )
                hint = f"remove `expose: job` of `{name}`, or let the two share a job"
                first = Related(service.origin, f"`{name}` is here")
                yield Diagnostic("HG406", message, entry.origin, hint, (first,))


def _uses(recipe: Recipe, entry: Entry) -> Iterator[str]:
    names = (service.name for service in recipe.services)
    yield from named_services(entry.kind, entry.settings, names)
    endpoints = (reference for reference in entry.references() if reference.what in REFERENCES)
    yield from (reference.name for reference in endpoints)
    if isinstance(entry, Client) and entry.target:
        yield entry.target.name


def _several_nodes(job: SharedJob, entries: list[Entry]) -> Iterator[Diagnostic]:
    hint = "give what needs several nodes a job of its own"
    if job.resources.get("nodes", 1) != 1:
        message = f"`{job.name}` is shared, and a job that is shared runs on one node"
        yield Diagnostic("HG407", message, job.origins["nodes"], hint)
    for entry in entries:
        yield from _processes(job, entry)
        if entry.settings.get("per", "job") != "job":
            message = f"`{entry.name}` runs once per {entry.settings['per']}, and its job is shared"
            yield Diagnostic("HG407", message, entry.origin, hint)


def _processes(job: SharedJob, entry: Entry) -> Iterator[Diagnostic]:
    """What a kind's own fields ask for, where only the job can ask."""
    fields = {f: resource for f, resource in resource_fields(entry.kind) if f in entry.settings}
    for field, resource in fields.items():
        if resource != "nodes":
            message = f"`{field}` is not for `{entry.name}` to ask for, but for its job"
            hint = f"write what it stands for in `jobs: {{{job.name}: {{resources: …}}}}`"
            yield Diagnostic("HG403", message, entry.origin, hint)
        elif entry.settings[field] != 1:
            message = f"`{entry.name}` runs on {entry.settings[field]} nodes, and its job is shared"
            yield Diagnostic("HG407", message, entry.origin, "give it a job of its own")
    if fields and entry.size:
        message = f"`{entry.name}` starts processes of its own, and takes no share of `{job.name}`"
        hint = "remove its `resources`: it uses what the job has"
        yield Diagnostic("HG407", message, entry.origin, hint)
