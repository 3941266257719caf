"""What runs containers, a file for each: how it is started, what it is given, what it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hpcgen.runtimes.apptainer import APPTAINER, SINGULARITY
from hpcgen.runtimes.podman_hpc import PODMAN_HPC
from hpcgen.runtimes.pyxis import PYXIS
from hpcgen.runtimes.runtime import BARE, Runtime

if TYPE_CHECKING:
    from hpcgen.model.entry import Entry
    from hpcgen.model.profile import Profile

_RUNTIMES = {each.program: each for each in (APPTAINER, SINGULARITY, PYXIS, PODMAN_HPC)}


def runtime(program: str) -> Runtime:
    """The runtime that profiles call `program`. Raises KeyError for `none`, which runs nothing."""
    return _RUNTIMES[program]


def runs(entry: Entry, profile: Profile) -> Runtime | None:
    """What runs an entry's container; None where it has none."""
    return runtime(profile.program) if entry.image else None


def environment_prefix(entry: Entry, profile: Profile) -> str:
    """What a variable's name begins with to reach the program, as in APPTAINERENV_."""
    runs_it = runs(entry, profile)
    return runs_it.prefix if runs_it else BARE
