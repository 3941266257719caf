"""vLLM in the lab: its images, the tiny model, a service of it, and what asks it."""

from __future__ import annotations

import json
import os
from typing import Any

from tests.lab.bundles import Bundle, install
from tests.lab.cluster import PATIENCE, Lab

REAL = "vllm"
STAND_IN = "vllm-stand-in"
HAVE_REAL = os.environ.get("HPCGEN_LAB_VLLM") == "required" or Lab().cached(REAL)
IMAGES = [STAND_IN, REAL] if HAVE_REAL else [STAND_IN]
READY_WITHIN = {STAND_IN: 180, REAL: 300}
MODEL = "/models/tiny"


def put_model(lab: Lab, image: str) -> None:
    """The tiny model where there is one, and an empty directory for the stand-in."""
    home = f"/home/alice/{image}-model"
    if image == STAND_IN:
        lab.run(["mkdir", "-p", home])
    elif not lab.path(home).exists() and (built := lab.cached(image)):
        lab.copy_tree(built / MODEL.removeprefix("/"), home)


CPU = ("--dtype", "float32", "--enforce-eager", "--max-model-len", "256")


def service(lab: Lab, image: str, **more: Any) -> dict[str, Any]:
    """A vLLM of the tiny model in alice's home."""
    put_model(lab, image)
    return {
        "kind": "vllm",
        "image": lab.image(image),
        "model": f"/home/alice/{image}-model",
        "hf_cache": "/tmp",
        "args": list(CPU),
        "readiness": {"timeout": READY_WITHIN[image]},
        **more,
    }


def deployed(lab: Lab, name: str, llm: dict[str, Any], **more: Any) -> Bundle:
    return install(lab, name, json.dumps({"name": name, "services": {"llm": llm}, **more}))


FIRST_ANSWER = PATIENCE
"""The real one may compile a kernel first, and with every processor of this machine busy."""

BODY = (
    r"{\"model\": \"$OPENAI_MODEL\", \"prompt\": \"one\", \"max_tokens\": 3, \"ignore_eos\": true}"
)
ASK = f"""curl --silent --header 'Content-Type: application/json' --data "{BODY}" \\
  --write-out '\\n%{{http_code}}' "$OPENAI_BASE_URL/completions" """

GIVES_KEY = """--header @- <<<"Authorization: Bearer $OPENAI_API_KEY\""""

ASK_FROM_INSIDE = """
import json, os, sys, urllib.request
body = {"model": os.environ["OPENAI_MODEL"], "prompt": "one", "max_tokens": 3, "ignore_eos": True}
request = urllib.request.Request(
    os.environ["OPENAI_BASE_URL"] + "/completions",
    json.dumps(body).encode(),
    {
        "Authorization": "Bearer " + os.environ["OPENAI_API_KEY"],
        "Content-Type": "application/json",
    },
)
answer = urllib.request.urlopen(request, timeout=float(sys.argv[2])).read()
open(sys.argv[1] + "/answer.json", "wb").write(answer)
"""


def completion(bundle: Bundle, ask: str, node: str = "login") -> tuple[Any, str]:
    """What a shell on `node` that has the connection's variables is answered: body, status."""
    done = bundle.connect(ask, node=node, service="llm")
    text, _, status = done.stdout.rpartition("\n")
    return json.loads(text), status
