"""vllm-benchmark: vLLM's own `vllm bench serve`, and its figures as every benchmark leaves them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hpcgen.kinds.bundled_programs import measurement
from hpcgen.kinds.offer import ClientOffer
from hpcgen.kinds.passwords import credential
from hpcgen.model.entry import Bind, Client
from hpcgen.model.references import Argument
from hpcgen.model.runtime_path import RuntimePath
from hpcgen.services.vllm.model import is_path
from hpcgen.text import units

_OPTIONS = (
    *("num_prompts", "burstiness", "random_input_len", "random_output_len"),
    *("random_range_ratio", "random_prefix_len", "seed", "temperature"),
)
_OPTIONAL = ("request_rate", "max_concurrency")
_CACHE = "/hf"
_TOKENIZER = "/tokenizer"
_ENVIRONMENT = {
    "HF_HOME": _CACHE,
    "HF_HUB_OFFLINE": "1",
    "VLLM_CACHE_ROOT": "/tmp/vllm",  # noqa: S108 - the container's own, on the node's disk
    "XDG_CACHE_HOME": "/tmp/cache",  # noqa: S108
    "XDG_CONFIG_HOME": "/tmp/config",  # noqa: S108
    "VLLM_NO_USAGE_STATS": "1",
}


def offer(client: Client) -> ClientOffer:
    """What `benchmark.py` beside this file has vLLM measure; a round that is begun is finished."""
    measured = measurement(client, _OPTIONS)
    return replace(
        measured,
        command=(*measured.command, *_words(client)),
        env=_ENVIRONMENT,
        binds=tuple(_binds(client)),
        writes_tmp=True,
        secrets=credential(client, "api_key"),
        facts={"model": client.settings.get("model", "")},
        values={**measured.values, "LIMIT": units.walltime(client.resources["time"])},
    )


def _words(client: Client) -> Iterator[Argument]:
    for name in _OPTIONAL:
        if name in client.settings:
            yield from (f"--{name.replace('_', '-')}", str(client.settings[name]))
    if client.settings["ignore_eos"]:
        yield "--ignore-eos"
    tokenizer = _tokenizer(client)
    if not _is_the_targets(client):
        yield from ("--tokenizer", _TOKENIZER if is_path(tokenizer) else tokenizer)


def _binds(client: Client) -> Iterator[Bind]:
    """The target's cache, and the directory of the tokenizer where it is one."""
    holder = client.target or client
    if client.target or not is_path(_tokenizer(client)):
        yield Bind(RuntimePath(holder.settings["hf_cache"]), f"{_CACHE}:ro")
    if is_path(_tokenizer(client)):
        yield Bind(RuntimePath(_tokenizer(client)), f"{_TOKENIZER}:ro")


def _is_the_targets(client: Client) -> bool:
    """Whether the tokenizer is found by the target's model name, which an override may change."""
    target = client.target.settings if client.target else {"served_model_name": ""}
    is_named = "tokenizer" in client.settings or "served_model_name" in target
    return not is_named and not is_path(target["model"])


def _tokenizer(client: Client) -> str:
    """The recipe's own, or that of the target's model."""
    model = (client.target or client).settings["model"]
    return str(client.settings.get("tokenizer", model))
