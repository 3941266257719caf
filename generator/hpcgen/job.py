"""One job: what its sbatch script is printed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hpcgen import shell
from hpcgen.diagnostics import Span
from hpcgen.offer import Secret
from hpcgen.shell import Bash, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One sbatch script.

    `values` is its assignments block, `exports` and `secret_exports` what the container's
    environment gets; `late_values` and `late_exports` need the port or another service.
    `waits` are the services it must reach first. `bash` is what its kind contributes, by name.
    `directories` are those of {dir: ...} that it uses, `scratch` says that it has a directory on
    its node, and `unpacks` is the runtime's prefix, as in APPTAINER_TMPDIR, where its image runs
    unpacked. `leftovers` are removed at the end. `address` names the library file that finds the
    address to listen on, `probe` the one that proves readiness, where it is not the kind's.
    """

    name: str
    kind: str
    role: str
    title: str
    description: str
    template: str
    directives: tuple[tuple[str, object], ...]
    values: Mapping[str, Value]
    bash: Mapping[str, Bash]
    origin: Span
    exports: Mapping[str, Bash] = field(default_factory=dict)
    late_values: Mapping[str, Value] = field(default_factory=dict)
    late_exports: Mapping[str, Bash] = field(default_factory=dict)
    secret_exports: Mapping[str, Bash] = field(default_factory=dict)
    secrets: tuple[Secret, ...] = ()
    waits: tuple[str, ...] = ()
    target: str | None = None
    runs_command: bool = False
    target_variables: tuple[str, ...] = ()
    keeps_data: bool = False
    directories: frozenset[str] = frozenset()
    config: bool = False
    binds: tuple[Bash, ...] = ()
    scratch: bool = False
    unpacks: str = ""
    leftovers: tuple[Bash, ...] = ()
    address: str = ""
    probe: str = ""
    stable_for: int = 0

    @property
    def makes_secrets(self) -> bool:
        """Whether a secret is made where none was given."""
        return any(secret.is_generated for secret in self.secrets)

    @property
    def late_lines(self) -> tuple[Bash, ...]:
        """The assignments and exports that need the port or another service."""
        values = shell.assignments(self.late_values).splitlines()
        exports = [f"export {name}={value}" for name, value in self.late_exports.items()]
        return tuple(Bash(line) for line in (*values, *exports))
