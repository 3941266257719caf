"""A service or a client as the script of its job runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hpcgen.diagnostics import Span
from hpcgen.kinds.offer import Fetch, Members
from hpcgen.kinds.overrides import Override
from hpcgen.model.fleet import Fleet
from hpcgen.model.runtime_path import variables
from hpcgen.plan.parts.container import Containment
from hpcgen.plan.parts.sidecar import Sidecar
from hpcgen.text import shell
from hpcgen.text.shell import Bash, Value


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
    def asks_slurm(self) -> bool:
        """Whether it asks Slurm about other jobs: who holds data, serves, or left files behind."""
        asks = self.containment.keeps_data or self.removes_leftovers
        elsewhere = self.balances and not (self.starts or self.apart)
        return bool(asks or elsewhere or self.waits or self.watches)

    @property
    def removes_leftovers(self) -> bool:
        """Whether it removes what killed jobs have left on its node, where it too has files."""
        return self.containment.scratch and not self.in_steps

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
