"""llm-load: requests to an OpenAI-style service, phase by phase, at a rate that holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from hpcgen.kinds.bundled_programs import measurement
from hpcgen.kinds.offer import ClientOffer
from hpcgen.kinds.passwords import credential
from hpcgen.model.entry import Client
from hpcgen.model.references import Argument
from hpcgen.text import units

_OPTIONS = ("api", "max_tokens", "temperature", "timeout")
_SHARED = ("completions.py", "load.py", "load_figures.py", "phases.py")
_ONE_PHASE = "1m"
_SLACK = 60


def offer(client: Client) -> ClientOffer:
    """What `benchmark.py` beside this file sends; the last answers may take their time."""
    timeout = units.duration(client.settings["timeout"])
    settings = {**client.settings, "timeout": timeout}
    measured = measurement(replace(client, settings=settings), _OPTIONS, *_SHARED)
    phases = tuple(_phases(client))
    total = sum(phase["duration"] for phase in phases)
    lasts = min(total, client.duration or total)
    return replace(
        measured,
        command=(*measured.command, *_words(client, phases)),
        values={**measured.values, "LIMIT": lasts + 2 * timeout + _SLACK},
        lasts=lasts,
        secrets=credential(client, "api_key"),
        facts={"model": client.settings.get("model", "")},
    )


def _phases(client: Client) -> Iterator[Mapping[str, Any]]:
    """The recipe's phases, or the one that its other fields describe; durations are seconds."""
    lasting = {"name": "sustained", "duration": client.duration or _ONE_PHASE}
    for phase in client.settings.get("phases", (lasting,)):
        rated = {} if "clients" in phase else {"rate": client.settings["requests_per_second"]}
        seconds = {"name": phase["name"], "duration": units.duration(phase["duration"])}
        yield {**seconds, "clients": client.settings["clients"], **rated, **phase, **seconds}


def _words(client: Client, phases: tuple[Mapping[str, Any], ...]) -> Iterator[Argument]:
    """The phases, the model where the recipe names one, and its prompts."""
    for phase in phases:
        yield from ("--phase", ",".join(f"{name}={value}" for name, value in phase.items()))
    if "model" in client.settings:
        yield from ("--model", client.settings["model"])
    for prompt in client.settings.get("prompts", ()):
        yield f"--prompt={prompt}"
