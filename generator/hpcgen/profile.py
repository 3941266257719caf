"""The cluster profile: what is known of the machine that a bundle is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from hpcgen import schema, units
from hpcgen.characters import quoted
from hpcgen.cluster_names import built_in
from hpcgen.diagnostics import Diagnostic, RecipeError, Span
from hpcgen.document import Document
from hpcgen.load import load, load_text
from hpcgen.nearest import nearest
from hpcgen.runtime_path import RuntimePath
from hpcgen.validate import validate_profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """What is known of a partition and its nodes; None is not known, and so is not checked."""

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
    """What is known of a QOS. `partitions` None: any; `forbids` maps a resource to the reason.

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

    `forbid` maps a resource to the reason; `select` is what jobs with GPUs (`gpu`) and without
    (`cpu`) ask for when their recipe does not say.
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

    def fill(self, default: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
        """The resources of a job whose kind has `default` and whose recipe asks for `asked`."""
        wide = asked.get("nodes", 1) > 1 and "ntasks" not in asked
        sized = per_node(default) if wide else default
        allowed = {name: value for name, value in sized.items() if name not in self.forbid}
        usual = {**allowed, **self.resources}
        selected = self.select.get("gpu" if gpus_per_node({**usual, **asked}) else "cpu", {})
        return {**usual, **selected, **asked}

    def partition_name(self, resources: Mapping[str, Any]) -> str | None:
        """The partition that a job with these resources runs in, as far as is known.

        A QOS that is for one partition alone implies it, where none is named.
        """
        only = self.qos.get(resources.get("qos", ""), Qos()).partitions or ()
        default = (name for name, partition in self.partitions.items() if partition.default)
        implied = only[0] if len(only) == 1 else next(default, None)
        return resources.get("partition") or implied

    def qos_name(self, resources: Mapping[str, Any]) -> str | None:
        """The QOS that a job with these resources gets, as far as is known."""
        partition = self.partitions.get(self.partition_name(resources) or "", Partition())
        return resources.get("qos") or partition.default_qos or self.default_qos


def per_node(default: Mapping[str, Any]) -> dict[str, Any]:
    """A default of one node, for several: Slurm would make one of two that are to have one task.

    >>> per_node({"nodes": 1, "ntasks": 1, "time": "01:00:00"})
    {'nodes': 1, 'ntasks_per_node': 1, 'time': '01:00:00'}
    """
    return {"ntasks_per_node" if name == "ntasks" else name: each for name, each in default.items()}


def gpus_per_node(resources: Mapping[str, Any]) -> int:
    """How many GPUs a job with these resources gets on each node.

    >>> gpus_per_node({"gres": "gpu:a100:4,tmpdir:200"})
    4
    """
    asked = (gres.split(":") for gres in resources.get("gres", "").split(","))
    counts = (
        int(words[-1]) if words[-1].isdecimal() else 1 for words in asked if words[0] == "gpu"
    )
    return int(resources.get("gpus_per_node", 0)) or sum(counts)


def find(cluster: str, directory: Path, span: Span | None) -> Profile:
    """The profile that a recipe in `directory` calls `cluster`: a name, or a path from there.

    Raises RecipeError: HG303 where there is none, and whatever is wrong inside the file.
    """
    return of(written(cluster, directory, span))


def written(cluster: str, directory: Path, span: Span | None) -> Document:
    """The same as it is written, without defaults; raises what `find` raises."""
    if "/" in cluster or cluster.endswith(".yaml"):
        return validate_profile(_load(cluster, directory, span))
    if cluster not in built_in():
        near = nearest(cluster, built_in())
        known = "`hpcgen list clusters` names them; or give a file: ./my.yaml"
        hint = f"did you mean `{near}`?" if near else known
        message = f"there is no cluster profile called {quoted(cluster)}"
        raise RecipeError([Diagnostic("HG303", message, span, hint)])
    path = files("hpcgen") / "clusters" / f"{cluster}.yaml"
    return validate_profile(load_text(f"{cluster}.yaml", path.read_bytes()))


def _load(cluster: str, directory: Path, span: Span | None) -> Document:
    """The profile's document, named as in the recipe, which is at fault where it cannot be read."""
    try:
        return load(directory / cluster, name=cluster)
    except RecipeError as error:
        problems = error.diagnostics
        raise RecipeError(replace(each, span=each.span or span) for each in problems) from None


def of(document: Document) -> Profile:
    """The profile that a valid document describes."""
    facts = schema.fill(schema.read("cluster"), document.data)
    modules, login = facts["modules"], facts["login"]
    return Profile(
        name=facts["name"],
        title=facts["title"],
        tried=facts["tried"],
        login_host=login.get("host"),
        login_port=login["port"],
        program=facts["runtime"]["program"],
        sif_mount=facts["runtime"]["sif_mount"],
        image_directory=RuntimePath(facts["images"]["directory"]),
        provided_images={
            name: RuntimePath(path) for name, path in facts["images"]["provided"].items()
        },
        module_init=RuntimePath(modules["init"]) if "init" in modules else None,
        module_purge=modules["purge"],
        module_paths=tuple(RuntimePath(path) for path in modules.get("use", ())),
        modules=tuple(modules.get("load", ())),
        interface=facts["network"].get("interface"),
        run_root=RuntimePath(facts["storage"]["run_root"]),
        kill_wait=facts["kill_wait"],
        max_array_size=facts["max_array_size"],
        ready_timeout=units.duration(facts["readiness"]["timeout"]),
        resources=facts["resources"],
        gpu_directive=facts["gpu_directive"],
        gpu_vendor=facts["gpu_vendor"],
        gpu_environment=facts["gpu_environment"],
        arch=facts.get("arch"),
        compute_internet=facts["network"].get("compute_internet"),
        environment=facts["environment"],
        require=tuple(facts["require"]),
        forbid=facts["forbid"],
        select=facts["select"],
        partitions={name: Partition(**known) for name, known in facts["partitions"].items()},
        qos={name: _qos(known) for name, known in facts["qos"].items()},
        default_qos=facts.get("default_qos"),
    )


def _qos(known: Mapping[str, Any]) -> Qos:
    partitions = tuple(known["partitions"]) if "partitions" in known else None
    return Qos(**{**known, "partitions": partitions})
