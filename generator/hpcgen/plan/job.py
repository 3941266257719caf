"""One job: what its sbatch script is printed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hpcgen.diagnostics import Span
from hpcgen.model.runtime_path import site_variables
from hpcgen.plan.parts.part import ClientPart, Part, ServicePart
from hpcgen.plan.sizes.request import Request
from hpcgen.runtimes.runtime import PidFile, Runtime
from hpcgen.text.values import Item, NamesWith, Value

_OBEYED = (
    *("LD_AUDIT", "OLLAMA_HOST", "PORT", "WORKERS"),
    *(NamesWith("BARE_"), NamesWith("VLLM_")),
)
"""What programs of this field obey: variables, and those with a prefix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One sbatch script, and the services and clients that it runs; none where it stops a job.

    `values` is the assignments block of the job itself, where several share it. `stops` is the
    service whose job it stops, and `after` are the jobs that must have ended before it starts.
    `starts` is the script of its second part, where the first one's starts that; with `hetjob`,
    the directives of a second component of the job, it does so there. `file` is where its script
    lies in the bundle, where that is not in jobs/. `tasks` is how many a job array has; else 0.
    `requests` are what each component asks for; there are none where rows of an experiment say it.
    """

    name: str
    title: str
    description: str
    template: str
    directives: tuple[tuple[str, object], ...]
    parts: tuple[Part, ...]
    origin: Span
    values: Mapping[str, Value]
    stops: str = ""
    after: tuple[str, ...] = ()
    starts: Job | None = None
    hetjob: tuple[tuple[str, object], ...] = ()
    file: str = ""
    tasks: int = 0
    requests: tuple[Request, ...] = ()

    @property
    def path(self) -> str:
        """Where its script lies in the bundle."""
        return self.file or f"jobs/{self.name}.sbatch"

    @property
    def inside(self) -> tuple[str, ...]:
        """Those of its parts, by name, that are not known by the name of the job."""
        return tuple(part.name for part in self.parts if part.name != self.name)

    @property
    def components(self) -> tuple[tuple[tuple[str, object], ...], ...]:
        """The directives of each component of the job; there are two of a heterogeneous one."""
        return (self.directives, self.hetjob) if self.hetjob else (self.directives,)

    @property
    def links(self) -> dict[str, int]:
        """The names below its directory for what it prints, and the descriptor of each."""
        split = any(option == "error" for option, _ in self.directives)
        return {"job.log": 1, **({"job.err": 2} if split else {})}

    @property
    def shared(self) -> bool:
        """Whether it was asked for as a job that several share."""
        return self.template == "shared.sbatch.j2"

    @property
    def log(self) -> str:
        """The library file that says how its lines of the log begin."""
        first = self.parts[0] if self.parts else None
        fleet = isinstance(first, ServicePart) and first.fleet
        return "log-named" if self.shared else "log-replica" if fleet else "log"

    @property
    def cleared(self) -> tuple[Item, ...]:
        """Variables of the submitter's that a program on the node itself would take for its own.

        None where every program is in a container, whose environment is clean, but for what its
        runtime obeys.
        """
        kept = {override.variable for part in self.parts for override in part.overrides}
        on_node = any(not part.contained for part in self.parts)
        obeyed = (*_OBEYED * on_node, *(self.runtime.obeyed if self.runtime else ()))
        return tuple(name for name in dict.fromkeys(obeyed) if name not in kept)

    @property
    def runtime(self) -> Runtime | None:
        """What runs its containers; None where it has none."""
        runtimes = (part.container.runtime for part in self.parts)
        return next((runtime for runtime in runtimes if runtime), None)

    @property
    def asks_slurm(self) -> bool:
        """Whether anything of it asks Slurm whether a job has ended."""
        return any(part.asks_slurm for part in self.parts)

    @property
    def loads_modules(self) -> bool:
        """Whether any of it loads modules beside the site's."""
        return any(part.modules for part in self.parts)

    @property
    def pid_file(self) -> PidFile:
        """How the processes of its services' containers get into files."""
        return next(part.container.pid_file for part in self.services if part.contained)

    @property
    def detached(self) -> bool:
        """Whether the programs of its services are no children of its script."""
        return any(part.detached for part in self.services)

    @property
    def services(self) -> tuple[ServicePart, ...]:
        """Those of its parts that are services."""
        return tuple(part for part in self.parts if isinstance(part, ServicePart))

    @property
    def clients(self) -> tuple[ClientPart, ...]:
        """Those of its parts that are clients."""
        return tuple(part for part in self.parts if isinstance(part, ClientPart))

    @property
    def is_scraped(self) -> bool:
        """Whether there is something for Prometheus to scrape."""
        return any(part.is_scraped for part in self.services)

    @property
    def checks_fleets(self) -> bool:
        """Whether any of it has bin/preflight.sh check a fleet."""
        return any(part.checks for part in self.clients)

    @property
    def kind(self) -> str:
        """The kinds of what it runs, in words."""
        return ", ".join(dict.fromkeys(part.kind for part in self.parts)) or "stop"

    @property
    def needs(self) -> tuple[str, ...]:
        """The services that any of it waits for, in name order."""
        return tuple(sorted({name for part in self.parts for name in part.waits}))

    @property
    def reaches(self) -> tuple[str, ...]:
        """Those of them that its own script waits for."""
        return self.needs if self.shared or not self.parts else self.parts[0].waits

    @property
    def watches(self) -> frozenset[str]:
        """The services without which any of it is ended."""
        return frozenset(name for part in self.clients for name in part.watches)

    @property
    def waits(self) -> tuple[str, ...]:
        """Those of them that another job runs."""
        inside = {part.name for part in self.parts}
        others = tuple(name for name in self.needs if name not in inside)
        return (*others, self.stops) if self.stops else others

    @property
    def site_variables(self) -> tuple[str, ...]:
        """The site's variables that paths of the job begin with, in name order."""
        names = (name for part in self.parts for name in part.site_variables)
        values = (name for value in self.values.values() for name in site_variables(value))
        return tuple(sorted({*names, *values}))
