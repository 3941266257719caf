"""mysql: a MySQL server with a database, and a user who may do everything in it."""

from __future__ import annotations

from collections.abc import Iterator

from hpcgen.credentials import password
from hpcgen.entry import Service
from hpcgen.offer import ServiceOffer
from hpcgen.programs import program
from hpcgen.references import Reference
from hpcgen.scraping import Exporter
from hpcgen.shell import Bash

_SIZES = ("innodb_buffer_pool_size", "max_connections")


def offer(service: Service) -> ServiceOffer:
    """A server on one port, its data made in /data/mysql at the first start."""
    database, user = service.settings["database"], service.settings["user"]
    return ServiceOffer(
        title="a MySQL server",
        usual_port=3306,
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
        scheme="mysql",
        variables=(
            *("MYSQL_HOST", "MYSQL_TCP_PORT", "MYSQL_USER", "MYSQL_PWD", "MYSQL_DATABASE"),
            "DATABASE_URL",
        ),
        connection={"user": user, "database": database},
        exporters=(_exporter(user),),
    )


def _exporter(user: str) -> Exporter:
    """What the server's variables say. The user may see nothing else of it."""
    return Exporter(
        name="mysqld",
        title="what MySQL tells of itself",
        image="prom/mysqld-exporter:v0.17.2",
        usual_port=9104,
        command=(
            "mysqld_exporter",
            Bash('--web.listen-address="${IP}:$1"'),
            "--web.config.file=/run/exporter/web.yml",
            "--config.my-cnf=/run/exporter/mysqld.cnf",
            "--no-collect.slave_status",
            "--no-collect.info_schema.innodb_cmp",
            "--no-collect.info_schema.innodb_cmpmem",
            "--no-collect.info_schema.query_response_time",
        ),
        prepare=(
            "printf '%s\\n' '[client]' \"host=${IP}\" \"port=${PORT}\" "
            f'user={user} "password=\\"${{PASSWORD}}\\"" >"${{HERE}}/exporter/mysqld.cnf"',
        ),
    )


def _sizes(service: Service) -> Iterator[str]:
    for name in _SIZES:
        if name in service.settings:
            yield f"--{name.replace('_', '-')}={service.settings[name]}"


def _init_sql(service: Service) -> dict[str, str]:
    text = service.settings.get("init_sql")
    return {"init.sql": text.rstrip("\n") + "\n"} if text else {}
