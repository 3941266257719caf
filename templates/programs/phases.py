"""Phases of a load, and when each request of a phase is due.

It runs in the image of a client, with nothing but Python 3.9 or later and its standard library.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

_SHAPES = ("constant", "ramp", "spike")


@dataclass(frozen=True)
class Phase:
    """`duration` seconds at `rate` requests a second; with rate 0, of `clients` that wait."""

    name: str
    duration: float
    clients: int
    rate: float = 0.0
    shape: str = "constant"
    base: float = 0.0

    @property
    def segments(self) -> tuple[tuple[float, float, float], ...]:
        """Seconds, and the level at their begin and end: requests a second, or clients."""
        top, third = self.rate or float(self.clients), self.duration / 3
        if self.shape == "ramp":
            return ((self.duration, self.base, top),)
        if self.shape == "spike":
            return ((third, self.base, self.base), (third, top, top), (third, self.base, self.base))
        return ((self.duration, top, top),)

    def level(self, seconds: float) -> float:
        """Requests a second, or clients, `seconds` after its begin."""
        for length, first, last in self.segments:
            if seconds < length:
                return first + (last - first) * seconds / length
            seconds -= length
        return 0.0

    def due(self) -> Iterator[float]:
        """Seconds after its begin at which each request is due: where the rate's area is whole."""
        begin, area = 0.0, 0.0
        number = 0
        for length, first, last in self.segments:
            grown = (first + last) / 2 * length
            while (rest := number - area) < grown - 1e-9:
                yield begin + _reached(rest, first, (last - first) / length)
                number += 1
            begin, area = begin + length, area + grown


def _reached(area: float, level: float, slope: float) -> float:
    """When the area below level + slope t is `area`: the root, in its form for slope 0 too."""
    if area <= 0:
        return 0.0
    return 2 * area / (level + math.sqrt(max(0.0, level * level + 2 * slope * area)))


def phase(text: str) -> Phase:
    """A phase of `name=NAME,duration=SECONDS,clients=N[,rate=N][,shape=SHAPE][,from=N]`.

    Raises ValueError where it is none.
    """
    words = dict(pair.split("=", 1) for pair in text.split(","))
    made = Phase(
        name=words.pop("name"),
        duration=float(words.pop("duration")),
        clients=int(words.pop("clients")),
        rate=float(words.pop("rate", 0)),
        shape=words.pop("shape", "constant"),
        base=float(words.pop("from", 0)),
    )
    if words or made.shape not in _SHAPES:
        raise ValueError(f"no phase: {text}")
    return made
