"""postgres: a PostgreSQL server with a database, and the user who owns it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hpcgen.kinds.databases import database_server
from hpcgen.kinds.offer import ServiceOffer
from hpcgen.model.entry import Service

_SIZES = ("shared_buffers", "max_connections")


def offer(service: Service) -> ServiceOffer:
    """Its data lies in /data/postgres."""
    return replace(
        database_server(service, "a PostgreSQL server", 5432, _sizes(service)),
        scheme="postgresql",
        variables=("PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGPASSWORD", "DATABASE_URL"),
    )


def _sizes(service: Service) -> Iterator[str]:
    for name in _SIZES:
        if name in service.settings:
            yield from ("-c", f"{name}={service.settings[name]}")
