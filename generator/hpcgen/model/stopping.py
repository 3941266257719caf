"""How long a job may take to stop, and when Slurm asks it to."""

from __future__ import annotations

from dataclasses import dataclass

from hpcgen.diagnostics import Diagnostic
from hpcgen.model.entry import Submission
from hpcgen.text import units

_LEAD = 60
"""sbatch(1): a signal may be sent up to 60 seconds earlier than asked for."""


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


def too_short(submission: Submission, stopping: Stopping) -> Diagnostic | None:
    """HG401: the time limit is mostly taken up by its stopping."""
    if units.walltime(submission.resources["time"]) >= stopping.least_time:
        return None
    least = units.as_walltime(stopping.least_time)
    message = f"the time limit of `{submission.name}` is too short to stop in order"
    hint = f"Slurm asks it to stop {stopping.signal} s before the end; give at least {least}"
    return Diagnostic("HG401", message, submission.origins["time"], hint)
