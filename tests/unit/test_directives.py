"""What a recipe asks Slurm for: one line for each field of `resources`, and none for an absent one.

GPUs as a site wants them asked for are in test_cluster_limits.py.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hpcgen import schema
from hpcgen.build import Options, resolve_recipe
from hpcgen.model.resources import MUTUALLY_EXCLUSIVE, RESOURCES
from hpcgen.plan import plan
from hpcgen.render import render

OURS = [
    *("job-name=demo-it", "signal=B:USR1@85", "output=%x-%j.log", "open-mode=append"),
    "no-requeue",
]
LINES: dict[str, tuple[object, str]] = {
    "nodes": (3, "nodes=3"),
    "ntasks": (6, "ntasks=6"),
    "ntasks_per_node": (2, "ntasks-per-node=2"),
    "cpus_per_task": (8, "cpus-per-task=8"),
    "mem": ("12G", "mem=12G"),
    "mem_per_cpu": ("1500M", "mem-per-cpu=1500M"),
    "time": ("1-02:30:00", "time=1-02:30:00"),
    "partition": ("gpu", "partition=gpu"),
    "qos": ("short", "qos=short"),
    "gpus_per_node": (4, "gpus-per-node=4"),
    "gres": ("gpu:a100:2,nvme:1", "gres=gpu:a100:2,nvme:1"),
    "constraint": ("skylake&ib", "constraint=skylake&ib"),
    "exclusive": (True, "exclusive"),
    "requeue": (True, "requeue"),
    "reservation": ("course_2026", "reservation=course_2026"),
    "account": ("p200981", "account=p200981"),
    "nodelist": ("node[01-03]", "nodelist=node[01-03]"),
    "exclude": ("node04", "exclude=node04"),
    "output": ("%x.%j.out", "output=%x.%j.out"),
    "error": ("%x.%4j.err", "error=%x.%4j.err"),
}
ENTRIES: dict[str, dict[str, Any]] = {
    "services": {"kind": "container", "image": "/images/a.sif", "port": 8080, "expose": "job"},
    "clients": {"kind": "command", "command": ["true"]},
}


def directives(role: str, tmp_path: Path, resources: dict[str, object]) -> list[str]:
    """The `#SBATCH` lines of one job, but for those of every job."""
    recipe: dict[str, Any] = {"name": "demo", "services": {"beside": {"kind": "redis"}}}
    recipe.setdefault(role, {})["it"] = {**ENTRIES[role], "resources": resources}
    path = tmp_path / "recipe.yaml"
    path.write_text(json.dumps(recipe), encoding="utf-8")
    script = render(plan(resolve_recipe(path, Options())))["jobs/it.sbatch"].content
    lines = [line.removeprefix("#SBATCH --") for line in script.splitlines() if "#SBATCH" in line]
    replaced = {line for line in OURS if line.partition("=")[0] in resources}
    assert set(OURS) - {"no-requeue"} - replaced <= set(lines)
    return [line for line in lines if line not in OURS]


@pytest.mark.parametrize("role", ENTRIES)
@pytest.mark.parametrize("field", LINES)
def test_a_field_of_resources_is_a_line(field: str, role: str, tmp_path: Path) -> None:
    value, line = LINES[field]
    follow = {"ntasks", "ntasks-per-node"} if field == "nodes" else set()
    options = {line.partition("=")[0], *follow}
    without, with_it = (directives(role, tmp_path, size) for size in ({}, {field: value}))
    assert with_it.count(line) == 1
    assert others(options, with_it) == others(options, without)


def others(options: set[str], lines: list[str]) -> list[str]:
    """The lines of other options; how many tasks there are may follow from how many nodes."""
    return [line for line in lines if line.partition("=")[0] not in options]


@pytest.mark.parametrize("role", ENTRIES)
def test_an_absent_field_is_an_absent_line(role: str, tmp_path: Path) -> None:
    options = {line.partition("=")[0] for line in directives(role, tmp_path, {})}
    assert options <= {"nodes", "ntasks", "cpus-per-task", "mem", "time"}


def test_every_field_of_resources_was_tried() -> None:
    assert set(LINES) == set(schema.read("definitions")["$defs"]["resources"]["properties"])


@pytest.mark.parametrize("role", ENTRIES)
@pytest.mark.parametrize("left_out", [*zip(*MUTUALLY_EXCLUSIVE, strict=True)])
def test_every_field_at_once_is_each_line_once(
    left_out: tuple[str, ...], role: str, tmp_path: Path
) -> None:
    """Those that exclude each other are two recipes; the order is that of the table."""
    fields = [row.field for row in RESOURCES if row.in_recipes and row.field not in left_out]
    lines = directives(role, tmp_path, {field: LINES[field][0] for field in fields})
    assert lines == [LINES[field][1] for field in fields]
