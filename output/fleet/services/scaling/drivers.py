"""Several load drivers as one: each fires its share of a load, and all begin at one word.

The first node's program opens a port, and leaves its address with a token in the results directory,
which the run directory's owner alone can read. Started as a program, this file is a driver that
goes there, fires what it is told to, and ends when the connection does.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from measuring import RESULT, end_in_order, fail, say
from sessions import Driver, Load, Record

MEETING = RESULT.with_name(".drivers.json")
PATIENCE = 120
"""Seconds in which all drivers must have come."""

_LONGEST = 2**30
_POLL = 0.2


class LostError(Exception):
    """A driver has gone away, or has not come."""


class Fleet:
    """`count` drivers that have come; as a context manager, it lets them go at its end."""

    def __init__(self, count: int, urls: Sequence[str], most: int) -> None:
        self.count, self.urls, self.most = count, urls, -(-most // count)
        self.token = secrets.token_hex(16)
        self.drivers: list[Remote] = []
        self.are_there = asyncio.Event()

    async def __aenter__(self) -> Fleet:
        """Wait for all of them. Raises LostError."""
        everywhere = "0.0.0.0"  # noqa: S104, the other nodes come to it, and need the token
        self.server = await asyncio.start_server(self._welcome, everywhere, 0, limit=_LONGEST)
        port = self.server.sockets[0].getsockname()[1]
        where = {"host": socket.gethostname(), "port": port, "token": self.token}
        self._announce({**where, "urls": list(self.urls), "most": self.most})
        try:
            await asyncio.wait_for(self.are_there.wait(), PATIENCE)
        except TimeoutError:
            await self.__aexit__()
            come = f"{len(self.drivers)} of {self.count} drivers came in {PATIENCE} s"
            raise LostError(f"only {come}") from None
        finally:
            MEETING.unlink()
        for driver in self.drivers:
            say(f"a driver on {driver.node} has {driver.limits}")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close every connection, which is the drivers' end."""
        for driver in self.drivers:
            driver.writer.close()
        self.server.close()

    @property
    def capacity(self) -> int:
        """The sessions that all have at once, each with the same share."""
        return self.count * min(int(driver.capacity) for driver in self.drivers)

    async def fire(self, load: Load) -> tuple[list[Record], float]:
        """As a driver's `fire`; the seconds are those of the one that took longest."""
        parts = list(zip(self.drivers, shares(load, self.count)))  # noqa: B905, for Python 3.9
        await asyncio.gather(*(driver.tell(asdict(part)) for driver, part in parts))
        answers = await asyncio.gather(*(driver.tell({"go": True}) for driver, _ in parts))
        records = [record for answer in answers for record in answer["records"]]
        return records, max(answer["seconds"] for answer in answers)

    def _announce(self, where: Record) -> None:
        unfinished = MEETING.with_suffix(".new")
        unfinished.touch(mode=0o600)
        unfinished.write_text(json.dumps(where))
        unfinished.replace(MEETING)

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a driver that knows the token; whoever else comes is sent away."""
        try:
            hello = json.loads(await asyncio.wait_for(reader.readline(), 10))
            is_ours = secrets.compare_digest(str(hello["token"]), self.token)
        except (TimeoutError, ValueError, KeyError, TypeError):
            is_ours = False
        if not is_ours or self.are_there.is_set():
            writer.close()
            return
        self.drivers.append(Remote(reader, writer, hello))
        if len(self.drivers) == self.count:
            self.drivers.sort(key=lambda driver: driver.node)
            self.are_there.set()


class Remote:
    """A driver as the first node sees it."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hello: Record
    ) -> None:
        self.reader, self.writer = reader, writer
        self.node, self.capacity, self.limits = hello["node"], hello["capacity"], hello["limits"]

    async def tell(self, order: Record) -> Any:
        """What it answers to a line. Raises LostError."""
        try:
            self.writer.write(json.dumps(order).encode() + b"\n")
            return json.loads(await self.reader.readline())
        except (OSError, ValueError) as problem:
            raise LostError(f"the driver on {self.node} has gone away") from problem


def shares(load: Load, count: int) -> list[Load]:
    """A load in `count` parts, as equal as can be; none is without a session."""
    sizes = [(load.count + count - 1 - number) // count for number in range(count)]
    firsts = [load.first + sum(sizes[:number]) for number in range(count)]
    parts = zip(sizes, firsts)  # noqa: B905, for Python 3.9
    return [replace(load, count=size, first=first) for size, first in parts if size]


async def serve() -> None:
    """Be a driver of the fleet that meets at MEETING, until it ends."""
    where = await _meeting()
    driver = Driver(where["urls"], where["most"])
    reader, writer = await asyncio.open_connection(where["host"], where["port"], limit=_LONGEST)
    hello = {"token": where["token"], "node": socket.gethostname()}
    _answer(writer, {**hello, "capacity": driver.capacity, "limits": driver.limits})
    while line := await reader.readline():
        load = Load(**json.loads(line))
        _answer(writer, {"ready": True})
        if await reader.readline():
            records, seconds = await driver.fire(load)
            _answer(writer, {"records": records, "seconds": seconds})
    writer.close()


def _answer(writer: asyncio.StreamWriter, answer: Record) -> None:
    writer.write(json.dumps(answer).encode() + b"\n")


async def _meeting() -> Record:
    """Where the fleet meets, once that is known."""
    for _ in range(int(PATIENCE / _POLL)):
        if MEETING.exists():
            break
        await asyncio.sleep(_POLL)
    return dict(json.loads(MEETING.read_text()))


if __name__ == "__main__":
    end_in_order()
    try:
        asyncio.run(serve())
    except OSError as problem:
        fail(f"the driver on {socket.gethostname()}: {problem}")
