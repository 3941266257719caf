"""llm-load: send requests to an OpenAI-style service in phases, and measure how it answers.

It needs no package.
"""

from __future__ import annotations

import argparse
import http.client
import os
import time
from argparse import Namespace
from urllib.parse import urlsplit

from completions import PATHS, RefusedError, Service
from load import Load
from load_figures import result
from measuring import end_in_order, fail, leave, options, progress
from phases import phase
from progress import Progress


def _arguments() -> Namespace:
    parser = options("llm-load")
    parser.add_argument("--api", choices=sorted(PATHS), required=True)
    parser.add_argument("--max-tokens", type=int, required=True)
    for name in ("temperature", "timeout"):
        parser.add_argument(f"--{name}", type=float, required=True)
    parser.add_argument("--phase", type=phase, action="append", required=True)
    parser.add_argument("--model", default=os.environ.get("OPENAI_MODEL", ""))
    parser.add_argument("--prompt", action="append", default=[], help="asked in turn")
    return parser.parse_args()


def _url(arguments: argparse.Namespace) -> str:
    """The address of the API: by its own variable, else by that of every target; with a path."""
    name = arguments.target.upper().replace("-", "_")
    url = os.environ.get("OPENAI_BASE_URL") or os.environ[f"HPCGEN_{name}_URL"]
    return url if urlsplit(url).path.strip("/") else f"{url.rstrip('/')}/v1"


def main() -> None:
    """Send as the command line says, and leave the result."""
    end_in_order()
    arguments = _arguments()
    arguments.prompts = len(arguments.prompt)
    with progress(arguments) as run:
        figures = result(_ready(arguments, run).run())
        words = ("model", "api", "max_tokens", "temperature", "timeout", "prompts")
        leave(arguments, words, figures, run)


def _ready(arguments: Namespace, run: Progress) -> Load:
    """The load, once the service has answered a first request; it may load the model for that."""
    service = Service(_url(arguments), arguments.api, arguments.timeout)
    try:
        arguments.model = arguments.model or service.model()
        load = Load(arguments, service, run)
        service.ask(load.body(-1), time.perf_counter())
    except (RefusedError, OSError, http.client.HTTPException, ValueError) as problem:
        fail(f"the first request failed: {problem}")
    return load


if __name__ == "__main__":
    main()
