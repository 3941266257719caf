"""The model of a vLLM: what `vllm serve` is told, and by which name clients ask for it."""

from __future__ import annotations

from hpcgen.kinds.overrides import Override, override
from hpcgen.model.entry import Service
from hpcgen.model.references import Argument

MOUNTED = "/model"
"""Where the container sees a model that is a directory."""


def is_path(model: str) -> bool:
    """Whether it is a directory on the cluster, rather than a name on Hugging Face."""
    return model.startswith(("/", "~", "$"))


def settable(service: Service) -> Override | None:
    """HF_MODEL, which stands for another name when submitting.

    A directory is mounted where it lies, replicas have one balancer that knows their model, and a
    command of the recipe's own says for itself what it serves.
    """
    fixed = is_path(service.settings["model"]) or service.fleet or service.command
    return None if fixed else override(service, "model")


def served(service: Service, named: Override | None) -> tuple[Argument, Argument]:
    """What `vllm serve` loads, and the name it goes by; `named` is what is settable of it."""
    model = str(service.settings["model"])
    own = model.rpartition("/")[2] if is_path(model) else model
    name = str(service.settings.get("served_model_name", own))
    if named is None:
        return MOUNTED if is_path(model) else model, name
    return named.argument, name if "served_model_name" in service.settings else named.argument
