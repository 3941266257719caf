"""bin/pull-images.sh: every image that can be fetched, once, by its tag or its digest."""

from __future__ import annotations

import subprocess
from pathlib import Path

from hpcgen.build import Options, build

DIGEST = f"sha256:{'0a' * 32}"
RECIPE = f"""\
name: images
services:
  cache: {{kind: redis, image: "redis:7.4.2"}}
  second: {{kind: redis, image: "docker://redis:7.4.2"}}
  web: {{kind: container, image: "registry.example.org/web@{DIGEST}", port: 8080}}
  own: {{kind: container, image: $HOME/own.sif, port: 8090}}
clients:
  bench: {{kind: redis-benchmark, target: cache}}
  bare: {{kind: command, command: [hostname]}}
"""


def test_every_image_is_listed_once_with_its_tag_or_digest(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    bundle = build(tmp_path / "recipe.yaml", tmp_path, Options())
    listing = subprocess.run(
        [bundle / "bin/pull-images.sh", "--help"], capture_output=True, text=True, check=True
    )
    assert listing.stdout.partition("there yet: ")[2].split() == [
        "docker://redis:7.4.2",
        "docker://redis:8.2.2",
        f"docker://registry.example.org/web@{DIGEST}",
    ]
