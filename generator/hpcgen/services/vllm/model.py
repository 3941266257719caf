"""The model of a vLLM: the argument of `vllm serve`, and the name that clients use."""

from __future__ import annotations

from hpcgen.kinds.overrides import Override, override
from hpcgen.model.entry import Service
from hpcgen.model.references import Argument

MOUNTED = "/model"
"""Where the container sees a model that is a directory."""


def is_path(model: str) -> bool:
    """Whether it is a directory on the cluster, rather than a name on Hugging Face."""
    return model.startswith(("/", "~", "$"))


def model_override(service: Service) -> Override | None:
    """The override HF_MODEL, another model's name when submitting; None if the model is fixed.

    It is fixed for a directory, which is mounted; for replicas, whose balancer knows their model;
    and for a command of the recipe, which names its model itself.
    """
    fixed = is_path(service.settings["model"]) or service.fleet or service.command
    return None if fixed else override(service, "model")


def model_and_name(service: Service, named: Override | None) -> tuple[Argument, Argument]:
    """The argument of `vllm serve`, and the served name; `named` is the model's override."""
    model = str(service.settings["model"])
    default = model.rpartition("/")[2] if is_path(model) else model
    name = str(service.settings.get("served_model_name", default))
    if named is None:
        return MOUNTED if is_path(model) else model, name
    return named.argument, name if "served_model_name" in service.settings else named.argument
