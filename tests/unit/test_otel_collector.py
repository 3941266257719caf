"""The collector's configuration: by the collector's own fields, and without a secret."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hpcgen.build import Options, compile_recipe
from hpcgen.bundle.tree import Tree
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from tests.unit.scrape_jobs import built, scraped

SCHEMA = json.loads((Path(__file__).parents[1] / "lab/otelcol.schema.json").read_text())
KIND = "generator/hpcgen/services/otel_collector"
CASES = sorted((Path(__file__).parents[2] / KIND / "cases").glob("*.yaml"))
METRICS = {"kind": "prometheus", "exporters": []}
COLLECTOR = {"kind": "otel-collector", "remote_write": "metrics"}


RUNNING = {"HPCGEN_ADDRESS": "10.0.0.1", "HPCGEN_PORT": "4318"}


def collector(tree: Tree) -> Any:
    """Its configuration as a running collector has it, each reference replaced."""
    written = YAML(typ="safe").load(tree["services/telemetry/collector.yaml"].content)
    reference = r"(?<!\$)\$\{(?:env|file):([^}]+)\}"
    substitute = lambda match: RUNNING.get(match[1], "http://10.0.0.1:9090")  # noqa: E731
    return json.loads(re.sub(reference, substitute, json.dumps(written)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_the_collector_knows_every_field_that_is_written(case: Path) -> None:
    config = collector(compile_recipe(case, Options()).tree)
    errors = Draft202012Validator(SCHEMA).iter_errors(config)
    assert [f"{error.json_path}: {error.message}" for error in errors] == []
    for pipeline in config["service"]["pipelines"].values():
        for section, names in pipeline.items():
            assert set(names) <= set(config[section])
        assert pipeline["processors"][0] == "memory_limiter"
        assert pipeline["processors"][-1] == "batch"


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("processors", "batch", "send_size"), 1024),
        (("exporters", "prometheusremotewrite", "endpoint"), "metrics"),
        (("extensions", "health_check", "port"), 13133),
        (("service", "pipelines", "metric"), {"receivers": [], "exporters": []}),
    ],
)
def test_a_field_that_it_does_not_know_would_be_found(place: tuple[str, ...], value: Any) -> None:
    config = collector(compile_recipe(CASES[0], Options()).tree)
    within = config
    for key in place[:-1]:
        within = within[key]
    within[place[-1]] = value
    assert list(Draft202012Validator(SCHEMA).iter_errors(config))


def test_only_a_prometheus_that_is_written_to_takes_what_is_written(tmp_path: Path) -> None:
    more = {**METRICS, "port": 9190}
    tree = built(tmp_path, {"telemetry": COLLECTOR, "metrics": METRICS})
    assert "--web.enable-remote-write-receiver" in tree["jobs/metrics.sbatch"].content
    assert "telemetry" in scraped(tree)
    tree = built(tmp_path, {"metrics": more})
    assert "remote-write" not in tree["jobs/metrics.sbatch"].content


def test_who_sends_and_who_is_written_to_are_known_by_files(tmp_path: Path) -> None:
    metrics = {**METRICS, "password": {"file": "~/prometheus"}}
    tree = built(tmp_path, {"telemetry": COLLECTOR, "metrics": metrics})
    text = tree["services/telemetry/collector.yaml"].content
    assert "password: ${file:/run/hpcgen/secrets/metrics.password}" in text
    assert "filename: /run/hpcgen/secrets/token" in text
    connection = tree["connections/telemetry.env"].content
    assert 'OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20${secret}"' in connection


def test_what_is_written_of_a_resource_arrives_as_it_stands(tmp_path: Path) -> None:
    entry = {**COLLECTOR, "resource_attributes": {"price": "5$ ${env:HOME}"}}
    text = built(tmp_path, {"telemetry": entry, "metrics": METRICS})
    (attribute,) = collector(text)["processors"]["resource"]["attributes"]
    assert attribute == {"key": "price", "value": "5$$ $${env:HOME}", "action": "upsert"}


def test_a_service_may_have_a_port_of_another_services_name(tmp_path: Path) -> None:
    tree = built(tmp_path, {"telemetry": COLLECTOR, "metrics": METRICS})
    assert "declare -A NEEDS=([metrics]=" in tree["jobs/telemetry.sbatch"].content
