"""vllm: a vLLM server of one model, with an API key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hpcgen.diagnostics import Diagnostic
from hpcgen.diagnostics.finds import finds
from hpcgen.kinds.arguments import argument_word
from hpcgen.kinds.bundled_programs import program
from hpcgen.kinds.offer import ConnectionScript, ServiceOffer
from hpcgen.kinds.overrides import Override, override
from hpcgen.kinds.passwords import password
from hpcgen.model.entry import Bind, Service
from hpcgen.model.references import Argument, Reference
from hpcgen.model.runtime_path import RuntimePath
from hpcgen.model.scraping import Scrape
from hpcgen.services.vllm import distributed
from hpcgen.services.vllm.engine_args import engine_args, managed_options
from hpcgen.services.vllm.model import MOUNTED, is_path, model_and_name, model_override
from hpcgen.services.vllm.parallel import executor, gpu_mismatches, parallel_sizes
from hpcgen.text.values import Variable, joined

_CACHE = "/hf"
_ENVIRONMENT = {
    "HF_HOME": _CACHE,
    "TRITON_CACHE_DIR": "/tmp/triton",  # noqa: S108 - the container's own, on the node's disk
    "XDG_CACHE_HOME": "/tmp/cache",  # noqa: S108
    "XDG_CONFIG_HOME": "/tmp/config",  # noqa: S108
    "VLLM_NO_USAGE_STATS": "1",
}
"""There is no home in the container; vLLM logs a traceback where it looks for its caches there."""

CONNECTION = ConnectionScript(
    exports=("OPENAI_BASE_URL", "OPENAI_API_KEY", "OPENAI_MODEL"),
    reads=("host", "port", "secret", "model"),
)


@finds("HG430", "HG431", "HG432")
def problems(service: Service) -> Iterator[Diagnostic]:
    """HG430: more GPUs are needed than the job has. HG431: an option that hpcgen sets.

    HG432: several nodes, of which only the first can reach the meeting point.
    """
    yield from gpu_mismatches(service)
    yield from managed_options(service)
    if executor(service) and service.expose == "job":
        message = f"`{service.name}` has several nodes, and listens on the loopback of one"
        yield Diagnostic("HG432", message, service.origin, "remove `expose: job`")


def offer(service: Service) -> ServiceOffer:
    """The OpenAI API on one port, ready when it lists the model to whoever has the key.

    On several nodes the model is split over all of them, and the first one serves it.
    """
    named = model_override(service)
    model, name = model_and_name(service, named)
    members = distributed.members(service)
    offline = {"HF_HUB_OFFLINE": "1"} if service.settings["offline"] else {}
    overrides = tuple(_overrides(service))
    api_key = replace(password(service, "api_key"), environment="VLLM_API_KEY")
    follows = isinstance(name, Reference)  # the name is known once the job runs
    host = Reference("host", service.name, service.origin)
    return ServiceOffer(
        title="a vLLM server of one model",
        usual_port=8000,
        proof="it lists the model with the key, and answers 401 without",
        command=("vllm", "serve", model, *_options(service, name, overrides)),
        overrides=(*([named] if named else []), *overrides),
        env={**_ENVIRONMENT, **offline, **distributed.environment(service), "VLLM_HOST_IP": host},
        files=program(service.kind, f"{executor(service)}.sh") if members else {},
        binds=tuple(_binds(service)),
        writes_tmp=True,
        secrets=(api_key, *distributed.token(service)),
        scheme="http",
        health="/health",
        variables=CONNECTION.exports,
        published=("OPENAI_MODEL",) if follows else (),
        connection={"model": Variable("OPENAI_MODEL") if follows else str(name)},
        values={
            "SERVED_MODEL": argument_word(service, name),
            **({"PUBLISHED": (joined("OPENAI_MODEL=", Variable("HF_MODEL")),)} if follows else {}),
        },
        scrape=(Scrape(), *distributed.scrapes(service)),
        members=members,
    )


def _options(
    service: Service, name: Argument, overrides: tuple[Override, ...]
) -> Iterator[Argument]:
    settings = service.settings
    yield from ("--served-model-name", name)
    yield from ("--host", Reference("host", service.name, service.origin))
    yield from ("--port", Reference("port", "port", service.origin))
    settable = {override.field for override in overrides}
    for field, size in parallel_sizes(service).items():
        if field not in settable:
            yield from (f"--{field.replace('_', '-')}", str(size))
    for in_force in overrides:
        yield from (f"--{in_force.field.replace('_', '-')}", in_force.argument)
    yield from distributed.options(service)
    if "revision" in settings:
        yield from ("--revision", str(settings["revision"]))
    yield from engine_args(service)


def _overrides(service: Service) -> Iterator[Override]:
    """By default one copy of the model over all GPUs of the node, and stages over several nodes."""
    sizes = parallel_sizes(service)
    yield override(service, "tensor_parallel_size", sizes["tensor_parallel_size"])
    if sizes["pipeline_parallel_size"] > 1:
        yield override(service, "pipeline_parallel_size", sizes["pipeline_parallel_size"])
    for name in ("max_model_len", "gpu_memory_utilization"):
        if name in service.settings:
            yield override(service, name)


def _binds(service: Service) -> Iterator[Bind]:
    yield Bind(RuntimePath(service.settings["hf_cache"]), _CACHE)
    if is_path(service.settings["model"]):
        yield Bind(RuntimePath(service.settings["model"]), f"{MOUNTED}:ro")
