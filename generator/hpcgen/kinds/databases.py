"""The offer that all SQL servers share: a database, and a user who owns it."""

from __future__ import annotations

from collections.abc import Iterable

from hpcgen.kinds.bundled_programs import program
from hpcgen.kinds.offer import ServiceOffer
from hpcgen.kinds.passwords import password
from hpcgen.model.entry import Service
from hpcgen.model.references import Reference


def database_server(
    service: Service, title: str, port: int, options: Iterable[str]
) -> ServiceOffer:
    """A server on one port, whose serve.sh makes the data at the first start.

    Its arguments are the database, its user, the address, the port, and then `options`.
    """
    database, user = service.settings["database"], service.settings["user"]
    return ServiceOffer(
        title=title,
        usual_port=port,
        proof="it lets its user in with the password, and answers a query",
        command=(
            *("bash", "/bundle/serve.sh", database, user),
            Reference("host", service.name, service.origin),
            Reference("port", "port", service.origin),
            *options,
        ),
        files={**program(service.kind, "serve.sh"), **_init_sql(service)},
        directories=frozenset({"data"}),
        keeps_data=service.settings["keep_data"],
        writes_tmp=True,
        secrets=(password(service, file=True),),
        connection={"user": user, "database": database},
    )


def _init_sql(service: Service) -> dict[str, str]:
    text = service.settings.get("init_sql")
    return {"init.sql": text.rstrip("\n") + "\n"} if text else {}
