"""ollama: an Ollama server of one model; it knows no credential."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.kinds.bundled_programs import library, program
from hpcgen.kinds.offer import ConnectionScript, Fetch, ServiceOffer
from hpcgen.model.entry import Bind, Service
from hpcgen.model.references import Argument, Reference
from hpcgen.model.runtime_path import RuntimePath
from hpcgen.text import units
from hpcgen.text.values import Value

_COMMAND = ("env", "HOME=/tmp", "ollama", "serve")
"""Ollama keeps a key of its own at home, and there is none in the container."""

_VARIABLES = {
    "keep_alive": "OLLAMA_KEEP_ALIVE",
    "num_parallel": "OLLAMA_NUM_PARALLEL",
    "max_loaded_models": "OLLAMA_MAX_LOADED_MODELS",
    "context_length": "OLLAMA_CONTEXT_LENGTH",
}
_DANGER = "Ollama knows none, and lets everybody pull, make and delete models too"

CONNECTION = ConnectionScript(
    exports=("OLLAMA_HOST", "OPENAI_BASE_URL", "OPENAI_API_KEY", "OPENAI_MODEL"),
    reads=("url", "model"),
)


def offer(service: Service) -> ServiceOffer:
    """The model on one port: pulled where it is absent, loaded, and then ready."""
    served = served_model(service)
    return ServiceOffer(
        title="an Ollama server of one model",
        usual_port=11434,
        proof="it lists the model" + (", which is loaded" if service.settings["preload"] else ""),
        command=_COMMAND,
        env=dict(_environment(service)),
        binds=(Bind(RuntimePath(service.settings["models"]), "/models"),),
        writes_tmp=True,
        scheme="http",
        variables=CONNECTION.exports,
        needs_container=True,
        connection={"model": served},
        values={"SCHEME": "http", **_values(service)},
        files={
            **program(service.kind, "model.sh"),
            **library("cluster.sh", "job-state.sh"),
        },
        preparation=_most_seconds(service),
        fetch=_fetch(service),
        danger=_DANGER,
    )


def served_model(service: Service) -> str:
    """The name that clients use, as Ollama lists it.

    It is the model's name, or that of the model derived from it for `gpu_layers`.
    """
    model = _listed_name(service.settings["model"])
    if "gpu_layers" not in service.settings:
        return model
    name, _, tag = model.rpartition(":")
    flat = name.replace("/", "-")[-80:].lstrip(".-")
    return f"hpcgen/{flat}:{tag}-gpu{service.settings['gpu_layers']}"


def _listed_name(model: str) -> str:
    """The model's name with its tag, without the default registry and library."""
    name, _, tag = model.partition(":")
    short_name = name.removeprefix("registry.ollama.ai/").removeprefix("library/")
    return f"{short_name}:{tag or 'latest'}"


def _environment(service: Service) -> Iterator[tuple[str, Argument]]:
    """The server's own settings. What it does not know must not be pruned: others may pull it."""
    yield "OLLAMA_HOST", Reference("url", service.name, service.origin)
    yield "OLLAMA_MODELS", "/models"
    yield "OLLAMA_NOPRUNE", "1"
    for name, variable in _VARIABLES.items():
        if name in service.settings:
            yield variable, str(service.settings[name])


def _values(service: Service) -> dict[str, Value]:
    return {"MODELS": RuntimePath(service.settings["models"]).word, "STEPS": tuple(_steps(service))}


def _steps(service: Service) -> Iterator[str]:
    """What model.sh does between the server's first answer and readiness."""
    settings = service.settings
    yield _listed_name(settings["model"])
    yield from ("pull", str(_pull_timeout(service))) if _pulls(service) else ("present",)
    if "gpu_layers" in settings:
        yield from ("make", served_model(service), str(settings["gpu_layers"]))
    if settings["preload"]:
        yield from ("load", str(service.readiness.timeout))


def _most_seconds(service: Service) -> int:
    """How long that may take."""
    loading = service.readiness.timeout if service.settings["preload"] else 0
    return loading + (_pull_timeout(service) if _pulls(service) else 0)


def _pulls(service: Service) -> bool:
    return bool(service.settings.get("pull", service.compute_internet is not False))


def _pull_timeout(service: Service) -> int:
    return units.duration(service.settings["pull_timeout"])


def _fetch(service: Service) -> Fetch:
    """The same pull, on the login node."""
    model = _listed_name(service.settings["model"])
    return Fetch(
        title=f"pulls the model {model}",
        needed=not _pulls(service),
        steps=("probe", "fetch"),
        values={
            "MODEL": model,
            "MODELS": RuntimePath(service.settings["models"]).word,
            "PULL_TIMEOUT": _pull_timeout(service),
        },
    )
