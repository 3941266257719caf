"""redis: a Redis server, with a password for its default user."""

from __future__ import annotations

from hpcgen.offer import ServiceOffer
from hpcgen.recipe import Service

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
        command=("redis-server", "/run/hpcgen/redis.conf"),
        usual_port=6379,
        data="/data",
        config="/run/hpcgen",
        keeps_data=service.settings["persistence"] != "none",
        variables=("REDIS_HOST", "REDIS_PORT", "REDISCLI_AUTH", "REDIS_URL"),
        values={"REDIS_CONF": tuple(_configuration(service))},
    )


def _configuration(service: Service) -> list[str]:
    settings = service.settings
    lines = list(_PERSISTENCE[settings["persistence"]])
    if "maxmemory" in settings:
        lines += [f"maxmemory {settings['maxmemory']}"]
    return [*lines, f"maxmemory-policy {settings['maxmemory_policy']}"]
