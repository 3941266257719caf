"""What bin/alloc.sh asks Slurm for, beside what the jobs of the same fleet do."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hpcgen.build import Options, resolve_recipe
from hpcgen.plan import plan
from hpcgen.render import render

GPU = {"partition": "gpu", "cpus_per_task": 8, "mem": "30G", "time": "01:00:00"}
SITE = {"cluster": "meluxina", "account": "p200000"}
OF_A_SCRIPT = ("--signal", "--output", "--open-mode", "--no-requeue", "--job-name")


def compiled(directory: Path, placement: str, **fields: Any) -> dict[str, str]:
    """The files of a bundle of one fleet."""
    entry = {"kind": "vllm", "model": "/models/a", "replicas": 4, "resources": GPU, **fields}
    port = {"port": 8800} if placement == "colocated" else {}
    entry["balancer"] = {"kind": "envoy", "placement": placement, **port}
    path = directory / "mine.yaml"
    path.write_text(json.dumps({"name": "mine", **SITE, "services": {"llm": entry}}))
    return {file.path: file.content for file in render(plan(resolve_recipe(path, Options())))}


def requested(files: dict[str, str], directory: Path, **variables: str) -> list[set[str]]:
    """The options that bin/alloc.sh gives salloc, those of each component."""
    tools, home = directory / "tools", directory / "home"
    tools.mkdir()
    home.mkdir()
    (tools / "salloc").write_text('#!/bin/bash\nprintf "%s\\n" "$@"\n')
    (tools / "salloc").chmod(0o755)
    script = directory / "alloc.sh"
    script.write_text(files["bin/alloc.sh"])
    env = {"PATH": f"{tools}:/usr/bin:/bin", "HOME": str(home), **variables}
    words = subprocess.run(
        ["bash", script, "true"], env=env, check=True, capture_output=True, text=True
    ).stdout.split("\n")
    options = [word for word in words if word.startswith("--") or word == ":"]
    parts = " ".join(options).split(" : ")
    return [{word for word in part.split() if not word.startswith("--job-name")} for part in parts]


def directives(script: str) -> list[set[str]]:
    """What a job's script asks for, in each of its components."""
    lines = re.findall(r"(?m)^#SBATCH (.*)$", script)
    parts = "\n".join(lines).split("\nhetjob\n")
    return [
        {word for line in part.splitlines() for word in shlex.split(line)
         if not word.startswith(OF_A_SCRIPT)}
        for part in parts
    ]  # fmt: skip


SHARED = {"gpus_per_replica": 2}
ALONE = {"resources": {**GPU, "gpus_per_node": 4}}


@pytest.mark.parametrize("fleet", [SHARED, ALONE], ids=["shared", "alone"])
@pytest.mark.parametrize("placement", ["dedicated", "colocated", "hetjob"])
def test_an_allocation_is_asked_for_as_the_jobs_are(
    placement: str, fleet: dict[str, Any], tmp_path: Path
) -> None:
    files = compiled(tmp_path, placement, **fleet)
    scripts = ("llm", "llm-replicas") if placement == "dedicated" else ("llm",)
    jobs = [options for name in scripts for options in directives(files[f"jobs/{name}.sbatch"])]
    for options in jobs:  # of one replica on each node Slurm is asked for by the whole
        if "--ntasks=4" in options:
            options ^= {"--ntasks=4", "--ntasks-per-node=1"}
        elif "--ntasks=1" not in options and not any("--ntasks" in word for word in options):
            options.add("--ntasks-per-node=1")
    assert requested(files, tmp_path) == jobs


def test_as_many_nodes_are_asked_for_as_the_workers_fill(tmp_path: Path) -> None:
    files = compiled(tmp_path, "colocated", **SHARED)
    variables = {"WORKERS": "3", "CPUS_PER_WORKER": "4", "MEM_PER_CPU": "2G", "PARTITION": "other"}
    (options,) = requested(files, tmp_path, **variables)
    expected = {"--nodes=2", "--cpus-per-task=5", "--mem-per-cpu=2G", "--partition=other"}
    assert expected <= options
    assert not any(option.startswith("--mem=") for option in options)


def test_a_dedicated_balancer_without_gpus_to_spare_has_a_node_like_the_workers(
    tmp_path: Path,
) -> None:
    files = compiled(tmp_path, "dedicated", resources={**GPU, "partition": "cpu"})
    (options,) = requested(files, tmp_path)
    assert {"--nodes=5", "--cpus-per-task=8", "--mem=30G"} <= options


def test_replicas_in_jobs_of_their_own_are_in_no_allocation(tmp_path: Path) -> None:
    files = compiled(tmp_path, "dedicated", replica_jobs=True)
    assert not {"bin/alloc.sh", "bin/serve.sh"} & {*files}
    assert "--set services.llm.replica_jobs=false" in files["README.md"]
    together = compiled(tmp_path, "dedicated", replica_jobs=False)
    assert {"bin/alloc.sh", "bin/serve.sh"} <= {*together}
    assert "bin/alloc.sh" in together["README.md"]
