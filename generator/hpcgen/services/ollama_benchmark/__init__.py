"""ollama-benchmark: text from an Ollama server, and how fast it comes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hpcgen.kinds.bundled_programs import measurement
from hpcgen.kinds.offer import ClientOffer
from hpcgen.model.entry import Client
from hpcgen.model.references import Argument
from hpcgen.services.ollama import served_model
from hpcgen.text import units

_OPTIONS = ("requests", "concurrency", "prompt_length", "max_tokens", "temperature", "timeout")


def offer(client: Client) -> ClientOffer:
    """What `benchmark.py` beside this file measures; a request that is begun may be finished."""
    settings = {**client.settings, "timeout": units.duration(client.settings["timeout"])}
    measured = measurement(replace(client, settings=settings), _OPTIONS)
    limit = int(str(measured.values["LIMIT"])) + (settings["timeout"] if client.duration else 0)
    return replace(
        measured,
        command=(*measured.command, *_words(client)),
        values={**measured.values, "LIMIT": limit},
        facts={"model": client.settings.get("model", "")},
    )


def _words(client: Client) -> Iterator[Argument]:
    """The model, which is the target's where the recipe names none, and the recipe's prompts."""
    model = client.settings.get("model") or (served_model(client.target) if client.target else "")
    yield from ("--model", model)
    for prompt in client.settings.get("prompts", ()):
        yield f"--prompt={prompt}"
