"""What a plan asks the cluster for: each job, and all of them together.

Everything is at most: jobs may end before their time limits, and clients after their services.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hpcgen import units
from hpcgen.job import Job, Part
from hpcgen.plan import Plan
from hpcgen.profile import gpus_per_node

_KIBIBYTES = {"K": 1, "M": 1024, "G": 1024**2, "T": 1024**3}


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
class JobTotals:
    """What one job asks for on all of its nodes together.

    `memory_mib` is None where the job leaves it to Slurm; `seconds` is the time limit;
    `waits_for` names services that other jobs run, `after` jobs that must have ended first.
    """

    name: str
    kind: str
    nodes: int
    cpus: int
    memory_mib: int | None
    gpus: int
    seconds: int
    services: tuple[ServiceAccess, ...]
    waits_for: tuple[str, ...]
    after: tuple[str, ...]
    overridable: tuple[Overridable, ...]

    @property
    def node_hours(self) -> float:
        """Hours of nodes, if the job runs until its time limit."""
        return self.nodes * self.seconds / 3600

    @property
    def gpu_hours(self) -> float:
        """Hours of GPUs, likewise."""
        return self.gpus * self.seconds / 3600


@dataclass(frozen=True, slots=True)
class Totals:
    """The jobs in their start order, and their sums."""

    jobs: tuple[JobTotals, ...]

    @property
    def nodes(self) -> int:
        """Nodes, when all jobs run at once."""
        return sum(job.nodes for job in self.jobs)

    @property
    def cpus(self) -> int:
        """CPUs, when all jobs run at once."""
        return sum(job.cpus for job in self.jobs)

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
    """What each job of the plan asks for, in start order."""
    return Totals(tuple(_job(job) for job in plan.jobs))


def _job(job: Job) -> JobTotals:
    asked = {option: str(value) for option, value in job.directives}
    nodes = int(asked.get("nodes", 1))
    cpus = _tasks(asked, nodes) * int(asked.get("cpus-per-task", 1))
    return JobTotals(
        name=job.name,
        kind=job.kind,
        nodes=nodes,
        cpus=cpus,
        memory_mib=_memory(asked, nodes, cpus),
        gpus=nodes * gpus_per_node({**asked, "gpus_per_node": asked.get("gpus-per-node", 0)}),
        seconds=units.walltime(asked["time"]),
        services=tuple(_access(part) for part in job.services),
        waits_for=() if job.stops else job.waits,
        after=job.after,
        overridable=tuple(overridable(job)),
    )


def overridable(job: Job) -> Iterator[Overridable]:
    """What may be set when the job is submitted."""
    for part in job.parts:
        for each in part.overrides:
            yield Overridable(
                variable=each.variable,
                name=part.name,
                field=each.field,
                default=each.default,
                rule=each.rule.words,
            )


def _access(part: Part) -> ServiceAccess:
    return ServiceAccess(
        name=part.name,
        ports=tuple(int(port) for port in part.ports),
        protection=part.protection,
        proof=part.proof,
    )


def _tasks(asked: Mapping[str, str], nodes: int) -> int:
    """--ntasks, else tasks on each node, else one task on each node, as sbatch(1) has it."""
    return int(asked.get("ntasks", nodes * int(asked.get("ntasks-per-node", 1))))


def _memory(asked: Mapping[str, str], nodes: int, cpus: int) -> int | None:
    if "mem" in asked:
        return nodes * _mebibytes(asked["mem"])
    return cpus * _mebibytes(asked["mem-per-cpu"]) if "mem-per-cpu" in asked else None


def _mebibytes(amount: str) -> int:
    """Slurm's `4G` in MiB, a part of one counting as a whole."""
    return -(-int(amount[:-1]) * _KIBIBYTES[amount[-1]] // 1024)
