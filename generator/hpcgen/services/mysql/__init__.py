"""mysql: a MySQL server with a database, and a user who may do everything in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hpcgen.kinds.databases import database_server
from hpcgen.kinds.offer import ConnectionScript, ServiceOffer
from hpcgen.model.entry import Service
from hpcgen.model.scraping import Exporter
from hpcgen.text.values import Bash, Variable, joined

_SIZES = ("innodb_buffer_pool_size", "max_connections")

CONNECTION = ConnectionScript(
    exports=(
        "MYSQL_HOST",
        "MYSQL_TCP_PORT",
        "MYSQL_USER",
        "MYSQL_PWD",
        "MYSQL_DATABASE",
        "DATABASE_URL",
    ),
    reads=("host", "port", "secret", "user", "database"),
)


def offer(service: Service) -> ServiceOffer:
    """Its data lies in /data/mysql."""
    return replace(
        database_server(service, "a MySQL server", 3306, _sizes(service)),
        scheme="mysql",
        variables=CONNECTION.exports,
        needs_container=True,
        probe_runs_beside=True,
        exporters=(_exporter(service.settings["user"]),),
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
            joined("--web.listen-address=", Variable("IP"), ":", Variable("1")),
            "--web.config.file=/run/exporter/web.yml",
            "--config.my-cnf=/run/exporter/mysqld.cnf",
            "--no-collect.slave_status",
            "--no-collect.info_schema.innodb_cmp",
            "--no-collect.info_schema.innodb_cmpmem",
            "--no-collect.info_schema.query_response_time",
        ),
        prepare=(
            Bash(
                "printf '%s\\n' '[client]' \"host=${IP}\" \"port=${PORT}\" "
                f'user={user} "password=\\"${{PASSWORD}}\\"" >"${{HERE}}/exporter/mysqld.cnf"'
            ),
        ),
    )


def _sizes(service: Service) -> Iterator[str]:
    for name in _SIZES:
        if name in service.settings:
            yield f"--{name.replace('_', '-')}={service.settings[name]}"
