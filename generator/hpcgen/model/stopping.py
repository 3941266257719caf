"""The time a job has to stop, and when Slurm sends the signal to stop."""

from __future__ import annotations

from dataclasses import dataclass

_LEAD = 60
"""sbatch(1): a signal may be sent up to 60 seconds before the requested time."""


@dataclass(frozen=True, slots=True)
class Stopping:
    """`grace`: seconds between TERM and KILL. `signal`: seconds before the time limit for USR1."""

    grace: int
    signal: int

    @classmethod
    def within(cls, kill_wait: int) -> Stopping:
        """A grace that is over before Slurm's own KillWait is."""
        grace = max(2, kill_wait - 5)
        return cls(grace, grace + _LEAD)

    @property
    def least_time(self) -> int:
        """The shortest time limit, in seconds, that leaves a job time to work before it stops."""
        return 2 * self.signal
