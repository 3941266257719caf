"""What stands between a program and its node: the runtime's options, in every script and by GPU."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hpcgen.build import Options, resolve_recipe
from hpcgen.plan import plan
from hpcgen.render import render

ROOT = Path(__file__).parents[2]
JOBS = sorted([*(ROOT / "golden").rglob("*.sbatch"), *(ROOT / "output").rglob("*.sbatch")])
CONTAINER = re.compile(r"^ *(?:CONTAINER|PROBE)=\((.*?)\)$", re.MULTILINE | re.DOTALL)

ISOLATION = {
    "apptainer": {"--containall", "--no-home", "--no-eval"},
    "podman-hpc": {"--read-only", "'--http-proxy=false'"},
    "srun": {"--container-readonly", "--no-container-mount-home", "--export", "--container-env"},
}
"""What each runtime is told. Podman takes along no variable but those named to it, and proxies."""

OPENING = {"--env-host", "--privileged", "--home", "--container-mount-home"}


def containers(script: str) -> list[list[str]]:
    """The runtime's command line of each container that a script starts."""
    return [words.split() for words in CONTAINER.findall(script)]


def script(resources: dict[str, object], tmp_path: Path) -> str:
    web: dict[str, Any] = {"kind": "container", "image": "/images/a.sif", "port": 8080}
    recipe = {"name": "demo", "services": {"web": {**web, "resources": resources}}}
    path = tmp_path / "recipe.yaml"
    path.write_text(json.dumps(recipe), encoding="utf-8")
    return render(plan(resolve_recipe(path, Options())))["jobs/web.sbatch"].content


def test_no_container_sees_the_jobs_environment_or_home_or_writes_into_its_image() -> None:
    commands = [words for job in JOBS for words in containers(job.read_text(encoding="utf-8"))]
    assert len(commands) > 50
    used = set()
    for words in commands:
        runtime = next(word for word in words if word in ISOLATION)
        used.add(runtime)
        assert ISOLATION[runtime] <= set(words)
        assert not [word for word in words if "writable" in word or word in OPENING]
    assert used == set(ISOLATION)


@pytest.mark.parametrize(
    ("resources", "has_gpus"),
    [
        ({}, False),
        ({"gpus_per_node": 1}, True),
        ({"gpus_per_node": 4}, True),
        ({"gres": "gpu:2"}, True),
        ({"gres": "nvme:1,gpu:a100:1"}, True),
        ({"gres": "nvme:1"}, False),
    ],
)
def test_a_container_sees_gpus_where_its_job_has_some(
    resources: dict[str, object], has_gpus: bool, tmp_path: Path
) -> None:
    (words,) = containers(script(resources, tmp_path))
    assert ("--nv" in words) == has_gpus
