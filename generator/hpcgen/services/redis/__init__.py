"""redis: a Redis server, with a password for its default user."""

from __future__ import annotations

from hpcgen.kinds.offer import ConnectionScript, ServiceOffer
from hpcgen.kinds.passwords import password
from hpcgen.model.entry import Service
from hpcgen.model.scraping import Exporter
from hpcgen.text.values import Bash, Variable, joined

_PERSISTENCE = {
    "none": ("appendonly no", 'save ""'),
    "aof": ("appendonly yes", 'save ""'),
    "rdb": ("appendonly no", "save 900 1 300 10 60 10000"),
    "both": ("appendonly yes", "save 900 1 300 10 60 10000"),
}
"""Lines of redis.conf; the rules for snapshots are those of the redis.conf that Redis ships."""


_EXPORTER = Exporter(
    name="redis",
    title="what Redis tells of itself",
    image="oliver006/redis_exporter:v1.74.0",
    usual_port=9121,
    command=(
        "/redis_exporter",
        joined("--web.listen-address=", Variable("IP"), ":", Variable("1")),
        joined("--redis.addr=", "redis://", Variable("IP"), ":", Variable("PORT")),
        "--redis.password-file=/run/exporter/redis.json",
        "--basic-auth-username=prometheus",
    ),
    variable="REDIS_EXPORTER_BASIC_AUTH_PASSWORD",
    prepare=(
        Bash(
            'printf \'{"redis://%s:%s": "%s"}\\n\' "${IP}" "${PORT}" "${PASSWORD}" '
            '>"${HERE}/exporter/redis.json"'
        ),
    ),
)
"""The file says which server the password is for, so that a /scrape of another never gets it."""

CONNECTION = ConnectionScript(
    exports=("REDIS_HOST", "REDIS_PORT", "REDISCLI_AUTH", "REDIS_URL"),
    reads=("host", "port", "secret"),
)


def offer(service: Service) -> ServiceOffer:
    """A server on one port, its data in /data when something is to survive the job."""
    return ServiceOffer(
        title="a Redis server",
        usual_port=6379,
        proof="it takes the password and answers PING",
        command=("redis-server", "/run/hpcgen/redis.conf"),
        config="/run/hpcgen",
        directories=frozenset({"data"}),
        keeps_data=service.settings["persistence"] != "none",
        secrets=(password(service),),
        scheme="redis",
        variables=CONNECTION.exports,
        values={"REDIS_CONF": tuple(_configuration(service))},
        exporters=(_EXPORTER,),
    )


def _configuration(service: Service) -> list[str]:
    settings = service.settings
    lines = list(_PERSISTENCE[settings["persistence"]])
    if "maxmemory" in settings:
        lines += [f"maxmemory {settings['maxmemory']}"]
    return [*lines, f"maxmemory-policy {settings['maxmemory_policy']}"]
