"""Rows of experiments, as a build makes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hpcgen.build import Options, compile_recipe, resolve_recipe
from hpcgen.bundle.tree import Tree
from hpcgen.diagnostics import RecipeError
from hpcgen.plan import plan
from hpcgen.plan.sizes.totals import totals

FLEET = {
    "kind": "client-group",
    "benchmark_id": 100,
    "num_clients": 1,
    "time_limit": 20,
    "service": "login:8001",
    "target_endpoint": "ai:8000",
    "command": ["client"],
}
BENCH = {"kind": "redis-benchmark", "target": "cache"}


def written(directory: Path, client: dict[str, Any], **experiments: Any) -> Path:
    made = {name: {"client": "one", **experiment} for name, experiment in experiments.items()}
    services = {"services": {"cache": {"kind": "redis"}}} if "target" in client else {}
    recipe = {"name": "demo", **services, "clients": {"one": client}, "experiments": made}
    path = directory / "recipe.yaml"
    path.write_text(json.dumps(recipe))
    return path


def built(directory: Path, client: dict[str, Any], **experiments: Any) -> Tree:
    return compile_recipe(written(directory, client, **experiments), Options()).tree


def table(tree: Tree, name: str) -> list[list[str]]:
    return [line.split("\t") for line in tree[f"experiments/{name}.tsv"].content.splitlines()]


def test_a_scaling_from_10_to_100_is_ten_fleets(tmp_path: Path) -> None:
    grows = {"field": "num_clients", "start": 10, "stop": 100, "step": 10}
    scaling = {**grows, "offsets": {"benchmark_id": 1000}}
    recipe = written(tmp_path, FLEET, growing={"scaling": scaling})
    head, *rows = table(compile_recipe(recipe, Options()).tree, "growing")
    assert head == ["row", "num_clients", "benchmark_id", "--job-name", "--nodes"]
    assert rows == [
        [str(row), str(n), str(1000 + n), f"demo-one.growing.{1000 + n}", str(n)]
        for row, n in enumerate(range(10, 101, 10), start=1)
    ]
    (counted,) = totals(plan(resolve_recipe(recipe, Options()))).experiments
    assert len(counted.runs) == 10
    assert counted.node_hours == pytest.approx(550 / 3)


def test_the_short_form_of_a_fleet_is_its_number_its_clients_and_its_minutes(
    tmp_path: Path,
) -> None:
    batch = ["101:3:5", "102:5:10", "103:10:15", "104:20:30"]
    head, *rows = table(built(tmp_path, FLEET, fleets={"batch": batch}), "fleets")
    assert head[:4] == ["row", "benchmark_id", "num_clients", "time_limit"]
    assert [":".join(row[1:4]) for row in rows] == batch
    assert [row[head.index("--time")] for row in rows] == [
        "00:05:00", "00:10:00", "00:15:00", "00:30:00",
    ]  # fmt: skip


def test_a_sweep_multiplies_and_its_last_field_changes_first(tmp_path: Path) -> None:
    sweep = {"clients": [1, 50], "data_size": [64, 1024]}
    head, *rows = table(built(tmp_path, BENCH, sizes={"sweep": sweep}), "sizes")
    assert head == ["row", "clients", "data_size"]
    assert [row[1:] for row in rows] == [["1", "64"], ["1", "1024"], ["50", "64"], ["50", "1024"]]


def test_a_value_is_held_to_the_rule_of_its_field_where_it_runs_too(tmp_path: Path) -> None:
    tree = built(tmp_path, BENCH, sizes={"sweep": {"clients": [1, 50]}})
    script = tree["jobs/sizes.sbatch"].content
    assert 'CLIENTS="${ROW[clients]}"\n' in script
    assert "[[ ${CLIENTS} =~ ^[1-9][0-9]{0,4}$ && ${CLIENTS} -le 10000 ]] ||\n" in script
    assert "CLIENTS=${CLIENTS:-" not in script, "no shell sets what the row sets"
    assert "PIPELINE=${PIPELINE:-1}\n" in script


def test_phases_are_one_replica_and_then_the_fleet_one_after_the_other(tmp_path: Path) -> None:
    client = {"kind": "openenv-scaling", "urls": ["http://n1:8000"]}
    phases = {"multi": {"requests": [40, 80]}, "single": {"requests": [10, 20]}}
    recipe = written(tmp_path, client, ceilings={"phases": phases})
    head, *rows = table(compile_recipe(recipe, Options()).tree, "ceilings")
    assert head[:3] == ["row", "through", "requests"]
    assert [row[:3] for row in rows] == [
        ["1", "worker", "[10, 20]"],
        ["2", "balancer", "[40, 80]"],
    ]
    (experiment,) = plan(resolve_recipe(recipe, Options())).experiments
    assert experiment.experiment.max_parallel == 1


def test_an_experiment_changes_nothing_of_its_client(tmp_path: Path) -> None:
    with_rows = built(tmp_path, BENCH, sizes={"sweep": {"clients": [1, 50]}})
    recipe = {"name": "demo", "services": {"cache": {"kind": "redis"}}, "clients": {"one": BENCH}}
    (tmp_path / "recipe.yaml").write_text(json.dumps(recipe))
    without = compile_recipe(tmp_path / "recipe.yaml", Options()).tree
    same = ("jobs/one.sbatch", "jobs/cache.sbatch", "bin/submit.sh", "connections/cache.env")
    assert all(with_rows[path] == without[path] for path in same)


def test_text_is_escaped_and_a_number_keeps_its_spelling(tmp_path: Path) -> None:
    client = {"kind": "command", "command": ["true"], "env": {"A": "0"}}
    words = ["a\tb\\n", "c\nd", "", "-", "é"]
    _, *rows = table(built(tmp_path, client, words={"sweep": {"env.A": words}}), "words")
    assert [row[1] for row in rows] == ["a\\tb\\\\n", "c\\nd", "", "-", "é"]
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        "name: demo\nclients: {one: {kind: command, command: [x]}}\n"
        "experiments: {v: {client: one, sweep: {env.V: [1.10, 0x10]}}}\n"
    )
    _, *rows = table(compile_recipe(recipe, Options()).tree, "v")
    assert rows[0][1] == "1.10"


def test_every_row_that_asks_for_too_little_time_is_told(tmp_path: Path) -> None:
    sweep = {"resources.time": ["00:10:00", "00:00:30", "00:00:40"]}
    with pytest.raises(RecipeError) as caught:
        built(tmp_path, BENCH, short={"sweep": sweep})
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == ["HG401", "HG401"]


def test_an_older_word_for_what_is_set_is_not_taken(tmp_path: Path) -> None:
    with pytest.raises(RecipeError) as caught:
        built(tmp_path, BENCH, sizes={"sweep": {"value_size": [64, 128]}})
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == ["HG201"]


def test_a_target_has_a_job_for_each_of_its_settings(tmp_path: Path) -> None:
    sweep = {"clients": [1, 50], "target.maxmemory": ["1gb", "2gb"]}
    recipe = written(tmp_path, BENCH, sizes={"sweep": sweep})
    tree = compile_recipe(recipe, Options()).tree
    head, *rows = table(tree, "sizes")
    assert head == ["row", "clients", "target.maxmemory", "target"]
    assert [row[3] for row in rows] == ["cache.sizes-1", "cache.sizes-2"] * 2
    for number, memory in ((1, "1gb"), (2, "2gb")):
        script = tree[f"jobs/cache.sizes-{number}.sbatch"].content
        assert f"#SBATCH --job-name=demo-cache.sizes-{number}\n" in script
        assert f"'maxmemory {memory}'" in script
    assert "maxmemory" not in tree["jobs/cache.sbatch"].content.replace("maxmemory-policy", "")
    assert "target" not in tree["jobs/sizes.sbatch"].content.partition("FIELDS=")[0]
    (counted,) = totals(plan(resolve_recipe(recipe, Options()))).experiments
    assert len(counted.servers) == 2
    rows_alone = sum(run.node_hours for run in counted.runs)
    assert counted.node_hours == rows_alone + sum(server.node_hours for server in counted.servers)


def test_no_experiment_is_called_as_the_job_that_stops_a_service(tmp_path: Path) -> None:
    recipe = {
        "name": "demo",
        "services": {"cache": {"kind": "redis", "stop": "after-clients"}},
        "clients": {"one": BENCH},
        "experiments": {"cache-stop": {"client": "one", "sweep": {"clients": [1, 2]}}},
    }
    (tmp_path / "recipe.yaml").write_text(json.dumps(recipe))
    with pytest.raises(RecipeError) as caught:
        compile_recipe(tmp_path / "recipe.yaml", Options())
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == ["HG304"]


def test_what_rows_set_of_their_target_is_not_the_submitters_to_set(tmp_path: Path) -> None:
    models = ["org/one", "org/two"]
    path = tmp_path / "recipe.yaml"
    recipe = {
        "name": "demo",
        "services": {"llm": {"kind": "vllm", "model": models[0], "max_model_len": 512}},
        "clients": {"one": {"kind": "vllm-benchmark", "target": "llm"}},
        "experiments": {"which": {"client": "one", "sweep": {"target.model": models}}},
    }
    path.write_text(json.dumps(recipe))
    tree = compile_recipe(path, Options()).tree
    for number, model in enumerate(models, start=1):
        script = tree[f"jobs/llm.which-{number}.sbatch"].content
        assert f"\nHF_MODEL={model}\n" in script
        assert "HF_MODEL=${HF_MODEL} instead of" not in script
        assert "\nMAX_MODEL_LEN=${MAX_MODEL_LEN:-512}\n" in script
    assert f"\nHF_MODEL=${{HF_MODEL:-{models[0]}}}\n" in tree["jobs/llm.sbatch"].content
