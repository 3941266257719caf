"""A share of a job: the step that a service or a client runs in, so that it gets no more."""

from __future__ import annotations

from dataclasses import dataclass

from hpcgen.model.entry import Client
from hpcgen.plan.parts.program import Program
from hpcgen.plan.sizes.step import share_of


@dataclass(frozen=True, slots=True)
class Share:
    """The step of one task that a program with a size of its own is.

    srun kills its step when it is told to end (srun(1)), so that the process of a service gets into
    a file, and can be told itself. Which GPUs are the step's is known in it alone.
    """

    options: tuple[tuple[str, object], ...]  # of srun: its size
    writes_pid: bool  # whether its process gets into the file `pid` of the job's directory
    gpus: str = ""  # the container's variable for the step's GPUs, where it has any
    devices: str = ""  # Slurm's variable for them


def share(program: Program) -> Share | None:
    """The step of an entry that has a size; None where its container is a step of that size."""
    entry = program.entry
    if not entry.size or program.is_step:
        return None
    gpus = program.gpu_variable if "gpus_per_node" in entry.size else ""
    return Share(
        options=share_of(entry, program.profile),
        writes_pid=not (isinstance(entry, Client) or program.is_detached),
        gpus=gpus,
        devices=program.devices if gpus else "",
    )
