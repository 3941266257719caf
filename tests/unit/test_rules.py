"""The alerts of kinds and exporters: each is tested, and says what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hpcgen.exporters import FOLDER
from hpcgen.kinds import kinds
from ruamel.yaml import YAML

TESTS = Path(__file__).parents[1]
FOLDERS = (FOLDER, next(iter(kinds().values())).folder.parent)
NAMES = ("alerts.yml", "targets.yml")
RULES = sorted(path for at in FOLDERS for name in NAMES for path in at.glob(f"*/{name}"))


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


def test_there_are_rules() -> None:
    assert {"redis", "mysql", "vllm", "prometheus", "node", "dcgm", "cadvisor"} <= {
        path.parent.name for path in RULES
    }


@pytest.mark.parametrize("path", RULES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_rule_has_a_test_of_its_own(path: Path) -> None:
    tests = YAML(typ="safe").load(path.with_suffix(".test.yml"))["tests"]
    firing = {
        each["alertname"]
        for test in tests
        for each in test.get("alert_rule_test", ())
        if each.get("exp_alerts")
    }
    shown = {each["expr"] for test in tests for each in test.get("promql_expr_test", ())}
    assert firing == {rule["alert"] for rule in rules(path) if "alert" in rule}
    recorded = {rule["record"] for rule in rules(path) if "record" in rule}
    assert recorded - shown <= {"job:up:sum"}, "its alerts read it"


@pytest.mark.parametrize("path", RULES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_alert_says_how_bad_it_is_and_what_to_do(path: Path) -> None:
    for rule in (rule for rule in rules(path) if "alert" in rule):
        assert rule["labels"]["severity"] in ("info", "warning", "critical")
        assert set(rule["annotations"]) == {"summary", "description"}


def test_vllm_tells_what_its_alerts_read() -> None:
    lines = (TESTS / "lab/vllm-metrics.txt").read_text().splitlines()
    told = {name for line in lines for name in _series(*line.split())}
    assert metrics(kinds()["vllm"].folder / "alerts.yml") - told == set()


def _series(name: str, kind: str) -> set[str]:
    parts = ("_bucket", "_sum", "_count") if kind == "histogram" else ("",)
    return {f"{name}{part}" for part in parts}
