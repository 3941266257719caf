"""What the script of a fleet knows of its replicas, and the step that is one of them."""

from __future__ import annotations

from dataclasses import replace

from hpcgen.entry import Service
from hpcgen.fleet import Fleet
from hpcgen.offer import ServiceOffer
from hpcgen.plan.step import share_of
from hpcgen.profile import Profile
from hpcgen.shell import Bash, Value

_OWN = ("cpus_per_task", "mem", "mem_per_cpu", "gpus_per_node")
"""What each of several replicas of a node has of its own."""


def replicas(service: Service, offer: ServiceOffer, profile: Profile) -> dict[str, Value]:
    """How many replicas there are, what they may suffer, and their step; else nothing."""
    if service.fleet is None:
        return {}
    component = "_HET_GROUP_1" if service.placement == "hetjob" else ""
    nodes = f"SLURM_JOB_NODELIST{component}"
    return {
        "NODE_LIST": Bash(f'"${{{nodes}:-}}"'),
        **_numbers(service.fleet),
        "MAX_RESTARTS": service.fleet.max_restarts,
        "ON_REPLICA": (*_step(service, profile), "--mpi", "none"),
        "PROCESSES": offer.processes,
    }


def _numbers(fleet: Fleet) -> dict[str, Value]:
    """Which replicas are the job's; how few of them it goes on with is nothing to one of its own.

    PER_NODE of jobs of their own are those that may meet on a node.
    """
    if fleet.own_jobs:
        first = Bash("${SLURM_ARRAY_TASK_ID:-0}")
        return {"FIRST": first, "REPLICAS": 1, "PER_NODE": fleet.slots, "MIN_HEALTHY": 0}
    count = Bash(f"${{HPCGEN_REPLICAS:-{fleet.count}}}")
    numbers = {"PER_NODE": fleet.per_node, "MIN_HEALTHY": fleet.min_healthy}
    return {"FIRST": 0, "REPLICAS": count, **numbers}


def _step(service: Service, profile: Profile) -> tuple[str, ...]:
    """One task, which has its node's memory and GPUs for itself, or a share of them."""
    step = ("srun", *(("--het-group", "1") if service.placement == "hetjob" else ()))
    one = ("--nodes", "1", "--ntasks", "1")
    if not (service.fleet and service.fleet.shares_nodes):
        cpus = str(service.resources.get("cpus_per_task", 1))
        return (*step, "--overlap", *one, "--cpus-per-task", cpus)
    size = {name: service.resources[name] for name in _OWN if name in service.resources}
    pairs = share_of(replace(service, size=size), profile)
    share = (str(word) for name, value in pairs for word in (f"--{name}", value))
    return (*step, "--exact", *one, *share)
