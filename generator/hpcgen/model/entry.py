"""What a recipe names: services, clients, and the jobs that several of them share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hpcgen.diagnostics import Span
from hpcgen.model.fleet import Fleet
from hpcgen.model.kind import Kind
from hpcgen.model.references import Argument, Reference, references
from hpcgen.model.runtime_path import RuntimePath


@dataclass(frozen=True, slots=True)
class Image:
    """`path` is the file or sandbox that runs; `source` what it is pulled from, if it is pulled."""

    path: RuntimePath
    source: str | None = None


@dataclass(frozen=True, slots=True)
class SecretReference:
    """Where a secret comes from: a file, a variable of the submitting shell, or neither: made."""

    file: RuntimePath | None = None
    variable: str | None = None


def secret_reference(written: dict[str, Any]) -> SecretReference:
    """`{file: PATH}`, `{env: NAME}` or `{generate: true}`."""
    file = RuntimePath(written["file"]) if "file" in written else None
    return SecretReference(file, written.get("env"))


@dataclass(frozen=True, slots=True)
class Bind:
    """A path of the cluster that the container sees at `target`, which may end in `:ro`."""

    source: RuntimePath
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A request to Slurm for a job's resources: that of an entry, or of a job that several share.

    `origin` is the place of its name, `origins` are those of its resources. `tasks` is the number
    of tasks of a job array, each with these resources; 0 for a single job.
    """

    name: str
    description: str
    resources: Mapping[str, Any]
    origin: Span
    origins: Mapping[str, Span]
    tasks: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedJob(Submission):
    """A job of the recipe's `jobs`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Submission):
    """The fields that services and clients have in common. `settings` are the kind's own fields.

    `written` has the places of those fields that the recipe sets.
    `command` is None if the kind or the image has one. `job` is None if the entry has its own job;
    otherwise `resources` are those of the shared job, and `size` is the entry's share of them.
    `log_limit` is the size in bytes at which a log is cut. `compute_internet` says whether its
    nodes have internet access, None if that is unknown.
    """

    kind: Kind
    job: SharedJob | None
    size: Mapping[str, Any]
    image: Image | None
    command: tuple[Argument, ...] | None
    args: tuple[Argument, ...]
    env: Mapping[str, Argument]
    secrets: Mapping[str, SecretReference]
    binds: tuple[Bind, ...]
    setup: tuple[tuple[Argument, ...], ...]
    modules: tuple[str, ...]
    after: tuple[str, ...]
    labels: Mapping[str, str]
    log_limit: int
    settings: Mapping[str, Any]
    compute_internet: bool | None
    written: Mapping[str, Span]

    @property
    def job_name(self) -> str:
        """The name of the job that runs it, shared or its own."""
        return self.job.name if self.job else self.name

    def place(self, *fields: str) -> Span:
        """The place of the first of these fields that the recipe sets; else that of the entry."""
        places = (self.written[name] for name in fields if name in self.written)
        return next(places, self.origin)

    def references(self) -> Iterator[Reference]:
        """Every reference of the entry's commands, arguments and environment."""
        setup = (word for command in self.setup for word in command)
        return references((*setup, *(self.command or ()), *self.args, *self.env.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """The probe is the one that the recipe names, or None: the kind's. Times are seconds.

    `interval` is how often it is asked once the service is ready.

    `expected` is what it looks for, `command` what it runs, where it is a command.
    """

    timeout: int
    stable_for: int
    interval: int
    probe: str | None = None
    expected: object = None
    command: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Entry):
    """`port` is None where the kind's planned range applies; `ports` are further ones, by name.

    `exporters` are those that it asks for, by name, each with the image and the port that it is to
    have; None where it leaves that to its kind, and `cadvisor` then is asked for beside them.
    `fleet` says that it has replicas; its resources are those of one. A balancer has a `backend`,
    the replicas that it sends requests to; both stand for `declared`, whose name the balancer has.
    `placement` says of both where the balancer runs, and is "" of any other service; `started_by`
    is the balancer in whose job the replicas run, "" where they have one of their own.
    """

    port: int | None
    ports: Mapping[str, int]
    expose: str
    stops_after_clients: bool
    readiness: Readiness
    connection: Mapping[str, Argument]
    exporters: Mapping[str, Mapping[str, Any]] | None
    cadvisor: Mapping[str, Any] | None
    fleet: Fleet | None = None
    backend: Service | None = None
    declared: Service | None = None
    started_by: str = ""
    placement: str = ""

    @property
    def job_name(self) -> str:
        """The job that runs it, its balancer's where that starts it."""
        return self.started_by or (self.job.name if self.job else self.name)

    @property
    def is_colocated(self) -> bool:
        """Whether it is a balancer on the node of the first replica."""
        return self.placement == "colocated"

    def references(self) -> Iterator[Reference]:
        """Every reference of the entry's, and of the command that proves it ready."""
        yield from Entry.references(self)
        yield from references(self.readiness.command)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server outside of the recipe; `timeout` are the seconds that it may take to answer."""

    host: str
    port: int
    timeout: int

    @property
    def address(self) -> str:
        """HOST:PORT."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client(Entry):
    """`duration` is seconds, None for as long as it takes; `target` None where it has none.

    `endpoint` is what it talks to instead, where that is no service of the recipe.
    """

    target: Service | None
    endpoint: Endpoint | None
    duration: int | None

    @property
    def target_name(self) -> str:
        """The target's name in a result: a service's name, or HOST:PORT; "" without a target."""
        if self.target:
            return self.target.name
        return self.endpoint.address if self.endpoint else ""
