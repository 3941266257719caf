"""Qdrant, MinIO and Triton in the lab, and what each is asked for under load."""

from __future__ import annotations

import json
from typing import Any

from tests.lab.cluster import Lab
from tests.lab.monitoring import SMALL, Monitored
from tests.lab.survival import TWICE, put_twice

KINDS = {"vectors": "qdrant", "objects": "minio", "models": "triton"}
IMAGES = {"vectors": "qdrant-stand-in", "objects": "minio-stand-in", "models": "triton"}
SIGNED = '--aws-sigv4 "aws:amz:$AWS_REGION:s3" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"'
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
        "services": {name: {**service, **SMALL} for name, service in services.items()},
    }


def printed(deployed: Monitored, service: str, line: str) -> str:
    """What a shell prints that has sourced the service's connection file."""
    done = deployed.bundle.connect(line, service=service)
    assert done.returncode == 0, done.stderr
    return done.stdout
