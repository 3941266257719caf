"""postgres: a PostgreSQL server with a database, and the user who owns it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hpcgen.kinds.databases import database_server
from hpcgen.kinds.offer import ConnectionScript, ServiceOffer
from hpcgen.model.entry import Service

_SIZES = ("shared_buffers", "max_connections")

CONNECTION = ConnectionScript(
    exports=("PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGPASSWORD", "DATABASE_URL"),
    reads=("host", "port", "secret", "user", "database"),
)


def offer(service: Service) -> ServiceOffer:
    """Its data lies in /data/postgres."""
    return replace(
        database_server(service, "a PostgreSQL server", 5432, _sizes(service)),
        scheme="postgresql",
        variables=CONNECTION.exports,
        needs_container=True,
    )


def _sizes(service: Service) -> Iterator[str]:
    for name in _SIZES:
        if name in service.settings:
            yield from ("-c", f"{name}={service.settings[name]}")
