"""The `#SBATCH` lines of a job: Slurm's options, in one order, absent where nothing is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hpcgen.model.entry import Submission
from hpcgen.model.profile import Profile
from hpcgen.model.recipe import Recipe
from hpcgen.model.stopping import Stopping

_ORDER = (
    "account", "partition", "qos", "reservation", "constraint", "nodelist", "exclude", "exclusive",
    "nodes", "ntasks", "ntasks_per_node", "cpus_per_task", "mem", "mem_per_cpu", "gpus_per_node",
    "gres", "time", "no_kill",
)  # fmt: skip


def directives(
    recipe: Recipe, submission: Submission, stopping: Stopping, mark: str = ""
) -> tuple[tuple[str, object], ...]:
    """(option, value) pairs; True as a value means an option that stands alone.

    `mark` ends the job's name, after a dot, which no other name has.

    The log has no directory part, because Slurm loses a log whose directory is missing (the job
    is FAILED 0:53 and nothing says why), and it is appended to, because a requeue truncates it.
    """
    return (
        ("job-name", f"{recipe.name}-{submission.name}{f'.{mark}' if mark else ''}"),
        *((("array", f"0-{submission.tasks - 1}"),) if submission.tasks else ()),
        *requested(submission.resources, submission.resources, recipe.profile),
        ("signal", f"B:USR1@{stopping.signal}"),
        ("output", submission.resources.get("output", "%x-%j.log")),
        *((("error", submission.resources["error"]),) if "error" in submission.resources else ()),
        ("open-mode", "append"),
        ("requeue" if submission.resources.get("requeue") else "no-requeue", True),
    )


def requested(
    asked: Mapping[str, Any], job: Mapping[str, Any], profile: Profile
) -> Iterator[tuple[str, object]]:
    """The options that ask for `asked` in a job with the resources `job`."""
    for name in _ORDER:
        value = asked.get(name)
        if value is None or value is False:
            continue
        if name == "gpus_per_node" and profile.gpu_directive != "gpus-per-node":
            yield "gres", f"{_gpu(job, profile)}:{value}"
        else:
            yield name.replace("_", "-"), value


def _gpu(job: Mapping[str, Any], profile: Profile) -> str:
    """Slurm's name for the GPUs: with their model where the profile asks for it and knows it."""
    partition = profile.partitions.get(profile.partition_name(job) or "")
    typed = profile.gpu_directive == "gres-typed" and partition and partition.gpu_model
    return f"gpu:{typed}" if typed else "gpu"
