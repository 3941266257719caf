"""How vLLM's model is split over a job, and how further arguments become words."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hpcgen.services.vllm.engine_args import engine_args
from hpcgen.services.vllm.parallel import parallel_sizes


def service(resources: dict[str, Any] | None = None, **settings: Any) -> Any:
    return SimpleNamespace(resources=resources or {}, settings=settings)


@pytest.mark.parametrize(
    ("resources", "settings", "sizes"),
    [
        ({}, {}, (1, 1)),
        ({"gpus_per_node": 4}, {}, (4, 1)),
        ({"gres": "gpu:a100:4"}, {}, (4, 1)),
        ({"nodes": 2, "gpus_per_node": 4}, {}, (4, 2)),
        ({"nodes": 2}, {}, (1, 2)),
        ({"nodes": 2, "gpus_per_node": 4}, {"pipeline_parallel_size": 4}, (2, 4)),
        ({"nodes": 2, "gpus_per_node": 4}, {"tensor_parallel_size": 8}, (8, 2)),
        ({"gpus_per_node": 4}, {"data_parallel_size": 2}, (2, 1, 2)),
        ({"nodes": 2, "gpus_per_node": 4}, {"data_parallel_size": 2}, (4, 1, 2)),
        ({"nodes": 4, "gpus_per_node": 4}, {"data_parallel_size": 2}, (4, 2, 2)),
    ],
)
def test_tensors_lie_on_a_nodes_gpus_and_layers_on_the_nodes(
    resources: dict[str, Any], settings: dict[str, Any], sizes: tuple[int, ...]
) -> None:
    assert tuple(parallel_sizes(service(resources, **settings)).values()) == sizes


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--seed", 7], ["--seed", "7"]),
        ({"seed": 7}, ["--seed", "7"]),
        ({"max_num_seqs": 64}, ["--max-num-seqs", "64"]),
        ({"enforce-eager": True}, ["--enforce-eager"]),
        ({"async-scheduling": False}, ["--no-async-scheduling"]),
        ({"lora-modules": ["a=/a", "b=/b"]}, ["--lora-modules", "a=/a", "b=/b"]),
        ({"compilation-config": {"mode": 3}}, ["--compilation-config", '{"mode": 3}']),
    ],
)
def test_an_engine_argument_is_an_option_and_its_words(arguments: Any, words: list[str]) -> None:
    assert list(engine_args(service(engine_args=arguments))) == words
