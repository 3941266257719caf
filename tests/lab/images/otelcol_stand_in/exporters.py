"""Where pipelines end: Prometheus by remote write 1.0, and files of one request a line."""

from __future__ import annotations

import base64
import struct
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import cramjam
from google.protobuf import json_format

from .pipeline import Exporter
from .translation import Series, series


def made(name: str, config: dict[str, Any]) -> Exporter:
    """The exporter that the configuration calls `name`."""
    own = config["exporters"][name]
    if name.partition("/")[0] == "file":
        return _File(name, own)
    client = config["extensions"][own["auth"]["authenticator"]]["client_auth"]
    return _RemoteWrite(name, own, client)


class _File:
    def __init__(self, name: str, own: Mapping[str, Any]) -> None:
        self.name, self._path = name, Path(own["path"])
        self._path.touch()

    def send(self, requests: list[Any]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            for each in requests:
                file.write(json_format.MessageToJson(each, indent=None) + "\n")


class _RemoteWrite:
    def __init__(self, name: str, own: Mapping[str, Any], client: Mapping[str, str]) -> None:
        self.name, self._own = name, own
        word = base64.b64encode(f"{client['username']}:{client['password']}".encode()).decode()
        self._headers = {
            "Authorization": f"Basic {word}",
            "Content-Encoding": "snappy",
            "Content-Type": "application/x-protobuf",
            "X-Prometheus-Remote-Write-Version": "0.1.0",
        }

    def send(self, requests: list[Any]) -> None:
        """Raises OSError, of which HTTPError is one."""
        suffixes = bool(self._own.get("add_metric_suffixes", True))
        body = b"".join(
            _field(1, _time_series(each))
            for request in requests
            for each in series(request, suffixes=suffixes)
        )
        packed = bytes(cramjam.snappy.compress_raw(body))
        request = urllib.request.Request(  # noqa: S310 - of the job's own configuration
            self._own["endpoint"], packed, self._headers
        )
        urllib.request.urlopen(request, timeout=5).close()  # noqa: S310


def _time_series(each: Series) -> bytes:
    """A TimeSeries of prometheus.WriteRequest: labels in the order of their names, and a sample."""
    labels = b"".join(
        _field(1, _field(1, name.encode()) + _field(2, value.encode()))
        for name, value in sorted(each.labels.items())
    )
    sample = b"\x09" + struct.pack("<d", each.value) + b"\x10" + _varint(each.milliseconds)
    return labels + _field(2, sample)


def _field(number: int, content: bytes) -> bytes:
    """A field of protobuf that holds bytes, text or a message."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    return bytes(_septets(number))


def _septets(number: int) -> Iterator[int]:
    while number > 127:
        yield number & 127 | 128
        number >>= 7
    yield number
