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

    It consists of `parts`, files of `templates/` or bash of a kind; without any, of the file of its
    name in `templates/bin/`. `pulls` says that it pulls images, so that it keeps the user's
    variables of the container runtime.
    """

    name: str
    title: str
    values: Mapping[str, Value]
    parts: tuple[str | Bash, ...] = ()
    pulls: bool = False

    @property
    def path(self) -> str:
        """The script's path in the bundle."""
        return f"bin/{self.name}.sh"
