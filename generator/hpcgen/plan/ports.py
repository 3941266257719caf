"""Which ports a service may take: the one it was given, or a short range of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count, islice

from hpcgen.kinds.offer import ServiceOffer
from hpcgen.model.entry import Service
from hpcgen.model.fleet import Fleet

_TRIES = 5


def meeting(service: str) -> str:
    """The name under which the ports are planned at which a service's nodes meet."""
    return f"{service}/members"


PortRequest = tuple[str, int | None, int]
"""Whose ports they are, the one that it was given, and the usual one."""


def plan_ports(
    services: Sequence[Service],
    offers: Mapping[str, ServiceOffer],
    sidecars: Sequence[PortRequest] = (),
) -> dict[str, tuple[str, ...]]:
    """Ports by service, in order of preference; no two ranges of a recipe overlap.

    `sidecars` are those of exporters. A service's further ports are taken as they stand, and ranges
    leave them out. Where replicas share a node, each port is the first replica's, and the next ones
    are the others'; of their exporters each takes the first that is free.
    """
    every = [*_requests(services, offers), *sidecars]
    fleets = {service.name: service.fleet for service in services if service.fleet}
    widths = {name: _width(name, fleets) for name, _, _ in every}
    taken = {p for name, port, _ in every if port for p in range(port, port + widths[name])}
    further = {port for service in services for port in service.ports.values()}
    first: dict[int, int] = {}  # by usual port: where to look, nothing below it being free
    planned: dict[str, tuple[str, ...]] = {}
    for name, port, usual in every:
        if port:
            planned[name] = (str(port),)
            continue
        skipped = further if widths[name] == 1 else set()  # replicas need theirs in a row
        start, most = first.get(usual, usual), _TRIES * widths[name]
        ports = _free_range(start, taken | further, skipped, most)
        taken |= {*ports}
        first[usual] = ports[-1] + 1
        first_ports = ports[:: widths[name]] if name in fleets else ports
        planned[name] = tuple(str(number) for number in first_ports)
    return planned


def _width(name: str, fleets: Mapping[str, Fleet]) -> int:
    """How many of them a node may have: replicas, or what runs beside those of one job."""
    fleet = fleets.get(name.partition(".")[0])
    if fleet is None:
        return 1
    return fleet.slots if name in fleets else fleet.per_node


def _requests(
    services: Sequence[Service], offers: Mapping[str, ServiceOffer]
) -> Iterator[PortRequest]:
    """For each service, and each meeting of its nodes: name, the port it was given, the usual."""
    for service in services:
        offer = offers[service.name]
        yield service.name, service.port, offer.usual_port
        if offer.members:
            yield meeting(service.name), None, offer.members.usual_port


def _free_range(start: int, taken: set[int], skipped: set[int], size: int) -> list[int]:
    """The first ports in a row, but for `skipped` ones among them, that nothing has."""
    row = (port for port in count(start) if port not in skipped)
    ports = list(islice(row, size))
    while not taken.isdisjoint(ports):
        ports = [*ports[1:], next(row)]
    return ports
