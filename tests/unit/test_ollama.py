"""The `ollama` kind: the names of its models, and where they are pulled."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hpcgen.build import Options, compile_recipe

SITE = """name: site
title: A site
network: {{{network}}}
provenance:
  - {{facts: [network], source: invented, confidence: C}}
"""


def job(tmp_path: Path, network: str = "", client: str = "", **llm: Any) -> str:
    """The script of one Ollama, or of a benchmark of it, on a site of that network."""
    (tmp_path / "site.yaml").write_text(SITE.format(network=network))
    recipe = {
        "name": "o",
        "cluster": "./site.yaml",
        "services": {"llm": {"kind": "ollama", **llm}},
        "clients": {"bench": {"kind": "ollama-benchmark", "target": "llm"}},
    }
    (tmp_path / "recipe.yaml").write_text(json.dumps(recipe))
    tree = compile_recipe(tmp_path / "recipe.yaml", Options()).tree
    return tree[f"jobs/{client or 'llm'}.sbatch"].content


def steps(script: str) -> list[str]:
    """What model.sh is told to do."""
    match = re.search(r"^STEPS=\(([^)]*)\)", script, re.MULTILINE)
    assert match
    return match[1].split()


@pytest.mark.parametrize(
    ("network", "pull", "expected"),
    [
        ("", None, "pull 1800"),
        ("compute_internet: true", None, "pull 1800"),
        ("compute_internet: false", None, "present"),
        ("compute_internet: false", True, "pull 1800"),
        ("compute_internet: true", False, "present"),
    ],
)
def test_a_job_pulls_where_its_nodes_may_have_the_internet(
    tmp_path: Path, network: str, pull: bool | None, expected: str
) -> None:
    fields: dict[str, Any] = {} if pull is None else {"pull": pull}
    model, *rest = steps(job(tmp_path, network, preload=False, **fields))
    assert (model, " ".join(rest)) == ("llama3.2:latest", expected)


@pytest.mark.parametrize(
    ("model", "listed", "made"),
    [
        ("qwen2.5:7b", "qwen2.5:7b", "hpcgen/qwen2.5:7b-gpu3"),
        ("registry.ollama.ai/library/tiny", "tiny:latest", "hpcgen/tiny:latest-gpu3"),
        ("me/Mine", "me/Mine:latest", "hpcgen/me-Mine:latest-gpu3"),
        ("hf.co/me/it:Q4_0", "hf.co/me/it:Q4_0", "hpcgen/hf.co-me-it:Q4_0-gpu3"),
        (f"a/{'b' * 80}", f"a/{'b' * 80}:latest", f"hpcgen/{'b' * 80}:latest-gpu3"),
    ],
)
def test_a_model_is_called_as_ollama_lists_it(
    tmp_path: Path, model: str, listed: str, made: str
) -> None:
    assert steps(job(tmp_path, model=model, preload=False)) == [listed, "pull", "1800"]
    words = steps(job(tmp_path, model=model, gpu_layers=3, preload=False, pull=False))
    assert words == [listed, "present", "make", made, "3"]
    assert f"--model {made}" in " ".join(
        job(tmp_path, client="bench", model=model, gpu_layers=3).split()
    )


def test_a_client_waits_for_the_pull_and_the_loading_too(tmp_path: Path) -> None:
    llm: dict[str, Any] = {"pull_timeout": "1h", "readiness": {"timeout": 100}}
    assert "\nWAIT_TIMEOUT=3860\n" in job(tmp_path, client="bench", **llm)
    assert "\nWAIT_TIMEOUT=160\n" in job(tmp_path, client="bench", pull=False, preload=False, **llm)
