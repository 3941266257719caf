"""chroma-benchmark: insert vectors into a Chroma server, and query it."""

from __future__ import annotations

from hpcgen.kinds.bundled_programs import measurement
from hpcgen.kinds.offer import ClientOffer
from hpcgen.model.entry import Client

_OPTIONS = (
    *("vectors", "dimension", "batch_size", "queries", "top_k", "concurrency"),
    *("collection", "seed"),
)


def offer(client: Client) -> ClientOffer:
    """What `benchmark.py` beside this file measures."""
    return measurement(client, _OPTIONS)
