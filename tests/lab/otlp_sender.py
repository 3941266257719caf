"""Sends by OpenTelemetry's own SDK, over HTTP and gRPC, as the connection file says: [ROUNDS]."""

from __future__ import annotations

import logging
import os
import random
import sys
import time
from collections.abc import Iterator
from urllib.parse import unquote

from opentelemetry.exporter.otlp.proto.grpc import metric_exporter as grpc
from opentelemetry.exporter.otlp.proto.http import metric_exporter as http
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricExporter, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor


def main() -> None:
    """Each round counts three requests and measures one, and is sent before the next."""
    providers = list(_providers())
    tracer = TracerProvider()
    tracer.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter()))
    logs = LoggerProvider()
    logs.add_log_record_processor(SimpleLogRecordProcessor(OTLPLogExporter()))
    log = logging.getLogger("sender")
    log.addHandler(LoggingHandler(logger_provider=logs))
    for number in range(int(sys.argv[1]) if len(sys.argv) > 1 else 1):
        time.sleep(min(number, 1))
        with tracer.get_tracer("sender").start_as_current_span("a-round"):
            log.warning("a round")
            for provider in providers:
                _measure(provider)
    for provider in providers:
        provider.shutdown()


def _providers() -> Iterator[MeterProvider]:
    name, value = os.environ["OTEL_EXPORTER_OTLP_HEADERS"].split("=", 1)
    headers = {name.lower(): unquote(value)}
    there = os.environ["OTLP_GRPC_ENDPOINT"]
    exporters: dict[str, MetricExporter] = {
        "over-http": http.OTLPMetricExporter(),
        "over-grpc": grpc.OTLPMetricExporter(endpoint=there, headers=headers, insecure=True),
    }
    for service, exporter in exporters.items():
        resource = Resource({"service.name": service, "service.instance.id": "1"})
        reader = PeriodicExportingMetricReader(exporter)
        yield MeterProvider(metric_readers=[reader], resource=resource)


def _measure(provider: MeterProvider) -> None:
    meter = provider.get_meter("sender")
    query = {"db.operation.name": "query"}
    meter.create_counter("db.total.requests", unit="1").add(3, query)
    duration = meter.create_histogram("db.client.operation.duration", unit="s")
    duration.record(random.uniform(0.01, 0.2), query)
    provider.force_flush()


main()
