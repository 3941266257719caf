"""The cluster profile: the facts about the machine that a bundle is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hpcgen.model.resources import for_several_nodes, gpus_per_node
from hpcgen.model.runtime_path import RuntimePath
from hpcgen.model.stopping import Stopping


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """The facts about a partition and its nodes; None is unknown, and is not checked."""

    cpus: int | None = None
    threads_per_core: int | None = None
    mem: str | None = None
    gpus: int | None = None
    gpu_model: str | None = None
    gpu_mem: str | None = None
    shared: bool | None = None
    max_time: str | None = None
    min_nodes: int | None = None
    max_nodes: int | None = None
    default: bool = False
    default_qos: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Qos:
    """The facts about a QOS. `partitions` None: any; `forbids` maps a resource to the reason.

    A `special` one is given by arrangement, so that no hint names it.
    """

    max_time: str | None = None
    min_nodes: int | None = None
    max_nodes: int | None = None
    max_gpus: int | None = None
    max_jobs: int | None = None
    special: bool = False
    partitions: tuple[str, ...] | None = None
    forbids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A profile with its defaults filled in. `kill_wait` and `ready_timeout` are seconds.

    `forbid` maps a resource to the reason; `select` has the default resources of jobs with GPUs
    (`gpu`) and without (`cpu`).
    """

    name: str
    title: str
    tried: str
    login_host: str | None
    login_port: int
    program: str
    sif_mount: str
    image_directory: RuntimePath
    provided_images: Mapping[str, RuntimePath]
    module_init: RuntimePath | None
    module_purge: bool
    module_paths: tuple[RuntimePath, ...]
    modules: tuple[str, ...]
    interface: str | None
    run_root: RuntimePath
    kill_wait: int
    max_array_size: int
    ready_timeout: int
    resources: Mapping[str, Any]
    gpu_directive: str
    gpu_vendor: str
    gpu_environment: Mapping[str, str]
    arch: str | None
    compute_internet: bool | None
    environment: Mapping[str, str]
    require: tuple[str, ...]
    forbid: Mapping[str, str]
    select: Mapping[str, Mapping[str, Any]]
    partitions: Mapping[str, Partition]
    qos: Mapping[str, Qos]
    default_qos: str | None

    @property
    def stopping(self) -> Stopping:
        """The time that its jobs have to stop, and when the signal to stop is sent."""
        return Stopping.within(self.kill_wait)

    def fill(self, default: Mapping[str, Any], requested: Mapping[str, Any]) -> dict[str, Any]:
        """The resources of a job whose kind has `default` and whose recipe sets `requested`."""
        wide = requested.get("nodes", 1) > 1 and "ntasks" not in requested
        sized = for_several_nodes(default) if wide else default
        allowed = {name: value for name, value in sized.items() if name not in self.forbid}
        usual = {**allowed, **self.resources}
        selected = self.select.get("gpu" if gpus_per_node({**usual, **requested}) else "cpu", {})
        return {**usual, **selected, **requested}

    def partition_name(self, resources: Mapping[str, Any]) -> str | None:
        """The partition that a job with these resources runs in, None if it is unknown.

        Without a named partition, a QOS that only one partition allows implies it.
        """
        only = self.qos.get(resources.get("qos", ""), Qos()).partitions or ()
        default = (name for name, partition in self.partitions.items() if partition.default)
        implied = only[0] if len(only) == 1 else next(default, None)
        return resources.get("partition") or implied

    def qos_name(self, resources: Mapping[str, Any]) -> str | None:
        """The QOS that a job with these resources gets, None if it is unknown."""
        partition = self.partitions.get(self.partition_name(resources) or "", Partition())
        return resources.get("qos") or partition.default_qos or self.default_qos
