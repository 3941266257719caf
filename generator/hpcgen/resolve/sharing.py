"""What services and clients that share a job must agree on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hpcgen.diagnostics import Diagnostic, Related
from hpcgen.model.entry import Client, Entry, Service, SharedJob
from hpcgen.model.kind import kinds
from hpcgen.model.recipe import Recipe
from hpcgen.model.service_references import mentioned
from hpcgen.resolve.kind_resources import asking
from hpcgen.text import units
from hpcgen.text.nearest import nearest
from hpcgen.yaml.document import Document

SIZES = ("cpus_per_task", "mem", "gpus_per_node")
"""The resources that a share of a job may have; all others are the job's."""

_REFERENCES = ("host", "url", "port")


def used_within_its_job(document: Document, name: str) -> bool:
    """Whether a service shares its job with everything that uses it, and something does.

    Never where its kind is there for people to look at, as `x-pages` of its schema says.
    """
    own = document.data["services"][name]
    job = own.get("job")
    if job is None or kinds()[own["kind"]].schema.get("x-pages"):
        return False
    others = [each for each in _entries(document) if each is not own]
    users = {entry.get("job") for entry in others if name in set(_named(document, entry))}
    return users == {job}


def homeless(document: Document) -> Iterator[Diagnostic]:
    """HG309: a `job` that is not below `jobs`; HG310: one below `jobs` that nobody names."""
    jobs: Mapping[str, Any] = document.data.get("jobs", {})
    for section in ("services", "clients"):
        for name, entry in document.data.get(section, {}).items():
            if "job" in entry and entry["job"] not in jobs:
                yield _no_job(document, section, name, jobs)
    named = {entry.get("job") for entry in _entries(document)}
    for name in jobs:
        if name not in named:
            message = f"nothing runs in the job `{name}`"
            hint = f"give a service or a client `job: {name}`, or remove it"
            yield Diagnostic("HG310", message, document.key_span(("jobs", name)), hint)


def misfits(recipe: Recipe) -> Iterator[Diagnostic]:
    """What cannot be so in one job, or across two.

    HG403: a resource that only the job can ask for. HG404: shares that are more than the job has.
    HG405: one port for two. HG406: a service within one job that another job uses. HG407: a job
    of several nodes, or a client that starts tasks of its own.
    """
    members: dict[str, list[Entry]] = {job.name: [] for job in recipe.jobs}
    for entry in recipe.entries:
        if entry.job:
            members[entry.job.name].append(entry)
    for job in recipe.jobs:
        inside = members[job.name]
        yield from _foreign(job, inside)
        yield from _too_large(job, inside)
        yield from _one_port(inside)
        yield from _spread(job, inside)
    yield from _unreachable(recipe)


def _entries(document: Document) -> Iterator[Mapping[str, Any]]:
    for section in ("services", "clients"):
        yield from document.data.get(section, {}).values()


def _named(document: Document, entry: Mapping[str, Any]) -> Iterator[str]:
    """The services that an entry of a document names: its target, what it is after, references."""
    yield from mentioned(kinds()[entry["kind"]], entry, document.data["services"])
    yield from (str(entry["target"]),) if "target" in entry else ()
    yield from entry.get("after", ())
    words = [*entry.get("command", ()), *entry.get("args", ()), *entry.get("env", {}).values()]
    for word in words:
        if isinstance(word, dict):
            yield from (str(name) for what, name in word.items() if what in _REFERENCES)


def _no_job(document: Document, section: str, name: str, jobs: Mapping[str, Any]) -> Diagnostic:
    wanted = document.data[section][name]["job"]
    near = nearest(wanted, jobs)
    hint = f"did you mean `{near}`?" if near else "write it below `jobs:`, as in `jobs: {NAME: {}}`"
    span = document.value_span((section, name, "job"))
    return Diagnostic("HG309", f"there is no job called `{wanted}`", span, hint)


def _foreign(job: SharedJob, inside: list[Entry]) -> Iterator[Diagnostic]:
    for entry in inside:
        for field in entry.size:
            if field not in SIZES:
                message = f"`{field}` is not for `{entry.name}` to ask for, but for its job"
                hint = f"write it in `jobs: {{{job.name}: {{resources: …}}}}`"
                yield Diagnostic("HG403", message, entry.origins[field], hint)


def _too_large(job: SharedJob, inside: list[Entry]) -> Iterator[Diagnostic]:
    for field in SIZES:
        asked = [entry for entry in inside if field in entry.size]
        has = job.resources.get(field)
        if has is None or not asked:
            continue
        total = sum(_amount(entry.size[field]) for entry in asked)
        if total > _amount(has):
            shown = units.as_memory(total) if field == "mem" else total
            message = f"the shares of job `{job.name}` are {shown} of `{field}`, and it has {has}"
            others = tuple(Related(each.origins[field], "and this") for each in asked[1:])
            hint = "give the job more, or a share less"
            yield Diagnostic("HG404", message, asked[0].origins[field], hint, others)


def _amount(value: int | str) -> int:
    return units.memory(value) if isinstance(value, str) else value


def _one_port(inside: list[Entry]) -> Iterator[Diagnostic]:
    taken: dict[int, Entry] = {}
    for service in (each for each in inside if isinstance(each, Service)):
        for port in (each for each in (service.port, *service.ports.values()) if each):
            if port in taken:
                message = (
                    f"`{taken[port].name}` and `{service.name}` both want port {port} of a node"
                )
                first = Related(taken[port].origin, "this one has it first")
                hint = "change one, or give each a job of its own"
                yield Diagnostic("HG405", message, service.origin, hint, (first,))
            taken[port] = service


def _unreachable(recipe: Recipe) -> Iterator[Diagnostic]:
    private = {each.name: each for each in recipe.services if each.expose == "job"}
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
    yield from mentioned(entry.kind, entry.settings, (each.name for each in recipe.services))
    yield from (each.name for each in entry.references() if each.what in _REFERENCES)
    if isinstance(entry, Client) and entry.target:
        yield entry.target.name


def _spread(job: SharedJob, inside: list[Entry]) -> Iterator[Diagnostic]:
    hint = "give what needs several nodes a job of its own"
    if job.resources.get("nodes", 1) != 1:
        message = f"`{job.name}` is shared, and a job that is shared runs on one node"
        yield Diagnostic("HG407", message, job.origins["nodes"], hint)
    for entry in inside:
        yield from _alone(job, entry)
        if entry.settings.get("per", "job") != "job":
            message = f"`{entry.name}` runs once per {entry.settings['per']}, and its job is shared"
            yield Diagnostic("HG407", message, entry.origin, hint)


def _alone(job: SharedJob, entry: Entry) -> Iterator[Diagnostic]:
    """What a kind's own fields ask for, where only the job can ask."""
    fields = {field: what for field, what in asking(entry.kind) if field in entry.settings}
    for field, what in fields.items():
        if what != "nodes":
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
