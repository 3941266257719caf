"""A session's connection: HTTP and WebSocket (RFC 6455) as a client of short texts needs them.

It is all here, so that any image with Python 3.9 serves.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import socket
from typing import Any

_ACCEPT = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10
_BIND_ADDRESS_NO_PORT = 24  # Linux's IP_BIND_ADDRESS_NO_PORT, which Python 3.9 has no name for
_LEAVING = 5

Message = dict[str, Any]
Place = tuple[str, int]


class FailedError(Exception):
    """A session has failed: `kind` says how, in a word or as the server's own code."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


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
        pairs = (line.partition(":") for line in lines if line)
        return int(first.split(" ")[1]), {name.lower(): value.strip() for name, _, value in pairs}

    async def post(self, path: str, data: Message, *, last: bool) -> Any:
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
        body = b""
        while size := int((await self.reader.readline()).partition(b";")[0], 16):
            body += (await self.reader.readexactly(size + 2))[:-2]
        await self.reader.readline()
        return body

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

    async def exchange(self, message: Message) -> Message:
        """What the server answers to a message. Raises FailedError for an error of its own."""
        self.writer.write(frame(_TEXT, json.dumps(message).encode()))
        answer = json.loads(await self.text())
        if answer.get("type") == "error":
            data = answer.get("data") or {}
            raise FailedError(str(data.get("code", "error")), str(data.get("message", answer)))
        return dict(answer)

    async def text(self) -> bytes:
        """The next message, however many frames it has; pings are answered."""
        message = b""
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
                message += piece
                if first & 128:
                    return message

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
