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
    options = config["exporters"][name]
    if name.partition("/")[0] == "file":
        return _File(name, options)
    client = config["extensions"][options["auth"]["authenticator"]]["client_auth"]
    return _RemoteWrite(name, options, client)


class _File:
    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        self.name, self._path = name, Path(options["path"])
        self._path.touch()

    def send(self, requests: list[Any]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            for request in requests:
                file.write(json_format.MessageToJson(request, indent=None) + "\n")


class _RemoteWrite:
    def __init__(self, name: str, options: Mapping[str, Any], client: Mapping[str, str]) -> None:
        self.name, self._options = name, options
        word = base64.b64encode(f"{client['username']}:{client['password']}".encode()).decode()
        self._headers = {
            "Authorization": f"Basic {word}",
            "Content-Encoding": "snappy",
            "Content-Type": "application/x-protobuf",
            "X-Prometheus-Remote-Write-Version": "0.1.0",
        }

    def send(self, requests: list[Any]) -> None:
        """Raises OSError, of which HTTPError is one."""
        suffixes = bool(self._options.get("add_metric_suffixes", True))
        body = b"".join(
            _field(1, _time_series(one_series))
            for request in requests
            for one_series in series(request, suffixes=suffixes)
        )
        packed = bytes(cramjam.snappy.compress_raw(body))
        request = urllib.request.Request(  # noqa: S310 - of the job's own configuration
            self._options["endpoint"], packed, self._headers
        )
        urllib.request.urlopen(request, timeout=5).close()  # noqa: S310


def _time_series(one_series: Series) -> bytes:
    """A TimeSeries of prometheus.WriteRequest: labels in the order of their names, and a sample."""
    labels = b"".join(
        _field(1, _field(1, name.encode()) + _field(2, value.encode()))
        for name, value in sorted(one_series.labels.items())
    )
    sample = (
        b"\x09" + struct.pack("<d", one_series.value) + b"\x10" + _varint(one_series.milliseconds)
    )
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
