"""vllm: a vLLM server of one model, with an API key."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.entries import secret_reference
from hpcgen.offer import Secret, ServiceOffer
from hpcgen.overrides import Override, override
from hpcgen.recipe import Bind, SecretReference, Service
from hpcgen.references import Argument, Reference
from hpcgen.runtime_path import RuntimePath

_CACHE = "/hf"
_MODEL = "/model"
_ENVIRONMENT = {
    "HF_HOME": _CACHE,
    "VLLM_CACHE_ROOT": "/tmp/vllm",  # noqa: S108 - the container's own, on the node's disk
    "TRITON_CACHE_DIR": "/tmp/triton",  # noqa: S108
    "XDG_CACHE_HOME": "/tmp/cache",  # noqa: S108
    "XDG_CONFIG_HOME": "/tmp/config",  # noqa: S108
    "VLLM_NO_USAGE_STATS": "1",
}
"""There is no home in the container; vLLM logs a traceback where it looks for its caches there."""


def offer(service: Service) -> ServiceOffer:
    """The OpenAI API on one port, ready when it lists the model to whoever has the key."""
    served = _served_name(service)
    offline = {"HF_HUB_OFFLINE": "1"} if service.settings["offline"] else {}
    overrides = tuple(_overrides(service))
    host = Reference("host", service.name, service.origin)
    return ServiceOffer(
        title="a vLLM server of one model",
        usual_port=8000,
        proof="it lists the model with the key, and answers 401 without",
        command=tuple(_command(service, served, overrides)),
        overrides=overrides,
        env={**_ENVIRONMENT, **offline, "VLLM_HOST_IP": host},
        binds=tuple(_binds(service)),
        writes_tmp=True,
        secrets=(_api_key(service),),
        scheme="http",
        variables=("OPENAI_BASE_URL", "OPENAI_API_KEY", "OPENAI_MODEL"),
        connection={"model": served},
        values={"SERVED_MODEL": served},
    )


def _command(service: Service, served: str, overrides: tuple[Override, ...]) -> Iterator[Argument]:
    settings = service.settings
    yield from ("vllm", "serve", _MODEL if _is_path(service) else settings["model"])
    yield from ("--served-model-name", served)
    yield from ("--host", Reference("host", service.name, service.origin))
    yield from ("--port", Reference("port", "port", service.origin))
    yield from ("--pipeline-parallel-size", str(settings["pipeline_parallel_size"]))
    for each in overrides:
        yield from (f"--{each.field.replace('_', '-')}", each.argument)


def _overrides(service: Service) -> Iterator[Override]:
    """By default one copy of the model over all GPUs of the node."""
    gpus = service.resources.get("gpus_per_node", 1)
    yield override(service, "tensor_parallel_size", gpus)
    for name in ("max_model_len", "gpu_memory_utilization"):
        if name in service.settings:
            yield override(service, name)


def _is_path(service: Service) -> bool:
    return str(service.settings["model"]).startswith(("/", "~", "$"))


def _served_name(service: Service) -> str:
    model = str(service.settings["model"])
    own = model.rpartition("/")[2] if _is_path(service) else model
    return str(service.settings.get("served_model_name", own))


def _binds(service: Service) -> Iterator[Bind]:
    yield Bind(RuntimePath(service.settings["hf_cache"]), _CACHE)
    if _is_path(service):
        yield Bind(RuntimePath(service.settings["model"]), f"{_MODEL}:ro")


def _api_key(service: Service) -> Secret:
    reference = secret_reference(service.settings["api_key"])
    return Secret(
        name="api_key",
        variable="API_KEY",
        reference=reference,
        environment="VLLM_API_KEY",
        must_be_plain=reference != SecretReference(),
    )
