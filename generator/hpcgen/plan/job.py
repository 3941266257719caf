"""One job: what its sbatch script is printed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hpcgen import shell
from hpcgen.diagnostics import Span
from hpcgen.fleet import Fleet
from hpcgen.offer import Fetch, Members
from hpcgen.overrides import Override
from hpcgen.plan.containment import Containment
from hpcgen.plan.sidecar import Sidecar
from hpcgen.runtime_path import variables
from hpcgen.runtimes.runtime import Runtime
from hpcgen.shell import Bash, Value

_OBEYED = ("LD_AUDIT", "OLLAMA_HOST", "PORT", "WORKERS", '"${!BARE_@}"', '"${!VLLM_@}"')
"""What programs of this field obey, each a variable, or those with a prefix, as bash words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByRow:
    """What a script can set only once it has read its row of an experiment's table.

    `values` and `exports` are those of a part that need the row.
    """

    values: Mapping[str, Value]
    exports: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A service or a client, as the script of its job runs it.

    `values` is its assignments block; `late_values` need the port, a directory or another service.
    `waits` are the services it must reach first, `starts` is the one that its own script starts,
    `watches` those without which a client is ended,
    `attaches` the bash that sets the variables of a target outside of the recipe,
    `setup` the commands that run before its program, `modules` those that it has loaded, `files`
    what it reads of `services/<name>/` in the bundle, name to text, and `artefacts` what it has
    elsewhere in the bundle. With a `fleet` each replica runs it, in a step of its own; `published`
    are variables that its endpoint holds beside the address, and `balances` says that it is before
    the replicas of another. `bash` is what its kind contributes,
    by name; `fetch` is what the login node can do beforehand. `address` names the
    library file that finds the address to listen on, `probe` the one that proves readiness, where
    it is not the kind's. `share` is what makes it a step of its own, where it has a share of its
    job. `passed` are the variables of the target's connection that its program gets, and `prefix`
    what makes them reach it. `in_steps` says that the program runs under srun, on every node.
    `overrides` are those of its values that whoever submits may set. `members` are the other nodes
    that a service runs on. `mark` is what the name of its job ends with.
    `folder` is where its files lie in the bundle. `targets` are the addresses at which Prometheus
    is to scrape it, as bash words by what Prometheus calls them, `sidecars` the exporters beside
    it. `around` says that a file of the bundle has what is done around it (`around.py`).
    `by_row` is what depends on the row that it runs, where it runs those of an experiment.
    `placement` says where a balancer runs, `apart` that its replicas are jobs of their own; `cpus`
    how many CPUs a service asks for itself.
    `checks` is the fleet that a client has bin/preflight.sh check.
    `protection` and `proof` say in words who may reach a service's port and when it is ready.
    """

    name: str
    kind: str
    role: str
    title: str
    description: str
    values: Mapping[str, Value]
    late_values: Mapping[str, Value]
    containment: Containment
    bash: Mapping[str, Bash]
    origin: Span
    waits: tuple[str, ...] = ()
    starts: str = ""
    placement: str = ""
    checks: str = ""
    apart: bool = False
    cpus: int = 1
    watches: tuple[str, ...] = ()
    attaches: tuple[Bash, ...] = ()
    setup: tuple[tuple[str, ...], ...] = ()
    modules: tuple[str, ...] = ()
    members: Members | None = None
    share: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    artefacts: Mapping[str, str] = field(default_factory=dict)
    published: tuple[str, ...] = ()
    balances: bool = False
    fleet: Fleet | None = None
    overrides: tuple[Override, ...] = ()
    passed: tuple[str, ...] = ()
    prefix: str = ""
    in_steps: bool = False
    mark: str = ""
    address: str = ""
    probe: str = ""
    fetch: Fetch | None = None
    by_row: ByRow | None = None
    stable_for: int = 0
    folder: str = ""
    targets: Mapping[str, Bash] = field(default_factory=dict)
    sidecars: tuple[Sidecar, ...] = ()
    around: bool = False
    library: tuple[str, ...] = ()
    protection: str = ""
    proof: str = ""

    @property
    def is_scraped(self) -> bool:
        """Whether there is something for Prometheus to scrape."""
        return bool(self.targets or self.sidecars)

    @property
    def leaves(self) -> bool:
        """Whether its kind may have something to do once its program has ended."""
        return "around" in self.bash

    @property
    def contained(self) -> bool:
        """Whether it runs in a container, rather than on the node itself."""
        return "IMAGE" in self.values

    @property
    def detached(self) -> bool:
        """Whether its program is no child of the job's script, and notes its process."""
        return bool(self.containment.runtime and self.containment.runtime.detached)

    @property
    def needs(self) -> tuple[str, ...]:
        """The services that must be ready before it is, whoever starts them."""
        return (*self.waits, *((self.starts,) if self.starts else ()))

    @property
    def function(self) -> str:
        """The name of the function that runs it in a job that it shares."""
        verb = "serve" if self.role == "service" else "run"
        return f"{verb}_{self.name.replace('-', '_')}"

    @property
    def ports(self) -> tuple[str, ...]:
        """The ports that a service may listen on, in order of preference, where nobody sets one."""
        ports = self.values.get("PORTS", ())
        usual = [each.default for each in self.overrides if each.field == "port"]
        planned = ports if isinstance(ports, tuple) else ()
        first = (*usual, *planned[len(usual) :])
        more = range(self.fleet.slots if self.fleet else 1)
        return tuple(str(int(port) + slot) for port in first for slot in more)

    @property
    def site_variables(self) -> frozenset[str]:
        """The site's variables that its paths begin with."""
        bash = (*shell.bash_in(self.values), *self.containment.binds)
        return frozenset(variables(" ".join(bash)))

    def late_lines(self, margin: str) -> tuple[Bash, ...]:
        """The assignments and exports that need the port, a directory or another service.

        Each is whole: what follows a line feed may be within quotes, where no indentation is.
        """
        values = (
            shell.assignments({name: each}, margin) for name, each in self.late_values.items()
        )
        late = self.containment.late_exports
        exports = [f"{margin}export {name}={shell.word(value)}" for name, value in late.items()]
        return tuple(Bash(line) for line in (*values, *exports))

    @property
    def early_values(self) -> dict[str, Value]:
        """Its values, but for those that need a row."""
        late = self.by_row.values if self.by_row else {}
        return {name: value for name, value in self.values.items() if name not in late}

    @property
    def early_exports(self) -> dict[str, str]:
        """Its exports that need neither the port, a directory, another service nor a row."""
        late = self.by_row.exports if self.by_row else {}
        exports = self.containment.exports.items()
        return {name: value for name, value in exports if name not in late}

    def setup_lines(self, margin: str) -> tuple[Bash, ...]:
        """The commands that run before the program, each as WORDS and the call that runs them."""
        before = {
            "service": '"${SHARE[@]}" ' * bool(self.share)
            + '"${SETUP[@]}" '
            + '"${BINDS[@]}" ' * bool(self.containment.binds)
            + '"${IMAGE}" ',
            "client": '"${EACH_NODE[@]}" ' * self.in_steps + '"${CONTAINED[@]}" ',
        }[self.role]
        call = f'{margin}setup {before}"${{WORDS[@]}}"'
        each = (shell.assignments({"WORDS": words}, margin) for words in self.setup)
        return tuple(Bash(line) for words in each for line in (words, call))


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One sbatch script, and the services and clients that it runs; none where it stops a job.

    `values` is the assignments block of the job itself, where several share it. `stops` is the
    service whose job it stops, and `after` are the jobs that must have ended before it starts.
    `starts` is the script of its second part, where the first one's starts that; with `hetjob`,
    the directives of a second component of the job, it does so there. `file` is where its script
    lies in the bundle, where that is not in jobs/.
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
    def array(self) -> str:
        """The tasks of the job array that it is; "" where it is one job."""
        return str(dict(self.directives).get("array", ""))

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
        fleet = self.parts and self.parts[0].fleet
        return "log-named" if self.shared else "log-replica" if fleet else "log"

    @property
    def cleared(self) -> tuple[Bash, ...]:
        """Variables of the submitter's that a program on the node itself would take for its own.

        None where every program is in a container, whose environment is clean, but for what its
        runtime obeys.
        """
        kept = {each.variable for part in self.parts for each in part.overrides}
        bare = any(not part.contained for part in self.parts)
        obeyed = (*_OBEYED * bare, *(self.runtime.obeyed if self.runtime else ()))
        return tuple(Bash(each) for each in dict.fromkeys(obeyed) if each not in kept)

    @property
    def runtime(self) -> Runtime | None:
        """What runs its containers; None where it has none."""
        found = (part.containment.runtime for part in self.parts)
        return next((each for each in found if each), None)

    @property
    def image_to_start(self) -> Bash:
        """What stands for the image of a service where it is started."""
        return next(each.containment.image for each in self.services if each.contained)

    @property
    def detached(self) -> bool:
        """Whether the programs of its services are no children of its script."""
        return any(part.detached for part in self.services)

    @property
    def services(self) -> tuple[Part, ...]:
        """Those of its parts that are services."""
        return tuple(part for part in self.parts if part.role == "service")

    @property
    def clients(self) -> tuple[Part, ...]:
        """Those of its parts that are clients."""
        return tuple(part for part in self.parts if part.role == "client")

    @property
    def is_scraped(self) -> bool:
        """Whether there is something for Prometheus to scrape."""
        return any(part.is_scraped for part in self.parts)

    @property
    def checks_fleets(self) -> bool:
        """Whether any of it has bin/preflight.sh check a fleet."""
        return any(part.checks for part in self.parts)

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
        return frozenset(name for part in self.parts for name in part.watches)

    @property
    def waits(self) -> tuple[str, ...]:
        """Those of them that another job runs."""
        own = {part.name for part in self.parts}
        others = tuple(name for name in self.needs if name not in own)
        return (*others, self.stops) if self.stops else others

    @property
    def site_variables(self) -> dict[str, Bash]:
        """The site's variables that paths of the job begin with, as words that may be empty."""
        named = {name for part in self.parts for name in part.site_variables}
        named |= set(variables(" ".join(shell.bash_in(self.values))))
        return {name: Bash(f"${{{name}:-}}") for name in sorted(named)}
