"""qdrant: a Qdrant server with an API key, its collections kept in the deployment."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.kinds.offer import ConnectionScript, ServiceOffer
from hpcgen.kinds.passwords import password
from hpcgen.model.entry import Service
from hpcgen.model.runtime_path import RuntimePath
from hpcgen.model.scraping import Scrape

_CONFIGURATION = "/run/hpcgen/qdrant.yaml"

CONNECTION = ConnectionScript(
    exports=("QDRANT_URL", "QDRANT_API_KEY"),
    reads=("url", "secret"),
)


def offer(service: Service) -> ServiceOffer:
    """The REST API on one port, and gRPC where the recipe gives it one.

    The key stands in the server's own configuration file: it reads none from a file of its own.
    """
    kept = service.settings.get("storage_path")
    return ServiceOffer(
        title="a Qdrant server",
        usual_port=6333,
        proof="it lists its collections to whoever has the key, and answers 401 without",
        command=("/qdrant/qdrant", "--disable-telemetry", "--config-path", _CONFIGURATION),
        config="/run/hpcgen",
        env={"QDRANT_INIT_FILE_PATH": "/data/.qdrant-initialized"},
        directories=frozenset({"data"}),
        keeps_data=True,
        data=RuntimePath(kept) if kept else None,
        secrets=(password(service, "api_key"),),
        scheme="http",
        variables=CONNECTION.exports,
        values={"QDRANT_SERVICE": ", ".join(_service(service))},
        scrape=(Scrape(credential="api_key"),),
    )


def _service(service: Service) -> Iterator[str]:
    """What the recipe knows of the section `service` of Qdrant's configuration."""
    yield f"grpc_port: {service.ports.get('grpc', 'null')}"
    yield "static_content_dir: /qdrant/static"
    if "max_request_size_mb" in service.settings:
        yield f"max_request_size_mb: {service.settings['max_request_size_mb']}"
