"""The container runtimes, a file for each: how it starts a container, and what it cannot run."""

from __future__ import annotations

from hpcgen.runtimes.apptainer import APPTAINER, SINGULARITY
from hpcgen.runtimes.podman_hpc import PODMAN_HPC
from hpcgen.runtimes.pyxis import PYXIS
from hpcgen.runtimes.runtime import Runtime

_RUNTIMES = {one.program: one for one in (APPTAINER, SINGULARITY, PYXIS, PODMAN_HPC)}


def runtime(program: str) -> Runtime:
    """The runtime that profiles call `program`. Raises KeyError for `none`, which runs nothing."""
    return _RUNTIMES[program]
