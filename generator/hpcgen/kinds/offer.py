"""What a kind offers to the plan: the protocol between the compiler and a folder of `services/`.

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
from hpcgen.text import shell
from hpcgen.text.shell import Bash, Value


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
    def assigned(self) -> Bash:
        """The variable's name, for an assignment to it."""
        return shell.name(self.variable)

    @property
    def value(self) -> Bash:
        """The bash word for the secret, once it is read."""
        return Bash(f'"${{{self.variable}}}"')

    @property
    def path(self) -> Bash:
        """The bash word for the file that holds it."""
        kept = f'"${{RUN}}/secrets/{self.owner or "${NAME}"}.{self.name}"'
        return Bash(f'"${{{self.variable}_FILE}}"' if self.reference.file else kept)

    @property
    def file_name(self) -> str:
        """What the container calls it, where it is a file of secrets/."""
        return f"{self.owner.removeprefix('.')}.{self.name}" if self.owner else self.name

    @property
    def complaint(self) -> str:
        """What to say where the file cannot be read."""
        if self.reference.variable:
            return f"{self.reference.variable} was not kept; first: bin/secrets.sh"
        return f"the secret {self.name} cannot be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What every kind says of its program.

    `title` says what the job is. `command` is what runs where the recipe names nothing else. `env`
    and `binds` are the container's; `config` is where it sees the folder of its configuration.
    `files` are larger files, name to text: they lie in `folder` of the bundle, else in
    `services/<entry>/`; the job refuses any but the reviewed ones, and the container sees them in
    /bundle. No two entries of a recipe have the same `folder`. `artefacts` are files elsewhere
    in the bundle, path to text, which the kind's own bash reads. `directories` are
    those of {dir: ...} that it needs; with `keeps_data` its data outlives the job, in `data` or
    else below the run directory, and `writes_tmp` gives it a /tmp on its node, where it has 64 MB
    else. `runs_image` says that the image's own program runs, `on_each_node` that the program
    runs on every node of the job and not on the first alone, `runs_bare` that the kind minds where
    there is no container, whatever else it asks for here. `overrides` are the
    fields of which its command or `values` use what the submitter sets. The first of `secrets` is
    the credential that a service's clients give; without one its port is open.
    """

    title: str
    command: tuple[Argument, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""
    env: Mapping[str, Argument] = field(default_factory=dict)
    binds: tuple[Bind, ...] = ()
    config: str | None = None
    directories: frozenset[str] = frozenset()
    keeps_data: bool = False
    data: RuntimePath | None = None
    writes_tmp: bool = False
    runs_image: bool = False
    on_each_node: bool = False
    runs_bare: bool = False
    artefacts: Mapping[str, str] = field(default_factory=dict)
    overrides: tuple[Override, ...] = ()
    secrets: tuple[Secret, ...] = ()
    values: Mapping[str, Value] = field(default_factory=dict)


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
class ServiceOffer(Offer):
    """A server of one port.

    `configure.sh` defines `configure`, called once IP and PORT are known. `probe` is one of the
    library's, or None for the kind's `probe.sh`, which defines `probe`: it succeeds when the
    service works and else prints why not. `connect.sh`, or `connection_lines` in its place, turn
    host, port, url, secret and `connection` into `variables` for whoever sources the connection
    file. `proof` says in words what the kind's own probe proves, and `danger` what everybody can do
    to a program that knows no credential. `prepare.sh` runs once the probe has succeeded, before
    the endpoint is published, and ends the job where it fails; `preparation` are the seconds that
    it may take. `members` is what it runs on other nodes; without any it is on the first
    node alone. `scrape` is what it tells Prometheus by itself, `exporters` are the programs that
    tell of it for it. `around.sh` is what the kind keeps out of the script of its job, in a file
    that the job sources; there `leave` is called once the program has ended, and must be done when
    SECONDS is `deadline`. `library` are files of templates/lib/ that go with it. `visitor` is the
    user as whom people log in to its pages, where it has pages to look at. `meanwhile` is a
    function of around.sh that runs beside the program from when it is ready.
    `supervise.sh` stands in place of waiting for the program's end, and ends the job.

    Of a service that a balancer may stand before, `health` is the path of which a GET succeeds
    without a credential where it works, `websocket` the one of its sessions, `sessions` how many it
    has room for, and `processes` the bash word for how many processes share them. A balancer is
    before what is `behind` it, and takes `most_connections`; `published` are the variables that its
    endpoint holds too.
    """

    usual_port: int
    proof: str = ""
    danger: str = ""
    probe: str | None = None
    scheme: str = "tcp"
    variables: tuple[str, ...] = ()
    connection: Mapping[str, Value] = field(default_factory=dict)
    connection_lines: tuple[str, ...] = ()
    preparation: int = 0
    fetch: Fetch | None = None
    members: Members | None = None
    scrape: tuple[Scrape, ...] = ()
    exporters: tuple[Exporter, ...] = ()
    library: tuple[str, ...] = ()
    visitor: str = ""
    meanwhile: str = ""
    health: str = ""
    websocket: str = ""
    sessions: int = 0
    processes: Bash = Bash("1")  # noqa: RUF009 - it is as immutable as any text
    behind: ServiceOffer | None = None
    most_connections: int = 0
    published: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOffer(Offer):
    """`functions.sh` defines `leave`, called at the end however it comes; `run.sh` does the work.

    `runs_command` says that the work is a command, the offer's or the recipe's own, in COMMAND;
    its container gets the variables of the target's connection. Without a `run.sh` the command
    leaves /results/result.json within LIMIT seconds, or the job fails. `late_values` need the
    target's connection. `listens` says that its program has a port on each node, and needs to know
    the interface. `mark` is what the job's name ends with, after a dot, and so its log's. `lasts`
    are the seconds that the work takes at least, where the recipe says so; the job's time limit
    must be longer. `reaches` says that the job waits for a target outside of the recipe. The first
    of `secrets` is then its credential, and the `connect.sh` of the first kind that it may target
    turns `facts` into its variables, beside host, port, url and secret. `library` are files of
    templates/lib/ that its bash uses. `checks` is the fleet that bin/preflight.sh is to find sound
    before the work begins: the bash calls the reviewed one, whose sha256 is PREFLIGHT.
    """

    reaches: bool = True
    facts: Mapping[str, Value] = field(default_factory=dict)
    runs_command: bool = False
    late_values: Mapping[str, Value] = field(default_factory=dict)
    listens: bool = False
    mark: str = ""
    lasts: int = 0
    library: tuple[str, ...] = ()
    checks: str = ""


def secret_file(service: Service, name: str, reference: SecretReference) -> Bash:
    """The bash word for the file of a service's secret, where its connection file is sourced."""
    kept = Bash(f'"${{RUN}}/secrets/{service.name}.{name}"')
    return reference.file.bash if reference.file else kept
