"""A kind's offer to the plan: the protocol between the compiler and a folder of `services/`.

A kind's module has one function: `offer(service)` for a service, `offer(client)` for a client; and
where not every entry that fits the schema can be, `problems(entry)`, which yields diagnostics of
the codes that it states (`diagnostics/finds.py`).
Beside it the folder holds the bash it contributes, each file where the kind has need of it: a
service `configure.sh`, `probe.sh`, `prepare.sh`, `around.sh` and `connect.sh`; a client
`functions.sh` and `run.sh`. A kind that speaks of others, as Prometheus does, has `offer_among` in
place of `offer` (`neighbours.py`). `alerts.yml` holds the rules by which Prometheus judges what
the kind offers to be scraped, `alerts.test.yml` their tests for promtool, `dashboards/` what
Grafana shows of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hpcgen.kinds.overrides import Override
from hpcgen.model.entry import Bind, SecretReference, Service
from hpcgen.model.references import Argument
from hpcgen.model.runtime_path import RuntimePath
from hpcgen.model.scraping import Exporter, Scrape
from hpcgen.text.values import Bash, Text, Value, Variable, joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A secret that a job reads into the bash variable `variable`, and keeps under `name`.

    `environment` names the container's variable that holds it, `file` says that it is a file of
    `name` in /run/hpcgen/secrets; a kind's own configuration may need neither. `must_be_plain`
    says that it goes where a space or a quote would break something. `owner` is whose it is where
    it is not the entry's own: a service, or what begins with a dot, for what several share.
    """

    name: str
    variable: str
    reference: SecretReference
    environment: str | None = None
    file: bool = False
    must_be_plain: bool = False
    owner: str = ""

    @property
    def is_generated(self) -> bool:
        """Whether the deployment makes it, because the recipe names no place that has it."""
        return self.reference == SecretReference()

    @property
    def value(self) -> Variable:
        """The secret, once it is read."""
        return Variable(self.variable)

    @property
    def path(self) -> Text:
        """The file that holds it."""
        if self.reference.file:
            return joined(Variable(f"{self.variable}_FILE"))
        owner = self.owner or Variable("NAME")
        return joined(Variable("RUN"), "/secrets/", owner, f".{self.name}")

    @property
    def file_name(self) -> str:
        """Its file name in the container's directory of secrets."""
        return f"{self.owner.removeprefix('.')}.{self.name}" if self.owner else self.name

    @property
    def complaint(self) -> str:
        """The message of the job if the file cannot be read."""
        if self.reference.variable:
            return f"{self.reference.variable} was not kept; first: bin/secrets.sh"
        return f"the secret {self.name} cannot be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What every kind says of its program."""

    title: str  # what the job is
    command: tuple[Argument, ...] = ()  # what runs where the recipe names nothing else
    files: Mapping[str, str] = field(default_factory=dict)  # larger files, in /bundle: name to text
    folder: str = ""  # where these lie in the bundle, for one entry alone; "": services/<entry>/
    artefacts: Mapping[str, str] = field(default_factory=dict)  # files elsewhere: path to text
    env: Mapping[str, Argument] = field(default_factory=dict)  # the program's environment
    binds: tuple[Bind, ...] = ()  # what its container sees of the cluster's paths
    config: str | None = None  # where it sees the folder of its configuration
    directories: frozenset[str] = frozenset()  # those of {dir: ...} that it needs
    keeps_data: bool = False  # its data outlives the job
    data: RuntimePath | None = None  # where that data is; None: below the run directory
    writes_tmp: bool = False  # it has a /tmp on its node, where it has 64 MB else
    runs_image: bool = False  # the image's own program runs
    on_each_node: bool = False  # the program runs on every node, and not on the first alone
    runs_bare: bool = False  # its kind minds where there is no container, whatever it asks for here
    needs_container: bool = False  # its bash runs its image
    overrides: tuple[Override, ...] = ()  # the fields that command or values take as submitted
    secrets: tuple[Secret, ...] = ()  # the first is what clients give; without one the port is open
    values: Mapping[str, Value] = field(default_factory=dict)  # what its bash reads


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """What `bin/fetch-NAME.sh` fetches on the login node, before the first job: `title` says it.

    It is made of `steps`, files of the kind's bash, with `values` beside NAME, IMAGE and CONTAINER.
    Where it is `needed` the job does not fetch that itself.
    """

    title: str
    needed: bool
    steps: tuple[str, ...]
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class ChosenExporter:
    """An exporter that runs beside a service, with the image and the port that the recipe names."""

    exporter: Exporter
    image: str | None
    port: int | None


NODE_RANK = "HPCGEN_NODE_RANK"
"""The container's variable that tells the nodes of a service apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """The other nodes of a service's job, on each of which its command runs too.

    They are the tasks of one step of Slurm, and the death of one fails the job. `launcher` stands
    before the command on every node; the container's HPCGEN_NODE_RANK, 0 on the first node, says
    there which one it is. MEETING_PORT, the first of five from `usual_port` that is free, is theirs
    to meet at on the first node. `address` names the container's variable for a node's own address.
    """

    count: int
    launcher: tuple[Argument, ...]
    usual_port: int
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionScript:
    """What `connect.sh` of a kind does; the kind's module has one called CONNECTION.

    It sets and exports `exports`, and reads no variables but `reads`: of host, port, url, secret,
    and of the offer's `connection`. A client's `target_endpoint` is reached by it too.
    """

    exports: tuple[str, ...]
    reads: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOffer(Offer):
    """A server of one port. `docs/contract.md` says which bash its folder may have."""

    usual_port: int  # where its range begins, where the recipe has no port
    scheme: str = "tcp"  # what its URL begins with
    probe: str | None = None  # one of the library's; None: the kind's own probe.sh
    probe_runs_beside: bool = False  # the kind's runs a command in a container of its own
    proof: str = ""  # in words, what the kind's own probe proves
    danger: str = ""  # what everybody can do to a program that asks for no credential
    preparation: int = 0  # the seconds that prepare.sh may take
    variables: tuple[str, ...] = ()  # what the connection file sets
    connection: Mapping[str, Value] = field(default_factory=dict)  # what connect.sh reads besides
    connection_script: Bash | None = None  # what stands in place of the kind's connect.sh
    visitor: str = ""  # the user as whom people log in to its pages, where it has pages
    fetch: Fetch | None = None  # what the login node can do beforehand
    members: Members | None = None  # what runs on other nodes; None: it is on the first alone
    scrape: tuple[Scrape, ...] = ()  # what it exports to Prometheus itself
    exporters: tuple[Exporter, ...] = ()  # the programs that can export for it
    chosen_exporters: tuple[ChosenExporter, ...] = ()  # those that do (`exporter_choice.py`)
    library: tuple[str, ...] = ()  # files of templates/lib/ that around.sh uses
    meanwhile: str = ""  # a function of around.sh that runs beside the program once it is ready
    health: str = ""  # the path of which a GET succeeds, without a credential, where it works
    websocket: str = ""  # the path of its sessions, where it has any
    sessions: int = 0  # how many it has room for
    processes: int | Variable = 1  # how many processes share them
    behind: ServiceOffer | None = None  # what a balancer is before
    published: tuple[str, ...] = ()  # variables that its endpoint holds too

    def probes_beside(self, service: Service) -> bool:
        """Whether readiness is asked by a command in a container beside the program."""
        kinds_own = self.probe_runs_beside and not service.readiness.probe
        return bool(service.readiness.command or kinds_own)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOffer(Offer):
    """A client. Without a `run.sh` its command leaves /results/result.json, or the job fails."""

    runs_command: bool = False  # the work is a command, which gets the target's variables
    late_values: Mapping[str, Value] = field(default_factory=dict)  # those that need the target
    reaches: bool = True  # the job waits for a target outside of the recipe
    facts: Mapping[str, Value] = field(default_factory=dict)  # what connect.sh reads of such a one
    listens: bool = False  # its program has a port on each node, and needs the interface
    mark: str = ""  # what the job's name, and so its log's, ends with, after a dot
    lasts: int = 0  # the seconds that the work takes at least, where the recipe says it
    library: tuple[str, ...] = ()  # files of templates/lib/ that its bash uses
    checks: str = ""  # the fleet that bin/preflight.sh finds sound first; PREFLIGHT is its sha256


def secret_file(service: Service, name: str, reference: SecretReference) -> Text:
    """The file of a service's secret, where its connection file is sourced."""
    in_run = joined(Variable("RUN"), f"/secrets/{service.name}.{name}")
    return reference.file.word if reference.file else in_run
