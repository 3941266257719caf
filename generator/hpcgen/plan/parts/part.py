"""A service or a client as the script of its job runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from hpcgen.diagnostics import Span
from hpcgen.kinds.balancing import BalancerOffer
from hpcgen.kinds.bundled_programs import LIST
from hpcgen.kinds.offer import Fetch, Members
from hpcgen.kinds.overrides import Override
from hpcgen.model.entry import Endpoint
from hpcgen.model.fleet import Fleet
from hpcgen.model.runtime_path import site_variables
from hpcgen.plan.parts.container import Container
from hpcgen.plan.parts.share import Share
from hpcgen.plan.parts.sidecar import Sidecar
from hpcgen.text.values import Bash, Text, Value, Word

AROUND = "around.sh"
"""The file of a service's folder that has what is done around it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a service and a client have in common."""

    role: ClassVar[str]

    name: str  # its name in the recipe
    kind: str  # the name of its kind
    title: str  # what its script begins with: one line
    description: str  # the recipe's
    origin: Span  # where the recipe names it
    image: Text | None  # the image that it runs in; None on the node itself
    container: Container  # what stands around its program
    values: Mapping[str, Value]  # its block of assignments
    late_values: Mapping[str, Value]  # those that need the port, a directory or another service
    overrides: tuple[Override, ...]  # those of its values that whoever submits may set
    bash: Mapping[str, Bash]  # what its kind contributes, by the name of the file
    setup: tuple[tuple[Word, ...], ...]  # the commands that run before its program
    modules: tuple[str, ...]  # those that it has loaded
    share: Share | None  # the step that its program is, where it has a share of its job
    prefix: str  # what makes a variable reach its program
    files: Mapping[str, str]  # what it reads of its folder in the bundle: text by name
    folder: str  # that folder
    is_listed: bool  # it has files.sha256, and the job holds the digest of that alone
    waits: tuple[str, ...] = ()  # the services that it must reach first

    @property
    def contained(self) -> bool:
        """Whether it runs in a container, rather than on the node itself."""
        return self.image is not None

    @property
    def detached(self) -> bool:
        """Whether its program is no child of the job's script, and its process is in a file."""
        return bool(self.container.runtime and self.container.runtime.detached)

    @property
    def needs(self) -> tuple[str, ...]:
        """The services that must be ready before it is, whoever starts them."""
        return self.waits

    @property
    def function(self) -> str:
        """The name of the function that runs it in a job that it shares."""
        verb = "serve" if self.role == "service" else "run"
        return f"{verb}_{self.name.replace('-', '_')}"

    @property
    def around(self) -> bool:
        """Whether a file of its folder has what is done around it, which the job sources."""
        return False

    @property
    def file_names(self) -> tuple[str, ...]:
        """The names of what it reads of its folder."""
        around = (AROUND,) if self.around else ()
        return (*self.files, *around, *((LIST,) if self.is_listed else ()))

    @property
    def early_exports(self) -> Mapping[str, Word]:
        """Its exports that need neither the port, a directory nor another service."""
        return self.container.exports

    @property
    def site_variables(self) -> frozenset[str]:
        """The site's variables that its paths begin with."""
        values = (*self.values.values(), *self.container.binds)
        return frozenset[str]().union(*(site_variables(value) for value in values))

    @property
    def uses_steps(self) -> bool:
        """Whether it starts steps of its own on several nodes."""
        return False

    @property
    def removes_leftovers(self) -> bool:
        """Whether it removes what killed jobs have left on its node, where it too has files."""
        return self.container.scratch

    @property
    def asks_slurm(self) -> bool:
        """Whether it asks Slurm about other jobs: who holds data, serves, or left files behind."""
        return self.container.keeps_data or self.removes_leftovers or self.follows_jobs

    @property
    def follows_jobs(self) -> bool:
        """Whether it waits for other jobs, or watches them."""
        return bool(self.waits)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePart(Part):
    """A service. With a fleet, each replica runs the same script in a step of its own."""

    role: ClassVar[str] = "service"

    ports: tuple[str, ...]  # those it may listen on, in order of preference, where nobody sets one
    address: str  # the library's file that finds the address to listen on; "" where it is known
    probe: str  # the library's file that proves readiness; "" for the kind's own
    stable_for: int  # the seconds that it must stay ready
    cpus: int  # how many CPUs it asks for itself
    protection: str  # in words, who may reach its port
    proof: str  # in words, when it is ready
    fleet: Fleet | None = None
    members: Members | None = None  # the other nodes that it runs on
    fetch: Fetch | None = None  # what the login node can do beforehand
    artefacts: Mapping[str, str] = field(default_factory=dict)  # other files: text by path
    published: tuple[str, ...] = ()  # variables that its endpoint holds beside the address
    balancer: BalancerOffer | None = None  # what it offers as a balancer, where it is one
    placement: str = ""  # where a balancer runs
    starts: str = ""  # the replicas that a balancer's own script starts
    one_job_per_replica: bool = False  # the replicas behind a balancer are jobs of their own
    health: str = ""  # the path of the replicas' health, where it is a balancer
    replicas: int = 1  # how many there are behind it, where it is a balancer
    targets: Mapping[str, Text] = field(default_factory=dict)  # to scrape: address by job's name
    node_targets: Mapping[str, str] = field(default_factory=dict)  # port of each node, likewise
    sidecars: tuple[Sidecar, ...] = ()  # the exporters beside it
    library: tuple[str, ...] = ()  # files of templates/lib/ that its kind's around.sh uses
    meanwhile: str = ""  # a function of around.sh that runs beside the program

    @property
    def balances(self) -> bool:
        """Whether it is a balancer."""
        return self.balancer is not None

    @property
    def needs(self) -> tuple[str, ...]:
        """The services that must be ready before it is, whoever starts them."""
        return (*self.waits, *((self.starts,) if self.starts else ()))

    @property
    def is_scraped(self) -> bool:
        """Whether there is something for Prometheus to scrape."""
        return bool(self.targets or self.sidecars)

    @property
    def leaves(self) -> bool:
        """Whether its kind may have something to do once its program has ended."""
        return "around" in self.bash

    @property
    def around(self) -> bool:
        """Whether a file of the bundle has what is done around it, which the job sources."""
        return self.leaves or self.is_scraped

    @property
    def uses_steps(self) -> bool:
        """Whether it starts steps of its own on several nodes."""
        return self.members is not None

    @property
    def follows_jobs(self) -> bool:
        """Whether it waits for other jobs, or as a balancer watches its replicas' job."""
        in_another_job = self.balances and not (self.starts or self.one_job_per_replica)
        return bool(self.waits) or in_another_job


@dataclass(frozen=True, slots=True, kw_only=True)
class ByRow:
    """What a client can set only once it has read its row of an experiment's table."""

    values: Mapping[str, Value]
    exports: Mapping[str, Word]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientPart(Part):
    """A client."""

    role: ClassVar[str] = "client"

    watches: tuple[str, ...] = ()  # the services without which it is ended
    endpoint: Endpoint | None = None  # a server outside of the recipe that its job waits for
    connect: Mapping[str, Value] = field(default_factory=dict)  # what the kind's connect.sh reads
    connect_script: Bash | None = None  # what sets the variables of such a server
    passed: tuple[str, ...] = ()  # variables of the target's connection that its program gets
    in_steps: bool = False  # its program runs under srun, on every node
    mark: str = ""  # what the name of its job ends with
    library: tuple[str, ...] = ()  # files of templates/lib/ that its bash uses
    checks: str = ""  # the fleet that it has bin/preflight.sh check
    by_row: ByRow | None = None  # what depends on the row, where it runs those of an experiment

    @property
    def uses_steps(self) -> bool:
        """Whether it starts steps of its own on several nodes."""
        return self.in_steps

    @property
    def removes_leftovers(self) -> bool:
        """Whether it removes what killed jobs have left on its node; not on several nodes."""
        return self.container.scratch and not self.in_steps

    @property
    def follows_jobs(self) -> bool:
        """Whether it waits for other jobs, or watches them."""
        return bool(self.waits or self.watches)

    @property
    def early_values(self) -> dict[str, Value]:
        """Its values, but for those that need a row."""
        late = self.by_row.values if self.by_row else {}
        return {name: value for name, value in self.values.items() if name not in late}

    @property
    def early_exports(self) -> dict[str, Word]:
        """Its exports that need neither the port, a directory, another service nor a row."""
        late = self.by_row.exports if self.by_row else {}
        exports = self.container.exports.items()
        return {name: word for name, word in exports if name not in late}
