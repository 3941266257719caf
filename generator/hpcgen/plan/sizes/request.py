"""What one job asks its cluster for, and who limits that."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from hpcgen.diagnostics import Span
from hpcgen.model.entry import Submission
from hpcgen.model.profile import Partition, Profile, Qos
from hpcgen.plan.sizes.allocation import Allocation
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

    @cached_property
    def allocation(self) -> Allocation:
        """What Slurm gives the job."""
        return Allocation(self.submission.resources, self.partition)

    def asks(self, field: str) -> bool:
        """Whether there is a directive for this resource."""
        return self.submission.resources.get(field, False) is not False

    def place(self, *fields: str) -> Span:
        """Where the first of these fields that was written stands, else the job's key."""
        origin, origins = self.submission.origin, self.submission.origins
        return next((origins[f] for f in fields if origins.get(f, origin) != origin), origin)
