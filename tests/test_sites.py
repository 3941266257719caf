"""What a cluster's facts make of a job: its GPUs, and the variables of its programs."""

from pathlib import Path

import pytest
from hpcgen.build import Options, compile_recipe

RECIPE = """\
name: demo
cluster: generic
account: p200981
services:
  llm: {kind: vllm, model: m, resources: {gpus_per_node: 2}}
  cache: {kind: redis}
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
    ("jobs", "asked"),
    [
        ("leonardo", ["account=p200981", "partition=boost_usr_prod", "gres=gpu:2"]),
        ("marenostrum5", ["account=p200981", "qos=acc_ehpc", "gpus-per-node=2"]),
    ],
    indirect=["jobs"],
)
def test_a_job_with_gpus_asks_as_its_site_wants(jobs: dict[str, str], asked: list[str]) -> None:
    said = [line.removeprefix("#SBATCH --") for line in jobs["llm"].splitlines()]
    assert set(asked) <= set(said)
