"""What a plan asks the cluster for: each job, and all of them together.

Everything is at most: jobs may end before their time limits, and clients after their services.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from hpcgen.model.profile import Profile
from hpcgen.plan import Plan
from hpcgen.plan.experiments.job import ExperimentJob
from hpcgen.plan.job import Job
from hpcgen.plan.parts.part import ServicePart
from hpcgen.plan.sizes.request import Request
from hpcgen.plan.sizes.sizes import Size, size, together, total_memory
from hpcgen.text.values import Variable


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccess:
    """A service that a job runs: who may reach it, and when it counts as ready.

    `ports` are those that it may listen on, in order of preference.
    """

    name: str
    ports: tuple[int, ...]
    protection: str
    proof: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overridable:
    """A value that the job takes from `variable`, where that is set when it is submitted.

    `name` and `field` say whose it is in the recipe, `default` what it is else, `rule` what fits.
    """

    variable: str
    name: str
    field: str
    default: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTotals(Size):
    """One job. `waits_for` names services that other jobs run, `after` jobs that must end first."""

    name: str
    kind: str
    services: tuple[ServiceAccess, ...]
    waits_for: tuple[str, ...]
    after: tuple[str, ...]
    overridable: tuple[Overridable, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentTotals:
    """An experiment: a job for each row of its table.

    `runs` are their sizes, in the order of the rows, `servers` those of their target's jobs, where
    rows give it settings of its own. `lasts` are the seconds that they take at
    least, as far as the recipe says it, when as many as may be run at once.
    """

    name: str
    client: str
    max_parallel: int | None
    runs: tuple[Size, ...]
    servers: tuple[Size, ...]
    lasts: int

    @property
    def node_hours(self) -> float:
        """Hours of nodes, if all of these run until their time limits."""
        return sum(size.node_hours for size in (*self.runs, *self.servers))

    @property
    def gpu_hours(self) -> float:
        """Hours of GPUs, likewise."""
        return sum(size.gpu_hours for size in (*self.runs, *self.servers))


@dataclass(frozen=True, slots=True)
class Totals:
    """The jobs in their start order, and their sums; and experiments, which are not in the sums."""

    jobs: tuple[JobTotals, ...]
    experiments: tuple[ExperimentTotals, ...] = ()

    @property
    def nodes(self) -> int:
        """Nodes, when all jobs run at once."""
        return sum(job.nodes for job in self.jobs)

    @property
    def cpus(self) -> int:
        """CPUs, when all jobs run at once."""
        return sum(job.cpus for job in self.jobs)

    @property
    def memory_mib(self) -> int | None:
        """Memory, when all jobs run at once; None where one of them leaves it to Slurm."""
        return total_memory(self.jobs)

    @property
    def gpus(self) -> int:
        """GPUs, when all jobs run at once."""
        return sum(job.gpus for job in self.jobs)

    @property
    def node_hours(self) -> float:
        """Hours of nodes, if every job runs until its time limit."""
        return sum(job.node_hours for job in self.jobs)

    @property
    def gpu_hours(self) -> float:
        """Hours of GPUs, likewise."""
        return sum(job.gpu_hours for job in self.jobs)


def totals(plan: Plan) -> Totals:
    """What each job of the plan asks for, in start order, and each experiment."""
    experiments = (_experiment(experiment, plan.profile) for experiment in plan.experiments)
    return Totals(tuple(_job(job) for job in plan.jobs), tuple(experiments))


def _job(job: Job) -> JobTotals:
    return JobTotals(
        **asdict(job_size(job)),
        name=job.name,
        kind=job.kind,
        services=tuple(_access(part) for part in job.services),
        waits_for=() if job.stops else job.waits,
        after=job.after,
        overridable=tuple(overridable(job)),
    )


def job_size(job: Job) -> Size:
    """What all components of the job ask for."""
    return together(size(request) for request in job.requests)


def _experiment(experiment: ExperimentJob, profile: Profile) -> ExperimentTotals:
    rows = experiment.experiment.rows
    return ExperimentTotals(
        name=experiment.name,
        client=experiment.experiment.client.name,
        max_parallel=experiment.experiment.max_parallel,
        runs=tuple(size(Request(row.client, profile)) for row in rows),
        servers=tuple(job_size(job) for job in experiment.servers),
        lasts=experiment.lasts_together,
    )


def overridable(job: Job) -> Iterator[Overridable]:
    """What may be set when the job is submitted."""
    for part in job.parts:
        balances = isinstance(part, ServicePart) and part.balances
        for override in part.overrides:
            yield Overridable(
                variable=override.variable,
                name=part.name,
                field=f"balancer.{override.field}" if balances else override.field,
                default=_shown(override.default),
                rule=override.rule.words,
            )


def _shown(default: str | Variable) -> str:
    """What holds where nothing is set; the name of the variable that says it."""
    return default.name if isinstance(default, Variable) else default


def _access(part: ServicePart) -> ServiceAccess:
    return ServiceAccess(
        name=part.name,
        ports=tuple(int(port) for port in part.ports),
        protection=part.protection,
        proof=part.proof,
    )
