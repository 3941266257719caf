"""Stage 4: every decision. What follows only prints.

`plan` turns a recipe into jobs in their order of submission, connection files and images. A kind
describes itself by an offer (`kinds/offer.py`); `jobs.py` puts offers and entries together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from hpcgen.diagnostics import Diagnostic, RecipeError
from hpcgen.kinds.neighbours import misplaced, service_offers
from hpcgen.model.entry import Entry, Image
from hpcgen.model.profile import Profile
from hpcgen.model.recipe import Recipe
from hpcgen.model.stopping import Stopping, too_short
from hpcgen.plan.connection import Connection, connections
from hpcgen.plan.experiments.job import ExperimentJob, experiment_jobs
from hpcgen.plan.job import Job
from hpcgen.plan.jobs import jobs
from hpcgen.plan.rules.balancers import doubtful, unbuildable
from hpcgen.plan.rules.cluster_limits import refused
from hpcgen.plan.rules.conflicting_fields import contradictions
from hpcgen.plan.rules.containers import uncontainable
from hpcgen.plan.rules.experiments import experiment_warnings
from hpcgen.plan.rules.replicas import crowded, uneven
from hpcgen.plan.rules.scraping import shared_folders, taken_labels, unknown
from hpcgen.plan.rules.time_limits import outlasted
from hpcgen.plan.rules.warnings import warnings
from hpcgen.plan.stop_job import never_stopped
from hpcgen.text.shell import Bash


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that is rendered; `jobs` are in the order of submission, services first.

    `run_root_elsewhere` is the bash word for the run root in a shell that may lack its variable.
    """

    name: str
    file: str
    description: str
    profile: Profile
    run_root: Bash
    run_root_elsewhere: Bash
    stopping: Stopping
    jobs: tuple[Job, ...]
    experiments: tuple[ExperimentJob, ...]
    connections: tuple[Connection, ...]
    images: tuple[Image, ...]
    warnings: tuple[Diagnostic, ...]

    @property
    def every_job(self) -> tuple[Job, ...]:
        """The jobs, and those of experiments, which their drivers submit."""
        own = (job for each in self.experiments for job in (each.job, *each.servers))
        return (*self.jobs, *own)

    @property
    def job_of(self) -> dict[str, str]:
        """The job of each service and client that shares one, by name."""
        return {name: job.name for job in self.jobs for name in job.inside}

    @property
    def origin(self) -> str:
        """What every file says of how to make it again."""
        return f"Made by hpcgen, do not edit: change {self.file}, then run `hpcgen build`."


def plan(recipe: Recipe) -> Plan:
    """Decide everything.

    Raises RecipeError: HG401 for a time limit too short to stop in, HG402 for resources that are
    asked for twice, HG408 and HG304 for what stops a service, the codes of `allowances.refused` for
    what the cluster does not allow, those of each kind's own `problems`, HG421 for a container that
    nothing there would run, HG440 for an exporter that there is not, HG442 for two services that
    want one folder, HG443 for labels that are Prometheus's, HG460 to HG463 and HG468 for a fleet
    that cannot be, HG466, HG469 and HG470 for replicas that do not fit where they are to run,
    those of each kind's own `problems_among`, and HG433 for a load that its job does not outlast;
    for the rows of experiments too, and HG508 for one that is another script.
    """
    stopping = Stopping.within(recipe.profile.kill_wait)
    everything = replace(
        recipe,
        services=(*recipe.services, *recipe.row_services),
        clients=(*recipe.clients, *recipe.row_clients),
    )
    short = (too_short(each, stopping) for each in everything.submissions)
    own = (problem for entry in everything.entries for problem in _own(entry))
    general = (*(each for each in short if each), *contradictions(everything), *refused(everything))
    if problems := [*general, *never_stopped(recipe), *own]:
        raise RecipeError(problems)
    offers = service_offers(recipe)
    clients = {client.name: client.kind.module.offer(client) for client in recipe.clients}
    problems = [*uncontainable(recipe, {**offers, **clients}), *unknown(recipe, offers)]
    problems += [*shared_folders(recipe, {**offers, **clients}), *misplaced(recipe, offers)]
    problems += taken_labels(recipe)
    problems += [*unbuildable(recipe, offers), *crowded(recipe)]
    lasting = ((client, clients[client.name]) for client in recipe.clients)
    if problems := [*problems, *outlasted(lasting, stopping)]:
        raise RecipeError(problems)
    planned = tuple(jobs(recipe, offers))
    experiments = experiment_jobs(recipe, offers, {job.name: job for job in planned})
    return Plan(
        name=recipe.name,
        file=recipe.file,
        description=recipe.description,
        profile=recipe.profile,
        run_root=recipe.profile.run_root.bash,
        run_root_elsewhere=recipe.profile.run_root.lenient,
        stopping=stopping,
        jobs=planned,
        experiments=experiments,
        connections=tuple(connections(recipe, offers)),
        images=tuple(_pulled(recipe, planned)),
        warnings=(
            *warnings(recipe, offers),
            *doubtful(recipe, offers),
            *uneven(recipe),
            *experiment_warnings(recipe, experiments),
        ),
    )


def _own(entry: Entry) -> Iterator[Diagnostic]:
    """What the entry's kind finds wrong with it."""
    module = entry.kind.module
    yield from module.problems(entry) if hasattr(module, "problems") else ()


def _pulled(recipe: Recipe, planned: tuple[Job, ...]) -> Iterator[Image]:
    parts = (part for job in planned for part in job.parts)
    beside = [sidecar.image for part in parts for sidecar in part.sidecars]
    own = (entry.image for entry in recipe.entries)
    pulled = {image for image in (*own, *beside) if image and image.source}
    yield from sorted(pulled, key=lambda image: image.source or "")
