"""Collections, each a file, which is replaced whole before a write is acknowledged."""

from __future__ import annotations

import json
import math
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

Vector = list[float]


class Store:
    """What the directory `place` holds; its methods raise KeyError where a collection is absent."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.lock = threading.Lock()
        place.mkdir(parents=True, exist_ok=True)
        self.collections: dict[str, dict[str, Any]] = {
            file.stem: json.loads(file.read_text()) for file in place.glob("*.json")
        }

    def create(self, name: str, vectors: dict[str, Any]) -> bool:
        """Whether there was none of that name."""
        if name in self.collections:
            return False
        self.collections[name] = {"vectors": vectors, "points": {}}
        self._keep(name)
        return True

    def delete(self, name: str) -> bool:
        """Whether there was one."""
        (self.place / f"{name}.json").unlink(missing_ok=True)
        return self.collections.pop(name, None) is not None

    def upsert(self, name: str, points: list[dict[str, Any]]) -> None:
        """Keep points, in place of those of the same id. Raises ValueError for a wrong size."""
        collection = self.collections[name]
        size = collection["vectors"]["size"]
        for point in points:
            if len(point["vector"]) != size:
                raise ValueError(f"expected dim: {size}, got {len(point['vector'])}")
        collection["points"] |= {str(point["id"]): point for point in points}
        self._keep(name)

    def nearest(self, name: str, vector: Vector, limit: int) -> list[dict[str, Any]]:
        """The points most like `vector`, the best first."""
        collection = self.collections[name]
        measure = _MEASURES[collection["vectors"]["distance"]]
        scored = [
            {"id": point["id"], "version": 0, "score": measure(point["vector"], vector),
             "payload": point.get("payload")}
            for point in collection["points"].values()
        ]  # fmt: skip
        best_first = collection["vectors"]["distance"] in ("Cosine", "Dot")
        return sorted(scored, key=lambda point: point["score"], reverse=best_first)[:limit]

    def _keep(self, name: str) -> None:
        with self.lock:
            part = self.place / f"{name}.part"
            with part.open("w") as file:
                json.dump(self.collections[name], file)
                file.flush()
                os.fsync(file.fileno())
            part.rename(self.place / f"{name}.json")


def _dot(one: Vector, other: Vector) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def _cosine(one: Vector, other: Vector) -> float:
    return _dot(one, other) / ((math.hypot(*one) * math.hypot(*other)) or 1)


def _manhattan(one: Vector, other: Vector) -> float:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


_MEASURES: dict[str, Callable[[Vector, Vector], float]] = {
    "Cosine": _cosine,
    "Dot": _dot,
    "Euclid": math.dist,
    "Manhattan": _manhattan,
}
