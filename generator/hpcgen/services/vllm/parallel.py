"""The parallel sizes of a model over the GPUs of its job, and whether the job has enough GPUs."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from hpcgen.diagnostics import Diagnostic
from hpcgen.model.entry import Service
from hpcgen.model.resources import gpus_per_node

SIZES = ("tensor_parallel_size", "pipeline_parallel_size", "data_parallel_size")


def nodes(service: Service) -> int:
    """How many nodes the service's job has."""
    return int(service.resources.get("nodes", 1))


def executor(service: Service) -> str:
    """What starts the engine's workers on several nodes: "ray" or "mp"; "" on one node."""
    return str(service.settings["distributed"]) if nodes(service) > 1 else ""


def parallel_sizes(service: Service) -> dict[str, int]:
    """The parallel sizes: by default the tensors over a node's GPUs, and the layers over the nodes.

    Copies of the model, where there are several, have their share of both.
    """
    settings, count = service.settings, nodes(service)
    copies = int(settings.get("data_parallel_size", 1))
    stages = int(settings.get("pipeline_parallel_size", max(count // copies, 1)))
    gpus = gpus_per_node(service.resources)
    usual = min(gpus, gpus * count // (copies * stages))
    tensor = int(settings.get("tensor_parallel_size", max(usual, 1)))
    sizes = dict(zip(SIZES, (tensor, stages, copies), strict=True))
    return sizes if copies > 1 else {name: sizes[name] for name in SIZES[:2]}


def gpu_mismatches(service: Service) -> Iterator[Diagnostic]:
    """HG430: more GPUs are needed than the job has, or not the same number on each node."""
    sizes, count = parallel_sizes(service), nodes(service)
    gpus = gpus_per_node(service.resources)
    needed = prod(sizes.values())
    shown = " x ".join(str(size) for size in sizes.values())
    written = (service.written[name] for name in SIZES if name in service.written)
    span = next(written, service.origins.get("nodes", service.origin))
    if needed > gpus * count and (gpus or executor(service) == "ray"):
        message = f"`{service.name}` needs {shown} = {needed} GPUs, and its job has {gpus * count}"
        hint = f"ask for more than {count} x {gpus} of them, or for a smaller `…_parallel_size`"
        yield Diagnostic("HG430", message, span, hint)
    elif needed % count and executor(service) == "mp":
        message = f"`{service.name}` has {shown} = {needed} workers, and {count} nodes for them"
        yield Diagnostic("HG430", message, span, "every node runs as many as any other")
