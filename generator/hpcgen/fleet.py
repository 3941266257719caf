"""Copies of one service, and what their job asks Slurm for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hpcgen import units


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Copies of a service in one job, `per_node` of them on each of its nodes.

    Once all are ready, fewer than `min_healthy` fail the job, and so does the death of one that has
    been started again `max_restarts` times.
    """

    count: int
    per_node: int
    min_healthy: int
    max_restarts: int

    @property
    def nodes(self) -> int:
        """The nodes of all replicas, each of one node at most."""
        return -(-self.count // self.per_node)

    @property
    def shares_nodes(self) -> bool:
        """Whether a node has several replicas."""
        return self.per_node > 1

    def together(self, resources: Mapping[str, Any]) -> dict[str, Any]:
        """What the job of all asks for, where one asks for `resources`."""
        if self.shares_nodes:
            return {**self._of_node(resources), "nodes": self.nodes}
        tasks = {"ntasks": self.count} if "ntasks" in resources else {}
        return {**resources, **tasks, "nodes": self.count * resources.get("nodes", 1)}

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
