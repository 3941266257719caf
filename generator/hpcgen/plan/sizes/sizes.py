"""How much of a cluster the directives of one job ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hpcgen.model.profile import gpus_per_node
from hpcgen.text import units


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What one job asks for on all of its nodes together.

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


def size(directives: Iterable[tuple[str, object]], times: int = 1) -> Size:
    """What the options of sbatch ask for, as often as a job array has tasks."""
    asked = {option: str(value) for option, value in directives}
    nodes = times * int(asked.get("nodes", 1))
    cpus = times * _tasks(asked) * int(asked.get("cpus-per-task", 1))
    return Size(
        nodes=nodes,
        cpus=cpus,
        memory_mib=_memory(asked, nodes, cpus),
        gpus=nodes * gpus_per_node({**asked, "gpus_per_node": asked.get("gpus-per-node", 0)}),
        seconds=units.walltime(asked["time"]),
    )


def memory(sizes: Iterable[Size]) -> int | None:
    """MiB of all of them together; None where one leaves its own to Slurm."""
    amounts = [each.memory_mib for each in sizes]
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if len(known) == len(amounts) else None


def _tasks(asked: Mapping[str, str]) -> int:
    """--ntasks, else tasks on each node, else one task on each node, as sbatch(1) has it."""
    usual = int(asked.get("nodes", 1)) * int(asked.get("ntasks-per-node", 1))
    return int(asked.get("ntasks", usual))


def _memory(asked: Mapping[str, str], nodes: int, cpus: int) -> int | None:
    if "mem" in asked:
        return nodes * _mebibytes(asked["mem"])
    return cpus * _mebibytes(asked["mem-per-cpu"]) if "mem-per-cpu" in asked else None


def _mebibytes(amount: str) -> int:
    """Slurm's `4G` in MiB, a part of one counting as a whole."""
    return -(-units.memory(amount) // 1024**2)
