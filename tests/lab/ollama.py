"""Ollama's stand-in in the lab: a service of it, and its bundle."""

from __future__ import annotations

import json
from typing import Any

from tests.lab.bundles import Bundle, install
from tests.lab.cluster import Lab

STAND_IN = "ollama-stand-in"


def service(lab: Lab, model: str = "tiny", **more: Any) -> dict[str, Any]:
    """An Ollama of the stand-in's model `model`, its models in a directory of their own."""
    return {
        "kind": "ollama",
        "image": lab.image(STAND_IN),
        "model": model,
        "readiness": {"timeout": "5m"},
        "resources": {"time": "00:10:00", "cpus_per_task": 1},
        **more,
    }


def deployed(lab: Lab, name: str, llm: dict[str, Any], **more: Any) -> Bundle:
    llm = {"models": f"$HOME/{name} models", **llm}
    return install(lab, name, json.dumps({"name": name, "services": {"llm": llm}, **more}))
