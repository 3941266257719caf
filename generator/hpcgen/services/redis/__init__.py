"""redis: a Redis server, with a password for its default user."""

from __future__ import annotations

from hpcgen.entries import secret_reference
from hpcgen.offer import Secret, ServiceOffer
from hpcgen.recipe import SecretReference, Service

_PERSISTENCE = {
    "none": ("appendonly no", 'save ""'),
    "aof": ("appendonly yes", 'save ""'),
    "rdb": ("appendonly no", "save 900 1 300 10 60 10000"),
    "both": ("appendonly yes", "save 900 1 300 10 60 10000"),
}
"""Lines of redis.conf; the rules for snapshots are those of the redis.conf that Redis ships."""


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
        secrets=(_password(service),),
        scheme="redis",
        variables=("REDIS_HOST", "REDIS_PORT", "REDISCLI_AUTH", "REDIS_URL"),
        values={"REDIS_CONF": tuple(_configuration(service))},
    )


def _password(service: Service) -> Secret:
    reference = secret_reference(service.settings["password"])
    given = reference != SecretReference()
    return Secret(name="password", variable="PASSWORD", reference=reference, must_be_plain=given)


def _configuration(service: Service) -> list[str]:
    settings = service.settings
    lines = list(_PERSISTENCE[settings["persistence"]])
    if "maxmemory" in settings:
        lines += [f"maxmemory {settings['maxmemory']}"]
    return [*lines, f"maxmemory-policy {settings['maxmemory_policy']}"]
