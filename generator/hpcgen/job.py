"""One job: what its sbatch script is printed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hpcgen import shell
from hpcgen.containment import Containment
from hpcgen.diagnostics import Span
from hpcgen.runtime_path import variables
from hpcgen.shell import Bash, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One sbatch script.

    `values` is its assignments block; `late_values` need the port, a directory or another service.
    `waits` are the services it must reach first. `bash` is what its kind contributes, by name.
    `address` names the library file that finds the address to listen on, `probe` the one that
    proves readiness, where it is not the kind's. `passed` are the variables of the target's
    connection that its program gets, and `prefix` what makes them reach it.
    `protection` and `proof` say in words who may reach a service's port and when it is ready.
    """

    name: str
    kind: str
    role: str
    title: str
    description: str
    template: str
    directives: tuple[tuple[str, object], ...]
    values: Mapping[str, Value]
    late_values: Mapping[str, Value]
    containment: Containment
    bash: Mapping[str, Bash]
    origin: Span
    waits: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    prefix: str = ""
    address: str = ""
    probe: str = ""
    stable_for: int = 0
    protection: str = ""
    proof: str = ""

    @property
    def site_variables(self) -> dict[str, Bash]:
        """The site's variables that paths of the job begin with, as words that may be empty."""
        text = shell.assignments(self.values) + " ".join(self.containment.binds)
        return {name: Bash(f"${{{name}:-}}") for name in variables(text)}

    @property
    def late_lines(self) -> tuple[Bash, ...]:
        """The assignments and exports that need the port, a directory or another service.

        Each is whole: what follows a line feed may be within quotes, where no indentation is.
        """
        values = (shell.assignments({name: each}) for name, each in self.late_values.items())
        late = self.containment.late_exports
        exports = [f"export {name}={value}" for name, value in late.items()]
        return tuple(Bash(line) for line in (*values, *exports))
