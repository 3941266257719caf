"""triton: NVIDIA's Triton server of the models of a directory; it knows no credential."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.kinds.offer import ConnectionScript, ServiceOffer
from hpcgen.model.entry import Bind, Service
from hpcgen.model.references import Argument, Reference
from hpcgen.model.runtime_path import RuntimePath
from hpcgen.model.scraping import Scrape

_PATIENCE = "4"
"""Seconds that requests have to end, once it is told to: less than any job's grace."""

_PERCENTILES = "summary_latencies=true"
"""Else Triton tells of nothing but averages."""

CONNECTION = ConnectionScript(
    exports=("TRITON_URL", "TRITON_GRPC_URL"),
    reads=("host", "url", "grpc_port"),
)


def offer(service: Service) -> ServiceOffer:
    """HTTP on one port, gRPC and metrics on two others; ready when every model is."""
    return ServiceOffer(
        title="a Triton server",
        usual_port=8000,
        danger="Triton asks for none: they can run every model",
        probe="http",
        health="/v2/health/ready",
        command=("tritonserver", "--model-repository", "/models", *_addresses(service)),
        binds=(Bind(RuntimePath(service.settings["model_repository"]), "/models:ro"),),
        writes_tmp=True,
        scheme="http",
        variables=CONNECTION.exports,
        connection={"grpc_port": str(service.ports["grpc"])},
        scrape=(Scrape(port="metrics"),),
    )


def _addresses(service: Service) -> Iterator[Argument]:
    ports = {"http": "port", "grpc": "grpc", "metrics": "metrics"}
    for protocol, name in ports.items():
        yield from (f"--{protocol}-address", Reference("host", service.name, service.origin))
        yield from (f"--{protocol}-port", Reference("port", name, service.origin))
    yield from ("--metrics-config", _PERCENTILES)
    yield from ("--exit-timeout-secs", _PATIENCE)
