"""HTTP as vLLM's server speaks it: its routes, its key, its event streams."""

from __future__ import annotations

import argparse
import hmac
import json
import os
import socket
import time
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from . import answers
from .metrics import Metrics

VERSION = "0.32.0"
GUARDED = ("/v1", "/v2", "/inference", "/cohere")
COMPLETIONS = {"/v1/completions": False, "/v1/chat/completions": True}
KEYS = "VLLM_API_KEY"


class Server(ThreadingHTTPServer):
    """Listens once made: on --uds where that is given, else on --host and --port."""

    daemon_threads = True

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.keys = options.api_key or [key for key in [os.environ.get(KEYS)] if key]
        self.metrics = Metrics(answers.served_names(options)[0])
        if options.uds:
            self.address_family = socket.AF_UNIX
        address = options.uds or (options.host or "", options.port)
        super().__init__(address, Handler)

    def server_bind(self) -> None:
        """Bind without looking up a name for the address, as http.server's own does."""
        if self.options.uds:
            Path(self.options.uds).unlink(missing_ok=True)
        elif self.allow_reuse_address:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)

    def admits(self, path: str, authorization: str) -> bool:
        """Whether the header's bearer token opens `path`."""
        if not self.keys or not path.startswith(GUARDED):
            return True
        scheme, _, token = authorization.partition(" ")
        same = [hmac.compare_digest(token.encode(), key.encode()) for key in self.keys]
        return scheme.lower() == "bearer" and any(same)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "uvicorn"
    sys_version = ""
    server: Server

    def do_GET(self) -> None:
        """Answer what the server says of itself."""
        path = self.path.partition("?")[0]
        if not self.admitted(path):
            return
        if path in ("/health", "/ping"):
            self.reply(200, b"")
        elif path == "/metrics":
            self.reply(200, self.server.metrics.text().encode(), "text/plain; version=0.0.4")
        elif path == "/version":
            self.reply_json(200, {"version": VERSION})
        elif path == "/v1/models":
            self.reply_json(200, answers.models(self.server.options))
        elif path in COMPLETIONS:
            self.reply_json(405, {"detail": "Method Not Allowed"})
        else:
            self.reply_json(404, {"detail": "Not Found"})

    def do_POST(self) -> None:
        """Answer a request for text."""
        path = self.path.partition("?")[0]
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.admitted(path):
            return
        if path not in COMPLETIONS:
            self.reply_json(404, {"detail": "Not Found"})
            return
        try:
            self.complete(read(body), chat=COMPLETIONS[path])
        except answers.RefusedError as refused:
            self.reply_json(refused.status, refused.body)

    def admitted(self, path: str) -> bool:
        """Whether the request may go on; where not, it is answered."""
        if self.server.admits(path, self.headers.get("Authorization", "")):
            return True
        self.reply_json(401, {"error": "Unauthorized"})
        return False

    def complete(self, request: answers.Body, *, chat: bool) -> None:
        """Answer with a completion, whole or as a stream, and count it."""
        began = time.monotonic()
        completion = answers.completion(self.server.options, request, chat=chat)
        self.server.metrics.add("vllm:num_requests_running", 1)
        try:
            self.count(completion, time.monotonic() - began)
            if request.get("stream"):
                self.stream(completion.chunks())
            else:
                self.reply_json(200, completion.body())
        finally:
            self.server.metrics.add("vllm:num_requests_running", -1)

    def count(self, completion: answers.Completion, seconds: float) -> None:
        """Count it before it is sent: who has the answer finds it counted."""
        metrics = self.server.metrics
        metrics.add("vllm:request_success_total", 1)
        metrics.add("vllm:prompt_tokens_total", completion.prompt_tokens)
        metrics.add("vllm:generation_tokens_total", completion.tokens)
        metrics.observe("vllm:e2e_request_latency_seconds", seconds)
        metrics.observe("vllm:time_to_first_token_seconds", seconds)

    def stream(self, bodies: Iterable[answers.Body]) -> None:
        """Send `bodies` as server-sent events, and the end as OpenAI's clients expect it."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for text in (*map(dense, bodies), "[DONE]"):
            self.chunk(f"data: {text}\n\n".encode())
        self.chunk(b"")

    def chunk(self, data: bytes) -> None:
        """Send one chunk; the empty one is the last."""
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))

    def reply_json(self, status: int, body: answers.Body) -> None:
        """Send `body` and all that goes before it."""
        self.reply(status, dense(body).encode(), "application/json")

    def reply(self, status: int, body: bytes, kind: str = "") -> None:
        """Send a whole answer."""
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # http.server's own name
        """Log as uvicorn does; a UNIX socket's peer has no address."""
        peer = ":".join(map(str, self.client_address)) if self.client_address else "local"
        print(f"INFO:     {peer} - {format % args}", flush=True)


def read(body: bytes) -> answers.Body:
    """The object that `body` holds. Raises RefusedError where it holds none."""
    try:
        request = json.loads(body)
        if not isinstance(request, dict):
            raise ValueError
    except ValueError:
        message = "1 validation error:\n  {'type': 'json_invalid', 'loc': 'body.0'}"
        raise answers.RefusedError(400, "Bad Request", message, "body.0") from None
    return request


def dense(body: answers.Body) -> str:
    """JSON without a blank, as vLLM writes it."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)
