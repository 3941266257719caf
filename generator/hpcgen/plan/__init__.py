"""Stage 4: every decision. What follows only prints.

`plan` turns a recipe into jobs in their order of submission, connection files and images. A kind
describes itself by an offer (`kinds/offer.py`); `jobs.py` puts offers and entries together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hpcgen.diagnostics import Diagnostic
from hpcgen.model.entry import Image
from hpcgen.model.profile import Profile
from hpcgen.model.recipe import Recipe
from hpcgen.model.stopping import Stopping
from hpcgen.plan.acknowledged import without_acknowledged
from hpcgen.plan.connection import Connection, connections
from hpcgen.plan.experiments.job import ExperimentJob, experiment_jobs
from hpcgen.plan.job import Job
from hpcgen.plan.rules import judge
from hpcgen.plan.rules.situation import Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that is rendered; `jobs` are in the order of submission, services first."""

    name: str
    file: str
    description: str
    profile: Profile
    stopping: Stopping
    jobs: tuple[Job, ...]
    experiments: tuple[ExperimentJob, ...]
    connections: tuple[Connection, ...]
    images: tuple[Image, ...]
    warnings: tuple[Diagnostic, ...]

    @property
    def every_job(self) -> tuple[Job, ...]:
        """The jobs, and those of experiments, which their drivers submit."""
        of_experiments = (job for one in self.experiments for job in (one.job, *one.servers))
        return (*self.jobs, *of_experiments)

    @property
    def job_of(self) -> dict[str, str]:
        """The job of each service and client that shares one, by name."""
        return {name: job.name for job in self.jobs for name in job.inside}

    @property
    def origin(self) -> str:
        """What every file says of how to make it again."""
        return f"Made by hpcgen, do not edit: change {self.file}, then run `hpcgen build`."


def plan(recipe: Recipe) -> Plan:
    """Decide everything. Raises RecipeError with what the rules find (`rules/`)."""
    situation = Situation(recipe)
    warnings = judge(situation)
    return Plan(
        name=recipe.name,
        file=recipe.file,
        description=recipe.description,
        profile=recipe.profile,
        stopping=situation.stopping,
        jobs=situation.jobs,
        experiments=experiment_jobs(recipe, situation.experiments),
        connections=tuple(connections(recipe, situation.service_offers)),
        images=tuple(_pulled(recipe, situation.jobs)),
        warnings=without_acknowledged(warnings, recipe.acknowledgements),
    )


def _pulled(recipe: Recipe, jobs: tuple[Job, ...]) -> Iterator[Image]:
    """The images that have a source, those of exporters among them, in its order."""
    sidecars = (sidecar for job in jobs for part in job.services for sidecar in part.sidecars)
    images = {entry.image for entry in recipe.entries} | {sidecar.image for sidecar in sidecars}
    pulled = (image for image in images if image and image.source)
    yield from sorted(pulled, key=lambda image: image.source or "")
