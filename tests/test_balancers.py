"""A balancer is a role: its folder says all there is to say of it, and another edits no line."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hpcgen.balancers import FOLDER, balancers
from hpcgen.build import Options, compile_recipe
from hpcgen.cli import main
from hpcgen.diagnostics import RecipeError
from hpcgen.verbs.editor_schema import self_contained_schema

from tests.installed_balancer import install_tiny, tiny

__all__ = ["tiny"]

PROJECT = Path(__file__).parent.parent
SOURCES = (PROJECT / "generator", PROJECT / "templates")
"""All but recipes, the schema for editors, what is built, tests and documents for people."""
NAMES = re.compile("|".join(path.parent.name for path in FOLDER.glob("*/schema.json")), re.I)
RECIPE = re.compile(r"\bkind: [a-z-]+|\bimage: \S+")
"""What a recipe says, in the cases of kinds and the pages of codes."""
ENVS = {"kind": "openenv", "image": "chess:1", "replicas": 2, "balancer": {"kind": "tiny"}}
MIRROR = {
    "kind": "container",
    "image": "mirror:1",
    "port": 7000,
    "scheme": "tcp",
    "keep_data": False,
    "replicas": 2,
}


def written(directory: Path, **services: dict[str, Any]) -> Path:
    path = directory / "fleet.yaml"
    path.write_text(json.dumps({"name": "fleet", "services": services}))
    return path


def built(directory: Path, **services: dict[str, Any]) -> dict[str, str]:
    """The bundle, which the stage `check` has found sound."""
    tree = compile_recipe(written(directory, **services), Options()).tree
    return {file.path: file.content for file in tree}


def refused(directory: Path, **services: dict[str, Any]) -> list[tuple[str, str, str]]:
    with pytest.raises(RecipeError) as error:
        compile_recipe(written(directory, **services), Options())
    return [(one.code, one.message, one.hint) for one in error.value.diagnostics]


def test_nothing_outside_its_folder_names_a_balancer() -> None:
    files = [path for source in SOURCES for path in source.glob("**/*.*") if path.is_file()]
    folders = {balancer.folder for balancer in balancers().values()}
    texts = [path for path in files if path.suffix != ".pyc" and not folders & {*path.parents}]
    assert len(texts) > 200
    naming = [
        f"{path.relative_to(PROJECT)}:{number}"
        for path in texts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if NAMES.search(RECIPE.sub("", line) if path.suffix in (".md", ".yaml") else line)
    ]
    assert naming == []


def test_a_balancer_is_named_as_its_folder() -> None:
    for name, balancer in balancers().items():
        file = json.loads((balancer.folder / "schema.json").read_text())
        assert name == balancer.name == balancer.folder.name.replace("_", "-") == file["title"]
        assert file["$id"] == f"hpcgen:balancers/{name}.schema.json"
        assert (balancer.role, file["properties"]["kind"]["const"]) == ("balancer", name)


def test_an_installed_balancer_is_found_by_its_entry_point(tmp_path: Path) -> None:
    site = tmp_path / "site-packages"
    site.mkdir()
    install_tiny(site)
    recipe = written(tmp_path, envs=ENVS)
    hpcgen = [sys.executable, "-m", "hpcgen"]
    build = [*hpcgen, "build", str(recipe), "--output", str(tmp_path / "output")]
    environment = {"PYTHONPATH": str(site), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    subprocess.run(build, env=environment, check=True, capture_output=True)
    assert (tmp_path / "output/fleet/services/envs/balance.py").is_file()
    done = subprocess.run(
        [*hpcgen, "list", "balancers"], env=environment, check=True, capture_output=True, text=True
    )
    assert [line.split()[0] for line in done.stdout.splitlines()] == [*balancers(), "tiny"]


@pytest.mark.usefixtures("tiny")
def test_a_fleet_behind_it_has_its_configuration_and_its_probe(tmp_path: Path) -> None:
    bundle = built(tmp_path, envs=ENVS)
    folder = balancers()["tiny"].folder
    job = bundle["jobs/envs.sbatch"]
    for name in ("configure", "probe", "prepare"):
        assert (folder / f"{name}.sh").read_text() in job
    assert "drain" not in job
    assert bundle["services/envs/balance.py"] == (folder / "balance.py").read_text()
    assert not NAMES.search("".join(bundle.values()))


@pytest.mark.usefixtures("tiny")
def test_whoever_connects_to_it_knows_the_fleet_and_what_it_publishes(tmp_path: Path) -> None:
    bundle = built(tmp_path, envs=ENVS)
    (variables,) = re.findall(r"^# How to reach.*It sets ([^.]*)", bundle["connections/envs.env"])
    assert re.split(r",\s[#\s]*", variables) == [
        *("OPENENV_URL", "TINY_STATE", "BALANCER_NODE", "WORKER_NODES", "NUM_WORKERS"),
        *("WORKERS_PER_NODE", "HPCGEN_ENVS_HOST", "HPCGEN_ENVS_PORT", "HPCGEN_ENVS_URL"),
    ]


@pytest.mark.usefixtures("tiny")
def test_fleets_of_two_kinds_are_checked_by_the_functions_of_each(tmp_path: Path) -> None:
    other = {**ENVS, "port": 8100, "balancer": {"kind": "envoy"}}
    bundle = built(tmp_path, envs=ENVS, others=other)
    preflight, runbook = bundle["bin/preflight.sh"], bundle["README.md"]
    for name in ("tiny", "envoy"):
        assert (balancers()[name].folder / "state.sh").read_text() in preflight
    assert "declare -A FLEETS=([envs]='2 tiny /health' [others]='2 envoy /health')" in preflight
    _, first, second = runbook.split("## Before you measure ")
    assert "| connections go to the dead | tiny knows no health | another kind |" in first
    assert "overflow" in second and "tiny" not in second


@pytest.mark.usefixtures("tiny")
def test_its_fields_are_judged_by_its_schema(tmp_path: Path) -> None:
    fields = {"kind": "tiny", "admin_port": 9901, "policy": "ring_hash"}
    assert [code for code, _, _ in refused(tmp_path, envs={**ENVS, "balancer": fields})] == [
        "HG201",
        "HG205",
    ]
    ports = {"kind": "tiny", "port": 8100, "state_port": 8100}
    assert refused(tmp_path, envs={**ENVS, "balancer": ports}) == [
        (
            "HG462",
            "`port` and `state_port` of the balancer of `envs` are both 8100",
            "give one of them another port",
        )
    ]


@pytest.mark.usefixtures("tiny")
def test_it_stands_before_what_it_says_that_it_can(tmp_path: Path) -> None:
    assert built(tmp_path, mirror={**MIRROR, "balancer": {"kind": "tiny"}})
    of_http_alone = {**MIRROR, "balancer": {"kind": "envoy"}}
    assert [code for code, *_ in refused(tmp_path, mirror=of_http_alone)] == ["HG461"]


@pytest.mark.parametrize(
    ("fields", "code", "message", "hint"),
    [
        ({"kind": "envoi"}, "HG208", "no kind of balancer called `envoi`", "mean `envoy`?"),
        ({"kind": "redis"}, "HG208", "`redis` is a service, not a balancer", "not `balancer:`"),
        ({"port": 8000}, "HG202", "`kind` is missing", "`hpcgen list balancers` names the kinds"),
    ],
)
def test_a_balancer_of_no_kind_is_refused(
    fields: dict[str, Any], code: str, message: str, hint: str, tmp_path: Path
) -> None:
    ((refused_as, reason, advice),) = refused(tmp_path, envs={**ENVS, "balancer": fields})
    assert (refused_as, message in reason, hint in advice) == (code, True, True), (reason, advice)


@pytest.mark.usefixtures("tiny")
def test_the_schema_for_editors_knows_it() -> None:
    definitions = self_contained_schema("recipe")["$defs"]
    chosen = definitions["chosen_balancer"]
    assert chosen["properties"]["kind"]["enum"] == ["envoy", "tiny"]
    assert {rule["then"]["$ref"] for rule in chosen["allOf"]} == {
        "#/$defs/balancer.envoy",
        "#/$defs/balancer.tiny",
    }
    assert "state_port" in definitions["balancer.tiny"]["properties"]


@pytest.mark.usefixtures("tiny")
def test_expanded_its_fields_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["expand", str(written(tmp_path, envs=ENVS))]) == 0
    assert "state_port: 9700" in capsys.readouterr().out
