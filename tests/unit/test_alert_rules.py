"""The alerts of kinds and exporters: each is tested, and says what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.alert_rules import RULES, metrics, rules
from tests.exported_metrics import PROMETHEUS, exported


def test_there_are_rules() -> None:
    assert {"redis", "mysql", "vllm", "prometheus", "envoy", "node", "dcgm", "cadvisor"} <= {
        path.parent.name for path in RULES
    }


@pytest.mark.parametrize("path", RULES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_rule_has_a_test_of_its_own(path: Path) -> None:
    tests = YAML(typ="safe").load(path.with_suffix(".test.yml"))["tests"]
    firing = {
        expectation["alertname"]
        for test in tests
        for expectation in test.get("alert_rule_test", ())
        if expectation.get("exp_alerts")
    }
    shown = {
        expectation["expr"] for test in tests for expectation in test.get("promql_expr_test", ())
    }
    assert firing == {rule["alert"] for rule in rules(path) if "alert" in rule}
    recorded = {rule["record"] for rule in rules(path) if "record" in rule}
    assert recorded - shown <= {"job:up:sum"}, "its alerts read it"


@pytest.mark.parametrize("path", RULES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_alert_says_how_bad_it_is_and_what_to_do(path: Path) -> None:
    for rule in (rule for rule in rules(path) if "alert" in rule):
        assert rule["labels"]["severity"] in ("info", "warning", "critical")
        assert set(rule["annotations"]) == {"summary", "description"}


@pytest.mark.parametrize("path", RULES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_metric_is_one_that_something_exports(path: Path) -> None:
    made = {"job:up:expected"}  # by the rules that are made of each recipe
    assert metrics(path) - exported() - PROMETHEUS - made == set()


def test_a_metric_that_nobody_exports_would_be_found(tmp_path: Path) -> None:
    rule = {"alert": "Slow", "expr": 'rate(redis_slow_total{job="cache"}[1m]) > redis_up'}
    (tmp_path / "alerts.yml").write_text(json.dumps({"groups": [{"name": "a", "rules": [rule]}]}))
    assert metrics(tmp_path / "alerts.yml") - exported() == {"redis_slow_total"}
