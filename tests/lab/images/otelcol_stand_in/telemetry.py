"""What the collector tells of itself: its health check, and its metrics."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from .pipeline import Pipeline
from .receivers import address

_STARTED = time.monotonic()


def start(config: dict[str, Any], pipelines: Mapping[str, Pipeline]) -> None:
    """Listen on both ports."""
    ((reader,),) = (
        entry.values() for entry in config["service"]["telemetry"]["metrics"]["readers"]
    )
    address = reader["exporter"]["prometheus"]
    _serve(f"{address['host']}:{address['port']}", "/metrics", lambda: "\n".join(_lines(pipelines)))
    health = json.dumps({"status": "Server available", "upSince": "", "uptime": ""})
    _serve(config["extensions"]["health_check"]["endpoint"], "/", lambda: health)


def _serve(endpoint: str, path: str, text: Callable[[], str]) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            exists = self.path == path
            body = (text() + "\n").encode() if exists else b""
            self.send_response(200 if exists else 404)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """The real one says nothing of requests."""

    server = ThreadingHTTPServer(address(endpoint), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def _lines(pipelines: Mapping[str, Pipeline]) -> Iterator[str]:
    for pipeline in pipelines.values():
        exporter = pipeline.exporter.name
        yield from _received(pipeline)
        for word in ("sent", "send_failed", "enqueue_failed"):
            count = pipeline.counts[f"exporter_{word}", "exporter", exporter]
            yield f'otelcol_exporter_{word}_{pipeline.what}{{exporter="{exporter}"}} {count}'
        if exporter == "prometheusremotewrite":
            yield f'otelcol_exporter_queue_size{{exporter="{exporter}"}} 0'
            yield f'otelcol_exporter_queue_capacity{{exporter="{exporter}"}} 10000'
    yield f"otelcol_process_uptime {time.monotonic() - _STARTED:.1f}"
    yield f"otelcol_process_cpu_seconds {time.process_time():.3f}"
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    yield f"otelcol_process_memory_rss {pages * 4096}"


def _received(pipeline: Pipeline) -> Iterator[str]:
    """Of each way by which something has come; the real one says nothing of others either."""
    for (name, _, transport), count in sorted(pipeline.counts.copy().items()):
        if name == "receiver_accepted":
            labels = f'{{receiver="otlp",transport="{transport}"}}'
            yield f"otelcol_receiver_accepted_{pipeline.what}{labels} {count}"
            yield f"otelcol_receiver_refused_{pipeline.what}{labels} 0"
