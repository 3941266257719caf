"""The recipe as the compiler means it: every default filled in, every reference resolved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hpcgen import units
from hpcgen.diagnostics import Span
from hpcgen.fleet import Fleet
from hpcgen.kinds import Kind
from hpcgen.mentions import mentioned
from hpcgen.profile import Profile
from hpcgen.references import Argument, Reference, references
from hpcgen.runtime_path import RuntimePath


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


@dataclass(frozen=True, slots=True)
class Bind:
    """A path of the cluster that the container sees at `target`, which may end in `:ro`."""

    source: RuntimePath
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What Slurm is asked for a job's resources for: an entry, or a job that several share.

    `origin` is where it is named, `origins` where each of its resources was asked for. `array` are
    the tasks of a job array, as --array takes them; each has these resources.
    """

    name: str
    description: str
    resources: Mapping[str, Any]
    origin: Span
    origins: Mapping[str, Span]
    array: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedJob(Submission):
    """A job of the recipe's `jobs`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Submission):
    """What services and clients have in common. `settings` are the kind's own fields.

    `written` is where those of them stand that the recipe gives.
    `command` is None where the kind or the image has one. `job` is None for a job of its own; else
    `resources` are that job's, and in their place, `size`: what it has a share of.
    `compute_internet` is what is known of the nodes that it runs on.
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
    settings: Mapping[str, Any]
    compute_internet: bool | None
    written: Mapping[str, Span]

    @property
    def job_name(self) -> str:
        """The job that runs it: one that it shares, or its own."""
        return self.job.name if self.job else self.name

    def references(self) -> Iterator[Reference]:
        """Every reference of the entry's commands, arguments and environment."""
        setup = (word for command in self.setup for word in command)
        return references((*setup, *(self.command or ()), *self.args, *self.env.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """The probe is the one that the recipe names, or None: the kind's. Times are seconds.

    `expected` is what it looks for, `command` what it runs, where it is a command.
    """

    timeout: int
    stable_for: int
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
    def is_beside(self) -> bool:
        """Whether it is a balancer on the node of the first replica."""
        return self.placement == "colocated"

    @property
    def asks_beside(self) -> bool:
        """Whether its readiness is asked by a command that runs beside its program."""
        own = "${PROBE[" in self.kind.scripts.get("probe", "")
        return bool(self.readiness.command or (own and not self.readiness.probe))

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
        """What a result calls its target: a service's name, or HOST:PORT; "" where it has none."""
        if self.target:
            return self.target.name
        return self.endpoint.address if self.endpoint else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One run of an experiment: `client` is the experiment's with the row's values in it.

    `cells` are these values as a table shows them, by field, and `places` where they stand.
    `server` is the number of the settings that it gives its target, 0 where it gives it none.
    """

    number: int
    server: int
    cells: Mapping[str, str]
    places: Mapping[str, Span]
    client: Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """A client and the rows that it runs with. `numeric` are the fields without text in any row.

    `max_parallel` is how many rows may run at once, None for as many as Slurm starts.
    """

    name: str
    description: str
    client: Client
    rows: tuple[Row, ...]
    numeric: frozenset[str]
    max_parallel: int | None
    origin: Span

    @property
    def fields(self) -> tuple[str, ...]:
        """What rows differ in, in the recipe's order."""
        return tuple(self.rows[0].cells)

    @property
    def servers(self) -> Mapping[int, Service]:
        """The target with each of the settings that rows give it, by number."""
        rows = {row.server: row.client.target for row in self.rows if row.server}
        return {number: service for number, service in rows.items() if service}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """`file` is the recipe's base name, for the headers of what is made from it.

    `stop_resources` are what a job asks for that only stops another. `scraped` are the services
    that some Prometheus of the recipe is to watch, itself among them.
    """

    name: str
    file: str
    description: str
    profile: Profile
    stop_resources: Mapping[str, Any]
    jobs: tuple[SharedJob, ...]
    services: tuple[Service, ...]
    clients: tuple[Client, ...]
    experiments: tuple[Experiment, ...] = ()
    scraped: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        watchers = (each for each in self.services if "x-scrapes" in each.kind.schema)
        scraped = frozenset(name for each in watchers for name in self.watched_by(each))
        object.__setattr__(self, "scraped", scraped)  # once: every service asks for it

    def watched_by(self, watcher: Service) -> frozenset[str]:
        """The services that one which scrapes is to watch; with a balancer, what is behind it."""
        names = (each.name for each in self.services)
        meant = mentioned(watcher.kind, watcher.settings, names) | {watcher.name}
        backends = (each.backend for each in self.services if each.name in meant)
        return meant | {each.name for each in backends if each}

    @property
    def backends(self) -> frozenset[str]:
        """The services, by name, that a balancer sends requests to."""
        return frozenset(each.backend.name for each in self.services if each.backend)

    @property
    def declared(self) -> tuple[Service, ...]:
        """The services as the recipe has them: one for a fleet and its balancer."""
        behind = self.backends
        return tuple(each.declared or each for each in self.services if each.name not in behind)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Services, then clients."""
        return (*self.services, *self.clients)

    @property
    def row_clients(self) -> tuple[Client, ...]:
        """What the clients of experiments are in each row."""
        return tuple(row.client for experiment in self.experiments for row in experiment.rows)

    @property
    def row_services(self) -> tuple[Service, ...]:
        """What the targets of experiments are where rows give them other settings."""
        return tuple(each for one in self.experiments for each in one.servers.values())

    @property
    def submissions(self) -> tuple[Submission, ...]:
        """What jobs, or the parts of heterogeneous ones, are asked for: by entries, and `jobs`.

        Replicas beside which their balancer runs are in what that asks for.
        """
        beside = {each.backend.name for each in self.services if each.backend and each.is_beside}
        own = (each for each in self.entries if each.job is None and each.name not in beside)
        return (*(_whole(entry) for entry in own), *self.jobs)


def _whole(entry: Entry) -> Submission:
    """What the job of an entry asks for: that of a fleet, for all replicas together.

    It goes on without a node that fails (sbatch(1), --no-kill), but for the first, which runs its
    script; a heterogeneous one ends whatever it asks for [seen on Slurm 24.11].
    """
    if not isinstance(entry, Service):
        return entry
    if entry.backend and entry.is_beside:
        whole = _whole(entry.backend)
        return replace(whole, name=entry.name, resources=_with(entry.resources, whole.resources))
    if entry.fleet is None:
        return entry
    resources = entry.fleet.together(entry.resources)
    goes_on = resources.get("nodes", 1) > 1 and entry.placement != "hetjob"
    return Submission(
        name=entry.name,
        description=entry.description,
        resources={**resources, **({"no_kill": True} if goes_on else {})},
        array=entry.fleet.array,
        origin=entry.origin,
        origins=entry.origins,
    )


def _with(balancer: Mapping[str, Any], replicas: Mapping[str, Any]) -> dict[str, Any]:
    """What each node is asked for so that a balancer has its own share beside replicas.

    Slurm gives every node of a job the same, and counts CPUs by the task.
    """
    tasks = replicas.get("ntasks_per_node", 1)
    cpus = replicas.get("cpus_per_task", 1) + -(-balancer.get("cpus_per_task", 1) // tasks)
    both = [units.memory(each["mem"]) for each in (balancer, replicas) if "mem" in each]
    memory = {"mem": units.as_memory(sum(both))} if "mem" in replicas else {}
    return {**replicas, "cpus_per_task": cpus, **memory}
