"""The scripts that run a fleet in an allocation of one's own: bin/alloc.sh and bin/serve.sh."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hpcgen.plan import Plan
from hpcgen.plan.part import Part
from hpcgen.render.bundle_script import BundleScript
from hpcgen.resolve.fleets import replicas_name
from hpcgen.shell import Given, Value


@dataclass(frozen=True, slots=True)
class _Placed:
    """A balancer's placement in words: what is asked for beside the workers', and who runs where.

    `serve` is the part of bin/serve.sh that starts what there is.
    """

    asked: str
    runs: str
    serve: str


_PLACED = {
    "dedicated": _Placed(
        "and one for Envoy",
        "its workers on all nodes but the last, Envoy on that",
        "dedicated",
    ),
    "colocated": _Placed(
        "Envoy beside the first",
        "a worker on each node, and Envoy on the first",
        "within",
    ),
    "hetjob": _Placed(
        "and for Envoy's beside them",
        "its workers on the nodes of the second component, Envoy on the first's",
        "within",
    ),
}


def allocated(plan: Plan) -> Part | None:
    """The first balancer whose replicas are one job, and have a node each."""
    parts = {part.name: part for job in plan.jobs for part in job.parts}
    balancers = (part for part in parts.values() if part.balances)
    replicas = ((part, parts[replicas_name(part.name)].fleet) for part in balancers)
    return next((part for part, fleet in replicas if fleet and fleet.slots == 1), None)


def interactive(plan: Plan, where: Mapping[str, Value]) -> Iterator[BundleScript]:
    """Those of the first fleet that fits, which begins as large as the recipe has it."""
    fleet = allocated(plan)
    if fleet is None or fleet.detached:
        return
    placed = _PLACED[fleet.placement]
    own = {**where, "SERVICE": fleet.name}
    alloc = ("alloc", f"alloc-{fleet.placement}", "alloc-ask")
    yield BundleScript(
        "alloc",
        f"Run {fleet.name} in an allocation of your own.",
        {**own, "AND_ENVOY": placed.asked, **_size(plan, fleet)},
        tuple(f"bin/{part}" for part in alloc),
    )
    serve = ("serve", f"serve-{placed.serve}", "serve-ready")
    yield BundleScript(
        "serve",
        f"Start {fleet.name} in an allocation.",
        {**own, "PLACED": placed.runs},
        tuple(f"bin/{part}" for part in serve),
    )


def _size(plan: Plan, fleet: Part) -> dict[str, Value]:
    """What the fleet asks Slurm for where nothing else is said: a worker's share of each node."""
    of = replicas_name(fleet.name)
    job, workers = next((job, part) for job in plan.jobs for part in job.parts if part.name == of)
    asked = {option: str(each) for option, each in job.components[-1]}
    return {
        "WORKERS": Given(asked["nodes"]),
        "CPUS_PER_WORKER": Given(str(workers.cpus)),
        **({} if fleet.placement == "dedicated" else {"ENVOY_CPUS": fleet.cpus}),
        "MEM_PER_CPU": Given(asked.get("mem-per-cpu", "")),
        "TIME": Given(asked["time"]),
        "PARTITION": Given(asked.get("partition", "")),
        "QUEUE": tuple(f"--{name}={asked[name]}" for name in ("account", "qos") if name in asked),
    }
