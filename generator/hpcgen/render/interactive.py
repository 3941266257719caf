"""The scripts that run a fleet in an allocation of one's own: bin/alloc.sh and bin/serve.sh."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from hpcgen.model.fleet import replicas_name
from hpcgen.model.resources import RESOURCES, gpus_per_node
from hpcgen.plan import Plan
from hpcgen.plan.job import Job
from hpcgen.plan.parts.part import ServicePart
from hpcgen.render.bundle_script import BundleScript
from hpcgen.text.values import Default, Value

Options = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Placed:
    """A balancer's placement in words: its nodes beside the workers', and what runs where.

    `alloc` is the part of bin/alloc.sh that requests the nodes, `serve` that of bin/serve.sh which
    starts the programs.
    """

    nodes: str
    runs: str
    alloc: str
    serve: str


_PLACED = {
    "dedicated": _Placed(
        "and one for the balancer",
        "its workers on all nodes but the last, the balancer on that",
        "dedicated",
        "dedicated",
    ),
    "colocated": _Placed(
        "the balancer beside the first",
        "workers on each node, and the balancer on the first",
        "colocated",
        "within",
    ),
    "hetjob": _Placed(
        "and one for the balancer",
        "its workers on the nodes of the second component, the balancer on the first's",
        "hetjob",
        "within",
    ),
}
_WITH_GPUS = _Placed(
    "and one for the balancer, without GPUs",
    "the balancer on the node of the first component, or else on the last one",
    "hetjob",
    "dedicated",
)
"""`dedicated`, where a node like the workers' would hold GPUs for the balancer."""

_OF_A_SCRIPT = frozenset(
    option for row in RESOURCES if row.scope == "script" for option in (row.option, row.otherwise)
)
"""Directives that an allocation has no use for, or has others of."""
_BY_CALLER = frozenset(row.option for row in RESOURCES if row.by_caller)
"""Those in whose place whoever calls bin/alloc.sh may ask for something else."""


def allocated(plan: Plan) -> ServicePart | None:
    """The first balancer that an allocation can hold: its replicas are one job."""
    return next(
        (part for part in _balancers(plan) if not (part.one_job_per_replica or part.detached)), None
    )


def without_allocation(plan: Plan) -> Iterator[ServicePart]:
    """The balancers whose replicas are separate jobs, which no single allocation can hold."""
    return (part for part in _balancers(plan) if part.one_job_per_replica)


def interactive(plan: Plan, where: Mapping[str, Value]) -> Iterator[BundleScript]:
    """The two scripts of the first fleet that an allocation can hold, at the recipe's size."""
    fleet = allocated(plan)
    if fleet is None:
        return
    job, workers = _job_and_part(plan, replicas_name(fleet.name))
    has_gpus = gpus_per_node(job.requests[-1].submission.resources) > 0
    dedicated = fleet.placement == "dedicated"
    placed = _WITH_GPUS if dedicated and has_gpus else _PLACED[fleet.placement]
    per_node = workers.fleet.per_node if workers.fleet else 1
    values = {**where, "SERVICE": fleet.name, "PER_NODE": per_node}
    nodes = f"a node for {'each' if per_node == 1 else f'every {per_node}'} of WORKERS"
    yield BundleScript(
        "alloc",
        f"Run {fleet.name} in an allocation of your own.",
        {**values, "ASKS": f"{nodes}, {placed.nodes}", **_size(plan, fleet, placed.alloc)},
        (
            "bin/alloc",
            "lib/one-cluster",
            "lib/submitting",
            f"bin/alloc-{placed.alloc}",
            "bin/alloc-ask",
        ),
    )
    serve = ("serve", "serve-steps", f"serve-{placed.serve}", "serve-ready")
    yield BundleScript(
        "serve",
        f"Start {fleet.name} in an allocation.",
        {
            **values,
            "PLACED": placed.runs,
            "BALANCER_CPUS": fleet.cpus,
            "GRACE": plan.stopping.grace,
        },
        tuple(f"bin/{part}" for part in serve),
    )


def _balancers(plan: Plan) -> Iterator[ServicePart]:
    return (part for job in plan.jobs for part in job.services if part.balances)


def _job_and_part(plan: Plan, name: str) -> tuple[Job, ServicePart]:
    """A service, and the job that runs it."""
    jobs = ((job, part) for job in plan.jobs for part in job.services)
    return next((job, part) for job, part in jobs if part.name == name)


def _size(plan: Plan, fleet: ServicePart, alloc: str) -> dict[str, Value]:
    """What the fleet asks Slurm for where nothing else is said: as many as the batch jobs do.

    The last component of the replicas' job is theirs, the first one of the balancer's is its.
    """
    job, workers = _job_and_part(plan, replicas_name(fleet.name))
    resources, node = job.requests[-1].submission.resources, dict(job.components[-1])
    front = dict(_job_and_part(plan, fleet.name)[0].components[0])
    queue = {"partition"} if front.get("partition") == node.get("partition") else set()
    share = resources.get("cpus_per_task", 1) - workers.cpus
    memory = {name: value for name, value in node.items() if name == "mem"}
    return {
        "WORKERS": Default(str(workers.fleet.count if workers.fleet else 1)),
        "CPUS_PER_WORKER": Default(str(workers.cpus)),
        "MEM_PER_CPU": Default(str(resources.get("mem_per_cpu", ""))),
        "TIME": Default(str(resources["time"])),
        "PARTITION": Default(str(resources.get("partition", ""))),
        "NODE": tuple(_words({"ntasks-per-node": 1, **node}, _OF_A_SCRIPT | _BY_CALLER)),
        "MEMORY": tuple(_words(memory, ())),
        **({"BALANCER": tuple(_words(front, _OF_A_SCRIPT | queue))} if alloc == "hetjob" else {}),
        **({"BALANCER_SHARE": share} if alloc == "colocated" else {}),
    }


def _words(options: Options, but: Iterable[str]) -> Iterator[str]:
    """Options as words; True stands for one that has no value."""
    for name, value in options.items():
        if name not in but:
            yield f"--{name}" if value is True else f"--{name}={value}"
