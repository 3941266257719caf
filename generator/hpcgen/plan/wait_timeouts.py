"""How long what needs a service waits for it: as long as that service may take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hpcgen.kinds.offer import ServiceOffer
from hpcgen.model.entry import Entry, Service
from hpcgen.resolve.names import services_to_await, waits_for
from hpcgen.text.values import Value

_SLACK = 60
"""Seconds that a service which has started may take beyond its own readiness timeout."""


def patience(services: Iterable[Service], offers: Mapping[str, ServiceOffer]) -> dict[str, int]:
    """Seconds from a service's start until it is ready at most, by name.

    `services` are in their start order: each after those that it waits for itself.
    """
    seconds: dict[str, int] = {}
    for service in services:
        alone = service.readiness.timeout + offers[service.name].preparation
        seconds[service.name] = alone + _longest(waits_for(service), seconds)
    return seconds


def wait_timeout(entry: Entry, seconds: Mapping[str, int], outside: int = 0) -> dict[str, Value]:
    """The value WAIT_TIMEOUT of an entry that waits for others; none where it waits for none.

    `outside` are the seconds that a server outside of the recipe may take.
    """
    longest = max(_longest(services_to_await(entry), seconds), outside)
    return {"WAIT_TIMEOUT": longest} if longest else {}


def _longest(names: Iterable[str], seconds: Mapping[str, int]) -> int:
    return max((seconds[name] + _SLACK for name in names), default=0)
