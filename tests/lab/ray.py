"""vLLM over Ray in the lab: one GPU on each of two nodes."""

from __future__ import annotations

from typing import Any

from tests.lab.cluster import Lab
from tests.lab.vllm import STAND_IN, service

IMAGE = "vllm-ray"
READY = 300


def wide(lab: Lab, **more: Any) -> dict[str, Any]:
    """A vLLM of one GPU on each of two nodes."""
    resources = {"nodes": 2, "cpus_per_task": 2, "gpus_per_node": 1, "time": "00:10:00"}
    more = {"distributed": "ray", "resources": resources, "readiness": {"timeout": READY}, **more}
    return {**service(lab, STAND_IN), "image": lab.image(IMAGE), **more}
