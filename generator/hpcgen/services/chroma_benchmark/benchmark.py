"""chroma-benchmark: insert random vectors into a new collection of a Chroma server, and query it.

It speaks version 2 of Chroma's HTTP API as Chroma's own Python client does, and needs no package.
"""

from __future__ import annotations

import array
import base64
import http.client
import json
import math
import os
import random
import sys
import time
from argparse import Namespace
from typing import Any

from measuring import Requests, end_in_order, fail, leave, load, options, progress, say
from progress import Progress

_COLLECTIONS = "/api/v2/tenants/default_tenant/databases/default_database/collections"
_NUMBERS = (*("vectors", "dimension", "batch_size", "queries", "top_k", "concurrency", "seed"),)
_TIMEOUT = 60
"""Seconds that one answer may take."""

_DISTINCT = 1000
"""Different queries that are made beforehand; more than that are these over again."""


class RefusedError(Exception):
    """The server answers with a status that is not success."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"status {status}, {reason}")
        self.status = status


class Chroma:
    """One connection to the server that CHROMA_HOST and CHROMA_PORT name."""

    def __init__(self) -> None:
        host, port = os.environ["CHROMA_HOST"], int(os.environ["CHROMA_PORT"])
        self._http = http.client.HTTPConnection(host, port, timeout=_TIMEOUT)
        self._http.connect()

    def ask(self, method: str, path: str, body: bytes | None = None) -> Any:
        """The answer, from JSON. Raises RefusedError, OSError or HTTPException."""
        self._http.request(method, path, body, {"Content-Type": "application/json"})
        answer = self._http.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RefusedError(answer.status, text[:120].decode(errors="replace"))
        return json.loads(text)


class Benchmark:
    """One run against a collection of its own."""

    def __init__(self, arguments: Namespace, progress: Progress) -> None:
        self.arguments, self.progress = arguments, progress
        self.end = time.perf_counter() + (arguments.duration or math.inf)
        self.name = f"{arguments.collection}-{arguments.job_id}"
        self.path = ""

    def run(self) -> dict[str, Any]:
        """The figures; the collection is deleted afterwards, however it went."""
        self.delete()  # what an earlier start of this job has left
        body = json.dumps({"name": self.name, "get_or_create": False})
        created = Chroma().ask("POST", _COLLECTIONS, body.encode())
        self.path = f"{_COLLECTIONS}/{created['id']}"
        try:
            return {"insert": self.insert(), **self.query()}
        finally:
            self.delete()

    def delete(self) -> None:
        """Leave no collection of this job, as far as the server is there."""
        try:
            Chroma().ask("DELETE", f"{_COLLECTIONS}/{self.name}")
        except (RefusedError, OSError, http.client.HTTPException) as problem:
            if getattr(problem, "status", 0) != http.client.NOT_FOUND:
                say(f"the collection {self.name} was not deleted: {problem}")

    def insert(self) -> dict[str, Any]:
        """Batch after batch; the time of the requests counts, not that of making the vectors."""
        vectors, size = self.arguments.vectors, self.arguments.batch_size
        batches = math.ceil(vectors / size)
        inserts = Requests(Chroma, self.batch, self.add)
        report = self.progress.part("insert")
        done = load(inserts, count=batches, workers=1, deadline=self.end, report=report)
        if len(done.latencies) < batches:
            reasons = [reason for reason in (done.broken, *done.errors) if reason]
            why = "; ".join(reasons or ["no time was left"])
            fail(f"{len(done.latencies)} of {batches} batches inserted: {why}")
        done.seconds = sum(done.latencies)
        say(f"{vectors} vectors inserted in {done.seconds:.1f} s")
        return {**done.figures(), "vectors_per_second": round(vectors / done.seconds, 3)}

    def batch(self, number: int) -> bytes:
        """The body of one insertion; vectors travel as Chroma's own client sends them."""
        first = number * self.arguments.batch_size
        ids = range(first, min(first + self.arguments.batch_size, self.arguments.vectors))
        vectors = self.vectors(f"batch {number}", len(ids))
        encoded = [base64.b64encode(_little_endian(vector)).decode() for vector in vectors]
        return json.dumps({"ids": [str(number) for number in ids], "embeddings": encoded}).encode()

    def vectors(self, what: str, count: int) -> list[array.array[float]]:
        """Random vectors, the same ones for the same seed."""
        random_of = random.Random(f"{self.arguments.seed} {what}").random  # noqa: S311 - not secret
        size = self.arguments.dimension
        return [array.array("f", (random_of() for _ in range(size))) for _ in range(count)]

    def add(self, chroma: Chroma, body: bytes) -> None:
        """Insert one batch."""
        chroma.ask("POST", f"{self.path}/add", body)

    def query(self) -> dict[str, Any]:
        """One query after the other, then several at a time; each part has half of what is left."""
        count = None if self.arguments.duration else self.arguments.queries
        bodies = self.questions()
        queries = Requests(Chroma, lambda number: bodies[number % len(bodies)], self.ask)
        middle = (time.perf_counter() + self.end) / 2
        parts = {"query": (1, middle), "concurrent_query": (self.arguments.concurrency, self.end)}
        figures = {}
        for name, (workers, end) in parts.items():
            report = self.progress.part(name)
            done = load(queries, count=count, workers=workers, deadline=end, report=report)
            figures[name] = done.figures()
            say(f"{name}: {figures[name]['requests_per_second']:.1f} a second")
        return figures

    def questions(self) -> list[bytes]:
        """The bodies of queries, made beforehand."""
        count = min(self.arguments.queries, _DISTINCT)
        query = {"n_results": self.arguments.top_k, "include": ["distances"]}
        vectors = self.vectors("queries", count)
        return [
            json.dumps({**query, "query_embeddings": [list(vector)]}).encode() for vector in vectors
        ]

    def ask(self, chroma: Chroma, body: bytes) -> None:
        """Query once. Raises ValueError for an answer with fewer neighbours than there are."""
        (neighbours,) = chroma.ask("POST", f"{self.path}/query", body)["ids"]
        expected = min(self.arguments.top_k, self.arguments.vectors)
        if len(neighbours) != expected:
            raise ValueError(f"{len(neighbours)} neighbours where there are {expected}")


def _little_endian(vector: array.array[float]) -> bytes:
    if sys.byteorder == "big":
        vector.byteswap()
    return vector.tobytes()


def _arguments() -> Namespace:
    parser = options("chroma-benchmark")
    for name in _NUMBERS:
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, required=True)
    parser.add_argument("--collection", required=True)
    return parser.parse_args()


def main() -> None:
    """Measure as the command line says, and leave the result."""
    end_in_order()
    arguments, begun = _arguments(), time.perf_counter()
    with progress(arguments) as run:
        figures = Benchmark(arguments, run).run()
        seconds = round(time.perf_counter() - begun, 3)
        leave(arguments, (*_NUMBERS, "collection"), {"seconds": seconds, **figures}, run)


if __name__ == "__main__":
    main()
