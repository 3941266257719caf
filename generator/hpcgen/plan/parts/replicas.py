"""What the script of a fleet knows of its replicas, and the step that is one of them."""

from __future__ import annotations

from dataclasses import replace

from hpcgen.kinds.offer import ServiceOffer
from hpcgen.model.entry import Service
from hpcgen.model.fleet import Fleet
from hpcgen.model.profile import Profile
from hpcgen.model.resources import BY_OPTION, OF_REPLICA
from hpcgen.plan.sizes.step import share_of
from hpcgen.text.values import Default, IfSet, Item, Value, Variable, Word


def replicas(service: Service, offer: ServiceOffer, profile: Profile) -> dict[str, Value]:
    """How many replicas there are, what they may suffer, and their step; else nothing."""
    if service.fleet is None:
        return {}
    return {
        "NODE_LIST": _nodes(service),
        **_numbers(service.fleet),
        "MAX_RESTARTS": service.fleet.max_restarts,
        "ON_REPLICA": (*_step(service, profile), "--mpi", "none"),
        "PROCESSES": offer.processes,
    }


def _numbers(fleet: Fleet) -> dict[str, Value]:
    """Which replicas are the job's; how few of them it goes on with is nothing to one of its own.

    PER_NODE of jobs of their own are those that may meet on a node.
    """
    if fleet.one_job_per_replica:
        first = Default("0", "SLURM_ARRAY_TASK_ID")
        return {"FIRST": first, "REPLICAS": 1, "PER_NODE": fleet.slots, "MIN_HEALTHY": 0}
    count = Default(str(fleet.count), "HPCGEN_REPLICAS")
    numbers = {"PER_NODE": fleet.per_node, "MIN_HEALTHY": fleet.min_healthy}
    return {"FIRST": 0, "REPLICAS": count, **numbers}


def _step(service: Service, profile: Profile) -> tuple[Item, ...]:
    """One task, which has its node's memory and GPUs for itself, or a share of them."""
    step, one = ("srun", *_component(service)), ("--nodes", "1", "--ntasks", "1")
    if not (service.fleet and service.fleet.shares_nodes):
        cpus = service.resources.get("cpus_per_task", 1)
        return (*step, "--overlap", *one, *_option(service, "cpus-per-task", cpus))
    fields = (row.field for row in OF_REPLICA if row.field in service.resources)
    size = {field: service.resources[field] for field in fields}
    pairs = share_of(replace(service, size=size), profile)
    share = (word for name, value in pairs for word in _option(service, name, value))
    return (*step, "--exact", *one, *share)


def _nodes(service: Service) -> Variable:
    """The job's, or those of its second component."""
    component = "_HET_GROUP_1" if service.placement == "hetjob" else ""
    nodes = Variable(f"SLURM_JOB_NODELIST{component}", "")
    return Variable("HPCGEN_REPLICA_NODES", nodes) if _may_be_second(service) else nodes


def _component(service: Service) -> tuple[Item, ...]:
    if service.placement == "hetjob":
        return ("--het-group", "1")
    is_second = IfSet("HPCGEN_REPLICA_NODES", "--het-group=1")
    return (is_second,) if _may_be_second(service) else ()


def _may_be_second(service: Service) -> bool:
    """Whether, of no heterogeneous job, it may be the second component of an allocation."""
    return _in_allocation(service) and service.placement == "dedicated"


def _option(service: Service, name: str, value: object) -> tuple[Word, ...]:
    """An option of the step; in an allocation bin/alloc.sh says how large a replica is."""
    amount = BY_OPTION[name].amount
    if _in_allocation(service) and amount == "cpus":
        return (f"--{name}", Variable("HPCGEN_REPLICA_CPUS", str(value)))
    if _in_allocation(service) and amount == "memory":
        return (Variable("HPCGEN_REPLICA_MEM", f"--{name}={value}"),)
    return (f"--{name}", str(value))


def _in_allocation(service: Service) -> bool:
    """Whether it may run in one of the user's own: a balancer is before replicas of one job."""
    return bool(service.placement and service.fleet and not service.fleet.one_job_per_replica)
