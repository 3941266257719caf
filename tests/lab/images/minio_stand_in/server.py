"""Buckets and objects of a directory, by S3's requests; MinIO's own health and metrics."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote
from xml.sax.saxutils import escape

from .metrics import Metrics
from .signature import Request, refusal

_STATUS = {"NoSuchBucket": 404, "NoSuchKey": 404, "BucketAlreadyOwnedByYou": 409}
_METRICS = "/minio/v2/metrics/cluster"
_HEALTH = ("/minio/health/ready", "/minio/health/live", "/minio/health/cluster")


class Answer(NamedTuple):
    """What a request is answered with."""

    status: int
    body: bytes = b""


class Server(ThreadingHTTPServer):
    """Serves the directory `volume` to the one `user`."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], volume: Path, user: str, password: str) -> None:
        self.volume, self.user, self.password = volume, user, password
        self.public = os.environ.get("MINIO_PROMETHEUS_AUTH_TYPE") == "public"
        volume.mkdir(parents=True, exist_ok=True)
        self.metrics = Metrics(volume)
        super().__init__(address, Handler)


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._respond()

    def do_PUT(self) -> None:
        self._respond()

    def do_HEAD(self) -> None:
        self._respond()

    def do_DELETE(self) -> None:
        self._respond()

    def _respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, data = self._minio_route() or self._counted(body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        if self.command == "PUT":
            self.send_header("ETag", f'"{hashlib.md5(body).hexdigest()}"')  # noqa: S324 - S3's own
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _minio_route(self) -> Answer | None:
        """What MinIO answers beside S3, if that is asked for."""
        path = self.path.partition("?")[0]
        if path == _METRICS:
            return Answer(200, self.server.metrics.page()) if self.server.public else Answer(403)
        return Answer(200) if path in _HEALTH else None

    def _counted(self, body: bytes) -> Answer:
        """What S3 answers, told by MinIO's name of what is asked for."""
        _, _, key = self.path.partition("?")[0].strip("/").partition("/")
        listing = self.command == "GET" and not key
        api = "listobjectsv1" if listing else self.command.lower() + ("object" if key else "bucket")
        began = self.server.metrics.begin(api)
        answer = self._answer(body)
        self.server.metrics.end(api, began, answer.status, len(body), len(answer.body))
        return answer

    def _answer(self, body: bytes) -> Answer:
        path = self.path.partition("?")[0]
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, body)
        if wrong := refusal(request, self.server.user, self.server.password):
            return _error(wrong)
        return self._buckets(unquote(path).strip("/"), body)

    def _buckets(self, name: str, body: bytes) -> Answer:
        bucket, _, key = name.partition("/")
        place = self.server.volume / bucket
        if not key:
            return self._bucket(bucket, place)
        if not place.is_dir():
            return _error("NoSuchBucket")
        file = place / key
        if self.command == "PUT":
            file.parent.mkdir(parents=True, exist_ok=True)
            part = file.with_name(f".{file.name}.{threading.get_ident()}")
            part.write_bytes(body)
            part.rename(file)
        elif not file.is_file():
            return _error("NoSuchKey")
        elif self.command == "DELETE":
            file.unlink()
            return Answer(204)
        return Answer(200, b"" if self.command == "PUT" else file.read_bytes())

    def _bucket(self, bucket: str, place: Path) -> Answer:
        if self.command == "PUT":
            if place.is_dir():
                return _error("BucketAlreadyOwnedByYou")
            place.mkdir()
            return Answer(200)
        if not place.is_dir():
            return _error("NoSuchBucket")
        if self.command == "DELETE":
            shutil.rmtree(place)
            return Answer(204)
        objects = sorted(path.relative_to(place) for path in place.rglob("*") if path.is_file())
        keys = "".join(f"<Contents><Key>{escape(str(key))}</Key></Contents>" for key in objects)
        kind = "ListBucketResult" if bucket else "ListAllMyBucketsResult"
        return Answer(200, f"<{kind}><Name>{bucket}</Name>{keys}</{kind}>".encode())

    def log_message(self, *_: object) -> None:
        """Nothing: MinIO has no log of requests either."""


def _error(code: str) -> Answer:
    return Answer(_STATUS.get(code, 403), f"<Error><Code>{code}</Code></Error>".encode())
