"""One script below `bin/`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hpcgen.text.values import Bash, Value

ASKS_SLURM = ("lib/one-cluster", "lib/cluster", "lib/job-state")
"""The parts of a script that asks Slurm whether a job has ended."""


@dataclass(frozen=True, slots=True)
class BundleScript:
    """`bin/<name>.sh`: `title` is its first comment, `values` its assignments block.

    `parts` are the files of `templates/` that it is made of, followed by `own`, a kind's bash;
    neither: the one of its name in `templates/bin/`. `pulls` says that it pulls images,
    for which variables of the container's runtime are the user's to set.
    """

    name: str
    title: str
    values: Mapping[str, Value]
    parts: tuple[str, ...] = ()
    own: tuple[Bash, ...] = ()
    pulls: bool = False

    @property
    def path(self) -> str:
        """Where it stands in the bundle."""
        return f"bin/{self.name}.sh"
