"""Qdrant, MinIO and Triton side by side, and the Prometheus that looks at them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from hpcgen.grafana.selection import all_dashboards
from hpcgen.model.kind import kinds

from tests.alert_rules import metrics
from tests.dashboards import expressions, plain
from tests.lab.cluster import Lab
from tests.lab.monitoring import Monitored, start, until_numbers
from tests.lab.qdrant_minio_triton import (
    KINDS,
    LOAD,
    SIGNED,
    deployment,
    printed,
)
from tests.lab.secrets import command_lines, holding
from tests.lab.survival import TWICE

CODE = "-s -o /dev/null -w '%{http_code}'"
WRONG = '--aws-sigv4 "aws:amz:$AWS_REGION:s3" --user "$AWS_ACCESS_KEY_ID:another-one"'
BUCKET = '"$AWS_ENDPOINT_URL/bucket"'
COLLECTIONS = '"$QDRANT_URL/collections"'


@pytest.fixture(scope="module")
def monitored(lab: Lab) -> Iterator[Monitored]:
    """The deployment, up for all tests of this file."""
    yield start(lab, deployment(lab))
    lab.clear()


def test_nobody_gets_in_without_the_key_of_the_connection_file(monitored: Monitored) -> None:
    for options, expected in (('-H "api-key: $QDRANT_API_KEY"', "200"), ("", "401"),
                              ('-H "api-key: another"', "401")):  # fmt: skip
        line = f"curl {CODE} {options} {COLLECTIONS}"
        assert printed(monitored, "vectors", line) == expected, options
    for options, expected in ((SIGNED, "200"), (WRONG, "403"), ("", "403")):
        line = f"curl {CODE} -X PUT {options} {BUCKET}"
        assert printed(monitored, "objects", line) == expected, options


def test_a_model_answers_at_the_address_of_the_job_alone(monitored: Monitored) -> None:
    ask = f"""curl -s -d '{json.dumps(TWICE)}' "$TRITON_URL/v2/models/twice/infer" """
    assert json.loads(printed(monitored, "models", ask))["outputs"][0]["data"] == [2, 5]
    end = monitored.bundle.endpoint(monitored.jobs["models"], "models")
    assert printed(monitored, "models", 'echo "$TRITON_GRPC_URL"') == f"grpc://{end['HOST']}:8001\n"
    look = ["sh", "-c", "ss -Hltnp | grep tritonserver"]
    lines = monitored.bundle.lab.run(look, user="root", node=end["NODE"]).stdout.splitlines()
    heard = {re.sub(r"\[::ffff:|\]", "", line.split()[3]) for line in lines}
    assert heard == {f"{end['HOST']}:{port}" for port in (8001, 8002, end["PORT"])}


@pytest.mark.parametrize("name", KINDS)
def test_what_its_dashboard_shows_is_told_under_load(monitored: Monitored, name: str) -> None:
    shown = {plain(expression) for expression in expressions([all_dashboards()[KINDS[name]]])}
    expected = {
        expression for expression in shown if "grpc_" not in expression
    }  # the stand-in has no gRPC
    until_numbers(monitored, expected, lambda: printed(monitored, name, LOAD[name]))


@pytest.mark.parametrize("name", KINDS)
def test_what_their_alerts_read_is_told(monitored: Monitored, name: str) -> None:
    read = metrics(kinds()[KINDS[name]].folder / "alerts.yml")

    def scraped() -> set[str]:
        printed(monitored, name, LOAD[name])  # what nobody has asked for yet, Qdrant does not count
        return set(monitored.get("/api/v1/label/__name__/values"))

    monitored.bundle.lab.wait(lambda: read <= scraped())


def test_no_key_is_seen_anywhere(monitored: Monitored) -> None:
    bundle = monitored.bundle
    keys = {"vectors": "api_key", "objects": "root_password"}
    with command_lines() as seen:
        bundle.script("status")
        for name, key in keys.items():
            secret = bundle.path(f"secrets/{name}.{key}").read_text()
            job = monitored.jobs[name]
            assert not [line for line in tuple(seen) if secret in line]
            below = "qdrant.yaml" if name == "vectors" else "secrets/root_password"
            holders = [
                bundle.path(f"secrets/{name}.{key}"),
                bundle.path(f"{name}/{job}/etc/{below}"),
            ]
            others = bundle.path(f"metrics/{monitored.jobs['metrics']}").rglob("*")
            matching = holding(secret, [*bundle.path(f"{name}").rglob("*"), *holders[:1]])
            assert sorted(matching) == sorted(str(path) for path in holders)
            assert bool(holding(secret, others)) == (name == "vectors"), "it asks Qdrant with it"
