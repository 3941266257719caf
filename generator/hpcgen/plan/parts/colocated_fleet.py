"""A fleet in one job with its balancer, whose script starts that of the replicas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hpcgen.model.entry import Submission
from hpcgen.model.recipe import Recipe
from hpcgen.plan.job import Job
from hpcgen.plan.parts.part import Part
from hpcgen.plan.sizes.directives import directives
from hpcgen.plan.sizes.request import Request


def with_replicas(recipe: Recipe, job: Job, submissions: Mapping[str, Submission]) -> Job:
    """The job of a balancer that also has the script which it starts, for its second part.

    Where the replicas are asked for on their own, the job is a heterogeneous one.
    """
    balancer, replicas = job.parts
    stopping = recipe.profile.stopping
    component = submissions.get(replicas.name)
    second = (Request(component, recipe.profile),) if component else ()
    return replace(
        job,
        title=f"{balancer.title[:-1]}, which it starts.",
        starts=_script(job, replicas),
        hetjob=directives(recipe, component, stopping) if component else (),
        requests=(*job.requests, *second),
    )


def _script(job: Job, replicas: Part) -> Job:
    """What asks Slurm for nothing, and runs on the nodes of the job that starts it."""
    return replace(
        job,
        name=replicas.name,
        file=f"services/{job.name}/replicas.sh",
        title=f"{replicas.title[:-1]}, started by the job {job.name}.",
        directives=(),
        requests=(),
        parts=(replicas,),
        values=replicas.values,
    )
