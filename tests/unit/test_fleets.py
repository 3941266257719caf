"""Fleets: what one entry of a recipe stands for, and what is said of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hpcgen.build import Options, compile_recipe, resolve_recipe
from hpcgen.cli import main
from hpcgen.diagnostics import RecipeError
from hpcgen.plan import Plan, plan
from hpcgen.plan.sizes.totals import totals
from ruamel.yaml import YAML

FLEET = {"kind": "openenv", "image": "chess:1", "replicas": 4, "balancer": {"kind": "envoy"}}


def written(directory: Path, **fields: Any) -> Path:
    path = directory / "fleet.yaml"
    path.write_text(json.dumps({"name": "fleet", "services": {"envs": {**FLEET, **fields}}}))
    return path


def planned(directory: Path, **fields: Any) -> Plan:
    return plan(resolve_recipe(written(directory, **fields), Options()))


def bootstrap(directory: Path, **fields: Any) -> dict[str, Any]:
    tree = compile_recipe(written(directory, **fields), Options()).tree
    (text,) = [file.content for file in tree if file.path == "envoy/envs.yaml"]
    return dict(YAML(typ="safe").load(text))


def listener(directory: Path, **fields: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Envoy's first listener, and its HTTP connection manager."""
    first = bootstrap(directory, **fields)["static_resources"]["listeners"][0]
    return first, first["filter_chains"][0]["filters"][0]["typed_config"]


@pytest.mark.parametrize("count", [1, 2, 4, 8])
def test_there_are_as_many_nodes_as_replicas_and_one_for_the_balancer(
    count: int, tmp_path: Path
) -> None:
    jobs = {job.name: job for job in totals(planned(tmp_path, replicas=count)).jobs}
    assert {name: job.nodes for name, job in jobs.items()} == {"envs-replicas": count, "envs": 1}
    assert jobs["envs-replicas"].cpus == 8 * count
    assert jobs["envs"].waits_for == ("envs-replicas",)


def test_no_port_of_a_replica_is_the_balancers(tmp_path: Path) -> None:
    services = [service for job in totals(planned(tmp_path)).jobs for service in job.services]
    replicas, balancer = (set(service.ports) for service in services)
    assert balancer == {8000}
    assert len(replicas) == 5
    assert not replicas & {8000, 9901}


def test_what_may_be_set_is_said_with_what_holds_else(tmp_path: Path) -> None:
    defaults = {o.variable: (o.field, o.default) for j in totals(planned(tmp_path)).jobs
            for o in j.overridable}  # fmt: skip
    assert defaults == {
        "WORKERS": ("workers", "SLURM_CPUS_PER_TASK"),
        "MAX_CONCURRENT_ENVS": ("max_concurrent_envs", "100"),
        "PORT": ("port", "8001"),
        "ENVOY_PORT": ("balancer.port", "8000"),
    }


def test_expanded_it_is_one_service_again_and_compiles_to_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path)
    assert main(["expand", str(path)]) == 0
    text = capsys.readouterr().out
    assert list(YAML(typ="safe").load(text)["services"]) == ["envs"]
    again = tmp_path / "again" / "fleet.yaml"
    again.parent.mkdir()
    again.write_text(text)
    first, second = (compile_recipe(source, Options()).tree for source in (path, again))
    assert {file.path: file.content for file in first} == {
        file.path: file.content for file in second
    }


def test_the_balancer_is_as_large_as_the_recipe_needs(tmp_path: Path) -> None:
    of = bootstrap(tmp_path, workers=10, max_concurrent_envs=500)
    (limits,) = of["static_resources"]["clusters"][0]["circuit_breakers"]["thresholds"]
    assert limits["max_connections"] == limits["max_requests"] == 4 * 10 * 500
    assert limits["max_pending_requests"] == 4 * 10 * 500


def test_a_websocket_has_its_own_route_without_any_limit_of_time(tmp_path: Path) -> None:
    first, manager = listener(tmp_path)
    assert first["enable_reuse_port"] is False
    sessions, rest = manager["route_config"]["virtual_hosts"][0]["routes"]
    assert sessions["match"] == {"path": "/ws"}
    assert (sessions["route"]["timeout"], sessions["route"]["idle_timeout"]) == ("0s", "0s")
    assert sessions["route"]["upgrade_configs"][0]["enabled"] is True
    assert (rest["match"], rest["route"]["timeout"]) == ({"prefix": "/"}, "300s")
    assert "upgrade_configs" not in rest["route"]


def test_of_envoys_administration_three_pages_are_seen_and_can_only_be_read(
    tmp_path: Path,
) -> None:
    of = bootstrap(tmp_path)
    assert of["admin"]["address"]["pipe"]["mode"] == 0o600
    second = of["static_resources"]["listeners"][1]
    config = second["filter_chains"][0]["filters"][0]["typed_config"]
    routes = config["route_config"]["virtual_hosts"][0]["routes"]
    assert [route["match"]["path"] for route in routes] == [
        "/stats/prometheus",
        "/clusters",
        "/ready",
    ]
    for route in routes:
        assert route["match"]["headers"] == [{"name": ":method", "string_match": {"exact": "GET"}}]


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({}, ["HG450"]),
        ({"replicas": 1}, ["HG450", "HG464"]),
        ({"workers": 48, "max_concurrent_envs": 200}, ["HG450", "HG465"]),
        ({"workers": 300, "max_concurrent_envs": 100}, ["HG450", "HG465", "HG465"]),
    ],
)
def test_what_will_not_scale_is_said(
    fields: dict[str, int], codes: list[str], tmp_path: Path
) -> None:
    assert [warning.code for warning in planned(tmp_path, **fields).warnings] == codes


@pytest.mark.parametrize(
    ("placement", "nodes", "cpus"), [("colocated", 4, 4 * (8 + 2)), ("hetjob", 5, 4 * 8 + 2)]
)
def test_a_balancer_in_the_job_of_its_replicas_is_counted_with_them(
    placement: str, nodes: int, cpus: int, tmp_path: Path
) -> None:
    balancer = {"kind": "envoy", "placement": placement, "resources": {"mem": "1G"}}
    one = planned(tmp_path, balancer=balancer, resources={"mem": "10G"})
    (job,) = totals(one).jobs
    assert (job.name, job.nodes, job.cpus) == ("envs", nodes, cpus)
    assert job.memory_mib == {"colocated": 44, "hetjob": 41}[placement] * 1024
    assert {service.name for service in job.services} == {"envs", "envs-replicas"}


@pytest.mark.parametrize("placement", ["dedicated", "colocated", "hetjob"])
def test_the_runbook_has_the_sizes_that_the_scripts_ask_for(placement: str, tmp_path: Path) -> None:
    size = {"cpus_per_task": 48, "mem": "90G", "time": "04:00:00"}
    balancer = {"kind": "envoy", "placement": placement, "resources": {"mem": "2G"}}
    recipe = written(tmp_path, balancer=balancer, resources=size)
    files = {file.path: file.content for file in compile_recipe(recipe, Options()).tree}
    rows = re.findall(r"^\| `(envs\S*)` \|(.*)\|$", files["README.md"], re.MULTILINE)
    shown = {name: [cell.strip() for cell in cells.split("|")] for name, cells in rows}
    scripts = [path for path in files if path.startswith("jobs/")]
    assert {f"jobs/{name}.sbatch" for name in shown} == {*scripts}
    for name, (_, nodes, cpus, memory, _, limit, *_) in shown.items():
        head = files[f"jobs/{name}.sbatch"].partition("# ==== 2.")[0]
        parts = [dict(re.findall(r"--([a-z-]+)=(\S+)", text)) for text in head.split(" hetjob\n")]
        counts = [int(part["nodes"]) for part in parts]
        job_sizes = zip(counts, parts, strict=True)
        sizes = [(n * int(p["cpus-per-task"]), n * int(p["mem"].rstrip("G"))) for n, p in job_sizes]
        assert (int(nodes), limit) == (sum(counts), parts[0]["time"])
        assert (int(cpus), memory) == (sum(c for c, _ in sizes), f"{sum(m for _, m in sizes)}G")


@pytest.mark.parametrize("placement", ["dedicated", "colocated", "hetjob"])
def test_a_fleet_runs_in_podman_hpc_and_in_pyxis(placement: str, tmp_path: Path) -> None:
    recipe = written(tmp_path, balancer={"kind": "envoy", "placement": placement})
    profiles = Path(__file__).parent.parent / "profiles"
    for program, noted in {"podman-hpc": '--pidfile "${HERE}/pid"', "pyxis": "NOTING=("}.items():
        tree = compile_recipe(recipe, Options(cluster=str(profiles / f"{program}.yaml"))).tree
        noting = [file.content for file in tree if noted in file.content]
        assert len(noting) == 2, "the replicas' script and the balancer's"
        deaf = [content for content in noting if "\"trap '' USR1; " in content]
        assert len(deaf) == 1, "Slurm tells every process of a step"


def test_replicas_that_share_a_node_are_no_steps_of_pyxis(tmp_path: Path) -> None:
    recipe = written(tmp_path, replicas_per_node=2)
    profiles = Path(__file__).parent.parent / "profiles"
    with pytest.raises(RecipeError) as refused:
        compile_recipe(recipe, Options(cluster=str(profiles / "pyxis.yaml")))
    assert "share a node" in refused.value.diagnostics[0].message
