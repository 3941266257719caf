"""postgres: a PostgreSQL server with a database, and the user who owns it."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.credentials import password
from hpcgen.entry import Service
from hpcgen.offer import ServiceOffer
from hpcgen.programs import program
from hpcgen.references import Reference

_SIZES = ("shared_buffers", "max_connections")


def offer(service: Service) -> ServiceOffer:
    """A server on one port, its data made in /data/postgres at the first start."""
    database, user = service.settings["database"], service.settings["user"]
    return ServiceOffer(
        title="a PostgreSQL server",
        usual_port=5432,
        proof="it lets its user in with the password, and answers a query",
        command=(
            *("bash", "/bundle/serve.sh", database, user),
            Reference("host", service.name, service.origin),
            Reference("port", "port", service.origin),
            *_sizes(service),
        ),
        files={**program(service.kind, "serve.sh"), **_init_sql(service)},
        directories=frozenset({"data"}),
        keeps_data=service.settings["keep_data"],
        writes_tmp=True,
        secrets=(password(service, file=True),),
        scheme="postgresql",
        variables=("PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGPASSWORD", "DATABASE_URL"),
        connection={"user": user, "database": database},
    )


def _sizes(service: Service) -> Iterator[str]:
    for name in _SIZES:
        if name in service.settings:
            yield from ("-c", f"{name}={service.settings[name]}")


def _init_sql(service: Service) -> dict[str, str]:
    text = service.settings.get("init_sql")
    return {"init.sql": text.rstrip("\n") + "\n"} if text else {}
