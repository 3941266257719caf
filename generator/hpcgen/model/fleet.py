"""Copies of one service, and the resources of their job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hpcgen.model.resources import of_node

BY_ADDRESS = "ring_hash"
"""The policy of a balancer by which all that comes from one address goes to one replica."""

_MOST = 64
"""The assumed maximum of separately scheduled replicas on one node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Copies of a service in one job, `per_node` of them on each of its nodes.

    Once all are ready, the job fails if fewer than `min_healthy` serve and the others cannot come
    back in time, or if a replica ends that was restarted `max_restarts` times already. With
    `one_job_per_replica` each replica is a task of a job array, and fails alone; the balancer is
    ready, and goes on, with `min_healthy` of them.
    """

    count: int
    per_node: int
    min_healthy: int
    max_restarts: int
    one_job_per_replica: bool = False

    @property
    def nodes(self) -> int:
        """The number of nodes of all replicas, in one job or in many."""
        return -(-self.count // self.per_node)

    @property
    def shares_nodes(self) -> bool:
        """Whether a node has several replicas."""
        return self.per_node > 1

    @property
    def slots(self) -> int:
        """The number of replicas that may share a node; their ports follow one another."""
        return min(self.count, _MOST) if self.one_job_per_replica else self.per_node

    @property
    def tasks(self) -> int:
        """The number of tasks of the job array; 0 if all replicas are in one job."""
        return self.count if self.one_job_per_replica else 0

    def job_resources(self, resources: Mapping[str, Any]) -> dict[str, Any]:
        """The resources of the fleet's job, or of each of its jobs; `resources` are a replica's."""
        if self.one_job_per_replica:
            return {**resources}
        tasks = {"ntasks": self.count} if "ntasks" in resources else {}
        size = of_node(resources, self.per_node) if self.shares_nodes else {**resources, **tasks}
        return {**size, "nodes": self.nodes * resources.get("nodes", 1)}


def replicas_name(name: str) -> str:
    """The name of the replicas of the service `name`, if its balancer has that name."""
    return f"{name}-replicas"
