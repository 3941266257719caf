"""A server of this process that speaks OpenEnv's protocol: WebSocket sessions, and plain HTTP."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import itertools
import json
import threading
from collections import Counter
from collections.abc import Sequence
from typing import Any

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def length(size: int) -> bytes:
    """A frame's length, in each of its three forms."""
    if size < 126:
        return bytes([size])
    return b"\x7e" + size.to_bytes(2, "big") if size < 65536 else b"\x7f" + size.to_bytes(8, "big")


class Server:
    """It serves in a thread of its own, as `hosts` in turn, a host for each connection.

    More than `most` sessions at a time are refused, as OpenEnv does: accepted, told, closed.
    `answers` replaces what a step is told; a `fragment` sends each answer in pieces of that size.
    Nothing is told of a step until `awaited` connections have begun, of which `come` are there.
    """

    def __init__(
        self, hosts: Sequence[str] = ("node01:8000",), most: int = 10**9, fragment: int = 0
    ) -> None:
        self.hosts, self.most, self.fragment = itertools.cycle(hosts), most, fragment
        self.open, self.greatest, self.begun = 0, 0, 0
        self.awaited, self.come = 0, 0
        self.step: Any = None
        self.peers: Counter[str] = Counter()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)

    def __enter__(self) -> Server:
        self.thread.start()
        started = asyncio.run_coroutine_threadsafe(self.start(), self.loop)
        self.port = started.result(60)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self.end(), self.loop).result(60)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> int:
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0, backlog=4096)
        return int(self.server.sockets[0].getsockname()[1])

    async def end(self) -> None:
        self.server.close()
        mine = asyncio.current_task()
        left = [task for task in asyncio.all_tasks() if task is not mine]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = next(self.hosts)
        self.open, self.begun, self.come = self.open + 1, self.begun + 1, self.come + 1
        self.greatest = max(self.greatest, self.open)
        self.peers[writer.get_extra_info("peername")[0]] += 1
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                path = head.split(" ")[1]
                if path.endswith("/ws"):
                    await self.websocket(host, head, reader, writer)
                    return
                length = int(head.lower().partition("content-length: ")[2].split("\r\n")[0])
                body = json.loads(await reader.readexactly(length))
                await self.http(writer, path, host, body)
                if "Connection: close" in head:
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open -= 1
            writer.close()

    async def http(self, writer: asyncio.StreamWriter, path: str, host: str, body: Any) -> None:
        if self.open > self.most:
            writer.write(b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nfull")
            return
        what = path.rpartition("/")[2]
        answer = json.dumps(await self.answer(what, host, body.get("action", {}))).encode()
        chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(answer), answer)
        counted = b"Content-Length: %d\r\n\r\n%b" % (len(answer), answer)
        is_reset = what == "reset"
        writer.write(b"HTTP/1.1 200 OK\r\n")
        writer.write(counted if is_reset else b"Transfer-Encoding: chunked\r\n\r\n" + chunked)

    async def websocket(
        self, host: str, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        key = head.partition("Sec-WebSocket-Key: ")[2].split("\r\n")[0].encode()
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest())  # noqa: S324, WebSocket's own
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n")
        writer.write(b"Connection: Upgrade\r\nSec-WebSocket-Accept: %b\r\n\r\n" % accept)
        if self.open > self.most:
            self.send(writer, {"type": "error", "data": {"code": "CAPACITY_REACHED"}})
            writer.write(b"\x88\x02\x03\xe8")
            return
        while (message := await self.message(reader))["type"] != "close":
            writer.write(b"\x89\x01?")  # a ping, which is to be answered before anything else
            assert (await self.frame(reader))[0] == 138
            answer = await self.answer(message["type"], host, message["data"])
            self.send(writer, {"type": "observation", "data": answer})

    def send(self, writer: asyncio.StreamWriter, message: Any) -> None:
        text = json.dumps(message).encode()
        size = self.fragment or len(text)
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        for number, piece in enumerate(pieces):
            first = (0 if number else 1) | (128 if number == len(pieces) - 1 else 0)
            writer.write(bytes([first]) + length(len(piece)) + piece)

    async def message(self, reader: asyncio.StreamReader) -> Any:
        return json.loads((await self.frame(reader))[1])

    async def frame(self, reader: asyncio.StreamReader) -> tuple[int, bytes]:
        first, second = await reader.readexactly(2)
        assert second & 128, "a client masks what it sends"
        length = second & 127
        if length == 126:
            length = int.from_bytes(await reader.readexactly(2), "big")
        mask, data = await reader.readexactly(4), await reader.readexactly(length)
        return first, bytes(byte ^ mask[number % 4] for number, byte in enumerate(data))

    async def answer(self, what: str, host: str, data: Any) -> Any:
        if what == "step":
            assert set(data) == {"wait_seconds"}
            while self.come < self.awaited:
                await asyncio.sleep(0.001)
            await asyncio.sleep(data["wait_seconds"])
            if self.step is not None:
                return self.step
        observation = {"waited_seconds": data.get("wait_seconds", 0.0), "host_url": host}
        session = {"pid": 4242, "session_hash": f"{self.begun:012x}"}
        return {
            "observation": {**observation, **session, "step_count": 1},
            "reward": 0.0,
            "done": False,
        }
