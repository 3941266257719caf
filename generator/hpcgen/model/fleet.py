"""Copies of one service, and what their job asks Slurm for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hpcgen.text import units

_MOST = 64
"""Replicas in jobs of their own that Slurm is taken to place on one node, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Copies of a service in one job, `per_node` of them on each of its nodes.

    Once all are ready, the job fails where fewer than `min_healthy` serve and the others cannot
    come back in time, and with the death of one that was started again `max_restarts` times. With
    `own_jobs` each is a job, a task of an array, which fails alone; the balancer is ready, and goes
    on, with `min_healthy` of them.
    """

    count: int
    per_node: int
    min_healthy: int
    max_restarts: int
    own_jobs: bool = False

    @property
    def nodes(self) -> int:
        """The nodes of all replicas, with those of each job of its own."""
        return -(-self.count // self.per_node)

    @property
    def shares_nodes(self) -> bool:
        """Whether a node has several replicas."""
        return self.per_node > 1

    @property
    def slots(self) -> int:
        """How many replicas may meet on a node: their ports follow one another."""
        return min(self.count, _MOST) if self.own_jobs else self.per_node

    @property
    def tasks(self) -> int:
        """How many tasks of a job array there are; 0 where all are in one job."""
        return self.count if self.own_jobs else 0

    def together(self, resources: Mapping[str, Any]) -> dict[str, Any]:
        """What the job of all, or each job, asks for, where one replica asks for `resources`."""
        if self.own_jobs:
            return {**resources}
        tasks = {"ntasks": self.count} if "ntasks" in resources else {}
        size = self._of_node(resources) if self.shares_nodes else {**resources, **tasks}
        return {**size, "nodes": self.nodes * resources.get("nodes", 1)}

    def _of_node(self, resources: Mapping[str, Any]) -> dict[str, Any]:
        """What Slurm counts by the node, as often as a node has replicas."""
        times, size = self.per_node, {**resources}
        tasks = size.pop("ntasks", 1)
        size["ntasks_per_node"] = times * size.get("ntasks_per_node", tasks)
        if "gpus_per_node" in size:
            size["gpus_per_node"] *= times
        if "mem" in size:
            size["mem"] = units.as_memory(times * units.memory(size["mem"]))
        return size


def replicas_name(name: str) -> str:
    """What the replicas of the service `name` are called, where a balancer has that name."""
    return f"{name}-replicas"
