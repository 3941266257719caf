"""The load driver of openenv-scaling: sessions with an OpenEnv server, all begun at once.

A session is what an agent does: it connects, resets its environment, takes one step in which the
server waits, and leaves. Over WebSocket (/ws) it is one connection, over HTTP the requests /reset
and /step of one. Several such programs share a load: see drivers.py.
"""

from __future__ import annotations

import asyncio
import resource
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from wire import FailedError, Place, Wire

FIELDS = (
    *("request_id", "mode", "timestamp", "wait_requested", "batch_size", "hardware"),
    *("connect_latency", "reset_latency", "step_latency", "total_latency", "waited_seconds"),
    *("pid", "session_hash", "host_url", "success", "error_type", "error_message"),
)
"""What is told of each session, a line of raw.jsonl; latencies are seconds."""

_OF_ANSWERS = ("waited_seconds", "pid", "session_hash", "host_url")
_SPARE_FILES = 64

Record = dict[str, Any]


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
        answer = await self.ask(wire, "step", {"wait_seconds": self.load.wait}, last=True)
        self.passed("step", "leave")
        self.record["total_latency"] = round(self.last - self.begun, 6)
        self.record.update({name: answer.get(name) for name in _OF_ANSWERS}, success=True)

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


class Driver:
    """The driver of this process, whose share of any load is at most `most` sessions.

    It has as many files open as it may. Where one address of this node has too few ports for its
    share, it connects from every address of which the target takes a connection.
    """

    def __init__(self, urls: Sequence[str], most: int) -> None:
        targets = sorted(set(places(urls)))
        self.files, ports = _raise_open_files(), _ports() * len(targets)
        self.sources = _sources(targets[0]) if most > ports else ()
        self.ports = ports * max(1, len(self.sources))

    @property
    def capacity(self) -> int:
        """The sessions that it can have at once."""
        return min(self.files, self.ports)

    @property
    def limits(self) -> str:
        """What its capacity comes from, in words."""
        addresses = max(1, len(self.sources))
        room = f"open files for {self.files} sessions, and ports for {self.ports}"
        return f"{room}, from {addresses} address{'es' * (addresses > 1)}"

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
    return tuple(address for address in _own_addresses() if _reaches(address, place))


def _own_addresses() -> list[str]:
    """This node's IPv4 addresses, without the loopback's, as the kernel's routes have them."""
    address, addresses = "", set()
    for line in Path("/proc/net/fib_trie").read_text().splitlines():
        if "|--" in line:
            address = line.split()[-1]
        elif "/32 host LOCAL" in line and not address.startswith("127."):
            addresses.add(address)
    return sorted(addresses)


def _reaches(source: str, place: Place) -> bool:
    try:
        socket.create_connection(place, timeout=1, source_address=(source, 0)).close()
    except OSError:
        return False
    return True
