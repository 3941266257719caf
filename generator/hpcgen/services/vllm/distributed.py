"""vLLM on several nodes: over Ray, or as its own processes that meet at an address (mp)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hpcgen.kinds.arguments import MEETING
from hpcgen.kinds.offer import Members, Secret
from hpcgen.model.entry import SecretReference, Service
from hpcgen.model.references import Argument, Reference
from hpcgen.model.resources import gpus_per_node
from hpcgen.model.scraping import Scrape
from hpcgen.services.vllm.parallel import executor, nodes

_PORTS = {"mp": 29500, "ray": 6390}
_TOKEN = "ray_token"  # noqa: S105 - the name of a secret


def members(service: Service) -> Members | None:
    """The other nodes; None on one node."""
    how = executor(service)
    if not how:
        return None
    here = (Reference("host", service.name, service.origin), _meeting(service))
    size = (str(gpus_per_node(service.resources)), str(service.resources.get("cpus_per_task", 1)))
    more = size if how == "ray" else ()
    return Members(
        count=nodes(service) - 1,
        launcher=("bash", f"/bundle/{how}.sh", str(nodes(service)), *more, *here),
        usual_port=_PORTS[how],
        address="VLLM_HOST_IP",
    )


def environment(service: Service) -> Mapping[str, str]:
    """What the container needs on several nodes; Ray has no authentication unless it is told."""
    if executor(service) != "ray":
        return {"HPCGEN_NODE_RANK": "0"} if executor(service) else {}
    port = _metrics_port(service)
    return {
        "HPCGEN_NODE_RANK": "0",
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN_PATH": f"/run/hpcgen/secrets/{_TOKEN}",
        "RAY_USAGE_STATS_ENABLED": "0",
        **({"HPCGEN_RAY_METRICS_PORT": port} if port else {}),
    }


def options(service: Service) -> Iterator[str]:
    """What vLLM is told of it."""
    how = executor(service)
    yield from ("--distributed-executor-backend", how) if how else ()
    if how == "ray" and service.settings.get("data_parallel_size", 1) > 1:
        yield from ("--data-parallel-backend", "ray")


def scrapes(service: Service) -> Iterator[Scrape]:
    """What Ray tells of each of its nodes."""
    if executor(service) == "ray" and "ray_metrics_port" in service.settings:
        yield Scrape(name="ray", port=_metrics_port(service), on_each_node=True)


def _metrics_port(service: Service) -> str:
    """The port at which it does; "" where it is not asked to."""
    return str(service.settings.get("ray_metrics_port", ""))


def token(service: Service) -> Iterator[Secret]:
    """What the nodes of a Ray cluster show each other; made once for the deployment."""
    if executor(service) == "ray":
        yield Secret(name=_TOKEN, variable="RAY_TOKEN", reference=SecretReference(), file=True)


def _meeting(service: Service) -> Argument:
    return Reference("port", MEETING, service.origin)
