"""What a recipe's Prometheus scrapes, read from the configuration that is built."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hpcgen.build import Options, compile_recipe
from hpcgen.bundle.tree import Tree
from ruamel.yaml import YAML


def built(tmp_path: Path, services: dict[str, Any], **more: Any) -> Tree:
    path = tmp_path / "recipe.yaml"
    path.write_text(json.dumps({"name": "watched", "services": services, **more}))
    return compile_recipe(path, Options()).tree


def scraped(tree: Tree) -> dict[str, dict[str, Any]]:
    data = YAML(typ="safe").load(tree["prometheus/prometheus.yml"].content)
    return {config["job_name"]: config for config in data["scrape_configs"]}
