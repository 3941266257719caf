"""What one job asks its cluster for, as Slurm will count it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from hpcgen.diagnostics import Span
from hpcgen.model.entry import Submission
from hpcgen.model.profile import Partition, Profile, Qos, gpus_per_node
from hpcgen.text import units


@dataclass(frozen=True)
class Request:
    """A job beside its cluster; what the profile does not know has no limits."""

    submission: Submission
    profile: Profile

    @cached_property
    def partition_name(self) -> str | None:
        """The partition it will run in; None where that is not known."""
        return self.profile.partition_name(self.submission.resources)

    @cached_property
    def qos_name(self) -> str | None:
        """The QOS it will get; None where that is not known."""
        return self.profile.qos_name(self.submission.resources)

    @property
    def partition(self) -> Partition:
        """What is known of that partition."""
        return self.profile.partitions.get(self.partition_name or "", Partition())

    @property
    def qos(self) -> Qos:
        """What is known of that QOS."""
        return self.profile.qos.get(self.qos_name or "", Qos())

    @cached_property
    def limits(self) -> tuple[tuple[str, Partition | Qos], ...]:
        """Who limits the job, in a message's words, and how."""
        return (
            (f"partition `{self.partition_name}`", self.partition),
            (f"qos `{self.qos_name}`", self.qos),
        )

    @property
    def seconds(self) -> int:
        """The time limit."""
        return units.walltime(self.submission.resources["time"])

    @property
    def nodes(self) -> int:
        """One where the recipe does not say, as Slurm gives to what fits on one."""
        return int(self.submission.resources.get("nodes", 1))

    @property
    def gpus(self) -> int:
        """GPUs of each node."""
        return gpus_per_node(self.submission.resources)

    @property
    def cpus(self) -> int:
        """CPUs that the tasks of the fullest node need at least."""
        resources = self.submission.resources
        spread = -(-resources["ntasks"] // self.nodes) if "ntasks" in resources else None
        given = (tasks for tasks in (resources.get("ntasks_per_node"), spread) if tasks)
        return min(given, default=1) * int(resources.get("cpus_per_task", 1))

    @property
    def held_cpus(self) -> int:
        """CPUs of each node that mem_per_cpu is counted for: with `exclusive`, every one.

        A partition that gives whole nodes of itself does not make Slurm count so.
        """
        return (self.partition.cpus if self.asks("exclusive") else None) or self.cpus

    @property
    def memory(self) -> dict[str, int]:
        """Bytes of a node, by the field that asks for them."""
        times = {"mem": 1, "mem_per_cpu": self.held_cpus}
        resources = self.submission.resources
        return {f: units.memory(resources[f]) * times[f] for f in times if f in resources}

    def asks(self, field: str) -> bool:
        """Whether there is a directive for this resource."""
        return self.submission.resources.get(field, False) is not False

    def place(self, *fields: str) -> Span:
        """Where the first of these fields that was written stands, else the job's key."""
        origin, origins = self.submission.origin, self.submission.origins
        return next((origins[f] for f in fields if origins.get(f, origin) != origin), origin)
