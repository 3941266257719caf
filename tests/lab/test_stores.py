"""Qdrant, MinIO and Triton side by side, and the Prometheus that looks at them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hpcgen.grafana.selection import all_dashboards
from hpcgen.model.kind import kinds

from tests.lab.cluster import Lab
from tests.lab.monitoring import SMALL, Monitored, start, until_numbers
from tests.lab.survivors import TWICE, put_twice
from tests.lab.test_secrets import command_lines, holding
from tests.test_dashboards import expressions, plain
from tests.unit.test_rules import metrics

KINDS = {"vectors": "qdrant", "objects": "minio", "models": "triton"}
IMAGES = {"vectors": "qdrant-stand-in", "objects": "minio-stand-in", "models": "triton"}
CODE = "-s -o /dev/null -w '%{http_code}'"
SIGNED = '--aws-sigv4 "aws:amz:$AWS_REGION:s3" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"'
WRONG = '--aws-sigv4 "aws:amz:$AWS_REGION:s3" --user "$AWS_ACCESS_KEY_ID:another-one"'
BUCKET = '"$AWS_ENDPOINT_URL/bucket"'
COLLECTIONS = '"$QDRANT_URL/collections"'
KEYED = '-H "api-key: $QDRANT_API_KEY" -H "Content-Type: application/json"'
KEPT = '"$QDRANT_URL/collections/kept'
VECTORS = {"vectors": {"size": 2, "distance": "Cosine"}}
POINTS = {"points": [{"id": 7, "vector": [0, 1]}]}
NEAR = {"query": [0.1, 0.9], "limit": 1}
LOAD = {
    "vectors": f"""
        curl -s {KEYED} -X PUT -d '{json.dumps(VECTORS)}' {KEPT}"
        curl -s {KEYED} -X PUT -d '{json.dumps(POINTS)}' {KEPT}/points?wait=true"
        curl -s {KEYED} -d '{json.dumps(NEAR)}' {KEPT}/points/query" """,
    "objects": f"""
        curl -s {SIGNED} -X PUT "$AWS_ENDPOINT_URL/kept"
        curl -s {SIGNED} -X PUT --data-binary yes "$AWS_ENDPOINT_URL/kept/it"
        curl -s {SIGNED} "$AWS_ENDPOINT_URL/kept/it" """,
    "models": f"""curl -s -d '{json.dumps(TWICE)}' "$TRITON_URL/v2/models/twice/infer" """,
}
"""What each is asked for while it is looked at."""


def deployment(lab: Lab) -> dict[str, Any]:
    put_twice(lab)
    services: dict[str, Any] = {
        name: {"kind": kind, "image": lab.image(IMAGES[name]), "exporters": []}
        for name, kind in KINDS.items()
    }
    services["models"]["model_repository"] = "$HOME/triton-models"
    looks = {"kind": "prometheus", "image": lab.image("monitoring"), "exporters": []}
    services["metrics"] = {**looks, "scrape_interval": "1s", "evaluation_interval": "1s"}
    return {
        "name": "stores",
        "services": {name: {**each, **SMALL} for name, each in services.items()},
    }


@pytest.fixture(scope="module")
def monitored(lab: Lab) -> Iterator[Monitored]:
    """The deployment, up for all tests of this file."""
    yield start(lab, deployment(lab))
    lab.clear()


def said(deployed: Monitored, service: str, line: str) -> str:
    """What a shell prints that has sourced the service's connection file."""
    done = deployed.bundle.connect(line, service=service)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_nobody_gets_in_without_the_key_of_the_connection_file(monitored: Monitored) -> None:
    for options, expected in (('-H "api-key: $QDRANT_API_KEY"', "200"), ("", "401"),
                              ('-H "api-key: another"', "401")):  # fmt: skip
        line = f"curl {CODE} {options} {COLLECTIONS}"
        assert said(monitored, "vectors", line) == expected, options
    for options, expected in ((SIGNED, "200"), (WRONG, "403"), ("", "403")):
        line = f"curl {CODE} -X PUT {options} {BUCKET}"
        assert said(monitored, "objects", line) == expected, options


def test_a_model_answers_at_the_address_of_the_job_alone(monitored: Monitored) -> None:
    ask = f"""curl -s -d '{json.dumps(TWICE)}' "$TRITON_URL/v2/models/twice/infer" """
    assert json.loads(said(monitored, "models", ask))["outputs"][0]["data"] == [2, 5]
    end = monitored.bundle.endpoint(monitored.jobs["models"], "models")
    assert said(monitored, "models", 'echo "$TRITON_GRPC_URL"') == f"grpc://{end['HOST']}:8001\n"
    look = ["sh", "-c", "ss -Hltnp | grep tritonserver"]
    lines = monitored.bundle.lab.run(look, user="root", node=end["NODE"]).stdout.splitlines()
    heard = {re.sub(r"\[::ffff:|\]", "", line.split()[3]) for line in lines}
    assert heard == {f"{end['HOST']}:{port}" for port in (8001, 8002, end["PORT"])}


@pytest.mark.parametrize("name", KINDS)
def test_what_its_dashboard_shows_is_told_under_load(monitored: Monitored, name: str) -> None:
    asked = {plain(each) for each in expressions([all_dashboards()[KINDS[name]]])}
    wanted = {each for each in asked if "grpc_" not in each}  # the stand-in has no gRPC
    until_numbers(monitored, wanted, lambda: said(monitored, name, LOAD[name]))


@pytest.mark.parametrize("name", KINDS)
def test_what_their_alerts_read_is_told(monitored: Monitored, name: str) -> None:
    wanted = metrics(kinds()[KINDS[name]].folder / "alerts.yml")

    def told() -> set[str]:
        said(monitored, name, LOAD[name])  # what nobody has asked for yet, Qdrant does not count
        return set(monitored.get("/api/v1/label/__name__/values"))

    monitored.bundle.lab.wait(lambda: wanted <= told(), timeout=90)


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
            known = [bundle.path(f"secrets/{name}.{key}"), bundle.path(f"{name}/{job}/etc/{below}")]
            others = bundle.path(f"metrics/{monitored.jobs['metrics']}").rglob("*")
            found = holding(secret, [*bundle.path(f"{name}").rglob("*"), *known[:1]])
            assert sorted(found) == sorted(str(each) for each in known)
            assert bool(holding(secret, others)) == (name == "vectors"), "it asks Qdrant with it"
