"""otel-collector: an OpenTelemetry collector that hands on to a Prometheus what it is sent."""

from __future__ import annotations

from hpcgen.kinds.neighbours import Neighbours
from hpcgen.kinds.offer import ConnectionScript, ServiceOffer
from hpcgen.kinds.passwords import password, password_of
from hpcgen.model.entry import Service
from hpcgen.model.references import Reference
from hpcgen.model.scraping import Scrape
from hpcgen.services.otel_collector.configuration import ADDRESS, PORT, URL, configuration
from hpcgen.yaml.dump import dump

CONNECTION = ConnectionScript(
    exports=(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_HEADERS",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "OTLP_GRPC_ENDPOINT",
    ),
    reads=("host", "url", "secret", "grpc"),
)


def offer_among(service: Service, neighbours: Neighbours) -> ServiceOffer:
    """OTLP for whoever has the token; metrics go to `remote_write`, whose password it knows.

    Its configuration is committed. It replaces ${env:NAME} and ${file:PATH} there by what only the
    job knows: its address, that of Prometheus, and the passwords, which are files.
    """
    source = next(
        s for s in neighbours.recipe.services if s.name == service.settings["remote_write"]
    )
    secret = password_of(source, "RECEIVER")
    return ServiceOffer(
        title="an OpenTelemetry collector",
        usual_port=4318,
        proof="its health check succeeds, and it takes OTLP with the token and answers 401 without",
        command=("/otelcol-contrib", "--config=/bundle/collector.yaml"),
        files={"collector.yaml": dump(configuration(service, secret.file_name))},
        env={
            ADDRESS: Reference("host", service.name, service.origin),
            PORT: Reference("port", "port", service.origin),
            URL: Reference("url", source.name, service.origin),
        },
        directories=frozenset({"logs"}),
        secrets=(password(service, "token", file=True), secret),
        scheme="http",
        variables=CONNECTION.exports,
        connection={"grpc": service.ports["grpc"]},
        values={"HEALTH_PORT": service.ports["health"]},
        scrape=(Scrape(port="metrics"),),
    )
