"""A scaling experiment while it runs: a pre-flight, the points of a grid, the search beyond it.

It runs in the image of a client, with nothing but Python 3.9 or later and its standard library.
"""

from __future__ import annotations

import asyncio
import csv
import itertools
import json
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import grid
from measuring import RESULT, fail, say
from progress import Progress
from sessions import FIELDS, Load, Record

_PREFLIGHT_WAIT = 0.1


class Firing(Protocol):
    """What fires loads: the driver of this process, or several on several nodes."""

    @property
    def capacity(self) -> int:
        """The sessions that there can be at once."""

    async def fire(self, load: Load) -> tuple[list[Record], float]:
        """What became of each session of a load, and the seconds until the last ended."""


@dataclass
class Run:
    """An experiment while it runs: what has been measured, and what is to be said of it.

    `wrong` is why the run as a whole proves nothing; then no further point is begun.
    """

    options: Namespace
    urls: Sequence[str]
    topology: dict[str, Any]
    progress: Progress
    begun: datetime = field(default_factory=lambda: datetime.now(UTC))
    points: list[dict[str, Any]] = field(default_factory=list)
    preflight: dict[str, Any] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    wrong: str = ""
    complete: bool = True

    def __post_init__(self) -> None:
        self.deadline = time.monotonic() + (self.options.duration or float("inf"))
        several = 2 if self.topology["workers"] > 1 else 1
        self.required = self.options.require_hosts or several
        for name, fields in (("raw.jsonl", None), ("summary.csv", grid.FIELDS)):
            RESULT.with_name(name).write_text(",".join(fields) + "\n" if fields else "")

    def load(self, mode: str, requests: int, wait: float, label: str) -> Load:
        """The sessions of one point."""
        options = self.options
        return Load(
            *(label, mode, self.urls, requests, requests, 0, wait),
            *(options.timeout, options.hardware),
        )

    async def check(self, driver: Firing) -> None:
        """The pre-flight: a small load reaches every worker, or nothing starts.

        Where the recipe says `require_hosts`, it is to reach that many hosts.
        """
        required_hosts = self.options.require_hosts or self.topology["workers"]
        count, mode = max(self.options.preflight, required_hosts), modes(self.options)[0]
        records, _ = await driver.fire(self.load(mode, count, _PREFLIGHT_WAIT, "preflight"))
        hosts, why = grid.hosts(records), grid.errors(records)
        self.preflight = {"requests": count, "succeeded": sum(hosts.values()), "hosts": hosts}
        say(f"pre-flight: {self.preflight['succeeded']} of {count} sessions, hosts: {hosts}")
        if self.preflight["succeeded"] < self.options.success * count:
            fail(f"the pre-flight failed: {self.preflight['succeeded']} of {count}, {why}")
        if len(hosts) < required_hosts:
            fail(f"the pre-flight reached {len(hosts)} hosts of {required_hosts}: {[*hosts]}")

    async def measure(self, driver: Firing) -> None:
        """The whole grid, and for each mode and wait the search beyond it."""
        for mode, wait in itertools.product(modes(self.options), self.options.wait):
            rates: dict[int, float] = {}
            for requests in self._loads(rates, driver.capacity):
                rates[requests] = await self._repeat(driver, mode, requests, wait)
                if self.wrong or not self.complete:
                    return

    def _loads(self, rates: dict[int, float], capacity: int) -> Iterator[int]:
        """The grid's loads, and those that the search asks for as `rates` come."""
        yield from self.options.requests
        options = self.options
        search = grid.Search(options.until, options.search or 0, options.precision)
        while options.search and (load := grid.next_load(rates, options.success, search)):
            if load > capacity:
                self.remark(f"the search ends at {max(rates)}: the drivers hold {capacity}")
                return
            yield load

    async def _repeat(self, driver: Firing, mode: str, requests: int, wait: float) -> float:
        """The share of sessions that succeeded in all repetitions of a point."""
        good = 0
        for repetition in range(1, self.options.repetitions + 1):
            if time.monotonic() >= self.deadline:
                self.complete = False
                self.remark(f"the duration was over before {mode} {requests} x {wait:g} s")
                return 0.0
            await asyncio.sleep(self.options.pause if self.points else 0)
            load = self.load(mode, requests, wait, f"{mode}-{requests}-{wait:g}-{repetition}")
            good += self.note(load, repetition, *await driver.fire(load))
            if self.wrong:
                break
        return good / (requests * int(self.options.repetitions))

    def note(self, load: Load, repetition: int, records: list[Record], seconds: float) -> int:
        """Keep a point; the sessions that succeeded."""
        row = {
            **{"mode": load.mode, "url": " ".join(load.urls), "num_requests": load.count},
            **{"batch_size": load.batch_size, "wait_seconds": load.wait, "repetition": repetition},
            **{"timestamp": records[0]["timestamp"], "hardware": load.hardware},
            **grid.figures(records, load.wait, seconds),
        }
        hosts, why = grid.hosts(records), grid.errors(records)
        _append(row, records)
        counted = self.progress.part(f"{load.mode}-{load.count}-{load.wait:g}")
        for record in records:
            counted(record["total_latency"] or 0.0, record["error_type"] or "")
        good, unique = int(row["successful"]), len(hosts)
        is_valid = unique >= self.required or good < self.required
        self.points.append({**row, "valid": is_valid, "hosts": hosts, "errors": why})
        say(
            f"{load.mode} {load.count} x {load.wait:g} s: {good} succeeded, {unique} hosts,"
            f" {row['total_wall_time']:.1f} s, {row['requests_per_second']:g}/s {why or ''}"
        )
        if not is_valid:
            self.wrong = f"{good} sessions reached {unique} of {self.required} hosts: {[*hosts]}"
        elif unique < min(good, self.options.expected_hosts):
            self.remark(f"{load.count} sessions reached {unique} of {self.options.expected_hosts}")
        return good

    def remark(self, text: str) -> None:
        """Something that a reader of the result must know."""
        self.remarks.append(text)
        say(f"WARNING: {text}")

    def result(self) -> dict[str, Any]:
        """What result.json says beside who measured what."""
        return {
            "topology": self.topology,
            "started": self.begun.isoformat(timespec="seconds"),
            "ended": datetime.now(UTC).isoformat(timespec="seconds"),
            "valid": not self.wrong,
            "complete": self.complete and not self.wrong,
            "remarks": [*self.remarks, *([self.wrong] if self.wrong else [])],
            "preflight": self.preflight,
            "ceilings": [*self._ceilings()],
            "points": self.points,
        }

    def _ceilings(self) -> Iterator[dict[str, Any]]:
        """For each mode and wait, the greatest load that is held over all its repetitions."""
        for mode, wait in itertools.product(modes(self.options), self.options.wait):
            mine = [p for p in self.points if p["mode"] == mode and p["wait_seconds"] == wait]
            loads = {point["num_requests"]: [0, 0] for point in mine}
            for point in mine:
                loads[point["num_requests"]][0] += point["successful"]
                loads[point["num_requests"]][1] += point["num_requests"]
            rates = {load: good / count for load, (good, count) in loads.items()}
            best = grid.held(rates, self.options.success)
            yield {"mode": mode, "wait_seconds": wait, "sessions": best}


def modes(options: Namespace) -> list[str]:
    """The modes to measure, one after the other."""
    return ["ws", "http"] if options.mode == "both" else [options.mode]


def _append(row: dict[str, Any], records: Sequence[Record]) -> None:
    """A point's lines of raw.jsonl and summary.csv, on the disk before the next one begins."""
    with RESULT.with_name("raw.jsonl").open("a", encoding="utf-8") as raw:
        lines = (json.dumps({name: record[name] for name in FIELDS}) for record in records)
        raw.writelines(f"{line}\n" for line in lines)
    with RESULT.with_name("summary.csv").open("a", encoding="utf-8", newline="") as summary:
        csv.DictWriter(summary, grid.FIELDS, lineterminator="\n").writerow(row)
