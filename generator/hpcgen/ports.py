"""Which ports a service may take: the one it was given, or a short range of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hpcgen.offer import ServiceOffer
from hpcgen.recipe import Service

_TRIES = 5


def plan_ports(
    services: Sequence[Service], offers: Mapping[str, ServiceOffer]
) -> dict[str, tuple[str, ...]]:
    """Ports by service, in order of preference; no two ranges of a recipe overlap."""
    taken = {service.port for service in services if service.port}
    first: dict[int, int] = {}  # by usual port: where to look, nothing below it being free
    planned: dict[str, tuple[str, ...]] = {}
    for service in services:
        if service.port:
            planned[service.name] = (str(service.port),)
            continue
        usual = offers[service.name].usual_port
        ports = _free_range(first.get(usual, usual), taken)
        taken |= set(ports)
        first[usual] = ports.stop
        planned[service.name] = tuple(str(port) for port in ports)
    return planned


def _free_range(start: int, taken: set[int]) -> range:
    while not taken.isdisjoint(range(start, start + _TRIES)):
        start += 1
    return range(start, start + _TRIES)
