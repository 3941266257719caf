"""The `#SBATCH` lines of a job: Slurm's options, in one order, and none for what is absent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hpcgen.model.entry import Submission
from hpcgen.model.profile import Profile
from hpcgen.model.recipe import Recipe
from hpcgen.model.resources import BY_FIELD, RESOURCES
from hpcgen.model.stopping import Stopping

_PLACES = {row.field: place for place, row in enumerate(RESOURCES)}


def directives(
    recipe: Recipe, submission: Submission, stopping: Stopping, mark: str = ""
) -> tuple[tuple[str, object], ...]:
    """(option, value) pairs; True as a value means an option that stands alone.

    `mark` ends the job's name, after a dot, which no other name has.

    The log has no directory part, because Slurm loses a log whose directory is missing (the job
    is FAILED 0:53 and nothing says why), and it is appended to, because a requeue truncates it.
    """
    array = {"array": f"0-{submission.tasks - 1}"} if submission.tasks else {}
    resources = {
        "job_name": f"{recipe.name}-{submission.name}{f'.{mark}' if mark else ''}",
        **array,
        "signal": f"B:USR1@{stopping.signal}",
        "output": "%x-%j.log",
        "open_mode": "append",
        "requeue": False,
        **submission.resources,
    }
    return tuple(options(resources, submission.resources, recipe.profile))


def options(
    resources: Mapping[str, Any], job: Mapping[str, Any], profile: Profile
) -> Iterator[tuple[str, object]]:
    """The options that ask for `resources` in a job that has the resources `job`.

    Each is a row of the table of resources; one that is not raises KeyError.
    """
    for field in sorted(resources, key=_PLACES.__getitem__):
        row, value = BY_FIELD[field], resources[field]
        if value is None or value is False:
            yield from ((row.otherwise, True),) if row.otherwise else ()
        elif field == "gpus_per_node" and profile.gpu_directive != "gpus-per-node":
            yield BY_FIELD["gres"].option, f"{_gpu(job, profile)}:{value}"
        else:
            yield row.option, value


def _gpu(job: Mapping[str, Any], profile: Profile) -> str:
    """Slurm's name for the GPUs: with their model where the profile asks for it and knows it."""
    partition = profile.partitions.get(profile.partition_name(job) or "")
    typed = profile.gpu_directive == "gres-typed" and partition and partition.gpu_model
    return f"gpu:{typed}" if typed else "gpu"
