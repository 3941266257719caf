"""The resources that a job asks Slurm for: one table, which all code that names resources reads.

To add a resource, add its row to `RESOURCES` and its property to `schemas/definitions.schema.json`.
The pages cited are those of Slurm 24.11.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hpcgen.text import units

Scope = Literal["queue", "nodes", "size", "script"]
Counted = Literal["job", "node", "task", "cpu"]
Amount = Literal["nodes", "tasks", "cpus", "memory", "gpus"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A resource: the name of its `field` in a recipe, and the `option` of sbatch that asks for it.

    `scope` is what it says of a job: "queue" where it runs and who pays, "nodes" which nodes it
    gets, "size" how much of them, "script" what matters to a batch script alone.
    `amount` is what a size is an amount of, and `counted` what Slurm gives it to: the job, or each
    of its nodes, tasks or CPUs.
    `excludes` names fields that ask for the same: a job has one of them.
    `shareable`: the programs of a shared job may each ask for a share of it. `of_replica`: several
    replicas on a node have it each.
    `by_caller`: whoever runs bin/alloc.sh may ask for another amount, or in another place.
    `in_recipes`: a recipe may set it; else hpcgen does. `otherwise` is the option of a job without
    it; "" is none.
    """

    field: str
    option: str
    scope: Scope
    amount: Amount | None = None
    counted: Counted = "job"
    excludes: tuple[str, ...] = ()
    shareable: bool = False
    of_replica: bool = False
    by_caller: bool = False
    in_recipes: bool = True
    otherwise: str = ""

    @property
    def is_for_each_node(self) -> bool:
        """Whether it is an amount that each node has, so that two programs on it need the sum."""
        return self.amount is not None and self.counted == "node"


RESOURCES = (
    Resource(field="job_name", option="job-name", scope="script", in_recipes=False),
    Resource(field="array", option="array", scope="script", in_recipes=False),
    Resource(field="account", option="account", scope="queue"),
    Resource(field="partition", option="partition", scope="queue", by_caller=True),
    Resource(field="qos", option="qos", scope="queue"),
    Resource(field="reservation", option="reservation", scope="queue"),
    Resource(field="constraint", option="constraint", scope="queue"),
    Resource(field="nodelist", option="nodelist", scope="nodes"),
    Resource(field="exclude", option="exclude", scope="nodes"),
    # sbatch(1), --exclusive: the job gets all CPUs and GRES of its nodes, but only the memory that
    # it asks for.
    Resource(field="exclusive", option="exclusive", scope="nodes"),
    Resource(field="nodes", option="nodes", scope="size", amount="nodes", by_caller=True),
    Resource(field="ntasks", option="ntasks", scope="size", amount="tasks", by_caller=True),
    # sbatch(1), --ntasks-per-node: a maximum where --ntasks is set too, so that both may be.
    Resource(
        field="ntasks_per_node",
        option="ntasks-per-node",
        scope="size",
        amount="tasks",
        counted="node",
    ),
    Resource(
        field="cpus_per_task",
        option="cpus-per-task",
        scope="size",
        amount="cpus",
        counted="task",
        shareable=True,
        of_replica=True,
        by_caller=True,
    ),
    # sbatch(1), --mem: it, --mem-per-cpu and --mem-per-gpu are mutually exclusive.
    Resource(
        field="mem",
        option="mem",
        scope="size",
        amount="memory",
        counted="node",
        excludes=("mem_per_cpu",),
        shareable=True,
        of_replica=True,
        by_caller=True,
    ),
    # sbatch(1), --mem-per-cpu: for each CPU that the job gets, not for those that it asks for.
    Resource(
        field="mem_per_cpu",
        option="mem-per-cpu",
        scope="size",
        amount="memory",
        counted="cpu",
        of_replica=True,
        by_caller=True,
    ),
    # Some sites take it as --gres alone: `gpu_directive` of the profile.
    Resource(
        field="gpus_per_node",
        option="gpus-per-node",
        scope="size",
        amount="gpus",
        counted="node",
        shareable=True,
        of_replica=True,
    ),
    # sbatch(1), --gres: on each node. It is a list of names and counts, and so no one amount.
    Resource(
        field="gres", option="gres", scope="size", counted="node", excludes=("gpus_per_node",)
    ),
    Resource(field="time", option="time", scope="script"),
    Resource(field="no_kill", option="no-kill", scope="nodes", in_recipes=False),
    Resource(field="signal", option="signal", scope="script", in_recipes=False),
    Resource(field="output", option="output", scope="script"),
    Resource(field="error", option="error", scope="script"),
    Resource(field="open_mode", option="open-mode", scope="script", in_recipes=False),
    # sbatch(1), --no-requeue: without either, the site's JobRequeue decides.
    Resource(field="requeue", option="requeue", scope="script", otherwise="no-requeue"),
)
"""Every resource, in the order of the `#SBATCH` lines."""

BY_FIELD = {row.field: row for row in RESOURCES}
BY_OPTION = {row.option: row for row in RESOURCES}

QUEUE = tuple(row for row in RESOURCES if row.scope == "queue")
"""Where a job runs and who pays, as opposed to its size."""

SHAREABLE = tuple(row for row in RESOURCES if row.shareable)
"""What an entry of a shared job may ask for: its share; all others are the job's."""

OF_REPLICA = tuple(row for row in RESOURCES if row.of_replica)
"""What each of several replicas on a node has."""

MUTUALLY_EXCLUSIVE = tuple((row.field, other) for row in RESOURCES for other in row.excludes)
"""Pairs of fields of which a job has one at most."""


def alternatives(field: str) -> tuple[str, ...]:
    """The field, and those that ask for the same in another way.

    >>> alternatives("mem")
    ('mem', 'mem_per_cpu')
    """
    pairs = [pair for pair in MUTUALLY_EXCLUSIVE if field in pair]
    return tuple(dict.fromkeys((field, *(name for pair in pairs for name in pair))))


def sets_any(resources: Mapping[str, Any], field: str) -> bool:
    """Whether the resources ask for what the field asks for, in whatever way."""
    return any(name in resources for name in alternatives(field))


def gpus_per_node(resources: Mapping[str, Any]) -> int:
    """The number of GPUs that the resources ask for on each node.

    >>> gpus_per_node({"gres": "gpu:a100:4,tmpdir:200"})
    4
    """
    generic = (gres.split(":") for gres in resources.get("gres", "").split(","))
    counts = (
        int(words[-1]) if words[-1].isdecimal() else 1 for words in generic if words[0] == "gpu"
    )
    return int(resources.get("gpus_per_node", 0)) or sum(counts)


def for_several_nodes(default: Mapping[str, Any]) -> dict[str, Any]:
    """Convert a one-node default to several nodes: `ntasks: 1` would make Slurm use one node.

    >>> for_several_nodes({"nodes": 1, "ntasks": 1, "time": "01:00:00"})
    {'nodes': 1, 'ntasks_per_node': 1, 'time': '01:00:00'}
    """
    names = {"ntasks": "ntasks_per_node"}
    return {names.get(name, name): value for name, value in default.items()}


def of_node(resources: Mapping[str, Any], programs: int) -> dict[str, Any]:
    """The resources of a node with several programs, each of which has these.

    >>> of_node({"ntasks": 1, "cpus_per_task": 2, "mem": "3G"}, 4)
    {'ntasks_per_node': 4, 'cpus_per_task': 2, 'mem': '12G'}
    """
    rest = {field: value for field, value in resources.items() if field != "ntasks"}
    size = {"ntasks_per_node": resources.get("ntasks", 1), **rest}
    for_each_node = {row.field for row in RESOURCES if row.is_for_each_node}
    return {
        field: _total(*[value] * programs) if field in for_each_node else value
        for field, value in size.items()
    }


def with_program(resources: Mapping[str, Any], program: Mapping[str, Any]) -> dict[str, Any]:
    """The resources of nodes on which another program, of one task, has its share too.

    Slurm gives every node of a job the same resources, and counts CPUs by the task. Memory that is
    left to Slurm, or asked for by the CPU, stays so.

    >>> with_program({"ntasks_per_node": 2, "mem": "3G"}, {"cpus_per_task": 3, "mem": "1G"})
    {'ntasks_per_node': 2, 'mem': '4G', 'cpus_per_task': 3}
    """
    tasks = resources.get("ntasks_per_node", 1)
    cpus = resources.get("cpus_per_task", 1) + -(-program.get("cpus_per_task", 1) // tasks)
    both = (row.field for row in SHAREABLE if row.is_for_each_node)
    sums = {
        field: _total(resources[field], program[field])
        for field in both
        if field in resources and field in program
    }
    return {**resources, "cpus_per_task": cpus, **sums}


def _total(*values: int | str) -> int | str:
    """The sum of numbers, or of amounts of memory as Slurm writes them."""
    amounts = [units.memory(value) if isinstance(value, str) else value for value in values]
    return units.as_memory(sum(amounts)) if isinstance(values[0], str) else sum(amounts)
