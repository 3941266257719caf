"""OTLP over HTTP and gRPC, for whoever shows the token."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import json_format
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

from .pipeline import Pipeline

_MESSAGES = {
    "metrics": (metrics_service_pb2, "Metrics"),
    "traces": (trace_service_pb2, "Trace"),
    "logs": (logs_service_pb2, "Logs"),
}
_JSON, _PROTOBUF = "application/json", "application/x-protobuf"


def start(config: dict[str, Any], pipelines: Mapping[str, Pipeline]) -> grpc.Server:
    """Listen on both ports; returns once both are there, what ends when it is forgotten."""
    protocols = config["receivers"]["otlp"]["protocols"]
    token = Path(config["extensions"]["bearertokenauth"]["filename"]).read_text(encoding="utf-8")
    _start_http(protocols["http"]["endpoint"], f"Bearer {token}", pipelines)
    return _started_grpc(protocols["grpc"]["endpoint"], f"Bearer {token}", pipelines)


def address(endpoint: str) -> tuple[str, int]:
    """Host and port of an endpoint."""
    host, _, port = endpoint.rpartition(":")
    return host, int(port)


def _message(signal: str, what: str) -> Any:
    module, name = _MESSAGES[signal]
    return getattr(module, f"Export{name}Service{what}")


def _start_http(endpoint: str, word: str, pipelines: Mapping[str, Pipeline]) -> None:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            kind = self.headers.get("Content-Type", "").partition(";")[0]
            if self.headers.get("Authorization") != word:
                self._answer(401, b"", "text/plain")
                return
            self._answer(*_taken(self.path, kind, self._plain(body), pipelines))

        def _plain(self, body: bytes) -> bytes:
            packed = self.headers.get("Content-Encoding") == "gzip"
            return gzip.decompress(body) if packed else body

        def _answer(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """The real one says nothing of requests."""

    server = ThreadingHTTPServer(address(endpoint), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def _taken(
    path: str, kind: str, body: bytes, pipelines: Mapping[str, Pipeline]
) -> tuple[int, bytes, str]:
    """The answer to a request that may be made: its status, body and type."""
    signal = path.removeprefix("/v1/")
    if signal not in pipelines:
        return 404, b"", "text/plain"
    if kind not in (_JSON, _PROTOBUF):
        return 415, b"", "text/plain"
    request = _message(signal, "Request")()
    try:
        if kind == _JSON:
            json_format.Parse(body, request)
        else:
            request.ParseFromString(body)
    except (DecodeError, json_format.ParseError):
        return 400, b"", kind
    pipelines[signal].take(request, "http")
    answer = _message(signal, "Response")()
    return 200, b"{}" if kind == _JSON else answer.SerializeToString(), kind


def _started_grpc(endpoint: str, word: str, pipelines: Mapping[str, Pipeline]) -> grpc.Server:
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    for signal, pipeline in pipelines.items():
        name = _MESSAGES[signal][1]
        service = f"opentelemetry.proto.collector.{name.lower()}.v1.{name}Service"
        method = grpc.unary_unary_rpc_method_handler(
            _exporting(signal, word, pipeline),
            request_deserializer=_message(signal, "Request").FromString,
            response_serializer=_message(signal, "Response").SerializeToString,
        )
        handler = grpc.method_handlers_generic_handler(service, {"Export": method})
        server.add_generic_rpc_handlers((handler,))
    if not server.add_insecure_port(endpoint):
        raise SystemExit(f"Error: cannot listen on {endpoint}")
    server.start()
    return server


def _exporting(signal: str, word: str, pipeline: Pipeline) -> Callable[[Any, Any], Any]:
    def export(request: Any, context: grpc.ServicerContext) -> Any:
        if dict(context.invocation_metadata()).get("authorization") != word:
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "authentication failed")
        pipeline.take(request, "grpc")
        return _message(signal, "Response")()

    return export
