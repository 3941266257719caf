"""The alerts and recording rules of kinds and exporters, and the metrics that they read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hpcgen.balancers import FOLDER as BALANCERS
from hpcgen.exporters import FOLDER
from hpcgen.model.kind import SERVICES
from ruamel.yaml import YAML

FOLDERS = (FOLDER, SERVICES, BALANCERS)
NAMES = ("alerts.yml", "targets.yml")
RULES = sorted(path for at in FOLDERS for name in NAMES for path in at.rglob(name))


def rules(path: Path) -> Iterator[dict[str, Any]]:
    for group in YAML(typ="safe").load(path)["groups"]:
        yield from group["rules"]


def metrics(path: Path) -> set[str]:
    """The names of the metrics that the rules of a file read, but for those they make."""
    made = {rule["record"] for rule in rules(path) if "record" in rule}
    read = {name for rule in rules(path) for name in _names(rule["expr"])}
    return read - made


def _names(expression: str) -> set[str]:
    """A metric's name has an underscore or a colon, and is no label, function or keyword."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\b(?:by|on|group_left) \([^)]*\)|\[[^\]]*\]', " ", expression)
    words = set(re.findall(r"[A-Za-z_][A-Za-z0-9_:]*", bare))
    functions = {"histogram_quantile", "max_over_time", "group_left"}
    return {word for word in words - functions if "_" in word or ":" in word}
