"""What Slurm gives a job for its resources: the one place that counts them.

What is not in sbatch(1) was seen on Slurm 24.11. What only the site's slurm.conf knows is not
counted: memory that the job does not ask for (DefMemPerCPU), and whole cores where it asks for
hardware threads (CR_Core).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hpcgen.model.profile import Partition
from hpcgen.model.resources import RESOURCES, gpus_per_node
from hpcgen.text import units


@dataclass(frozen=True, slots=True)
class Allocation:
    """The nodes of a job, and what it has on them; `partition` is what is known of these nodes.

    The fullest node is the one with most tasks, where Slurm spreads them as evenly as it can.
    """

    resources: Mapping[str, Any]
    partition: Partition

    @property
    def nodes(self) -> int:
        """The number of nodes.

        No more than there are tasks: sbatch then warns "can't run 1 processes on 3 nodes". Where
        the job does not say, as many as its tasks need (sbatch(1), --nodes).
        """
        tasks = self.resources.get("ntasks")
        if "nodes" in self.resources:
            nodes = int(self.resources["nodes"])
            return min(nodes, tasks or nodes)
        return -(-tasks // self._tasks_that_fit) if tasks else 1

    @property
    def tasks(self) -> int:
        """The number of tasks: --ntasks, else those of each node, else one of each (sbatch(1))."""
        usual = self.nodes * self.resources.get("ntasks_per_node", 1)
        return int(self.resources.get("ntasks", usual))

    @property
    def is_of_whole_nodes(self) -> bool:
        """Whether the job has its nodes to itself, as it or the partition wants.

        Slurm then gives it all CPUs and GRES of them (sbatch(1), --exclusive). Of a partition with
        OverSubscribe=EXCLUSIVE, `sbatch --test-only` does not tell so: it takes a job that sbatch
        refuses.
        """
        return bool(self.resources.get("exclusive")) or self.partition.shared is False

    @property
    def needed_cpus(self) -> int:
        """The CPUs that the tasks of the fullest node need: where no node has them, Slurm refuses.

        With --ntasks-per-node these are that many tasks, even where --ntasks are fewer.
        """
        spread = -(-self.tasks // self.nodes)
        tasks = max(spread, self.resources.get("ntasks_per_node", 1))
        return int(tasks * self.resources.get("cpus_per_task", 1))

    @property
    def node_cpus(self) -> int:
        """The CPUs that the job has on the fullest node."""
        return self._if_whole_nodes(self.partition.cpus) or self.needed_cpus

    @property
    def cpus(self) -> int:
        """The CPUs that the job has."""
        needed = int(self.tasks * self.resources.get("cpus_per_task", 1))
        return self.nodes * (self._if_whole_nodes(self.partition.cpus) or 0) or needed

    @property
    def node_gpus(self) -> int:
        """The GPUs that the job has on each node."""
        every_gpu = self._if_whole_nodes(self.partition.gpus)
        return gpus_per_node(self.resources) if every_gpu is None else every_gpu

    @property
    def gpus(self) -> int:
        """The GPUs that the job has."""
        return self.nodes * self.node_gpus

    @property
    def node_memory_mib(self) -> int | None:
        """The memory that the job has on the fullest node; None where it leaves that to Slurm."""
        return self._memory_mib(1, self.node_cpus)

    @property
    def memory_mib(self) -> int | None:
        """The memory that the job has; None where it leaves that to Slurm."""
        return self._memory_mib(self.nodes, self.cpus)

    def _memory_mib(self, nodes: int, cpus: int) -> int | None:
        """The memory of so many nodes and CPUs. Slurm counts a part of a MiB as one."""
        times = {"node": nodes, "cpu": cpus}
        rows = (row for row in RESOURCES if row.amount == "memory" and row.field in self.resources)
        amounts = [
            times[row.counted] * -(-units.memory(self.resources[row.field]) // 1024**2)
            for row in rows
        ]
        return sum(amounts) if amounts else None

    def _if_whole_nodes(self, amount: int | None) -> int | None:
        """What a node has, if that is known and all of it is the job's; else None."""
        return amount if self.is_of_whole_nodes else None

    @property
    def _tasks_that_fit(self) -> int:
        """The tasks that Slurm puts on one node where it is for Slurm to say how many nodes."""
        cpus, each_task = self.partition.cpus, self.resources.get("cpus_per_task", 1)
        by_cpus = max(cpus // each_task, 1) if cpus else self.resources["ntasks"]
        return int(min(self.resources.get("ntasks_per_node", by_cpus), by_cpus))
