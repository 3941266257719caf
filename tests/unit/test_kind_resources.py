"""What a kind's own fields ask Slurm for, and what goes before it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hpcgen.load import load_text
from hpcgen.resolve import resolve
from hpcgen.validate import validate
from hpcgen.yaml.document import Document

FLEET = {
    "kind": "client-group", "benchmark_id": 1, "num_clients": 3, "service": "login:8001",
    "target_endpoint": "ai:8000", "command": ["client"],
}  # fmt: skip
CPU = {"partition": "cpu", "qos": "normal", "constraint": "skylake", "cpus_per_task": 16}
DGX = {"partition": "dgx", "qos": "gpu", "constraint": "dgx_a100", "cpus_per_task": 8}
ALWAYS = {"nodes": 3, "ntasks_per_node": 1, "time": "00:05:00"}


def resources(defaults: dict[str, Any], **fields: Any) -> dict[str, Any]:
    recipe = {
        "name": "fleet",
        "defaults": {"resources": defaults},
        "clients": {"a": {**FLEET, **fields}},
    }
    document: Document = load_text("r.yaml", json.dumps(recipe).encode())
    (client,) = resolve(validate(document), Path()).clients
    return dict(client.resources)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, {**ALWAYS, "cpus_per_task": 4, "mem": "8G"}),
        ({"resources": {"mem_per_cpu": "2G"}}, {**ALWAYS, "cpus_per_task": 4, "mem_per_cpu": "2G"}),
        ({"time_limit": 90}, {**ALWAYS, "cpus_per_task": 4, "mem": "8G", "time": "01:30:00"}),
        ({"profile": "cpu"}, {**ALWAYS, **CPU, "mem": "64G"}),
        ({"profile": "dgx"}, {**ALWAYS, **DGX, "mem": "32G", "gpus_per_node": 1}),
        (
            {"profile": "gpu"},
            {**ALWAYS, "partition": "gpu", "cpus_per_task": 8, "mem": "32G", "gpus_per_node": 1},
        ),
        (
            {"profile": "cpu", "resources": {"qos": "long", "mem": "1G"}},
            {**ALWAYS, **CPU, "qos": "long", "mem": "1G"},
        ),
        (
            {"profile": "dgx", "resources": {"gres": "gpu:a100:2"}},
            {**ALWAYS, **DGX, "mem": "32G", "gres": "gpu:a100:2"},
        ),
    ],
)
def test_the_nearest_word_wins(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    assert resources({}, **fields) == expected


def test_a_profile_goes_before_what_the_recipe_says_for_all() -> None:
    merged = resources({"partition": "small", "account": "p1"}, profile="cpu")
    assert (merged["partition"], merged["account"]) == ("cpu", "p1")


def test_a_number_of_clients_goes_before_the_nodes_of_the_recipe() -> None:
    assert resources({"nodes": 7})["nodes"] == 3
