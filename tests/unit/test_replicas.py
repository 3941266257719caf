"""Several replicas on a node: what their job asks for, and what each has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hpcgen.build import Options, compile_recipe, resolve_recipe
from hpcgen.kinds.neighbours import service_offers
from hpcgen.kinds.scrape_jobs import scrape_jobs
from hpcgen.plan import Plan, plan
from hpcgen.plan.sizes.totals import JobTotals, totals
from hpcgen.render.carried_files import CarriedFiles
from hpcgen.text import shapes

GROUP = {
    "kind": "vllm",
    "model": "/models/a",
    "replicas": 8,
    "resources": {"cpus_per_task": 8, "mem": "30G"},
}
MELUXINA = {"name": "group", "cluster": "meluxina", "account": "p200000"}
GPU = {"partition": "gpu", "cpus_per_task": 8}


def planned(directory: Path, recipe: dict[str, Any] | None = None, **fields: Any) -> Plan:
    path = directory / "group.yaml"
    services = {"llm": {**GROUP, **fields}, "metrics": {"kind": "prometheus"}}
    path.write_text(json.dumps({**(recipe or {"name": "group"}), "services": services}))
    return plan(resolve_recipe(path, Options()))


def job(of: Plan) -> JobTotals:
    return totals(of).jobs[0]


def directives(of: Plan) -> dict[str, object]:
    return dict(of.jobs[0].directives)


def test_a_node_of_replicas_is_counted_as_all_of_them(tmp_path: Path) -> None:
    group = planned(tmp_path, replicas_per_node=4, gpus_per_replica=1)
    counted = job(group)
    assert (counted.nodes, counted.cpus, counted.gpus) == (2, 64, 8)
    assert counted.memory_mib == 8 * 30 * 1024
    options = directives(group)
    assert (options["ntasks-per-node"], options["mem"], options["gpus-per-node"]) == (4, "120G", 4)
    assert "ntasks" not in options
    (step,) = (part.values["ON_REPLICA"] for part in group.jobs[0].parts)
    assert step == (
        *("srun", "--exact", "--nodes", "1", "--ntasks", "1", "--cpus-per-task", "8"),
        *("--mem", "30G", "--gpus-per-node", "1", "--mpi", "none"),
    )


def test_the_gpus_of_a_node_say_how_many_replicas_it_takes(tmp_path: Path) -> None:
    group = planned(tmp_path, MELUXINA, gpus_per_replica=2, resources=GPU)
    assert (job(group).nodes, job(group).gpus) == (4, 16)
    (part,) = group.jobs[0].services
    assert part.fleet
    assert part.fleet.per_node == 2


def test_without_a_word_of_it_each_replica_has_a_node(tmp_path: Path) -> None:
    alone = planned(tmp_path)
    assert (job(alone).nodes, job(alone).memory_mib) == (8, 8 * 30 * 1024)
    assert directives(alone)["ntasks"] == 8


def test_a_step_has_memory_by_the_cpu_where_the_job_has(tmp_path: Path) -> None:
    by_cpu: dict[str, Any] = {"cpus_per_task": 2, "mem_per_cpu": "1G"}
    group = planned(tmp_path, replicas_per_node=4, resources=by_cpu)
    (part,) = group.jobs[0].parts
    step = part.values["ON_REPLICA"]
    assert isinstance(step, tuple)
    assert "--mem" not in step
    assert step[step.index("--mem-per-cpu") + 1] == "1G"
    assert job(group).memory_mib == 8 * 2 * 1024


@pytest.mark.parametrize(("port", "ports"), [(None, range(8000, 8020)), (8100, range(8100, 8104))])
def test_ports_follow_one_another_and_are_nobody_elses(
    port: int | None, ports: range, tmp_path: Path
) -> None:
    fixed_port: dict[str, Any] = {"port": port} if port else {}
    group = planned(tmp_path, replicas_per_node=4, **fixed_port)
    (llm,), (metrics,) = (job.services for job in totals(group).jobs)
    assert llm.ports == tuple(ports)
    assert not {*llm.ports} & {*metrics.ports}
    bases = group.jobs[0].parts[0].values["PORTS"]
    assert bases == tuple(str(base) for base in ports[::4])


def test_what_tells_of_a_node_runs_once_there_and_what_tells_of_gpus_for_each(
    tmp_path: Path,
) -> None:
    fields: dict[str, Any] = {
        "replicas_per_node": 4,
        "gpus_per_replica": 1,
        "exporters": ["node", "dcgm"],
    }
    group = planned(tmp_path, **fields)
    text = shapes.plain(CarriedFiles().of(group.jobs[0].parts[0])["around.sh"])
    assert "((SLOT)) || exporter node " in text
    assert "\n  exporter dcgm " in text
    recipe = resolve_recipe(tmp_path / "group.yaml", Options())
    llm = recipe.services[0]
    expected = {
        scrape_job.name: scrape_job.expected
        for scrape_job in scrape_jobs(llm, service_offers(recipe)["llm"])
    }
    assert expected == {"llm": 8, "llm.node": 2, "llm.dcgm": 8}


@pytest.mark.parametrize(("count", "codes"), [(8, []), (7, ["HG467"])])
def test_a_last_node_with_room_is_said(count: int, codes: list[str], tmp_path: Path) -> None:
    group = planned(tmp_path, replicas=count, replicas_per_node=4)
    assert [warning.code for warning in group.warnings] == codes


def test_jobs_of_their_own_are_one_array_and_counted_together(tmp_path: Path) -> None:
    path = tmp_path / "apart.yaml"
    entry = {**GROUP, "replica_jobs": True, "min_healthy": 2, "balancer": {"kind": "envoy"}}
    path.write_text(json.dumps({"name": "apart", "services": {"llm": entry}}))
    separate = plan(resolve_recipe(path, Options()))
    replicas, balancer = totals(separate).jobs
    assert (replicas.nodes, replicas.cpus, replicas.memory_mib) == (8, 64, 8 * 30 * 1024)
    assert replicas.node_hours == 8 * 2
    options = directives(separate)
    assert (options["array"], options["nodes"], options["mem"]) == ("0-7", 1, "30G")
    values = separate.jobs[1].values
    assert (values["NEEDED"], values["MIN_HEALTHY"]) == (2, 2)
    (llm,) = replicas.services
    assert len(llm.ports) == 5 * 8
    assert not {*llm.ports} & {8000, 9901}
    scripts = {file.path: file.content for file in compile_recipe(path, Options()).tree}
    assert "NEEDS=([llm]=llm-replicas_0)" in scripts["bin/submit.sh"]
    assert "| `llm-replicas` | vllm | 8 | 64 | 240G | " in scripts["README.md"]
    assert balancer.waits_for == ("llm-replicas",)
