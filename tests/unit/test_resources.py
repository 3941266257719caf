"""The table of resources, and what Slurm gives a job for them."""

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hpcgen import schema
from hpcgen.build import Options, compile_recipe, resolve_recipe
from hpcgen.diagnostics import RecipeError, Span
from hpcgen.model.entry import Submission
from hpcgen.model.profile import Partition, Profile, Qos
from hpcgen.model.resources import BY_FIELD, BY_OPTION, RESOURCES, alternatives
from hpcgen.plan import plan
from hpcgen.plan.rules import cluster_limits
from hpcgen.plan.rules.situation import Situation
from hpcgen.plan.sizes.directives import options
from hpcgen.plan.sizes.request import Request
from hpcgen.plan.sizes.sizes import Size, size
from hpcgen.plan.sizes.totals import Totals, totals
from hpcgen.resolve import profiles
from hpcgen.text import units

PROPERTIES = schema.read("definitions")["$defs"]["resources"]["properties"]
NODE = Partition(cpus=64, mem="100G", gpus=4, default=True)
WHOLE_NODES = replace(NODE, shared=False)
PLACE = Span("recipe.yaml", 1, 1, 1, 2)


def test_every_property_of_resources_has_a_row() -> None:
    assert [name for name in PROPERTIES if name not in BY_FIELD] == []


def test_every_row_that_a_recipe_may_set_has_a_property() -> None:
    assert [row.field for row in RESOURCES if row.in_recipes and row.field not in PROPERTIES] == []
    assert [row.field for row in RESOURCES if not row.in_recipes and row.field in PROPERTIES] == []


def test_a_row_is_not_there_twice() -> None:
    assert len(BY_FIELD) == len(BY_OPTION) == len(RESOURCES)


def test_what_a_row_excludes_is_a_row() -> None:
    assert [name for row in RESOURCES for name in row.excludes if name not in BY_FIELD] == []


def test_a_resource_without_a_row_is_not_dropped() -> None:
    with pytest.raises(KeyError, match="licenses"):
        tuple(options({"nodes": 1, "licenses": "matlab"}, {}, profile(NODE)))


@cache
def generic() -> Profile:
    return profiles.load_profile("generic", Path(), None)


def profile(partition: Partition | None, qos: Qos | None = None) -> Profile:
    """A site with one partition, or none that is known, and a QOS."""
    partitions = {"p": partition} if partition else {}
    return replace(generic(), partitions=partitions, qos={"q": qos or Qos()}, default_qos="q")


def request(
    resources: Mapping[str, Any], partition: Partition | None, qos: Qos | None = None
) -> Request:
    fields = {"time": "01:00:00", **resources}
    submission = Submission(name="job", description="", resources=fields, origin=PLACE, origins={})
    return Request(submission, profile(partition, qos))


def problems(*requests: Request) -> list[tuple[str, str]]:
    """What the check of limits finds: codes and messages."""
    situation = cast("Situation", SimpleNamespace(requests=requests))
    return [(problem.code, problem.message) for problem in cluster_limits.sizes(situation)]


GIB = 1024
SEEN: list[tuple[dict[str, Any], Partition, tuple[int, int, int | None, int]]] = [
    # one node
    ({"nodes": 1, "ntasks": 1, "cpus_per_task": 4, "mem": "1G"}, NODE, (1, 4, 1 * GIB, 0)),
    ({"cpus_per_task": 4, "mem_per_cpu": "1G"}, NODE, (1, 4, 4 * GIB, 0)),
    ({"ntasks_per_node": 2, "cpus_per_task": 4, "mem": "1G"}, NODE, (1, 8, 1 * GIB, 0)),
    # several: tasks are the job's or each node's
    ({"nodes": 3, "cpus_per_task": 4, "mem": "1G"}, NODE, (3, 12, 3 * GIB, 0)),
    (
        {"nodes": 2, "ntasks": 7, "cpus_per_task": 4, "mem_per_cpu": "1G"},
        NODE,
        (2, 28, 28 * GIB, 0),
    ),
    (
        {"nodes": 3, "ntasks_per_node": 2, "cpus_per_task": 4, "mem_per_cpu": "1G"},
        NODE,
        (3, 24, 24 * GIB, 0),
    ),
    (
        {"nodes": 2, "ntasks": 3, "ntasks_per_node": 2, "cpus_per_task": 4, "mem_per_cpu": "1G"},
        NODE,
        (2, 12, 12 * GIB, 0),
    ),
    (
        {"nodes": 2, "ntasks": 8, "cpus_per_task": 4, "mem": "1G", "gres": "gpu:2"},
        NODE,
        (2, 32, 2 * GIB, 4),
    ),
    # no more nodes than tasks
    (
        {"nodes": 3, "ntasks": 1, "cpus_per_task": 4, "mem_per_cpu": "1G"},
        NODE,
        (1, 4, 4 * GIB, 0),
    ),
    ({"nodes": 3, "ntasks": 2, "cpus_per_task": 4, "mem": "1G"}, NODE, (2, 8, 2 * GIB, 0)),
    ({"nodes": 4, "ntasks": 3, "ntasks_per_node": 1, "mem": "1G"}, NODE, (3, 3, 3 * GIB, 0)),
    # as many nodes as the tasks need
    ({"ntasks": 7, "ntasks_per_node": 2, "cpus_per_task": 4, "mem": "1G"}, NODE,
     (4, 28, 4 * GIB, 0)),
    ({"ntasks": 8, "cpus_per_task": 32, "mem": "1G"}, NODE, (4, 256, 4 * GIB, 0)),
    # all CPUs and GPUs of whole nodes, and the memory that is asked for: each CPU's, or the node's
    (
        {"nodes": 1, "cpus_per_task": 4, "mem_per_cpu": "1G", "exclusive": True},
        NODE,
        (1, 64, 64 * GIB, 4),
    ),
    ({"nodes": 1, "cpus_per_task": 4, "mem": "1G", "exclusive": True}, NODE, (1, 64, 1 * GIB, 4)),
    ({"ntasks": 2, "cpus_per_task": 4, "exclusive": True}, NODE, (1, 64, None, 4)),
    (
        {"nodes": 2, "mem_per_cpu": "1G", "gpus_per_node": 2, "exclusive": True},
        NODE,
        (2, 128, 128 * GIB, 8),
    ),
    ({"ntasks": 5, "ntasks_per_node": 1, "mem_per_cpu": "1G", "exclusive": True}, NODE,
     (5, 320, 320 * GIB, 20)),
    ({"nodes": 1, "cpus_per_task": 4, "mem_per_cpu": "1G"}, WHOLE_NODES, (1, 64, 64 * GIB, 4)),
]  # fmt: skip
"""Nodes, CPUs, MiB and GPUs of jobs' AllocTRES: Slurm 24.11, nodes of 64 CPUs, 100 GiB, 4 GPUs."""


@pytest.mark.parametrize(("resources", "partition", "seen"), SEEN)
def test_a_job_has_what_slurm_gave_it(
    resources: dict[str, Any], partition: Partition, seen: tuple[int, int, int | None, int]
) -> None:
    job = size(request(resources, partition))
    assert (job.nodes, job.cpus, job.memory_mib, job.gpus) == seen
    assert problems(request(resources, partition)) == []


@pytest.mark.parametrize(
    ("resources", "partition", "code"),
    [
        ({"nodes": 2, "cpus_per_task": 65}, NODE, "HG415"),
        ({"nodes": 2, "ntasks": 9, "cpus_per_task": 14}, NODE, "HG415"),
        ({"nodes": 2, "ntasks": 129}, NODE, "HG415"),
        ({"nodes": 2, "ntasks": 3, "ntasks_per_node": 4, "cpus_per_task": 40}, NODE, "HG415"),
        ({"ntasks": 8, "ntasks_per_node": 4, "cpus_per_task": 32}, NODE, "HG415"),
        ({"nodes": 1, "exclusive": True, "gres": "gpu:5"}, NODE, "HG414"),
        ({"cpus_per_task": 4, "mem_per_cpu": "2G", "exclusive": True}, NODE, "HG416"),
        ({"cpus_per_task": 4, "mem_per_cpu": "2G"}, WHOLE_NODES, "HG416"),
        (
            {"nodes": 2, "ntasks": 3, "ntasks_per_node": 3, "cpus_per_task": 16}
            | {"mem_per_cpu": "2500M"},
            NODE,
            "HG416",
        ),
    ],
)
def test_what_slurm_refused_is_refused(
    resources: dict[str, Any], partition: Partition, code: str
) -> None:
    assert [first for first, _ in problems(request(resources, partition))] == [code]


def shapes() -> Iterator[dict[str, Any]]:
    """Every combination of these, each of which may be absent."""
    values: dict[str, tuple[Any, ...]] = {
        "nodes": (None, 1, 3),
        "ntasks": (None, 1, 5),
        "ntasks_per_node": (None, 2),
        "cpus_per_task": (None, 6),
        "memory": (None, ("mem", "3G"), ("mem_per_cpu", "1500M")),
        "gpus": (None, ("gpus_per_node", 2), ("gres", "gpu:a100:1,nvme:2")),
        "exclusive": (None, True),
    }
    for combination in itertools.product(*values.values()):
        pairs = zip(values, combination, strict=True)
        present = ((name, value) for name, value in pairs if value is not None)
        yield dict(value if isinstance(value, tuple) else (name, value) for name, value in present)


def test_every_size_is_in_a_shape() -> None:
    """A size that is printed and not counted would be missing in totals and in limits alike."""
    fields = {field for shape in shapes() for field in shape}
    assert [row.field for row in RESOURCES if row.scope == "size" and row.field not in fields] == []


PARTITIONS = {
    "unknown": None,
    "silent": Partition(default=True),
    "known": NODE,
    "whole": WHOLE_NODES,
}


def spread(resources: dict[str, Any], job: Size) -> list[int]:
    """The tasks of each node, as even as they can be."""
    tasks = resources.get("ntasks", job.nodes * resources.get("ntasks_per_node", 1))
    return [tasks // job.nodes + (number < tasks % job.nodes) for number in range(job.nodes)]


def memory_of_node(resources: dict[str, Any], cpus: int) -> int | None:
    if "mem" in resources:
        return units.memory(resources["mem"]) >> 20
    return (
        cpus * (units.memory(resources["mem_per_cpu"]) >> 20)
        if "mem_per_cpu" in resources
        else None
    )


@pytest.mark.parametrize("name", PARTITIONS)
def test_the_totals_are_the_sum_of_the_nodes(name: str) -> None:
    partition = PARTITIONS[name] or Partition()
    for resources in shapes():
        job = size(request(resources, PARTITIONS[name]))
        is_whole = "exclusive" in resources or partition.shared is False
        per_task = resources.get("cpus_per_task", 1)
        every_cpu = partition.cpus if is_whole else None
        cpus = [every_cpu or tasks * per_task for tasks in spread(resources, job)]
        memory = [memory_of_node(resources, count) for count in cpus]
        requested = resources.get("gpus_per_node", 1 if "gres" in resources else 0)
        gpus = partition.gpus if is_whole and partition.gpus is not None else requested
        assert job.cpus == sum(cpus), resources
        assert job.gpus == job.nodes * gpus, resources
        total = None if None in memory else sum(amount or 0 for amount in memory)
        assert job.memory_mib == total, resources


@pytest.mark.parametrize("name", PARTITIONS)
def test_the_limits_are_those_of_the_totals(name: str) -> None:
    """What `hpcgen plan` shows is allowed where it is the limit, and refused where it is more."""
    partition = PARTITIONS[name]
    for resources in shapes():
        job = size(request(resources, partition))
        for allowed, refused, figure in (
            (Qos(max_nodes=job.nodes), Qos(max_nodes=job.nodes - 1), job.nodes),
            (Qos(max_gpus=job.gpus), Qos(max_gpus=job.gpus - 1), job.gpus),
        ):
            assert "HG413" not in dict(problems(request(resources, partition, allowed))), resources
            if figure > 1:
                message = dict(problems(request(resources, partition, refused)))["HG413"]
                assert re.findall(r"job (?:asks for|gets) (\d+)$", message) == [str(figure)]


@pytest.mark.parametrize("name", ["silent", "known", "whole"])
def test_the_limits_of_a_node_are_those_of_the_totals(name: str) -> None:
    """A job on one node has what that node must have: its totals are what the node is judged by."""
    partition = PARTITIONS[name]
    assert partition
    for resources in shapes():
        job = size(request(resources, partition))
        if job.nodes > 1 or resources.get("ntasks") == 1:
            continue
        if job.memory_mib:
            for mebibytes, expected in ((job.memory_mib, False), (job.memory_mib - 1, True)):
                limited = replace(partition, mem=f"{mebibytes}M")
                assert ("HG416" in dict(problems(request(resources, limited)))) == expected
        if "exclusive" not in resources and partition.shared is not False and job.cpus > 1:
            more_nodes = "ntasks" in resources and "nodes" not in resources
            for cpus, expected in ((job.cpus, False), (job.cpus - 1, not more_nodes)):
                limited = replace(partition, cpus=cpus)
                assert ("HG415" in dict(problems(request(resources, limited)))) == expected


def planned(tmp_path: Path, recipe: dict[str, Any]) -> Totals:
    path = tmp_path / "recipe.yaml"
    path.write_text(json.dumps({"name": "demo", **recipe}), encoding="utf-8")
    return totals(plan(resolve_recipe(path, Options())))


def on_meluxina(resources: dict[str, Any], **fields: Any) -> dict[str, Any]:
    service = {"kind": "redis", "resources": resources, **fields}
    return {"cluster": "meluxina", "account": "p1", "services": {"cache": service}}


def test_an_exclusive_job_has_all_cpus_of_its_node(tmp_path: Path) -> None:
    size = {"cpus_per_task": 4, "mem_per_cpu": "1G", "exclusive": True}
    (job,) = planned(tmp_path, on_meluxina(size)).jobs
    assert (job.cpus, job.memory_mib, job.gpus) == (256, 256 * 1024, 0)


def test_a_stop_job_is_counted_as_the_partition_gives_it(tmp_path: Path) -> None:
    recipe = on_meluxina({"cpus_per_task": 4, "mem": "1G"}, stop="after-clients")
    bench = {"kind": "redis-benchmark", "target": "cache", "resources": {"mem": "1G"}}
    jobs = planned(tmp_path, {**recipe, "clients": {"bench": bench}}).jobs
    assert {job.name: (job.nodes, job.cpus) for job in jobs} == {
        "cache": (1, 256),
        "bench": (1, 256),
        "cache-stop": (1, 256),
    }


SITE = """\
name: site
title: A site
partitions: {p: {cpus: 64, gpus: 4, default: true}}
provenance:
  - {facts: [partitions], source: made up for this test, confidence: C}
"""


def test_rows_are_counted_as_jobs_are(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(SITE, encoding="utf-8")
    bench = {"kind": "redis-benchmark", "target": "cache", "resources": {"mem": "2G"}}
    sweep = {"resources.cpus_per_task": [2, 8], "resources.exclusive": [True, False]}
    recipe = {
        "cluster": "./site.yaml",
        "services": {"cache": {"kind": "redis"}},
        "clients": {"bench": bench},
        "experiments": {"sizes": {"client": "bench", "sweep": sweep}},
    }
    (experiment,) = planned(tmp_path, recipe).experiments
    runs = [(run.cpus, run.memory_mib, run.gpus) for run in experiment.runs]
    assert runs == [(64, 2048, 4), (2, 2048, 0), (64, 2048, 4), (8, 2048, 0)]


def test_a_service_of_whole_nodes_is_refused_memory_that_no_node_has(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    size = {"cpus_per_task": 4, "mem_per_cpu": "2G"}
    path.write_text(json.dumps({"name": "demo", **on_meluxina(size)}), encoding="utf-8")
    with pytest.raises(RecipeError) as caught:
        compile_recipe(path, Options())
    (problem,) = caught.value.diagnostics
    assert problem.message.endswith("has 480G of memory, and the job asks for 256 x 2G")


def test_ways_to_ask_for_the_same() -> None:
    assert alternatives("gpus_per_node") == ("gpus_per_node", "gres")
    assert alternatives("gres") == ("gres", "gpus_per_node")
    assert alternatives("time") == ("time",)
