"""Arguments as words of bash: text as it is, a reference as the variable or path it stands for.

Text is quoted where it is printed, as every value is.
"""

from __future__ import annotations

from collections.abc import Iterable

from hpcgen.model.entry import Entry, Service
from hpcgen.model.references import Argument, Reference
from hpcgen.text.shell import Bash, word

DIRECTORIES = {"data": "DATA", "scratch": "NODE_DIR", "results": "RESULTS", "logs": "HERE"}
"""The variable that holds each directory of {dir: ...}; a container sees it as /NAME."""

MEETING = "/members"
"""In place of a port's name: where the nodes of a service meet. No recipe can say it."""

_OWN = {
    "port": Bash('"${PORT}"'),
    "host": Bash('"${IP}"'),
    "address": Bash('"${IP}:${PORT}"'),
    "url": Bash('"${SCHEME}://${IP}:${PORT}"'),
}
"""A service's own endpoint; no recipe can say `address`."""

_SECRETS = "/run/hpcgen/secrets"
"""Where a container sees its secrets that are files."""

_SLURM = {
    "job_id": '"${SLURM_JOB_ID}"',
    "job_name": '"${SLURM_JOB_NAME}"',
    "nnodes": '"${SLURM_NNODES:-1}"',
    "ntasks": '"${SLURM_NTASKS:-1}"',
    "cpus_per_task": '"${SLURM_CPUS_PER_TASK:-1}"',
}


def bash_words(entry: Entry, arguments: Iterable[Argument]) -> tuple[str, ...]:
    """One word for each argument of `entry`."""
    return tuple(bash_word(entry, each) for each in arguments)


def bash_word(entry: Entry, argument: Argument) -> str:
    """One argument of `entry` as one word: text, or the bash of what it refers to."""
    if isinstance(argument, str):
        return argument
    if argument.what in ("port", "host", "url", "address"):
        return _endpoint(entry, argument)
    if argument.what == "override":
        return Bash(f'"${{{argument.name}}}"')
    if argument.what == "slurm":
        return Bash(_SLURM[argument.name])
    if argument.what == "dir":
        own = Bash(f'"${{{DIRECTORIES[argument.name]}}}"')
        return f"/{argument.name}" if entry.image else own
    own = Bash(f'"${{HERE}}/etc/secrets/{argument.name}"')
    return f"{_SECRETS}/{argument.name}" if entry.image else own


def is_late(argument: Argument) -> bool:
    """Whether the argument is known only once the job has its port, its files, or a service."""
    if isinstance(argument, Bash):
        return "${HERE}" in argument
    return isinstance(argument, Reference) and argument.what not in ("slurm", "override")


def connection_prefix(service: str) -> str:
    """The prefix of the variables that every connection file sets, such as HPCGEN_CACHE_HOST."""
    return f"HPCGEN_{service.upper().replace('-', '_')}"


def _endpoint(entry: Entry, reference: Reference) -> Bash:
    own = isinstance(entry, Service) and reference.name in ("port", entry.name)
    if isinstance(entry, Service) and reference.what == "port" and reference.name in entry.ports:
        return word(entry.ports[reference.name])
    if reference.name == MEETING:
        return Bash('"${MEETING_PORT}"')
    if own:
        return _OWN[reference.what]
    return Bash(f'"${{{connection_prefix(reference.name)}_{reference.what.upper()}}}"')
