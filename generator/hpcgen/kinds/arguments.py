"""Arguments as words of a script: a reference is the variable or the path that it stands for."""

from __future__ import annotations

from collections.abc import Iterable

from hpcgen.model.entry import Entry, Service
from hpcgen.model.references import Argument, Reference
from hpcgen.text.values import Variable, Word, joined, variables

DIRECTORIES = {"data": "DATA", "scratch": "NODE_DIR", "results": "RESULTS", "logs": "HERE"}
"""The variable that holds each directory of {dir: ...}; a container sees it as /NAME."""

MEETING = "/members"
"""In place of a port's name: where the nodes of a service meet. No recipe can say it."""

_OWN_ENDPOINT: dict[str, Word] = {
    "port": Variable("PORT"),
    "host": Variable("IP"),
    "address": joined(Variable("IP"), ":", Variable("PORT")),
    "url": joined(Variable("SCHEME"), "://", Variable("IP"), ":", Variable("PORT")),
}
"""A service's own endpoint; no recipe can say `address`."""

_SECRETS = "/run/hpcgen/secrets"
"""Where a container sees its secrets that are files."""

_SLURM = {
    "job_id": Variable("SLURM_JOB_ID"),
    "job_name": Variable("SLURM_JOB_NAME"),
    "nnodes": Variable("SLURM_NNODES", "1"),
    "ntasks": Variable("SLURM_NTASKS", "1"),
    "cpus_per_task": Variable("SLURM_CPUS_PER_TASK", "1"),
}


def argument_words(entry: Entry, arguments: Iterable[Argument]) -> tuple[Word, ...]:
    """One word for each argument of `entry`."""
    return tuple(argument_word(entry, argument) for argument in arguments)


def argument_word(entry: Entry, argument: Argument) -> Word:
    """One argument of `entry` as one word: text, or the variable or path that it refers to."""
    if not isinstance(argument, Reference):
        return argument
    if argument.what in ("port", "host", "url", "address"):
        return _endpoint(entry, argument)
    if argument.what == "override":
        return Variable(argument.name)
    if argument.what == "slurm":
        return _SLURM[argument.name]
    if argument.what == "dir":
        on_node = joined(Variable(DIRECTORIES[argument.name]))
        return f"/{argument.name}" if entry.image else on_node
    on_node = joined(Variable("HERE"), f"/etc/secrets/{argument.name}")
    return f"{_SECRETS}/{argument.name}" if entry.image else on_node


def is_late(argument: Argument) -> bool:
    """Whether the argument is known only once the job has its port, its files, or a service."""
    if isinstance(argument, Reference):
        return argument.what not in ("slurm", "override")
    return any(variable.name == "HERE" for variable in variables(argument))


def connection_prefix(service: str) -> str:
    """The prefix of the variables that every connection file sets, such as HPCGEN_CACHE_HOST."""
    return f"HPCGEN_{service.upper().replace('-', '_')}"


def _endpoint(entry: Entry, reference: Reference) -> Word:
    if isinstance(entry, Service) and reference.what == "port" and reference.name in entry.ports:
        return entry.ports[reference.name]
    if reference.name == MEETING:
        return Variable("MEETING_PORT")
    if isinstance(entry, Service) and reference.name in ("port", entry.name):
        return _OWN_ENDPOINT[reference.what]
    return Variable(f"{connection_prefix(reference.name)}_{reference.what.upper()}")
