"""How much of a cluster one job has, whatever the number of its tasks or components."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hpcgen.plan.sizes.request import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What one job has on all of its nodes together.

    `memory_mib` is None where the job leaves it to Slurm; `seconds` is the time limit.
    """

    nodes: int
    cpus: int
    memory_mib: int | None
    gpus: int
    seconds: int

    @property
    def node_hours(self) -> float:
        """Hours of nodes, if the job runs until its time limit."""
        return self.nodes * self.seconds / 3600

    @property
    def gpu_hours(self) -> float:
        """Hours of GPUs, likewise."""
        return self.gpus * self.seconds / 3600


def size(request: Request) -> Size:
    """What Slurm gives the job that is requested: of a job array, all of its tasks."""
    times, allocation = request.submission.tasks or 1, request.allocation
    memory_mib = allocation.memory_mib
    return Size(
        nodes=times * allocation.nodes,
        cpus=times * allocation.cpus,
        memory_mib=None if memory_mib is None else times * memory_mib,
        gpus=times * allocation.gpus,
        seconds=request.seconds,
    )


def together(sizes: Iterable[Size]) -> Size:
    """The size of jobs, or components of one, that run at the same time."""
    sizes = tuple(sizes)
    return Size(
        nodes=sum(size.nodes for size in sizes),
        cpus=sum(size.cpus for size in sizes),
        memory_mib=total_memory(sizes),
        gpus=sum(size.gpus for size in sizes),
        seconds=max(size.seconds for size in sizes),
    )


def total_memory(sizes: Iterable[Size]) -> int | None:
    """MiB of all of them together; None where one leaves its memory to Slurm."""
    amounts = [size.memory_mib for size in sizes]
    counted = [amount for amount in amounts if amount is not None]
    return sum(counted) if len(counted) == len(amounts) else None
