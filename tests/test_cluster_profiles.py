"""What a cluster's facts make of a job: its GPUs, and the variables of its programs."""

import json
from pathlib import Path

import pytest
from hpcgen import cli
from hpcgen.build import Options, compile_recipe
from hpcgen.clusters import built_in
from hpcgen.diagnostics import RecipeError
from hpcgen.model.runtime_path import RuntimePath
from hpcgen.runtimes import runtime
from hpcgen.verbs.exit_status import OK

RECIPE = """\
name: demo
cluster: generic
account: p200981
services:
  llm: {kind: vllm, model: m, resources: {gpus_per_node: 2}}
  cache: {kind: redis}
"""
BARE = """\
name: site
title: A site without containers
runtime: {program: none}
provenance:
  - {facts: [runtime], source: made up for this test, confidence: C}
"""


@pytest.fixture
def jobs(tmp_path: Path, request: pytest.FixtureRequest) -> dict[str, str]:
    """The scripts of RECIPE for the cluster that the test names, by their job."""
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    tree = compile_recipe(tmp_path / "recipe.yaml", Options(cluster=request.param)).tree
    scripts = (file for file in tree if file.path.startswith("jobs/"))
    return {Path(file.path).stem: file.content for file in scripts}


@pytest.mark.parametrize("jobs", ["lumi"], indirect=True)
def test_amd_gpus_reach_the_container_and_cuda_numbers_do_not(jobs: dict[str, str]) -> None:
    assert "--rocm" in jobs["llm"]
    assert "export SINGULARITYENV_ROCR_VISIBLE_DEVICES=${ROCR_VISIBLE_DEVICES}" in jobs["llm"]
    assert "--nv" not in jobs["llm"]
    assert "CUDA" not in jobs["llm"]
    assert "--rocm" not in jobs["cache"]


@pytest.mark.parametrize("jobs", ["lumi"], indirect=True)
def test_only_programs_with_gpus_get_what_their_network_needs(jobs: dict[str, str]) -> None:
    assert "export SINGULARITYENV_NCCL_SOCKET_IFNAME='hsn0,hsn1,hsn2,hsn3'" in jobs["llm"]
    assert "NCCL" not in jobs["cache"]


@pytest.mark.parametrize(
    ("jobs", "options"),
    [
        ("leonardo", ["account=p200981", "partition=boost_usr_prod", "gres=gpu:2"]),
        ("marenostrum5", ["account=p200981", "qos=acc_ehpc", "gpus-per-node=2"]),
    ],
    indirect=["jobs"],
)
def test_a_job_with_gpus_asks_as_its_site_wants(jobs: dict[str, str], options: list[str]) -> None:
    directives = [line.removeprefix("#SBATCH --") for line in jobs["llm"].splitlines()]
    assert set(options) <= set(directives)


@pytest.mark.parametrize("jobs", ["perlmutter"], indirect=True)
def test_podman_takes_secrets_and_gpus_by_name(jobs: dict[str, str]) -> None:
    assert "podman-hpc run --gpu -- --rm" in jobs["llm"]
    assert "--env VLLM_API_KEY --env CUDA_VISIBLE_DEVICES" in " ".join(jobs["llm"].split())
    assert "export BARE_CUDA_VISIBLE_DEVICES=${CUDA_VISIBLE_DEVICES}" in jobs["llm"]
    assert 'IMAGE="docker.io/vllm/vllm-openai:' in jobs["llm"]
    assert "--gpu " not in jobs["cache"]


@pytest.mark.parametrize("jobs", ["dgx-pyxis"], indirect=True)
def test_enroot_is_told_whether_there_are_gpus(jobs: dict[str, str]) -> None:
    assert "export BARE_NVIDIA_VISIBLE_DEVICES=all" in jobs["llm"]
    assert '--export "NVIDIA_VISIBLE_DEVICES=void"' in " ".join(jobs["cache"].split())
    assert "BARE_CUDA_VISIBLE_DEVICES" not in jobs["llm"], "the step itself says it"


@pytest.mark.parametrize(
    ("cluster", "proof"),
    [
        ("generic", "a process of its job listens"),
        ("perlmutter", "the process that Podman has noted listens, or one below it"),
        ("dgx-pyxis", "the process that its step has noted listens, or one below it"),
    ],
)
def test_a_plan_says_by_what_a_listener_is_known(
    cluster: str, proof: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    assert cli.main(["plan", str(tmp_path / "recipe.yaml"), "--cluster", cluster]) == OK
    assert capsys.readouterr().out.count(f"{proof}, ") == 2


@pytest.mark.parametrize(
    ("program", "image", "source", "kept"),
    [
        ("apptainer", "a:1", "docker://a:1", "$HOME/containers/a_1.sif"),
        ("pyxis", "a:1", "docker://a:1", "$HOME/containers/a_1.sqsh"),
        ("pyxis", "b/a:1", "docker://b/a:1", "$HOME/containers/a_1.sqsh"),
        ("pyxis", "r.org/b/a:1", "docker://r.org#b/a:1", "$HOME/containers/a_1.sqsh"),
        ("pyxis", "localhost:5000/a:1", "docker://localhost:5000#a:1", "$HOME/containers/a_1.sqsh"),
        ("podman-hpc", "a:1", "docker.io/library/a:1", "docker.io/library/a:1"),
        ("podman-hpc", "b/a:1", "docker.io/b/a:1", "docker.io/b/a:1"),
        ("podman-hpc", "r.org/b/a:1", "r.org/b/a:1", "r.org/b/a:1"),
    ],
)
def test_each_runtime_names_images_its_own_way(
    program: str, image: str, source: str, kept: str
) -> None:
    chosen = runtime(program).image(image, RuntimePath("$HOME/containers"))
    assert (chosen.source, chosen.path.text) == (source, kept)


@pytest.mark.parametrize(
    ("program", "entry", "why"),
    [
        ("pyxis", "{kind: container, image: a:1, port: 8000}", "srun wants one"),
        ("pyxis", "{kind: redis, image: /images/a.sif}", "Enroot runs squashfs files"),
        ("pyxis", "{kind: redis, readiness: {command: [ok]}}", "to be unpacked each time"),
        ("pyxis", "{kind: vllm, model: m, resources: {nodes: 2, gpus_per_node: 1}}", "a step too"),
        ("pyxis", "{kind: ollama, model: m}", ""),
        ("pyxis", "{kind: ollama, model: m, pull: false}", "the login node would have to fetch"),
        ("podman-hpc", "{kind: redis, image: /images/a.sif}", "its image is a file"),
        ("podman-hpc", "{kind: redis, exporters: {node: {image: /a.sif}}}", "its image is a file"),
        ("podman-hpc", "{kind: container, image: a:1, port: 8000}", ""),
        ("podman-hpc", "{kind: redis, readiness: {command: [ok]}}", ""),
    ],
)
def test_what_a_runtime_cannot_run_is_refused(
    program: str, entry: str, why: str, tmp_path: Path
) -> None:
    (tmp_path / "site.yaml").write_text(BARE.replace("none", program))
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(f"name: demo\ncluster: ./site.yaml\nservices:\n  web: {entry}\n")
    if not why:
        assert compile_recipe(recipe, Options()).tree
        return
    with pytest.raises(RecipeError) as caught:
        compile_recipe(recipe, Options())
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == ["HG421"]
    assert why in caught.value.diagnostics[0].message


@pytest.mark.parametrize(
    ("entry", "needs"),
    [
        ("{kind: redis}", "kind `redis` has paths inside one"),
        ("{kind: container, image: a:1, port: 8000}", "it has no `command` but its image's own"),
    ],
)
def test_what_cannot_run_on_the_node_itself_is_refused(
    entry: str, needs: str, tmp_path: Path
) -> None:
    (tmp_path / "site.yaml").write_text(BARE)
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(f"name: demo\ncluster: ./site.yaml\nservices:\n  web: {entry}\n")
    with pytest.raises(RecipeError) as caught:
        compile_recipe(recipe, Options())
    assert needs in caught.value.diagnostics[0].message


def test_the_list_says_what_has_been_run_and_what_was_only_rendered(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["list", "clusters", "--format", "json"]) == OK
    listed = json.loads(capsys.readouterr().out)["clusters"]
    entries = {entry["name"]: (entry["runtime"], entry["tried"]) for entry in listed}
    assert list(entries) == list(built_in())
    assert entries["lab"] == ("apptainer", "run")
    assert entries["lumi"] == ("singularity", "rendered, never run there")
    assert entries["hf-hopper"] == ("pyxis", "rendered, never run there")
    assert [name for name, (_, tried) in entries.items() if tried == "run"] == ["lab"]
