"""The load driver of openenv-scaling: sessions with an OpenEnv server, all begun at once.

A session is what an agent does: it connects, resets its environment, takes one step in which the
server waits, and leaves. Over WebSocket (/ws) it is one connection, over HTTP the requests /reset
and /step of one. All that a client of short texts needs of WebSocket (RFC 6455) is here, so that
any image with Python 3.9 serves. Several such programs share a load: see drivers.py.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import resource
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

FIELDS = (
    *("request_id", "mode", "timestamp", "wait_requested", "batch_size", "hardware"),
    *("connect_latency", "reset_latency", "step_latency", "total_latency", "waited_seconds"),
    *("pid", "session_hash", "host_url", "success", "error_type", "error_message"),
)
"""What is told of each session, a line of raw.jsonl; latencies are seconds."""

_TOLD = ("waited_seconds", "pid", "session_hash", "host_url")
_ACCEPT = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10
_BIND_ADDRESS_NO_PORT = 24  # Linux's IP_BIND_ADDRESS_NO_PORT, which Python 3.9 has no name for
_LEAVING = 5
_SPARE_FILES = 64

Record = dict[str, Any]
Place = tuple[str, int]


@dataclass(frozen=True)
class Load:
    """`count` sessions of a point of the grid, `first` of them being the number of the first.

    Session n goes to `urls[n]`, from `sources[n]`, each over and over; without sources, from the
    address that the system takes. A session has failed after `timeout` seconds.
    """

    label: str
    mode: str
    urls: Sequence[str]
    batch_size: int
    count: int
    first: int
    wait: float
    timeout: float
    hardware: str = ""
    sources: Sequence[str] = ()


class FailedError(Exception):
    """A session has failed: `kind` says how, in a word or as the server's own code."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


def places(urls: Sequence[str]) -> list[Place]:
    """The address and the port behind each URL. Raises OSError where a name is not known."""
    parts = [urlsplit(url) for url in urls]
    return [(socket.gethostbyname(part.hostname or ""), part.port or 80) for part in parts]


async def fire(load: Load) -> tuple[list[Record], float]:
    """Begin every session at once; what became of each, and the seconds until the last ended."""
    addresses, begin = places(load.urls), time.perf_counter()
    tasks = [
        asyncio.ensure_future(_session(load, number, addresses[number % len(addresses)]))
        for number in range(load.first, load.first + load.count)
    ]
    ended = await asyncio.gather(*tasks)
    return [record for record, _ in ended], max(end for _, end in ended) - begin


async def _session(load: Load, number: int, place: Place) -> tuple[Record, float]:
    """What became of one session, and when."""
    session = Session(load, number, place)
    task = asyncio.ensure_future(session.play())
    timer = asyncio.get_running_loop().call_later(load.timeout, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        session.fail("TimeoutError", f"no answer to {session.stage} within {load.timeout:g} s")
    except FailedError as problem:
        session.fail(problem.kind, str(problem))
    except Exception as problem:  # whatever it is, it is counted
        session.fail(type(problem).__name__, str(problem) or session.stage)
    timer.cancel()
    end = time.perf_counter()
    await session.leave()
    return session.record, end


class Session:
    """One session; `stage` is what it has asked for last."""

    def __init__(self, load: Load, number: int, place: Place) -> None:
        self.load, self.place, self.stage = load, place, "connect"
        self.source = load.sources[number % len(load.sources)] if load.sources else ""
        self.path = urlsplit(load.urls[number % len(load.urls)]).path.rstrip("/")
        self.wire: Wire | None = None
        self.begun = self.last = time.perf_counter()
        self.record: Record = {
            **dict.fromkeys(FIELDS),
            "request_id": f"{load.label}-{number:06}",
            "mode": load.mode,
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "wait_requested": load.wait,
            "batch_size": load.batch_size,
            "hardware": load.hardware,
            "success": False,
        }

    async def play(self) -> None:
        """The whole session. Raises FailedError, OSError, EOFError, ValueError."""
        self.wire = wire = await Wire.open(self.place, self.source)
        if self.load.mode == "ws":
            await wire.upgrade(f"{self.path}/ws")
        self.passed("connect", "reset")
        await self.ask(wire, "reset", {}, last=False)
        self.passed("reset", "step")
        told = await self.ask(wire, "step", {"wait_seconds": self.load.wait}, last=True)
        self.passed("step", "leave")
        self.record["total_latency"] = round(self.last - self.begun, 6)
        self.record.update({name: told.get(name) for name in _TOLD}, success=True)

    async def ask(self, wire: Wire, what: str, data: Record, *, last: bool) -> Record:
        """The observation that the environment answers with."""
        if self.load.mode == "ws":
            answer = (await wire.exchange({"type": what, "data": data})).get("data")
        else:
            body = {"action": data} if data else data
            answer = await wire.post(f"{self.path}/{what}", body, last=last)
        observation = answer.get("observation") if isinstance(answer, dict) else None
        if not isinstance(observation, dict):
            raise FailedError("no-observation", f"the answer to {what} has no observation")
        return observation

    def passed(self, stage: str, following: str) -> None:
        """Note how long a stage took."""
        now = time.perf_counter()
        self.record[f"{stage}_latency"] = round(now - self.last, 6)
        self.last, self.stage = now, following

    def fail(self, kind: str, reason: str) -> None:
        """Note how it failed."""
        self.record.update(error_type=kind, error_message=reason[:200])

    async def leave(self) -> None:
        """Let the server close the connection: whoever does keeps its port for a minute."""
        if self.wire and self.record["success"]:
            await self.wire.leave(is_websocket=self.load.mode == "ws")
        elif self.wire:
            self.wire.writer.transport.abort()


class Wire:
    """A connection, and the HTTP and WebSocket that a session needs of it."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str
    ) -> None:
        self.reader, self.writer, self.host = reader, writer, host

    @classmethod
    async def open(cls, place: Place, source: str) -> Wire:
        """Connect to an address, from an address of this node. Raises OSError."""
        plug = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            plug.setblocking(False)
            if source:  # with this option a port is taken for the pair of addresses, not for one
                plug.setsockopt(socket.IPPROTO_IP, _BIND_ADDRESS_NO_PORT, 1)
                plug.bind((source, 0))
            await asyncio.get_running_loop().sock_connect(plug, place)
            return cls(*await asyncio.open_connection(sock=plug), f"{place[0]}:{place[1]}")
        except BaseException:
            plug.close()
            raise

    async def request(self, line: str, more: str, body: bytes = b"") -> tuple[int, dict[str, str]]:
        """Send a request; the status and the headers of its answer."""
        self.writer.write(f"{line} HTTP/1.1\r\nHost: {self.host}\r\n{more}\r\n".encode() + body)
        first, *lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = (each.partition(":") for each in lines if each)
        return int(first.split(" ")[1]), {name.lower(): value.strip() for name, _, value in pairs}

    async def post(self, path: str, data: Record, *, last: bool) -> Any:
        """What the answer's JSON says. Raises FailedError for any status but 200."""
        body = json.dumps(data).encode()
        more = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        more += "Connection: close\r\n" if last else ""
        status, headers = await self.request(f"POST {path}", more, body)
        text = await self.body(headers)
        if status != 200:
            raise FailedError(f"HTTP {status}", text[:120].decode(errors="replace"))
        return json.loads(text)

    async def body(self, headers: dict[str, str]) -> bytes:
        """The body of an answer with these headers."""
        if "content-length" in headers:
            return await self.reader.readexactly(int(headers["content-length"]))
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return await self.reader.read()
        whole = b""
        while size := int((await self.reader.readline()).partition(b";")[0], 16):
            whole += (await self.reader.readexactly(size + 2))[:-2]
        await self.reader.readline()
        return whole

    async def upgrade(self, path: str) -> None:
        """Make a WebSocket of it. Raises FailedError where the server will not."""
        key = base64.b64encode(os.urandom(16))
        more = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        more += f"Sec-WebSocket-Key: {key.decode()}\r\n"
        status, headers = await self.request(f"GET {path}", more)
        accepted = base64.b64encode(hashlib.sha1(key + _ACCEPT).digest()).decode()  # noqa: S324
        if status != 101:
            raise FailedError(f"HTTP {status}", "the server makes no WebSocket of the connection")
        if headers.get("sec-websocket-accept") != accepted:
            raise FailedError("no-websocket", "who answered does not speak WebSocket")

    async def exchange(self, message: Record) -> Record:
        """What the server answers to a message. Raises FailedError for an error of its own."""
        self.writer.write(frame(_TEXT, json.dumps(message).encode()))
        answer = json.loads(await self.text())
        if answer.get("type") == "error":
            data = answer.get("data") or {}
            raise FailedError(str(data.get("code", "error")), str(data.get("message", answer)))
        return dict(answer)

    async def text(self) -> bytes:
        """The next message, however many frames it has; pings are answered."""
        whole = b""
        while True:
            first, second = await self.reader.readexactly(2)
            length = second & 127
            if length > 125:
                size = await self.reader.readexactly(2 if length == 126 else 8)
                length = int.from_bytes(size, "big")
            piece, kind = await self.reader.readexactly(length), first & 15
            if kind == _CLOSE:
                code = int.from_bytes(piece[:2], "big") if piece else 1005
                raise FailedError(f"closed {code}", f"the server left: {piece[2:].decode()}")
            if kind == _PING:
                self.writer.write(frame(_PONG, piece))
            elif kind != _PONG:
                whole += piece
                if first & 128:
                    return whole

    async def leave(self, *, is_websocket: bool) -> None:
        """Say so, and wait a little while for the server to close the connection."""
        timer = asyncio.get_running_loop().call_later(_LEAVING, self.writer.transport.abort)
        try:
            if is_websocket:
                close = json.dumps({"type": "close"}).encode()
                self.writer.write(frame(_TEXT, close) + frame(_CLOSE, b"\x03\xe8"))
            await self.reader.read()
        except OSError:
            pass  # it is over in any case
        finally:
            timer.cancel()
            self.writer.close()


def frame(kind: int, data: bytes) -> bytes:
    """A whole WebSocket frame, masked as a client's must be; its data is below 64 KiB."""
    size = len(data)
    length = bytes([128 | size]) if size < 126 else bytes([254]) + size.to_bytes(2, "big")
    mask = os.urandom(4)
    key = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
    masked = (int.from_bytes(data, "big") ^ key).to_bytes(size, "big")
    return bytes([128 | kind]) + length + mask + masked


class Driver:
    """The driver of this process, whose share of any load is at most `most` sessions.

    It has as many files open as it may. Where one address of this node has too few ports for its
    share, it connects from every address of which the target takes a connection.
    """

    def __init__(self, urls: Sequence[str], most: int) -> None:
        targets = sorted(set(places(urls)))
        self.files, own = _raise_open_files(), _ports() * len(targets)
        self.sources = _sources(targets[0]) if most > own else ()
        self.ports = own * max(1, len(self.sources))

    @property
    def capacity(self) -> int:
        """The sessions that it can have at once."""
        return min(self.files, self.ports)

    @property
    def limits(self) -> str:
        """What its capacity comes from, in words."""
        addresses = max(1, len(self.sources))
        said = f"open files for {self.files} sessions, and ports for {self.ports}"
        return f"{said}, from {addresses} address{'es' * (addresses > 1)}"

    async def fire(self, load: Load) -> tuple[list[Record], float]:
        """Begin every session of a load at once, as `fire` does."""
        return await fire(replace(load, sources=self.sources))


def _raise_open_files() -> int:
    """Let this process open as many files as it may; how many sessions that is enough for."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return (2**31 if hard == resource.RLIM_INFINITY else hard) - _SPARE_FILES


def _ports() -> int:
    """The ports that connections from one address to one other may have."""
    low, high = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
    return int(high) - int(low) + 1


def _sources(place: Place) -> tuple[str, ...]:
    """Those of this node's addresses from which `place` takes a connection."""
    return tuple(each for each in _own_addresses() if _reaches(each, place))


def _own_addresses() -> list[str]:
    """This node's IPv4 addresses, without the loopback's, as the kernel's routes have them."""
    address, found = "", set()
    for line in Path("/proc/net/fib_trie").read_text().splitlines():
        if "|--" in line:
            address = line.split()[-1]
        elif "/32 host LOCAL" in line and not address.startswith("127."):
            found.add(address)
    return sorted(found)


def _reaches(source: str, place: Place) -> bool:
    try:
        socket.create_connection(place, timeout=1, source_address=(source, 0)).close()
    except OSError:
        return False
    return True
